//! The first text, alone on the screen: what is said below it.

use crossterm::event::KeyCode;
use remask::diffusion::canvas::CANVAS;
use remask::tui::zen::ZenMode;

use crate::support::harness::{Options, Playground};

/// More than twelve rows of forty columns hold, together with what is written behind it.
const LONG: &str = "Once upon a time there was a little girl who had a red ball. She took it to the park and \
    threw it up as high as she could. A big bird saw the ball and took it away. The girl was sad and went home. \
    Her mom said that they would look for it in the morning, and so they did. One day";

const HOLES: &str = "Once upon a time [[12]] But then [[10]] They all went home.";

#[test]
fn a_text_that_is_cut_says_that_there_is_more() {
    let options = Options { prompt: LONG, ..Options::default() };
    let mut playground = Playground::open((40, 12), options);
    playground.until_done();
    playground.app.zen = ZenMode::On;
    let screen = playground.screen();
    assert!(screen.contains("pgdn more"), "{screen}");
    for _ in 0..20 {
        playground.press(KeyCode::PageDown);
    }
    let screen = playground.screen();
    assert!(!screen.contains("pgdn more") && screen.contains("quit"), "{screen}");
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.app.zen = ZenMode::On;
    assert!(!playground.screen().contains("more"), "{}", playground.screen());
}

#[test]
fn tokens_in_holes_are_said_to_be_in_holes_and_the_canvas_to_have_no_say() {
    let options = Options { prompt: HOLES, ..Options::default() };
    let mut playground = Playground::open((160, 45), options);
    playground.until_done();
    playground.app.zen = ZenMode::On;
    let screen = playground.screen();
    assert!(screen.contains("22 tokens in 2 holes at once"), "{screen}");
    playground.app.zen = ZenMode::Off;
    let canvas = playground.app.knobs().iter().position(|knob| CANVAS.is(knob)).unwrap();
    playground.app.knob = canvas;
    let screen = playground.screen();
    assert!(screen.contains("the prompt says how many"), "{screen}");
    // Without holes it is as the knob says.
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.app.knob = canvas;
    assert!(!playground.screen().contains("the prompt says"), "{}", playground.screen());
    playground.app.zen = ZenMode::On;
    assert!(playground.screen().contains("48 tokens at once"), "{}", playground.screen());
}
