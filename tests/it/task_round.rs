//! From task to task: what a model of another task begins with, what it offers, what it shows by itself.

use std::time::Duration;

use crossterm::event::KeyCode;
use remask::diffusion::parts::schedule::STEPS;
use remask::diffusion::sampler::SAMPLER;
use remask::knobs::Settings;
use remask::model::bundled;
use remask::tasks::python::Python;
use remask::tasks::sudoku::Sudoku;
use remask::tasks::{self, Task};
use remask::tui::app::Phase;
use remask::tui::attract::Attract;
use remask::tui::opening;

use crate::support::harness::{Options, Playground};

/// A playground with a story in it.
fn stories() -> Playground {
    let knobs = &[("canvas", "16"), ("seed", "7")];
    let mut playground = Playground::open((120, 40), Options { knobs, ..Options::default() });
    playground.until_done();
    playground
}

/// Goes on to the model of the next task.
fn go_on(playground: &mut Playground) {
    playground.press(KeyCode::Char('u'));
    let before = playground.app.models[0].about.name.clone();
    playground.until(|app| app.models[0].about.name != before);
    playground.until_done();
}

#[test]
fn one_key_goes_round_all_bundled_models_and_every_desk_is_found_as_it_was_left() {
    let mut playground = stories();
    playground.app.prompt = "Once there was a duck".to_owned();
    playground.app.turn(&STEPS, STEPS.parse("5").unwrap());
    let settings = playground.app.lane().settings.clone();
    let mut tasks = Vec::new();
    for index in 1..bundled::names().count() {
        go_on(&mut playground);
        assert_eq!(bundled::position(&playground.app.models[0].about.name), Some(index));
        let task = playground.app.task().unwrap();
        tasks.push((task.name(), playground.app.prompt.clone()));
        assert!(task.prompt(&playground.app.prompt).is_ok());
        let sampler = task.shown().settings().unwrap().get(&SAMPLER);
        assert_eq!(playground.app.lane().settings.get(&SAMPLER), sampler);
    }
    assert!(tasks.iter().any(|(name, _)| *name == "sudoku"), "{tasks:?}");
    go_on(&mut playground);
    assert_eq!(playground.app.prompt, "Once there was a duck");
    assert!(playground.app.lane().settings == settings && playground.app.task().is_none());
    go_on(&mut playground);
    assert_eq!(playground.app.prompt, tasks[0].1);
}

#[test]
fn one_key_empties_the_prompt_that_a_model_of_a_task_begins_with() {
    for &task in tasks::all() {
        // A line break at its end would be what the key deletes.
        let first = opening::prompt(Some(task), true, &Settings::default());
        assert_eq!(first, first.trim_end(), "{}", task.name());
    }
    let mut playground = stories();
    playground.app.prompt = opening::prompt(Some(&Sudoku), true, &Settings::default());
    let begins = playground.app.prompt[..12].to_owned();
    playground.press(KeyCode::Char('p'));
    assert!(playground.screen().contains(&begins), "{}", playground.screen());
    playground.press_ctrl('u');
    let screen = playground.screen();
    assert!(!screen.contains(&begins) && screen.contains("type how the story"), "{screen}");
}

#[test]
fn texts_to_try_are_those_of_the_task() {
    let open = |task: &'static dyn Task| {
        let options = Options { task: Some(task.name()), prompt: "....\n", ..Options::default() };
        let mut playground = Playground::open((120, 40), options);
        playground.until(|app| app.phase != Phase::Waiting);
        playground.press(KeyCode::Char('p'));
        playground.press(KeyCode::Tab);
        playground
    };
    let mut playground = open(&Python);
    let screen = playground.screen();
    for about in
        ["docstring to body", "body to docstring", "asserts to body", "a hole in the middle"]
    {
        assert!(screen.contains(about), "{about} is not in\n{screen}");
    }
    assert!(!screen.contains("Once upon a time"), "{screen}");
    playground.press(KeyCode::End);
    playground.press(KeyCode::Tab);
    assert!(playground.screen().contains(" text to repair "), "{}", playground.screen());
    let mut playground = open(&Sudoku);
    let screen = playground.screen();
    assert!(screen.contains("6x6, hard") && !screen.contains("repairs"), "{screen}");
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Char(':'));
    playground.type_text("6x6 medium");
    assert!(playground.screen().contains("a text to try"), "{}", playground.screen());
}

#[test]
fn a_model_of_a_task_shows_one_problem_after_the_other_each_in_another_way() {
    let mut playground = stories();
    go_on(&mut playground);
    let task = playground.app.task().unwrap();
    playground.app.attract = Attract::ON;
    let mut shown = vec![playground.app.prompt.clone()];
    for index in 0..2 {
        playground.app.advance(playground.app.now + Duration::from_secs(10));
        assert!(!shown.contains(&playground.app.prompt));
        shown.push(playground.app.prompt.clone());
        let ways = &task.ways()[1..];
        let way = ways[(index + 1) % ways.len()];
        let said = playground.app.notice.as_ref().unwrap().text.clone();
        assert!(said.contains(way.name), "{said}");
        let settings = way.settings().unwrap();
        let now = &playground.app.lane().settings;
        assert!(settings.set_knobs().all(|(knob, value)| now.value(knob) == value), "{said}");
        playground.until_done();
    }
}
