//! Without motion nothing on the screen changes but by a step, a key or the clock of a replay.

use std::time::Duration;

use crate::support::FakeModel;
use crate::support::harness::{Options, Playground};
use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use remask::tui::app::Phase;

fn still() -> Options {
    Options { motion: false, ..Options::default() }
}

/// A run that is in the middle of its steps.
fn running(motion: bool) -> Playground {
    let mut model = FakeModel::new();
    model.pass = Duration::from_millis(20);
    let options = Options { motion, model: Box::new(model), prompt: "", ..Options::default() };
    let mut playground = Playground::open((80, 24), options);
    playground.until(|app| app.lane().history.steps() >= 3);
    assert_eq!(playground.app.phase, Phase::Running);
    playground
}

fn later(playground: &mut Playground, milliseconds: u64) -> Buffer {
    let now = playground.app.now + Duration::from_millis(milliseconds);
    playground.app.advance(now);
    playground.draw()
}

#[test]
fn noise_and_marks_stand_still_between_two_steps() {
    for motion in [true, false] {
        let mut playground = running(motion);
        let before = playground.draw();
        assert_eq!(later(&mut playground, 700) != before, motion);
        assert_eq!(playground.app.is_animated(), motion);
    }
}

#[test]
fn the_text_is_prose_as_soon_as_it_is_done() {
    for motion in [true, false] {
        let mut playground = Playground::open((80, 24), Options { motion, ..still() });
        playground.until(|app| app.phase == Phase::Finished);
        let at_once = playground.draw();
        assert_eq!(playground.app.is_animated(), motion);
        assert_eq!(later(&mut playground, 10_000) != at_once, motion);
    }
}

#[test]
fn a_replay_is_no_decoration_and_goes_on() {
    let mut playground = Playground::open((160, 45), still());
    playground.until_done();
    playground.press(KeyCode::Char('v'));
    playground.until(|app| app.phase == Phase::Finished);
    let before = later(&mut playground, 0);
    assert!(playground.app.is_animated());
    assert_ne!(later(&mut playground, 4_000), before);
    later(&mut playground, 600_000);
    assert!(!playground.app.is_animated(), "it is over");
}
