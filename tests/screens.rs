//! What the playground looks like: snapshots with styles, and rules that hold for every screen.

#[path = "support/playground.rs"]
mod harness;
#[path = "support/snapshots.rs"]
mod snapshots;
mod support;

use crossterm::event::KeyCode;
use harness::{Options, Playground, text_of};
use ratatui::style::Color;
use remask::tui::glyphs::ASCII;
use remask::tui::theme::ColorDepth;
use snapshots::{SIZES, snapshot};

#[test]
fn screens_in_the_middle_of_a_run() {
    for size in SIZES {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        // Paused at a step, so that nothing moves: the slots of a run that goes on.
        playground.app.lane_mut().ended_at = None;
        playground.app.go_to(6);
        let buffer = playground.draw();
        snapshot(&format!("middle-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn screens_of_a_finished_run() {
    for size in SIZES {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        let buffer = playground.draw();
        snapshot(&format!("done-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn screens_of_help_prompt_and_token() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('?'));
    let help = playground.draw();
    snapshot("help-80x24", &help);
    for action in remask::tui::action::Action::ALL {
        assert!(text_of(&help).contains(action.help()), "{}", action.help());
    }
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Char('p'));
    snapshot("prompt-80x24", &playground.draw());
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Tab);
    snapshot("token-80x24", &playground.draw());
}

#[test]
fn a_small_terminal_says_what_it_needs() {
    for size in [(79, 24), (80, 23), (20, 5), (1, 1)] {
        let mut playground = Playground::open(size, Options::default());
        let screen = playground.screen();
        assert!(size.0 < 20 || screen.replace('\n', " ").contains("needs 80"), "{screen}");
    }
}

#[test]
fn no_color_draws_no_colour_and_still_tells_states_apart() {
    let mut playground =
        Playground::open((80, 24), Options { depth: ColorDepth::None, ..Options::default() });
    playground.until_done();
    playground.app.lane_mut().ended_at = None;
    playground.app.go_to(6);
    // Once through all colour modes.
    for _ in 0..5 {
        let buffer = playground.draw();
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
        }
        playground.press(KeyCode::Char('c'));
    }
    snapshot("no-color-80x24", &playground.draw());
}

#[test]
fn ascii_draws_nothing_but_ascii() {
    let mut playground = Playground::open(
        (160, 45),
        Options { glyphs: &ASCII, prompt: "naïve 日本 🎈", ..Options::default() },
    );
    for key in ['x', '?', 'p'] {
        playground.until_done();
        let screen = playground.screen();
        assert!(screen.is_ascii(), "{screen}");
        playground.press(KeyCode::Char(key));
    }
}
