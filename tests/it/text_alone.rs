//! The text alone on the screen: that there is more of it is said, and its words stay where they are when the panels
//! come in.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use remask::tui::hit_map::Hit;
use remask::tui::zen::ZenMode;

use crate::support::harness::{Options, Playground};

/// A finished text, alone on the screen.
fn alone(size: (u16, u16), knobs: &'static [(&'static str, &'static str)]) -> Playground {
    let mut playground = Playground::open(size, Options { knobs, ..Options::default() });
    playground.until_done();
    playground.app.zen = ZenMode::On;
    playground
}

#[test]
fn a_text_that_is_longer_than_the_screen_says_so_and_scrolls() {
    let mut playground = alone((40, 12), &[("canvas", "120"), ("steps", "8")]);
    playground.app.zen = ZenMode::Opening;
    let first = playground.screen();
    assert!(first.contains("pgdn more") || first.contains("pagedown more"), "{first}");
    playground.press(KeyCode::PageDown);
    playground.press(KeyCode::PageDown);
    assert_eq!(playground.app.zen, ZenMode::Opening, "whoever scrolls wants no panels");
    let last = playground.screen();
    assert!(!last.contains(" more ") && last.contains("quit"), "{last}");
    assert_ne!(last.lines().next(), first.lines().next());
}

#[test]
fn a_text_that_fits_says_nothing_of_more() {
    let mut playground = alone((80, 24), &[("canvas", "48"), ("steps", "8")]);
    let screen = playground.screen();
    assert!(!screen.contains(" more "), "{screen}");
}

/// Line by line the columns in which tokens begin, counted from the first of all.
fn lines(playground: &mut Playground) -> Vec<Vec<u16>> {
    playground.draw();
    let tokens = playground.app.hits.iter().filter_map(|(spot, hit)| match hit {
        Hit::Token { position, .. } => Some((position, spot)),
        _ => None,
    });
    let tokens: Vec<_> = tokens.collect();
    // The map of the order has the same ones once more.
    let of_text = tokens.chunk_by(|one, next| one.0 < next.0).next().unwrap();
    let spots: Vec<_> = of_text.iter().map(|(_, spot)| *spot).collect();
    let left = spots.iter().map(|spot| spot.x).min().unwrap();
    let line = |spots: &[ratatui::layout::Rect]| spots.iter().map(|spot| spot.x - left).collect();
    spots.chunk_by(|one, next| one.y == next.y).map(line).collect()
}

#[test]
fn no_word_goes_to_another_line_when_the_panels_come_in() {
    for size in [(80, 24), (100, 30), (120, 40), (160, 45), (300, 90)] {
        let mut playground = alone(size, &[("canvas", "64"), ("steps", "8")]);
        playground.terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let before = lines(&mut playground);
        playground.press(KeyCode::Char('z'));
        for _ in 0..6 {
            assert_eq!(lines(&mut playground), before, "{size:?}");
            playground.app.advance(playground.app.now + Duration::from_millis(90));
        }
        assert_eq!(playground.app.zen, ZenMode::Off);
        assert!(playground.screen().contains(" knobs "), "{size:?}");
    }
}
