//! The task of Sudoku in the playground: a grid, what is said of it, puzzles that are typed.

use std::time::Duration;

use crossterm::event::KeyCode;
use remask::diffusion::draw::TEMPERATURE;
use remask::diffusion::parts::schedule::STEPS;
use remask::prompt::PromptEntry;
use remask::tasks::TaskVerdict;
use remask::tui::app::{App, Phase};
use remask::tui::glyphs::{ASCII, Glyphs, UNICODE};
use remask::tui::lane::LaneView;
use remask::tui::overlays::SweepOverlay;

use crate::support::harness::{Options, Playground};
use crate::support::snapshots::snapshot;

/// A puzzle of 6x6 from the held-out part.
const PUZZLE: &str = "1.52....6..5.6..2.5...4.652..331.6.2";

/// A playground with the bundled Sudoku model, which has solved a puzzle of its own.
fn opened(size: (u16, u16), glyphs: &'static Glyphs) -> Playground {
    let knobs = &[("sampler", "topk-margin"), ("steps", "12"), ("temperature", "0")];
    let mut playground = Playground::open(size, Options { knobs, glyphs, ..Options::default() });
    playground.until_done();
    playground.press(KeyCode::Char(':'));
    playground.type_text("model sudoku");
    playground.press(KeyCode::Enter);
    playground.until(|app| app.models[0].about.name.starts_with("sudoku"));
    playground.until_done();
    playground
}

fn write(playground: &mut Playground, puzzle: &str) {
    playground.press(KeyCode::Char('p'));
    playground.press_ctrl('u');
    playground.type_text(puzzle);
    playground.press(KeyCode::Enter);
}

/// Goes back to the `step`-th of the steps that were made.
fn look_back(playground: &mut Playground, step: usize) {
    playground.press(KeyCode::Home);
    for _ in 0..step {
        playground.press(KeyCode::Right);
    }
}

fn failure(app: &App) -> String {
    match &app.phase {
        Phase::Failed(why) => why.clone(),
        phase => panic!("it is {phase:?}"),
    }
}

#[test]
fn a_puzzle_is_drawn_as_a_grid_and_judged() {
    for size in [(80, 24), (120, 40), (160, 45)] {
        let mut playground = opened(size, &UNICODE);
        write(&mut playground, PUZZLE);
        playground.until_done();
        assert!(playground.screen().contains("solved"), "{}", playground.screen());
        look_back(&mut playground, 7);
        snapshot(&format!("sudoku-{}x{}", size.0, size.1), &playground.draw());
        assert!(playground.screen().contains("cells are open"));
        // Below it stands what its looks mean, also where there is no room for all of them.
        assert!(playground.screen().contains("given  guess"), "{}", playground.screen());
    }
}

#[test]
fn an_answer_is_scored_when_it_is_finished_alone_and_side_by_side() {
    let mut playground = opened((160, 45), &UNICODE);
    write(&mut playground, PUZZLE);
    playground.until_done();
    assert!(playground.screen().contains("solved; done in 12 passes"), "{}", playground.screen());
    look_back(&mut playground, 7);
    assert!(!playground.screen().contains("solved"), "nothing is said of half an answer");
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    let graded = |lane: &LaneView| matches!(&lane.task_verdict, Some(TaskVerdict::Graded(grade)) if grade.in_words() == "solved");
    assert!(playground.app.lanes.len() == 2 && playground.app.lanes.iter().all(graded));
    let screen = playground.screen();
    assert!(screen.contains("solved against solved"), "{screen}");
    assert!(
        screen.contains("scored by its task") && !screen.contains("nats a new pair"),
        "{screen}"
    );
    // One solution has to be known, and this has many.
    write(&mut playground, &".".repeat(36));
    playground.until_done();
    let remarked = |lane: &LaneView| matches!(&lane.task_verdict, Some(TaskVerdict::Remark(words)) if words.contains("solved"));
    assert!(playground.app.lanes.iter().all(remarked));
}

#[test]
fn a_small_terminal_has_a_small_grid_and_one_that_has_no_room_says_so() {
    let mut playground = opened((40, 12), &UNICODE);
    write(&mut playground, PUZZLE);
    playground.until_done();
    let rows = |screen: &str| {
        let digits = |line: &&str| line.chars().filter(char::is_ascii_digit).count() == 6;
        let rows = screen.lines().filter(|line| line.contains("   ")).filter(digits);
        rows.count()
    };
    let screen = playground.screen();
    assert_eq!(rows(&screen), 6, "{screen}");
    snapshot("sudoku-40x12", &playground.draw());
    // Alone it has the rows of the panels, too.
    playground.press(KeyCode::Char('z'));
    let screen = playground.screen();
    assert!(rows(&screen) == 6 && screen.contains("solved"), "{screen}");
    snapshot("sudoku-zen-40x12", &playground.draw());
    // Side by side in three lanes there is no room.
    playground.press(KeyCode::Char('z'));
    playground.press(KeyCode::Char('b'));
    playground.press(KeyCode::Char('a'));
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains("6x6 needs"), "{screen}");
}

#[test]
fn it_is_drawn_in_ascii_too() {
    let mut playground = opened((80, 24), &ASCII);
    write(&mut playground, PUZZLE);
    playground.until_done();
    look_back(&mut playground, 7);
    snapshot("sudoku-ascii-80x24", &playground.draw());
    assert!(playground.screen().is_ascii());
}

#[test]
fn a_rule_that_is_broken_is_seen_and_said() {
    let mut playground = opened((80, 24), &UNICODE);
    // Written by chance in one pass: something stands twice.
    playground.app.turn(&STEPS, STEPS.parse("1").unwrap());
    playground.app.turn(&TEMPERATURE, TEMPERATURE.parse("2").unwrap());
    write(&mut playground, PUZZLE);
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains("not solved") && screen.contains('!'), "{screen}");
    snapshot("sudoku-broken-80x24", &playground.draw());
}

#[test]
fn the_prompt_editor_says_what_a_puzzle_is() {
    let mut playground = opened((120, 40), &UNICODE);
    playground.press(KeyCode::Char('p'));
    let screen = playground.screen();
    assert!(screen.contains("a Sudoku of 4x4 or 6x6") && !screen.contains("[["), "{screen}");
    playground.press_ctrl('u');
    assert!(!playground.screen().contains("story"), "{}", playground.screen());
}

#[test]
fn what_is_no_puzzle_is_answered_and_begins_nothing() {
    let mut playground = opened((120, 40), &UNICODE);
    let story = PromptEntry { text: "Once upon a time".to_owned(), ..PromptEntry::default() };
    playground.app.start_with(story);
    let why = failure(&playground.app);
    assert!(why.contains("is no cell of a puzzle"), "{why}");
    playground.press(KeyCode::Char('p'));
    playground.press_ctrl('u');
    playground.type_text("12345");
    assert!(
        playground.screen().contains("4x4 has 16, one of 6x6 has 36"),
        "{}",
        playground.screen()
    );
}

#[test]
fn what_is_said_of_a_grid_fits_the_narrowest_lane() {
    let mut playground = opened((80, 24), &UNICODE);
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    let mut seen = 0;
    for step in 0..14 {
        look_back(&mut playground, step);
        let screen = playground.screen();
        let said = screen.lines().filter(|line| line.contains(" open"));
        for line in said {
            let verdicts =
                line.split(['│', '┃']).map(str::trim).filter(|words| words.contains("open"));
            for words in verdicts {
                let ends = ["open", "wrong", "rule"].iter().any(|end| words.ends_with(end));
                seen += 1;
                assert!(ends && !words.starts_with("1 cells"), "{words:?} in\n{screen}");
            }
        }
    }
    assert!(seen > 10, "{seen}");
}

/// Has the problem that was asked counted, and the next one asked.
fn to_next_problem(playground: &mut Playground) {
    playground.until_done();
    playground.app.advance(playground.app.now + Duration::from_secs(1));
}

#[test]
fn problem_after_problem_is_counted_for_every_lane() {
    let mut playground = opened((160, 45), &UNICODE);
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    playground.press(KeyCode::Char('%'));
    let first = playground.app.prompt.clone();
    to_next_problem(&mut playground);
    assert_ne!(playground.app.prompt, first);
    to_next_problem(&mut playground);
    playground.until_done();
    let screen = playground.screen();
    assert_eq!(screen.matches("solved 3 of 3, 100 % (44 to 100)").count(), 2, "{screen}");
    // A lane less is another comparison: nothing is counted any more, and nothing asked.
    playground.press(KeyCode::Char('f'));
    playground.until_done();
    let prompt = playground.app.prompt.clone();
    to_next_problem(&mut playground);
    assert_eq!(playground.app.prompt, prompt);
}

#[test]
fn a_tally_is_ended_by_its_key_and_takes_a_task() {
    let mut playground = opened((120, 40), &UNICODE);
    playground.press(KeyCode::Char('%'));
    to_next_problem(&mut playground);
    let screen = playground.screen();
    assert!(screen.contains("solved 1 of 1, 100 %"), "{screen}");
    playground.press(KeyCode::Char('%'));
    let prompt = playground.app.prompt.clone();
    to_next_problem(&mut playground);
    assert_eq!(playground.app.prompt, prompt);
    let mut stories = Playground::small();
    stories.until_done();
    stories.press(KeyCode::Char('%'));
    let screen = stories.screen();
    assert!(screen.contains("nobody can score this text"), "{screen}");
}

#[test]
fn a_sweep_puts_the_same_problems_to_every_value_and_counts_who_solves_them() {
    let mut playground = opened((120, 40), &UNICODE);
    while playground.app.selected_knob().name != "steps" {
        playground.press(KeyCode::Down);
    }
    playground.press(KeyCode::Char('g'));
    let sweep = |app: &App| app.overlay::<SweepOverlay>().map(SweepOverlay::progress);
    let values = playground.app.overlay::<SweepOverlay>().unwrap().values.len();
    assert_eq!(sweep(&playground.app), Some((0, 10 * values)));
    playground.until(|app| sweep(app).is_some_and(|(done, _)| done >= 10));
    let screen = playground.screen();
    assert!(screen.contains("solved, high is good"), "{screen}");
    let row = screen.lines().find(|line| line.contains(" % ") && line.contains('*'));
    assert!(row.is_some(), "the first value has its score and leads so far: {screen}");
}
