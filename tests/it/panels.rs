//! The focus goes round the panels, is seen, and has the arrow keys.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use remask::tui::action::Action;
use remask::tui::app::App;
use remask::tui::panel_focus::Panel;

use crate::support::harness::{Options, Playground, text_of};
use crate::support::snapshots::snapshot;

/// A finished text whose screen was drawn: only panels in sight have the focus.
fn drawn(size: (u16, u16)) -> Playground {
    let mut playground = Playground::open(size, Options::default());
    playground.until_done();
    playground.draw();
    playground
}

fn press(playground: &mut Playground, key: KeyCode) {
    playground.press(key);
    playground.draw();
}

#[test]
fn tab_goes_round_the_panels_and_shift_tab_back() {
    for size in [(40, 12), (80, 24), (160, 45)] {
        let mut playground = drawn(size);
        assert_eq!(playground.app.panel(), None);
        let has_timeline = size.1 > 12;
        let mut round = vec![Panel::Canvas, Panel::Knobs, Panel::Token];
        round.extend(has_timeline.then_some(Panel::Timeline));
        for panel in round.iter().chain([&Panel::Canvas]) {
            press(&mut playground, KeyCode::Tab);
            assert_eq!(playground.app.panel(), Some(*panel), "{size:?}");
        }
        for panel in round.iter().rev() {
            press(&mut playground, KeyCode::BackTab);
            assert_eq!(playground.app.panel(), Some(*panel), "{size:?}");
        }
        press(&mut playground, KeyCode::Tab);
        press(&mut playground, KeyCode::Esc);
        assert_eq!(playground.app.panel(), None);
    }
}

#[test]
fn the_panel_with_the_focus_is_seen_and_its_arrows_are_named() {
    let mut playground = drawn((80, 24));
    let without = playground.draw();
    let mut seen = vec![without];
    for name in ["canvas", "knobs", "token", "timeline"] {
        playground.press(KeyCode::Tab);
        let buffer = playground.draw();
        let screen = text_of(&buffer);
        assert!(screen.contains(&format!("{name}: ↑↓ ")), "{name} is not named on\n{screen}");
        // Also when that is not said any more.
        playground.app.notice = None;
        let buffer = playground.draw();
        snapshot(&format!("focus-{name}-80x24"), &buffer);
        assert!(!seen.contains(&buffer), "{name} does not look as if it had the focus");
        seen.push(buffer);
    }
}

#[test]
fn what_is_said_of_the_focus_fits_the_narrowest_screen() {
    let mut playground = drawn((40, 16));
    for _ in 0..4 {
        playground.press(KeyCode::Tab);
        let screen = playground.screen();
        assert!(screen.contains("; esc ends"), "{screen}");
    }
}

#[test]
fn arrows_belong_to_the_panel_that_has_the_focus() {
    let mut playground = drawn((160, 45));
    let moment = |app: &App| app.lane().playhead;
    let last = moment(&playground.app);
    press(&mut playground, KeyCode::Tab);
    let token = playground.app.token.unwrap();
    press(&mut playground, KeyCode::Right);
    assert_eq!(playground.app.token, Some(token + 1));
    press(&mut playground, KeyCode::Down);
    let below = playground.app.token.unwrap();
    assert!(below > token + 2, "a line below");
    press(&mut playground, KeyCode::Up);
    press(&mut playground, KeyCode::Left);
    assert!(playground.app.token < Some(below), "and up again");
    assert_eq!(moment(&playground.app), last, "time stands still");
    playground.app.token = Some(token);

    press(&mut playground, KeyCode::Tab);
    press(&mut playground, KeyCode::Down);
    let knob = playground.app.selected_knob();
    let before = playground.app.value(knob);
    press(&mut playground, KeyCode::Right);
    assert_ne!(playground.app.value(knob), before);
    press(&mut playground, KeyCode::Left);
    assert_eq!(playground.app.value(knob), before);

    press(&mut playground, KeyCode::Tab);
    press(&mut playground, KeyCode::Up);
    let written = playground.app.frame().unwrap().cells[token].written_at;
    assert_eq!(written, Some(moment(&playground.app)), "when it was written");
    press(&mut playground, KeyCode::Down);
    assert!(playground.screen().contains("it did not change after this"));

    press(&mut playground, KeyCode::Tab);
    press(&mut playground, KeyCode::Left);
    assert_eq!(moment(&playground.app) + 1, written.unwrap());
    press(&mut playground, KeyCode::Up);
    assert_eq!(moment(&playground.app), 0, "ten steps at a time");
    press(&mut playground, KeyCode::Esc);
    press(&mut playground, KeyCode::Esc);
    // Without focus they are what they always were.
    press(&mut playground, KeyCode::Right);
    assert_eq!((moment(&playground.app), playground.app.token), (1, None));
}

#[test]
fn lanes_are_stops_of_the_round_and_the_next_lane_has_its_own_key() {
    let mut playground = drawn((160, 45));
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    playground.draw();
    let stops: Vec<_> = (0..4)
        .map(|_| {
            press(&mut playground, KeyCode::Tab);
            (playground.app.focus, playground.app.panel())
        })
        .collect();
    let expected = [(1, None), (1, Some(Panel::Knobs)), (1, Some(Panel::Timeline)), (0, None)];
    assert_eq!(stops, expected);
    let shifted = KeyEvent::new(KeyCode::Down, KeyModifiers::SHIFT);
    assert_eq!(playground.app.keymap.action(shifted), Some(Action::LaneNext));
    playground.app.on_input(Input::Key(shifted));
    assert_eq!(playground.app.focus, 1);
}

#[test]
fn a_token_of_a_long_text_stays_in_sight() {
    let options = Options { knobs: &[("canvas", "400"), ("steps", "4")], ..Options::default() };
    let mut playground = Playground::open((60, 14), options);
    playground.until_done();
    playground.draw();
    press(&mut playground, KeyCode::Tab);
    let start = playground.app.token.unwrap();
    for _ in 0..40 {
        press(&mut playground, KeyCode::Down);
    }
    assert!(playground.app.scroll > 0 && playground.app.token.unwrap() > start + 100);
    for _ in 0..60 {
        press(&mut playground, KeyCode::Up);
    }
    assert_eq!(playground.app.scroll, 0);
}
