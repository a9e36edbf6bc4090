//! Runs as files: written, read again, cut, spoiled, and played in the playground's view.

use std::path::Path;

use crossterm::event::KeyCode;
use ratatui::buffer::{Buffer, Cell};
use remask::cancel::Cancel;
use remask::diffusion::registry::registry;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::engine::ModelInfo;
use remask::knobs::Settings;
use remask::model::Backbone;
use remask::trace::History;
use remask::trace::file::{RecordedMoment, RecordedRun, TraceWriter};
use remask::tui::action::Action;
use remask::tui::app::Phase;

use crate::support::harness::{Options, Playground};
use crate::support::stories;

const KNOBS: &[(&str, &str)] =
    &[("canvas", "24"), ("steps", "8"), ("sampler", "token-editing"), ("temperature", "0.7")];

/// The trace of a run of the bundled model.
fn trace() -> Vec<u8> {
    trace_of(KNOBS, 24)
}

/// The trace of a run of the bundled model over `room` tokens.
pub fn trace_of(knobs: &[(&str, &str)], room: usize) -> Vec<u8> {
    let mut model = stories();
    let knobs = knobs
        .iter()
        .fold(Settings::default(), |knobs, (name, text)| knobs.with(name, text).unwrap());
    let about = ModelInfo::of(&model);
    let mut given: Vec<u32> = about.bos.into_iter().collect();
    given.extend(about.tokenizer.encode("Once upon a time").unwrap());
    let segments = [Segment::Prompt(given), Segment::Noise(room)];
    let mut session = Session::new(&segments, knobs, model.vocabulary(), model.context()).unwrap();
    let mut file = Vec::new();
    let mut writer =
        TraceWriter::new(&mut file, Path::new("it"), &about, session.settings(), session.canvas())
            .unwrap();
    while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() {
        writer.step(&step).unwrap();
    }
    writer.end().unwrap();
    file
}

fn options() -> Options {
    Options { knobs: KNOBS, judged: false, ..Options::default() }
}

/// All but the line that says what runs, and those that say what can be done: the last, and at the end the one before.
fn what_is_shown(screen: &Buffer, is_end: bool) -> Vec<Cell> {
    let width = usize::from(screen.area.width);
    let below = if is_end { 2 } else { 1 };
    screen.content()[width..screen.content().len() - below * width].to_vec()
}

#[test]
fn a_replay_shows_the_frames_of_the_live_run() {
    let size = (120, 40);
    let live = Options { model: Box::new(stories()), ..options() };
    let mut live = Playground::open(size, live);
    let recorded = RecordedRun::read(trace().as_slice()).unwrap();
    assert!(recorded.ended && recorded.moments.len() > 2);
    let steps = recorded.moments.len();
    let mut replay = Playground::replaying(size, recorded, options());
    live.until_done();
    replay.until_done();
    assert_eq!(replay.app.last_text(), live.app.last_text());
    for moment in 0..=steps {
        for playground in [&mut live, &mut replay] {
            playground.app.go_to(moment);
            let later = playground.app.now + std::time::Duration::from_secs(10);
            playground.app.advance(later);
        }
        let (live, replay) = (live.draw(), replay.draw());
        let [live, replay] = [live, replay].map(|screen| what_is_shown(&screen, moment == steps));
        assert!(live == replay, "at step {moment}");
    }
}

#[test]
fn a_replay_can_be_stepped_and_gone_back_in_and_refuses_what_needs_the_model() {
    let recorded = RecordedRun::read(trace().as_slice()).unwrap();
    let steps = recorded.moments.len();
    let mut replay = Playground::replaying((100, 30), recorded, options());
    replay.until_done();
    let text = replay.app.last_text();
    for key in "npm#*vb%yug".chars() {
        replay.press(KeyCode::Char(key));
        let notice = replay.app.notice.as_ref().map(|notice| notice.text.as_str());
        assert!(notice.is_some_and(|text| text.contains("is a recording")), "{key}: {notice:?}");
    }
    replay.press(KeyCode::Char('+'));
    assert!(replay.app.notice.as_ref().is_some_and(|notice| notice.text.contains("recording")));
    // Back to the second step, and on from there: the same text in a branch of its own.
    replay.app.go_to(2);
    replay.press(KeyCode::Enter);
    replay.until(|app| app.phase == Phase::Finished && app.lane().history.len() > steps + 1);
    assert_eq!((replay.app.last_text(), replay.app.lane().history.steps()), (text.clone(), steps));
    replay.press(KeyCode::Char('r'));
    replay.until(|app| app.phase == Phase::Finished && app.lane().history.len() == steps + 1);
    assert_eq!(replay.app.last_text(), text);
}

#[test]
fn a_run_that_was_changed_by_hand_is_written_down_from_the_playground() {
    let size = (120, 40);
    let mut live = Playground::open(size, Options { model: Box::new(stories()), ..options() });
    live.until_done();
    live.app.act(Action::TokenNext);
    for key in ['*', '#'] {
        let before = live.app.lane().history.steps();
        live.press(KeyCode::Char(key));
        live.until(|app| app.lane().history.steps() == before + 1);
    }
    live.press(KeyCode::Char(' '));
    live.until_done();
    let mut file = Vec::new();
    let (model, lane) = (&live.app.models[0].about, live.app.lane());
    let first = lane.history.frame(0).unwrap().canvas();
    let mut writer =
        TraceWriter::new(&mut file, Path::new("it"), model, &lane.run_settings, &first).unwrap();
    writer.branch(&lane.history).unwrap();
    writer.end().unwrap();
    let recorded = RecordedRun::read(file.as_slice()).unwrap();
    let mut replay = Playground::replaying(size, recorded, options());
    replay.until_done();
    let (live, replay) = (&live.app.lane().history, &replay.app.lane().history);
    assert_eq!(live.steps(), replay.steps());
    for moment in 0..=live.steps() {
        let [live, replay] = [live, replay].map(|history| history.frame(moment).unwrap());
        assert_eq!((&live.cells, &live.facts), (&replay.cells, &replay.facts), "at {moment}");
        assert_eq!((live.cost, live.planned), (replay.cost, replay.planned), "at {moment}");
    }
}

#[test]
fn a_trace_opens_up_to_its_last_whole_step_wherever_it_is_cut() {
    let file = trace();
    let whole = RecordedRun::read(file.as_slice()).unwrap();
    let lines: Vec<usize> =
        file.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let beside_lines = lines.iter().flat_map(|end| [*end - 1, *end, *end + 1]);
    for cut in beside_lines.chain((0..file.len()).step_by(997)) {
        let cut = cut.min(file.len());
        let Ok(run) = RecordedRun::read(&file[..cut]) else {
            // Header, model, and the tokens of the canvas.
            assert!(cut < lines[2], "{cut}");
            continue;
        };
        let records = lines.iter().filter(|end| **end <= cut);
        let steps = records.filter(|end| starts_step(&file, &lines, **end)).count();
        assert_eq!(run.moments, whole.moments[..steps], "cut at {cut}");
        assert_eq!(run.ended, cut == file.len());
    }
}

/// Whether the line that ends at `end` is a step.
fn starts_step(file: &[u8], lines: &[usize], end: usize) -> bool {
    let start = lines.iter().rev().find(|other| **other < end).copied().unwrap_or(0);
    file[start..].starts_with(b"{\"step\"")
}

#[test]
fn every_samplers_trace_opens_again() {
    for sampler in registry().samplers() {
        let file = trace_of(&[("sampler", sampler.name), ("steps", "6"), ("temperature", "1")], 24);
        let run = RecordedRun::read(file.as_slice());
        let run = run.unwrap_or_else(|error| panic!("{}: {error}", sampler.name));
        assert!(run.ended && !run.moments.is_empty(), "{}", sampler.name);
    }
}

#[test]
fn a_spoiled_trace_is_refused_or_shown() {
    let file = trace();
    // Multiplicative congruence (Knuth): every run of the test spoils the same bytes.
    let mut state = 1u64;
    let mut number = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut opened = 0;
    for _ in 0..600 {
        let mut spoiled = file.clone();
        for _ in 0..=number(3) {
            let at = number(spoiled.len());
            spoiled[at] = b"0123456789,:{}[]\"-.eE \n"[number(23)];
        }
        let Ok(run) = RecordedRun::read(spoiled.as_slice()) else { continue };
        opened += 1;
        let mut history = History::default();
        history.restart(&run.canvas, run.moments.len());
        for moment in &run.moments {
            match moment {
                RecordedMoment::Step(step) => history.push(step),
                RecordedMoment::Edited(canvas) => history.push_edit(canvas),
            }
        }
        if opened % 8 == 0 {
            let mut replay = Playground::replaying((80, 24), run, options());
            replay.until(|app| matches!(app.phase, Phase::Finished | Phase::Cancelled));
            replay.draw();
        }
    }
    assert!(opened > 20, "{opened}");
}

#[test]
fn what_no_run_can_have_done_is_named() {
    let file = String::from_utf8(trace()).unwrap();
    for (old, new, expected) in [
        ("\"trace\":1", "\"trace\":2", "version 2"),
        ("\"step\":{\"index\":0", "\"step\":{\"index\":99999999999", "larger than any run has"),
        ("\"position\":20", "\"position\":4000", "position 4000 is beyond"),
        ("\"position\":20", "\"position\":1", "position 1 was given"),
        ("\"probability\":0.", "\"probability\":90.", "a probability, an entropy or a time"),
        ("\"ended\"\n", "\"ended\"\n\"ended\"\n", "follows the end"),
    ] {
        let spoiled = file.replacen(old, new, 1);
        assert_ne!(spoiled, file, "{old}");
        let error = RecordedRun::read(spoiled.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let wide = format!("{{\"tokens\":[{{\"id\":9,\"text\":\"{}\"}}]}}\n", "x".repeat(200_000));
    let unknown = "{\"tokens\":[{\"id\":4000000000,\"text\":\"x\"}]}\n";
    let at = file.find("{\"step\"").unwrap();
    for (line, expected) in [
        (wide.as_str(), "token 9 has 200000 bytes, too many"),
        (unknown, "no vocabulary has a token 4000000000"),
    ] {
        let spoiled = format!("{}{line}", &file[..at]);
        let error = RecordedRun::read(spoiled.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let later = file.replacen("\"trace\":1,\"model\":", "\"trace\":2,\"network\":", 1);
    let error = RecordedRun::read(later.as_bytes()).err().unwrap().to_string();
    assert!(error.contains("version 2"), "{error}");
}

#[test]
fn where_two_runs_part_is_said_to_the_position() {
    use remask::trace::file::RunDifference;
    let run = |knobs: &[(&str, &str)]| RecordedRun::read(trace_of(knobs, 12).as_slice()).unwrap();
    let ours = run(&[("canvas", "12"), ("steps", "6")]);
    let again = RunDifference::of([&ours, &ours]);
    assert!(again.is_none() && again.knobs.is_empty() && again.models.is_none());
    assert_eq!((again.parting, again.end), (None, 0));
    let hotter = run(&[("canvas", "12"), ("steps", "6"), ("temperature", "2")]);
    let apart = RunDifference::of([&ours, &hotter]);
    assert_eq!(apart.knobs.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["temperature"]);
    let parting = apart.parting.unwrap();
    assert!(parting.moment >= 1 && !parting.positions.is_empty());
    for (position, [ours, theirs]) in &parting.positions {
        assert!(*position < 64 && ours != theirs, "{parting:?}");
    }
    // One that was broken off is the beginning of the other.
    let mut shorter = run(&[("canvas", "12"), ("steps", "6")]);
    shorter.moments.truncate(3);
    let beginning = RunDifference::of([&ours, &shorter]);
    assert!(beginning.parting.is_none() && !beginning.is_none());
    assert_eq!(beginning.moments, [6, 3]);
    assert!(beginning.end > 0);
}
