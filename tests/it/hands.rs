//! Hands on the playground: pins, noise, branches, and what the screen counts and says of them.

use crossterm::event::KeyCode;
use remask::trace::CellState;
use remask::tui::action::Action;
use remask::tui::app::{App, Phase};
use remask::tui::hit_map::Hit;

use crate::support::FakeModel;
use crate::support::harness::{Options, Playground};

#[test]
fn a_token_is_pinned_and_made_noise_and_another_branch_is_gone_to() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('*'));
    assert!(playground.screen().contains("choose a token first"));
    playground.app.act(Action::TokenNext);
    let token = playground.app.token.unwrap();
    playground.press(KeyCode::Char('*'));
    let state = |app: &App| app.frame().unwrap().cells[token].state;
    playground.until(|app| state(app) == CellState::Pinned);
    assert!(playground.screen().contains("pinned by hand"));
    playground.press(KeyCode::Char('#'));
    playground.until(|app| state(app) == CellState::Noise && app.phase == Phase::Paused);
    assert!(playground.screen().contains("changed by hand; 1 still noise"));
    playground.press(KeyCode::Char(' '));
    playground.until(|app| app.phase == Phase::Finished);
    let first = playground.app.lane().history.last().unwrap().cells.clone();
    // Back, and on from there: what was there stays, in the branch before.
    playground.press(KeyCode::Home);
    for _ in 0..4 {
        playground.press(KeyCode::Right);
    }
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase == Phase::Finished && app.lane().history.steps() == 12);
    playground.press(KeyCode::Char('{'));
    playground.until(|app| app.lane().history.steps() == 15);
    assert_eq!(playground.app.lane().history.last().unwrap().cells, first);
    assert!(playground.app.notice.as_ref().unwrap().text.contains("branch 1 of 2"));
    // Nothing is left to write there.
    playground.until(|app| app.phase == Phase::Finished);
    playground.app.notice = None;
    assert!(playground.screen().contains("done in 13 passes"), "{}", playground.screen());
    // What is noise again has to be written again.
    playground.press(KeyCode::Char('#'));
    playground.until(|app| app.phase == Phase::Paused);
    assert!(playground.screen().contains("paused"));
}

#[test]
fn steps_are_passes_and_a_change_by_hand_is_none() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.app.act(Action::TokenNext);
    let token = playground.app.token.unwrap();
    playground.press(KeyCode::Char('*'));
    let state = |app: &App| app.frame().unwrap().cells[token].state;
    playground.until(|app| state(app) == CellState::Pinned);
    let screen = playground.screen();
    let legend = screen.lines().find(|line| line.contains("just written")).unwrap();
    assert!(legend.contains("pinned"), "{legend}");
    playground.press(KeyCode::Char('#'));
    playground.until(|app| state(app) == CellState::Noise && app.phase == Phase::Paused);
    playground.press(KeyCode::Char(' '));
    playground.until_done();
    assert_eq!(playground.app.lane().history.steps(), 15, "13 passes and two changes");
    let screen = playground.screen();
    for shown in ["step 13/13", "done in 13 passes", "written in step 13"] {
        assert!(screen.contains(shown), "{shown} is not on\n{screen}");
    }
    // Each moment has its place on the timeline.
    playground.target(|hit| hit == Hit::Timeline { moments: 15 });
    playground.press(KeyCode::Left);
    let screen = playground.screen();
    for shown in ["step 12/13", "looking back at a change after step 12 of 13"] {
        assert!(screen.contains(shown), "{shown} is not on\n{screen}");
    }
    for _ in 0..2 {
        playground.press(KeyCode::Left);
    }
    assert!(playground.screen().contains("looking back at step 12 of 13"));
}

#[test]
fn a_knob_turned_after_the_end_is_used_by_whoever_goes_on() {
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    let mut playground = Playground::open((120, 40), Options::default());
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains("│ ▲ here ") && !screen.contains("│ knobs"), "{screen}");
    let turn = |playground: &mut Playground, value: &str| {
        playground.app.turn(temperature, temperature.parse(value).unwrap());
        assert!(playground.app.waits_for_next_run(temperature));
    };
    // A pin leaves the text what it was written with; noise is written with the knobs of now.
    turn(&mut playground, "0.3");
    playground.app.act(Action::TokenNext);
    let token = playground.app.token.unwrap();
    let state = |app: &App| app.frame().unwrap().cells[token].state;
    playground.press(KeyCode::Char('*'));
    playground.until(|app| state(app) == CellState::Pinned);
    assert!(playground.app.waits_for_next_run(temperature));
    playground.press(KeyCode::Char('#'));
    playground.until(|app| state(app) == CellState::Noise);
    assert!(!playground.app.waits_for_next_run(temperature));
    playground.press(KeyCode::Char(' '));
    playground.until(|app| app.phase == Phase::Finished);
    // Going on from an earlier moment.
    turn(&mut playground, "0.4");
    for _ in 0..9 {
        playground.press(KeyCode::Left);
    }
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase == Phase::Finished);
    assert!(!playground.app.waits_for_next_run(temperature));
    let facts = playground.app.lane().history.facts();
    let turned = facts.flat_map(|facts| &facts.turned).filter(|(name, _)| *name == "temperature");
    assert_eq!(turned.count(), 1);
    // The timeline names the sign of it, which it does not have before.
    assert!(playground.screen().contains("│ ◆ knobs "), "{}", playground.screen());
    // A branch that is whole is looked at, and not gone on with.
    turn(&mut playground, "0.5");
    playground.press(KeyCode::Char('{'));
    playground.until(|app| app.phase == Phase::Finished);
    assert!(playground.app.waits_for_next_run(temperature));
}

#[test]
fn where_there_is_no_branch_to_go_to_the_reason_is_said() {
    let says = |playground: &mut Playground, reason: &str| {
        playground.press(KeyCode::Char('}'));
        let screen = playground.screen();
        assert!(screen.contains(reason), "{reason} is not on\n{screen}");
    };
    let mut playground = Playground::small();
    says(&mut playground, "there is no run yet");
    playground.until_done();
    says(&mut playground, "there is one branch");
    playground.press(KeyCode::Down);
    playground.press(KeyCode::Char('g'));
    playground.press(KeyCode::Char('x'));
    says(&mut playground, "there is one branch");
    playground.app.prompt = "[[99999]]".into();
    playground.press(KeyCode::Char('r'));
    says(&mut playground, "the run has failed");
    let model = FakeModel { panic_at: Some(3), ..FakeModel::new() };
    let options = Options { model: Box::new(model), prompt: "", ..Options::default() };
    let mut playground = Playground::open((80, 24), options);
    playground.until(|app| matches!(app.phase, Phase::Stopped(_)));
    says(&mut playground, "the engine has stopped");
}

#[test]
fn another_branch_can_be_gone_to_before_the_engine_has_answered() {
    let mut playground = Playground::small();
    playground.until_done();
    for _ in 0..5 {
        playground.press(KeyCode::Left);
    }
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lane().history.branches().len(), 2);
    let shown = playground.app.lane().history.end();
    playground.press(KeyCode::Char('}'));
    playground.press(KeyCode::Char('}'));
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lane().history.branches().len(), 2, "none is lost");
    assert_ne!(playground.app.lane().history.end(), shown);
}

/// Two lanes at the end of twelve steps.
fn compared() -> Playground {
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    playground
}

#[test]
fn lanes_stay_at_the_same_step_when_one_is_changed_by_hand() {
    let mut playground = compared();
    playground.app.go_to(5);
    let frame = playground.app.lane().frame().unwrap();
    let token = frame.cells.iter().position(|cell| cell.written_at.is_some()).unwrap();
    playground.app.token = Some(token);
    playground.press(KeyCode::Char('*'));
    let moments = |app: &App| [0, 1].map(|lane| app.lanes[lane].history.steps());
    playground.until(|app| app.phase == Phase::Paused && moments(app) == [6, 5]);
    assert!(playground.screen().contains("step 5/12"));
    playground.press(KeyCode::Char('.'));
    playground.until(|app| moments(app) == [7, 6]);
    assert!(playground.screen().contains("step 6/12"));
    let shown = |playground: &Playground| [0, 1].map(|lane| playground.app.lanes[lane].playhead);
    for expected in [[6, 5], [5, 5], [4, 4]] {
        playground.press(KeyCode::Left);
        assert_eq!(shown(&playground), expected, "the change is a moment of one lane alone");
    }
    playground.press(KeyCode::End);
    assert_eq!(shown(&playground), [7, 6]);
}

#[test]
fn a_finished_lane_that_was_cut_back_can_be_gone_to() {
    let mut playground = compared();
    playground.app.go_to(5);
    let frame = playground.app.lane().frame().unwrap();
    playground.app.token = frame.cells.iter().position(|cell| cell.written_at.is_some());
    playground.press(KeyCode::Char('*'));
    let moments = |app: &App| [0, 1].map(|lane| app.lanes[lane].history.steps());
    playground.until(|app| app.phase == Phase::Paused && moments(app) == [6, 5]);
    // The other lane went back with it. Its text is still there.
    playground.press(KeyCode::Tab);
    playground.press(KeyCode::Char('{'));
    playground.until(|app| moments(app) == [6, 12]);
    assert!(playground.screen().contains("branch 1 of 1"));
    playground.until(|app| app.phase == Phase::Paused && app.lanes[1].ended);
    playground.press(KeyCode::Char('}'));
    assert!(playground.screen().contains("there is one branch"));
}

/// Whether the engine has answered what was asked for.
fn is_there(app: &App) -> bool {
    matches!(app.phase, Phase::Paused | Phase::Finished)
}

#[test]
fn changes_by_hand_are_taken_back_one_after_the_other_and_done_again() {
    let mut playground = Playground::small();
    playground.until_done();
    let says = |playground: &Playground, expected: &str| {
        let notice = playground.app.notice.as_ref().map(|notice| notice.text.clone());
        assert!(notice.as_ref().is_some_and(|text| text.contains(expected)), "{notice:?}");
    };
    playground.press(KeyCode::Char('('));
    says(&playground, "nothing was changed by hand");
    playground.press(KeyCode::Char(')'));
    says(&playground, "nothing that was taken back");
    playground.app.act(Action::TokenNext);
    let token = playground.app.token.unwrap();
    let ids = |app: &App| -> Vec<u32> {
        app.lane().history.last().unwrap().cells.iter().map(|cell| cell.id).collect()
    };
    let mut texts = vec![ids(&playground.app)];
    for key in ['#', '!', '!'] {
        let known = playground.app.lane().history.len();
        playground.press(KeyCode::Char(key));
        playground.until(|app| app.lane().history.len() == known + 1);
        texts.push(ids(&playground.app));
    }
    let cell = &playground.app.frame().unwrap().cells[token];
    assert_eq!((cell.state, cell.id), (CellState::Pinned, cell.candidates[1].token));
    let known = playground.app.lane().history.len();
    for (back, text) in texts.iter().rev().enumerate().skip(1) {
        playground.press(KeyCode::Char('('));
        says(&playground, "taken back; ) does it again");
        playground.until(|app| app.lane().history.steps() == 15 - back && is_there(app));
        assert_eq!(&ids(&playground.app), text);
    }
    for (again, text) in texts.iter().enumerate().skip(1) {
        playground.press(KeyCode::Char(')'));
        playground.until(|app| app.lane().history.steps() == 12 + again && is_there(app));
        assert_eq!(&ids(&playground.app), text);
    }
    assert_eq!(playground.app.lane().history.len(), known, "neither adds a moment");
    // What is done behind something that was taken back goes its own way.
    playground.press(KeyCode::Char('('));
    playground.until(|app| app.lane().history.steps() == 14 && is_there(app));
    playground.press(KeyCode::Char('#'));
    playground.until(|app| app.lane().history.len() == known + 1);
    playground.press(KeyCode::Char(')'));
    says(&playground, "nothing that was taken back");
}

/// A text of the bundled model that was finished.
fn finished() -> Playground {
    let knobs = &[("canvas", "16"), ("steps", "8"), ("sampler", "p2"), ("temperature", "0.8")];
    let model = Box::new(crate::support::stories());
    let options = Options { model, knobs, judged: false, ..Options::default() };
    let mut playground = Playground::open((80, 24), options);
    playground.until_done();
    playground
}

#[test]
fn what_was_taken_back_leaves_no_trace_in_what_follows() {
    /// Presses `key` and waits for the moment that comes of it.
    fn moment(playground: &mut Playground, key: char) {
        let known = playground.app.lane().history.len();
        playground.press(KeyCode::Char(key));
        playground.until(|app| app.lane().history.len() > known && is_there(app));
    }
    for seed in 0..4usize {
        let mut texts = Vec::new();
        for with_detours in [false, true] {
            let mut playground = finished();
            playground.app.go_to(2);
            playground.app.token = Some(5 + seed);
            moment(&mut playground, '!');
            if with_detours {
                for keys in ["!#", "!.#.", "!!.!"] {
                    let steps = playground.app.lane().history.steps();
                    let hands = keys.chars().filter(|key| *key != '.').count();
                    playground.app.token = Some(8 + seed);
                    keys.chars().for_each(|key| moment(&mut playground, key));
                    for _ in 0..hands {
                        playground.press(KeyCode::Char('('));
                        playground.until(is_there);
                    }
                    assert_eq!(playground.app.lane().history.steps(), steps);
                }
            }
            playground.press(KeyCode::Char(' '));
            playground.until(|app| app.phase == Phase::Finished);
            let cells = &playground.app.lane().history.last().unwrap().cells;
            let shown = |cell: &std::sync::Arc<remask::trace::Cell>| (cell.id, cell.state);
            texts.push(cells.iter().map(shown).collect::<Vec<_>>());
            assert_eq!(texts[0][5 + seed].1, CellState::Pinned);
        }
        assert_eq!(texts[0], texts[1], "token {seed}");
    }
}
