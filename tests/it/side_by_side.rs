//! Lanes side by side: the race, comparing, the sweep of a knob, and why.

use std::time::Duration;

use crate::support::FakeModel;
use crate::support::harness::{Options, Playground};
use crate::support::snapshots::{SIZES, snapshot};
use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use remask::engine::Event;
use remask::trace::CellState;
use remask::tui::app::{App, Phase};
use remask::tui::display::LANES;
use remask::tui::hit_map::Hit;
use remask::tui::mode::Mode;
use remask::tui::overlays::SweepOverlay;
use remask::tui::theme::ColorDepth;

/// Noise that takes many steps, so that lanes come apart, with tokens that are drawn.
fn options() -> Options {
    let knobs = &[("canvas", "48"), ("steps", "12"), ("sampler", "p2"), ("temperature", "0.7")];
    Options { knobs, ..Options::default() }
}

fn open(size: (u16, u16)) -> Playground {
    let mut playground = Playground::open(size, options());
    playground.until_done();
    playground
}

fn later(playground: &mut Playground, seconds: f64) {
    let now = playground.app.now + Duration::from_secs_f64(seconds);
    playground.app.advance(now);
}

/// A fair race that has just been measured.
fn race(size: (u16, u16)) -> Playground {
    let mut playground = open(size);
    playground.press(KeyCode::Char('v'));
    playground.until(|app| app.phase == Phase::Finished);
    playground
}

fn compare(size: (u16, u16)) -> Playground {
    let mut playground = open(size);
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    playground
}

fn name(what: &str, (columns, rows): (u16, u16)) -> String {
    format!("{what}-{columns}x{rows}")
}

#[test]
fn screens_of_a_race() {
    for size in SIZES.into_iter().chain([(120, 40)]) {
        let mut playground = race(size);
        // Passes, then 12 steps of 8 ms and 48 of 2, shown a hundred times slower, then those of an H100.
        for stage in ["passes", "verdict", "estimate"] {
            later(&mut playground, 4.0);
            let buffer = playground.draw();
            snapshot(&name(&format!("race-{stage}-middle"), size), &buffer);
            later(&mut playground, 60.0);
            later(&mut playground, 10.0);
            let buffer = playground.draw();
            snapshot(&name(&format!("race-{stage}"), size), &buffer);
            playground.press(KeyCode::Char(' '));
        }
        later(&mut playground, 60.0);
        playground.press(KeyCode::Char('y'));
        playground.until(|app| app.explanation().is_some());
        let buffer = playground.draw();
        snapshot(&name("why", size), &buffer);
    }
}

#[test]
fn a_race_is_told_in_passes_then_in_seconds_here_then_in_those_of_other_machines() {
    let mut playground = race((160, 45));
    let names: Vec<&str> = playground.app.lanes.iter().map(|lane| lane.sampler()).collect();
    assert_eq!(names, ["p2", "autoregressive", "self-speculative"]);
    let end = |playground: &mut Playground| {
        playground.press(KeyCode::End);
        playground.screen()
    };
    let screen = end(&mut playground);
    for said in ["1 of 3, in passes", "p2 takes ", "fewer passes than autoregressive", "space"] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    assert!(!screen.contains("tokens/s"), "seconds are for the next stage: {screen}");
    playground.press(KeyCode::Char(' '));
    let screen = end(&mut playground);
    for said in ["2 of 3, on this machine", "self-speculative the text of", "tokens/s"] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    let machines = playground.app.hardware.len();
    for machine in 0..machines {
        playground.press(KeyCode::Char(' '));
        let name = playground.app.hardware[machine].name.clone();
        let screen = end(&mut playground);
        let title = format!("3 of 3, estimate: {name} (");
        assert!(screen.contains(&title) && screen.contains("8 B weights"), "{screen}");
        assert!(screen.contains(" about "), "{screen}");
    }
    let own = &remask::tui::display::ESTIMATE_FOR;
    playground.app.turn(own, own.parse("this-model").unwrap());
    assert!(end(&mut playground).contains(", this model"));
    let slow: Vec<f64> = playground.app.lanes.iter().map(|lane| lane.seconds()).collect();
    // Behind the last machine the passes are counted again; the first is the fastest, for every lane.
    for expected in ["1 of 3", "2 of 3", "3 of 3"] {
        playground.press(KeyCode::Char(' '));
        let screen = end(&mut playground);
        assert!(screen.contains(expected), "{expected}: {screen}");
    }
    let fast = playground.app.lanes.iter().map(|lane| lane.seconds());
    assert!(slow.iter().zip(fast).all(|(slow, fast)| *slow > fast), "{slow:?}");
}

#[test]
fn screens_of_a_comparison() {
    for size in SIZES {
        let mut playground = compare(size);
        playground.app.go_to(7);
        later(&mut playground, 10.0);
        let buffer = playground.draw();
        snapshot(&name("compare-middle", size), &buffer);
        playground.press(KeyCode::Char('a'));
        playground.press(KeyCode::Char('a'));
        playground.until_done();
        playground.press(KeyCode::Tab);
        let buffer = playground.draw();
        snapshot(&name("compare-four", size), &buffer);
    }
}

#[test]
fn a_comparison_without_colours() {
    let mut playground =
        Playground::open((80, 24), Options { depth: ColorDepth::None, ..options() });
    playground.until_done();
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    let buffer = playground.draw();
    snapshot("compare-no-color-80x24", &buffer);
}

#[test]
fn screens_of_a_sweep() {
    for size in SIZES {
        let mut playground = open(size);
        playground.press(KeyCode::Down);
        assert_eq!(playground.app.selected_knob().name, "steps");
        playground.press(KeyCode::Char('g'));
        playground.until(|app| {
            app.overlay::<SweepOverlay>()
                .is_some_and(|sweep| sweep.progress().0 == sweep.progress().1)
        });
        let buffer = playground.draw();
        snapshot(&name("sweep", size), &buffer);
    }
}

#[test]
fn a_value_of_a_sweep_can_be_taken_or_left() {
    let steps = &remask::diffusion::parts::schedule::STEPS;
    for (key, taken) in [(KeyCode::Enter, true), (KeyCode::Esc, false), (KeyCode::Char('x'), false)]
    {
        let mut playground = open((80, 24));
        let before = playground.app.lane().history.last().unwrap().cells.clone();
        playground.press(KeyCode::Down);
        playground.press(KeyCode::Char('g'));
        let values = playground.app.overlay::<SweepOverlay>().unwrap().values.clone();
        let at = values.iter().position(|value| *value == steps.parse("12").unwrap()).unwrap();
        assert!(values.len() > 3, "{values:?}");
        // It may be left before it is done.
        playground.press(KeyCode::Down);
        playground.press(key);
        playground.until_done();
        let expected = if taken { values[at + 1] } else { values[at] };
        assert_eq!(playground.app.lane().settings.value(steps), expected);
        let after = &playground.app.lane().history.last().unwrap().cells;
        assert_eq!(*after == before, !taken, "what was left alone still stands");
        if !taken {
            // It can be gone back into, too.
            playground.press(KeyCode::Left);
            playground.press(KeyCode::Enter);
            playground.until(|app| app.phase == Phase::Finished && app.lane().ended);
            assert_eq!(playground.app.lane().history.steps(), 12);
        }
    }
}

#[test]
fn a_run_goes_on_behind_a_sweep_as_if_nothing_had_been() {
    let written = |sweeps: bool| {
        let mut model = FakeModel::new();
        model.pass = Duration::from_millis(10);
        let options = Options { model: Box::new(model), prompt: "", ..Options::default() };
        let mut playground = Playground::open((80, 24), options);
        playground.until(|app| app.lane().history.steps() >= 3);
        if sweeps {
            playground.press(KeyCode::Down);
            playground.press(KeyCode::Char('g'));
            playground.until(|app| {
                app.overlay::<SweepOverlay>().is_some_and(|sweep| sweep.progress().0 > 0)
            });
            playground.press(KeyCode::Esc);
            assert_eq!(playground.app.phase, Phase::Running);
        }
        playground.until_done();
        let cells = &playground.app.lane().history.last().unwrap().cells;
        cells.iter().map(|cell| cell.id).collect::<Vec<_>>()
    };
    assert_eq!(written(true), written(false));
}

#[test]
fn a_sweep_is_left_in_the_same_way_whatever_closes_it() {
    let refusal = || Event::Refused(remask::Error::invalid("that is not to be had"));
    let mut playground = open((80, 24));
    playground.press(KeyCode::Down);
    playground.press(KeyCode::Char('g'));
    assert_eq!(playground.app.phase, Phase::Waiting);
    playground.app.on_engine(refusal());
    assert!(playground.app.overlay::<SweepOverlay>().is_none());
    assert_eq!(playground.app.phase, Phase::Finished, "the text below stands as it was");
    assert!(playground.screen().contains("that is not to be had"));
    // The engine has stopped, and is not taken to be at its work when the sweep is closed.
    playground.press(KeyCode::Char('g'));
    playground.app.on_engine(Event::Stopped(remask::Error::invalid("it fell over")));
    assert!(playground.app.overlay::<SweepOverlay>().is_some());
    playground.press(KeyCode::Esc);
    assert!(matches!(playground.app.phase, Phase::Stopped(_)), "{:?}", playground.app.phase);
}

#[test]
fn what_cannot_be_swept_says_so() {
    let mut playground = open((80, 24));
    playground.press(KeyCode::Up);
    playground.app.knob = playground.app.knobs().len() - 1;
    playground.press(KeyCode::Char('g'));
    assert!(playground.screen().contains("changes nothing that could be swept"));
    // Nor is a knob that the sampler does not use.
    let mut playground = Playground::open(
        (80, 24),
        Options { knobs: &[("sampler", "threshold")], ..Options::default() },
    );
    playground.until_done();
    playground.press(KeyCode::Down);
    assert_eq!(playground.app.selected_knob().name, "steps");
    playground.press(KeyCode::Char('g'));
    assert!(playground.screen().contains("changes nothing that could be swept"));
}

#[test]
fn two_lanes_of_the_same_knobs_are_the_same_and_a_turned_knob_changes_one_of_them() {
    let mut playground = open((160, 45));
    let alone = playground.app.lane().history.last().unwrap().cells.clone();
    playground.press(KeyCode::Char('a'));
    playground.until_done();
    let lanes = &playground.app.lanes;
    assert_eq!(lanes.len(), 2);
    for step in 0..=12 {
        let [a, b] = [0, 1].map(|lane| &lanes[lane].history.frame(step).unwrap().cells);
        assert_eq!(a, b, "at step {step}");
    }
    assert_eq!(lanes[0].history.last().unwrap().cells, alone);
    assert!(playground.screen().contains("the same as A "));
    // The cursor is on the new lane: its knob is turned, the other's is not.
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    playground.app.turn(temperature, temperature.parse("1.5").unwrap());
    assert!(playground.screen().contains("r takes the knobs of now"));
    playground.press(KeyCode::Char('r'));
    playground.until_done();
    let lanes = &playground.app.lanes;
    assert_eq!(lanes[0].history.last().unwrap().cells, alone);
    assert_ne!(lanes[1].history.last().unwrap().cells, alone);
    assert_eq!(lanes[0].settings.get(temperature), 0.7);
    let screen = playground.screen();
    assert!(screen.contains("differ from A") && screen.contains("temperature 1.5"), "{screen}");
}

#[test]
fn a_click_puts_the_cursor_on_a_lane_and_its_token() {
    let mut playground = compare((160, 45));
    playground.draw();
    let token = playground.target(|hit| hit == Hit::Token { lane: 1, position: 20 });
    playground.click(token.x, token.y);
    assert_eq!((playground.app.focus, playground.app.token), (1, Some(20)));
    let lane = playground.target(|hit| hit == Hit::Lane(0));
    playground.click(lane.x, lane.y);
    assert_eq!((playground.app.focus, playground.app.token), (0, None));
}

#[test]
fn a_lane_can_be_taken_to_the_main_view_with_all_it_wrote() {
    let mut playground = compare((160, 45));
    playground.press(KeyCode::Tab);
    let cells = playground.app.lane().history.last().unwrap().cells.clone();
    playground.press(KeyCode::Char('f'));
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lanes.len(), 1);
    let sampler = &remask::diffusion::sampler::SAMPLER;
    assert_eq!(playground.app.lane().settings.get(sampler).as_str(), "low-confidence");
    assert_eq!(playground.app.lane().history.last().unwrap().cells, cells);
    assert_eq!(playground.app.lane().history.steps(), 12);
    assert!(playground.screen().contains("done in 12 passes"));
    // It can be gone back into, as any other run.
    playground.press(KeyCode::Home);
    playground.press(KeyCode::Right);
    playground.press(KeyCode::Enter);
    playground.until_done();
    assert_eq!(playground.app.lane().history.last().unwrap().cells, cells);
}

#[test]
fn escape_leaves_the_first_lane_alone_and_d_gives_one_up() {
    let mut playground = race((80, 24));
    playground.press(KeyCode::Esc);
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lanes.len(), 1);
    assert_eq!(
        playground.app.lane().settings.get(&remask::diffusion::sampler::SAMPLER).as_str(),
        "p2"
    );
    let mut playground = compare((80, 24));
    playground.press(KeyCode::Char('d'));
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(
        playground.app.lane().settings.get(&remask::diffusion::sampler::SAMPLER).as_str(),
        "low-confidence"
    );
    playground.press(KeyCode::Char('d'));
    assert!(playground.screen().contains("this is the only lane"));
}

#[test]
fn the_clock_shows_what_each_lane_had_when() {
    let mut playground = race((160, 45));
    assert_eq!(playground.app.mode, Mode::FairReplay);
    let steps = |playground: &Playground| -> Vec<usize> {
        playground.app.lanes.iter().take(2).map(|lane| lane.playhead).collect()
    };
    // The second stage is the clock of this machine.
    playground.press(KeyCode::End);
    playground.press(KeyCode::Char(' '));
    later(&mut playground, 0.0);
    assert_eq!(steps(&playground), [0, 0], "it begins with the noise");
    assert_eq!(playground.app.clock.slower, Some(20), "376 ms are too short to be watched");
    later(&mut playground, 0.82);
    assert_eq!(steps(&playground), [5, 20], "41 ms are 5 steps of 8 ms, and 20 of 2");
    playground.press(KeyCode::Char('>'));
    assert_eq!(playground.app.clock.slower, Some(10));
    later(&mut playground, 0.1);
    assert_eq!(steps(&playground), [6, 25]);
    playground.press(KeyCode::Char(' '));
    later(&mut playground, 5.0);
    assert_eq!(steps(&playground), [6, 25], "it stands");
    playground.press(KeyCode::Left);
    assert_eq!(steps(&playground), [6, 25], "51 ms back to 50");
    playground.press(KeyCode::Left);
    assert_eq!(steps(&playground), [6, 24]);
    playground.draw();
    let tracks = playground.target(|hit| hit == Hit::Tracks);
    playground.mouse(
        MouseEventKind::Down(MouseButton::Left),
        tracks.x + tracks.width / 8 - 1,
        tracks.y,
    );
    playground.mouse(MouseEventKind::Up(MouseButton::Left), 0, 0);
    let early = steps(&playground);
    assert!((5..=6).contains(&early[0]) && (23..=24).contains(&early[1]), "{early:?}");
    playground.press(KeyCode::End);
    // The last token is the end, which takes a pass and does not count.
    assert_eq!(steps(&playground), [12, 47]);
    let screen = playground.screen();
    assert!(screen.contains("autoregressive is as fast as p2"), "{screen}");
    assert!(screen.contains("nats a new pair, low is good: p2 "), "{screen}");
    playground.press(KeyCode::Char(' '));
    later(&mut playground, 0.0);
    assert_eq!(steps(&playground), [0, 0], "from the beginning");
}

#[test]
fn all_at_once_the_lanes_share_the_machine_and_the_screen_says_so() {
    let mut playground = race((160, 45));
    // in step, then at once
    playground.press(KeyCode::Char('i'));
    playground.until_done();
    playground.press(KeyCode::Char('i'));
    assert_eq!(playground.app.mode, Mode::AtOnce);
    playground.until(|app| app.phase == Phase::Finished);
    assert!(playground.screen().contains("the lanes share the machine"));
}

#[test]
fn at_once_a_race_can_be_paused_stepped_and_given_up() {
    let mut playground = Playground::open((160, 45), options());
    playground.until_done();
    playground.press(KeyCode::Char('v'));
    playground.app.display.set(&LANES, remask::tui::display::LaneOrder::AtOnce.value());
    playground.press(KeyCode::Char('r'));
    playground.press(KeyCode::Char(' '));
    playground.until(|app| matches!(app.phase, Phase::Paused | Phase::Finished));
    if playground.app.phase == Phase::Paused {
        let made = |app: &App| -> usize { app.lanes.iter().map(|l| l.history.steps()).sum() };
        playground.press(KeyCode::End);
        let before = made(&playground.app);
        playground.press(KeyCode::Char('.'));
        playground.until(|app| made(app) > before);
        playground.press(KeyCode::Enter);
        assert!(playground.app.clock.runs, "the clock goes on with the run");
        playground.until(|app| app.phase == Phase::Finished);
    }
    playground.press(KeyCode::Char('r'));
    playground.press(KeyCode::Char('x'));
    playground.until(|app| matches!(app.phase, Phase::Cancelled | Phase::Finished));
    later(&mut playground, 100.0);
    assert!(!playground.app.clock.runs && !playground.app.is_churning());
}

#[test]
fn a_fair_race_that_is_given_up_shows_what_was_written() {
    let mut playground = open((80, 24));
    playground.press(KeyCode::Char('v'));
    playground.until(|app| app.lanes.len() == 3 && app.lanes[0].history.steps() > 3);
    playground.press(KeyCode::Char('x'));
    playground.until(|app| matches!(app.phase, Phase::Cancelled | Phase::Finished));
    if playground.app.phase == Phase::Cancelled {
        later(&mut playground, 1.0);
        assert_eq!(playground.app.mode, Mode::FairWarmUp);
        assert!(playground.app.lanes[0].playhead > 3, "not the noise");
        assert!(!playground.screen().contains("tokens/s"), "no time of it is fair");
    }
    playground.press(KeyCode::Esc);
    playground.until(|app| matches!(app.phase, Phase::Paused | Phase::Finished));
    assert_eq!(playground.app.lanes.len(), 1);
}

#[test]
fn lanes_of_a_run_that_failed_begin_again() {
    let mut playground = compare((80, 24));
    playground.app.prompt = "[[99999]]".into();
    playground.press(KeyCode::Char('r'));
    assert!(matches!(playground.app.phase, Phase::Failed(_)));
    playground.press(KeyCode::Char('a'));
    playground.press(KeyCode::Char('d'));
    playground.press(KeyCode::Esc);
    assert!(matches!(playground.app.phase, Phase::Failed(_)));
    playground.app.prompt = "Once".into();
    playground.press(KeyCode::Char('r'));
    playground.until_done();
    assert_eq!(playground.app.lanes.len(), 1);
}

#[test]
fn a_race_that_was_left_early_still_settles_into_prose() {
    let mut playground = race((160, 45));
    later(&mut playground, 1.0);
    playground.press(KeyCode::Esc);
    playground.until_done();
    assert!(playground.app.lane().ended_at.is_some());
    assert!(playground.screen().contains("Once upon a time, there was"));
}

#[test]
fn why_waits_until_everything_is_written() {
    let mut playground = open((80, 24));
    playground.app.phase = Phase::Running;
    playground.press(KeyCode::Char('y'));
    assert!(playground.screen().contains("when everything is written"));
    playground.press(KeyCode::Char('i'));
    assert!(playground.screen().contains("there is one lane"));
}

#[test]
fn everything_can_be_done_in_a_race_without_breaking_the_screen() {
    let mut playground = race((80, 24));
    let keys = "vbaa?\u{1b}ditfyvg\u{1b}nrcwp\u{1b}ov.x<>";
    for key in keys.chars().chain(keys.chars()) {
        playground.press(if key == '\u{1b}' { KeyCode::Esc } else { KeyCode::Char(key) });
        for _ in 0..20 {
            while let Ok(event) = playground.events.try_recv() {
                playground.app.on_engine(event);
            }
            later(&mut playground, 0.05);
        }
        playground.draw();
    }
    assert!(!matches!(playground.app.phase, Phase::Stopped(_)), "{:?}", playground.app.phase);
}

#[test]
fn a_lane_dropped_before_its_run_began_leaves_the_other_with_that_run_alone() {
    let mut playground = Playground::open((120, 40), Options::default());
    playground.until_done();
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    // The engine has heard of neither when the second is asked for.
    playground.app.prompt = "Tom was sad".to_owned();
    playground.press(KeyCode::Char('r'));
    playground.press(KeyCode::Char('d'));
    playground.until(|app| app.phase != Phase::Waiting);
    playground.until_done();
    let lane = &playground.app.lanes[0];
    let (first, last) = (lane.history.frame(0).unwrap(), lane.history.last().unwrap());
    for (first, last) in first.cells.iter().zip(&last.cells) {
        assert!(first.state != CellState::Prompt || first.id == last.id, "given text stays");
    }
    let given = |state| state == CellState::Prompt;
    let prompt = first.cells.iter().filter(|cell| given(cell.state)).count();
    assert_eq!(prompt, last.cells.iter().filter(|cell| given(cell.state)).count());
    assert!(playground.screen().contains("Tom was sad"), "{}", playground.screen());
}
