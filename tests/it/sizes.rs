//! Every size of a terminal, from a phone's to a wall's: what is shown, and that nothing is cut without a sign.

use std::collections::HashSet;
use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use remask::tui::knob_groups::Unfolded;
use remask::tui::theme::{ColorDepth, Theme};
use remask::tui::zen::ZenMode;

use crate::support::harness::{Options, Playground, text_of};
use crate::support::snapshots::snapshot;

/// Columns and rows at which the main screen is looked at.
const ALL: [(u16, u16); 8] =
    [(40, 12), (80, 23), (80, 24), (100, 32), (120, 40), (160, 45), (220, 60), (300, 90)];

fn draw_at(playground: &mut Playground, (columns, rows): (u16, u16)) -> Buffer {
    playground.terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    playground.draw()
}

#[test]
fn the_text_alone_in_the_middle_and_done() {
    for (name, theme) in [("dark", "dark"), ("light", "light")] {
        let mut playground = Playground::open((80, 24), Options::default());
        playground.app.theme = Theme::load(theme, ColorDepth::True).unwrap();
        playground.until_done();
        for size in ALL {
            let label = |what: &str| format!("{what}-{name}-{}x{}", size.0, size.1);
            playground.app.zen = ZenMode::On;
            playground.app.go_to(4);
            snapshot(&label("zen"), &draw_at(&mut playground, size));
            playground.app.zen = ZenMode::Off;
            if name == "light" {
                snapshot(&label("middle"), &draw_at(&mut playground, size));
            }
            playground.app.go_to(usize::MAX);
            snapshot(&label("done"), &draw_at(&mut playground, size));
        }
    }
}

/// The words of a screen, frames and signs left out; those that a sign says are cut are left out, too.
fn words(buffer: &Buffer) -> HashSet<String> {
    let text = text_of(buffer);
    let pieces = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '…'));
    let whole = pieces.filter(|piece| !piece.contains('…'));
    let whole = whole.filter(|piece| piece.chars().filter(|c| c.is_alphabetic()).count() > 2);
    whole.map(str::to_owned).collect()
}

#[test]
fn no_word_is_cut_without_a_sign_at_any_width() {
    let mut playground = Playground::small();
    playground.until_done();
    for lanes in [1, 2] {
        for moment in [0, 5, usize::MAX] {
            playground.app.go_to(moment);
            let knobs = playground.app.knobs().len();
            for knob in 0..knobs {
                playground.app.knob = knob;
                let large = [(300, 90), (160, 45), (120, 40)];
                let large = large.map(|size| words(&draw_at(&mut playground, size))).concat_all();
                // A knob a width: all of them take their turn.
                for width in (40 + knob as u16..=300).step_by(knobs) {
                    let narrow = words(&draw_at(&mut playground, (width, 12 + width / 6)));
                    let mut torn: Vec<&String> = narrow.difference(&large).collect();
                    torn.retain(|word| !is_whole_elsewhere(word));
                    assert!(
                        torn.is_empty(),
                        "{torn:?} at {width} columns:\n{}",
                        playground.screen()
                    );
                }
            }
        }
        if lanes == 1 {
            playground.press(KeyCode::Char('b'));
            playground.until(|app| app.lanes.len() == 2);
            playground.until_done();
        }
    }
}

/// Words that only small screens say.
fn is_whole_elsewhere(word: &str) -> bool {
    ["auto", "step", "share", "machine", "steps", "more", "pgdn", "nats", "each", "new", "pair"]
        .contains(&word)
}

trait ConcatAll {
    fn concat_all(self) -> HashSet<String>;
}

impl<const N: usize> ConcatAll for [HashSet<String>; N] {
    fn concat_all(self) -> HashSet<String> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn on_the_smallest_screen_overlays_name_their_most_needed_keys() {
    let mut playground = Playground::open((40, 12), Options::default());
    playground.until_done();
    for (key, named) in [
        ('p', ["enter denoise", "tab examples", "esc close"].as_slice()),
        ('o', &["enter use", "s keep", "esc close"]),
        (':', &["enter do it", "esc close"]),
        ('?', &["/ filters", "esc closes"]),
        ('t', &["enter keeps it", "esc goes back"]),
        ('s', &["enter keeps them", "esc does not"]),
    ] {
        playground.press(KeyCode::Char(key));
        let screen = playground.screen();
        for keys in named {
            assert!(screen.contains(keys), "{keys} is not on\n{screen}");
        }
        playground.press(KeyCode::Esc);
    }
    playground.press_ctrl('o');
    let screen = playground.screen();
    assert!(screen.contains("enter open") && screen.contains("esc back"), "{screen}");
}

#[test]
fn what_no_panel_shows_is_said_for_a_moment() {
    let mut playground = Playground::open((40, 12), Options::default());
    playground.app.unfolded = Unfolded::default();
    playground.until_done();
    let later = |playground: &mut Playground| {
        playground.app.advance(playground.app.now + Duration::from_secs(5));
        playground.app.fall_silent();
    };
    for (key, said) in
        [(';', "all "), (';', "the main "), ('c', "colours: confidence"), ('w', "layout: slots")]
    {
        playground.press(KeyCode::Char(key));
        let screen = playground.screen();
        assert!(screen.contains(said), "{said} is not on\n{screen}");
        later(&mut playground);
        assert!(playground.screen().contains("done in 12 passes"), "{}", playground.screen());
    }
    // In zen mode, too.
    playground.press(KeyCode::Char('z'));
    playground.press(KeyCode::Char('c'));
    assert!(playground.screen().contains("colours: entropy"), "{}", playground.screen());
}

#[test]
fn help_and_quit_are_named_at_every_width() {
    let mut playground = Playground::small();
    playground.until_done();
    for width in 40..=300 {
        for zen in [ZenMode::Off, ZenMode::On] {
            playground.app.zen = zen;
            let screen = text_of(&draw_at(&mut playground, (width, 14)));
            assert!(screen.contains("? help") && screen.contains("q quit"), "{width}: {screen}");
        }
    }
}
