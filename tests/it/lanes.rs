//! Several texts in one run: in step, at once, and fairly.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::{FakeModel, stories};
use remask::diffusion::{Edit, PositionUpdate, Segment, Step};
use remask::engine::{
    Command, Engine, EngineClient, Event, KeptLane, LaneScheduling, LaneSpec, ModelInfo, RunId,
    StepTime,
};
use remask::knobs::Settings;
use remask::model::Backbone;
use remask::trace::NodeId;
use tokio::sync::mpsc::Receiver;

/// What a reader may wait for, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    engine: Engine,
    events: Receiver<Event>,
}

/// What came of a run.
#[derive(Default)]
struct Outcome {
    /// The lane of every step, as they were made.
    order: Vec<usize>,
    steps: BTreeMap<usize, Vec<Step>>,
    times: BTreeMap<usize, Vec<StepTime>>,
    rounds: Vec<usize>,
    ended: Vec<usize>,
}

impl Outcome {
    fn changes(&self, lane: usize) -> Vec<&[PositionUpdate]> {
        self.steps[&lane].iter().map(|step| &step.updates[..]).collect()
    }
}

impl Bench {
    fn new(model: Box<dyn Backbone>) -> Self {
        let mut model = Some(model);
        let (engine, mut events) = Engine::spawn(move || {
            let model = model.take().ok_or(remask::Error::invalid("it is loaded once"))?;
            let mut about = ModelInfo::of(&stories());
            about.vocabulary = model.vocabulary().clone();
            Ok((model, about).into())
        })
        .unwrap();
        assert!(matches!(events.blocking_recv(), Some(Event::Ready { .. })));
        Self { engine, events }
    }

    fn start(&self, lanes: &[&[(&str, &str)]], scheduling: LaneScheduling, paused: bool) -> RunId {
        let entry = |knobs: &&[(&str, &str)]| {
            let settings = knobs.iter().fold(Settings::default(), |settings, (name, text)| {
                settings.with(name, text).unwrap()
            });
            let segments = vec![Segment::Prompt(vec![3, 4]), Segment::Noise(16)];
            LaneSpec { model: 0, segments, settings }
        };
        self.engine.start(lanes.iter().map(entry).collect(), scheduling, paused)
    }

    /// The next event, which must come.
    fn next(&mut self) -> Event {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await })
            .expect("no event came")
            .expect("the engine is gone")
    }

    fn outcome(&mut self, run: RunId) -> Outcome {
        let mut outcome = Outcome::default();
        loop {
            match self.next() {
                Event::Stepped { run: of, lane, step } if of == run => {
                    outcome.order.push(lane);
                    outcome.steps.entry(lane).or_default().push(*step);
                }
                Event::Timed { lane, times, .. } => drop(outcome.times.insert(lane, times)),
                Event::Measuring { round, .. } => outcome.rounds.push(round),
                Event::LaneEnded { lane, .. } => outcome.ended.push(lane),
                Event::Finished(of) if of == run => return outcome,
                Event::Failed { error, .. } => panic!("{error}"),
                _ => {}
            }
        }
    }

    fn run(&mut self, lanes: &[&[(&str, &str)]], scheduling: LaneScheduling) -> Outcome {
        let run = self.start(lanes, scheduling, false);
        self.outcome(run)
    }
}

const WARM: (&str, &str) = ("temperature", "0.9");

#[test]
fn lanes_with_the_same_knobs_are_the_same_at_every_step() {
    let knobs = [WARM, ("steps", "8"), ("sampler", "p2")];
    for model in [Box::new(FakeModel::new()) as Box<dyn Backbone>, Box::new(stories())] {
        let mut bench = Bench::new(model);
        for order in
            [LaneScheduling::InStep, LaneScheduling::AtOnce, LaneScheduling::InTurn { repeats: 1 }]
        {
            let outcome = bench.run(&[&knobs, &knobs, &knobs], order);
            assert!(outcome.changes(0).len() >= 8);
            assert_eq!(outcome.changes(0), outcome.changes(1), "{order:?}");
            assert_eq!(outcome.changes(0), outcome.changes(2), "{order:?}");
        }
    }
}

#[test]
fn a_knob_that_is_turned_in_one_lane_changes_only_that_lane() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let knobs = [WARM, ("steps", "8")];
    let alone = bench.run(&[&knobs], LaneScheduling::InStep);
    // From the start.
    let other = [WARM, ("steps", "8"), ("seed", "9")];
    let both = bench.run(&[&knobs, &other], LaneScheduling::InStep);
    assert_eq!(alone.changes(0), both.changes(0));
    assert_ne!(alone.changes(0), both.changes(1));
    // In the middle.
    let run = bench.start(&[&knobs, &knobs, &knobs], LaneScheduling::InStep, true);
    for _ in 0..3 {
        bench.engine.send(Command::StepOnce);
    }
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    bench.engine.send(Command::Turn(1, Settings::of(temperature, temperature.parse("2").unwrap())));
    bench.engine.send(Command::Resume);
    let turned = bench.outcome(run);
    assert_eq!(alone.changes(0), turned.changes(0));
    assert_eq!(alone.changes(0), turned.changes(2));
    assert_eq!(turned.changes(1)[..3], alone.changes(0)[..3]);
    assert_ne!(turned.changes(1)[3..], alone.changes(0)[3..]);
}

#[test]
fn in_step_all_lanes_are_at_the_same_step() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let outcome = bench.run(&[&[("steps", "4")], &[("steps", "2")]], LaneScheduling::InStep);
    assert_eq!(outcome.order, [0, 1, 0, 1, 0, 0]);
    assert_eq!(outcome.ended, [1, 0]);
}

#[test]
fn at_once_all_lanes_have_had_the_same_time() {
    let model = FakeModel { pass: Duration::from_millis(4), ..FakeModel::new() };
    let mut bench = Bench::new(Box::new(model));
    // The fake's next token costs nothing, so that lane gets all of its passes in while the other waits.
    let lanes: [&[(&str, &str)]; 2] = [&[("steps", "4")], &[("sampler", "autoregressive")]];
    let outcome = bench.run(&lanes, LaneScheduling::AtOnce);
    assert_eq!(outcome.steps[&1].len(), 16);
    assert_eq!(outcome.order[0], 0);
    assert_eq!(outcome.order[1..17], [1; 16]);
}

#[test]
fn fair_times_are_taken_in_rounds_after_all_texts_are_known() {
    let pass = Duration::from_millis(3);
    let mut bench = Bench::new(Box::new(FakeModel { pass, ..FakeModel::new() }));
    let lanes: [&[(&str, &str)]; 2] = [&[("steps", "4")], &[("steps", "2"), WARM]];
    let outcome = bench.run(&lanes, LaneScheduling::InTurn { repeats: 3 });
    assert_eq!(outcome.order, [0, 0, 0, 0, 1, 1]);
    assert_eq!(outcome.rounds, [1, 2, 3]);
    for (lane, passes) in [(0, 4), (1, 2)] {
        let times = &outcome.times[&lane];
        assert_eq!(times.len(), passes);
        assert!(times.iter().all(|(forward, _)| *forward >= pass), "{times:?}");
    }
    let once = bench.run(&lanes, LaneScheduling::InTurn { repeats: 0 });
    assert!(once.times.is_empty() && once.rounds.is_empty());
}

#[test]
fn a_lane_goes_on_alone_from_where_it_was() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let knobs = [WARM, ("steps", "8")];
    let whole = bench.run(&[&knobs], LaneScheduling::InStep);
    let run = bench.start(&[&[("steps", "8")], &knobs], LaneScheduling::InStep, true);
    for _ in 0..5 {
        bench.engine.send(Command::StepOnce);
    }
    let alone =
        bench.engine.rewind(vec![KeptLane::new(1, NodeId(3))], LaneScheduling::InStep, false);
    assert!(alone > run);
    let rest = bench.outcome(alone);
    assert_eq!(rest.changes(0), whole.changes(0)[3..]);
}

#[test]
fn what_has_ended_is_said_again_to_whoever_keeps_it() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let lanes: [&[(&str, &str)]; 2] = [&[("steps", "4")], &[("steps", "2")]];
    bench.run(&lanes, LaneScheduling::InStep);
    let kept =
        bench.engine.rewind(vec![KeptLane::new(1, NodeId(2))], LaneScheduling::InStep, false);
    let outcome = bench.outcome(kept);
    assert_eq!(outcome.ended, [0], "under its new number");
    assert!(outcome.order.is_empty(), "no step is made again");
}

#[test]
fn a_fair_race_can_be_called_off_while_it_is_timed() {
    let pass = Duration::from_millis(20);
    let mut bench = Bench::new(Box::new(FakeModel { pass, ..FakeModel::new() }));
    let run = bench.start(&[&[("steps", "2")]], LaneScheduling::InTurn { repeats: 1000 }, false);
    loop {
        match bench.next() {
            Event::Measuring { round: 2, .. } => bench.engine.cancel(),
            Event::Cancelled(of) => break assert_eq!(of, run),
            Event::Finished(_) => panic!("it was called off"),
            _ => {}
        }
    }
    // What was written is still there to go on from.
    let again =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(1))], LaneScheduling::InStep, false);
    assert_eq!(bench.outcome(again).order, [0]);
}

#[test]
fn there_is_nothing_to_go_back_to_where_nothing_was_begun() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    for keep in [vec![KeptLane::new(0, NodeId(0))], Vec::new(), vec![KeptLane::new(7, NodeId(1))]] {
        let run = bench.engine.rewind(keep, LaneScheduling::InTurn { repeats: 3 }, false);
        match bench.next() {
            Event::Failed { run: of, error } => {
                assert_eq!(of, run);
                assert!(error.to_string().contains("begin again"), "{error}");
            }
            _ => panic!("there is nothing that could have begun"),
        }
    }
    assert_eq!(bench.run(&[&[("steps", "2")]], LaneScheduling::InStep).order, [0, 0]);
}

#[test]
fn a_sweep_of_lanes_writes_each_once_in_turn() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let lanes: [&[(&str, &str)]; 3] = [&[("steps", "2")], &[("steps", "1")], &[("steps", "2")]];
    let outcome = bench.run(&lanes, LaneScheduling::Once);
    assert_eq!(outcome.order, [0, 0, 1, 2, 2]);
    assert_eq!(outcome.ended, [0, 1, 2]);
}

#[test]
fn a_change_by_hand_takes_no_lane_out_of_step() {
    let mut bench = Bench::new(Box::new(FakeModel::new()));
    let lanes: [&[(&str, &str)]; 2] = [&[("steps", "8")], &[("steps", "8")]];
    let run = bench.start(&lanes, LaneScheduling::InStep, true);
    for _ in 0..2 {
        bench.engine.send(Command::StepOnce);
    }
    // Two moments of the first lane that are no passes.
    for edit in [Edit::Set { position: 9, token: 5 }, Edit::Unpin(vec![9])] {
        bench.engine.send(Command::Edit(0, edit));
    }
    bench.engine.send(Command::Resume);
    let order = bench.outcome(run).order;
    assert_eq!(order.len(), 16);
    assert!(order.chunks(2).all(|row| row == [0, 1]), "{order:?}");
}

#[test]
fn what_cannot_be_changed_by_hand_says_why() {
    let pass = Duration::from_millis(5);
    let mut bench = Bench::new(Box::new(FakeModel { pass, ..FakeModel::new() }));
    for (scheduling, why) in [
        (LaneScheduling::Once, "a text of a sweep"),
        (LaneScheduling::AtOnce, "a text that is raced"),
        (LaneScheduling::InTurn { repeats: 1 }, "a text that is raced"),
    ] {
        bench.start(&[&[("steps", "8")]], scheduling, true);
        bench.engine.send(Command::Edit(0, Edit::Renoise(vec![5])));
        let error = loop {
            if let Event::Refused(error) = bench.next() {
                break error.to_string();
            }
        };
        assert!(error.contains(why), "{error}");
    }
}
