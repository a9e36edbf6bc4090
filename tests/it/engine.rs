//! The engine's protocol: commands in, events out, with a fake model behind it.

use std::time::{Duration, Instant};

use crate::support::harness::wait_until;
use crate::support::{FakeModel, stories};
use remask::cancel::{Cancel, Generations};
use remask::diffusion::{Canvas, Edit, Segment, Step, TokenState, knobs};
use remask::engine::{
    Command, Engine, Event, KeptLane, LaneScheduling, LaneSpec, ModelInfo, RunId,
};
use remask::knobs::{Settings, Value};
use remask::model::{Backbone, ForwardBatch, LanguageModel};
use remask::trace::NodeId;
use tokio::sync::mpsc::Receiver;

/// What a reader may wait for, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    engine: Engine,
    events: Receiver<Event>,
}

impl Bench {
    fn new(model: FakeModel) -> Self {
        let mut model = Some(model);
        let (engine, events) = Engine::spawn(move || {
            let Some(model) = model.take() else {
                return Err(remask::Error::invalid("there is no second model"));
            };
            let mut about = ModelInfo::of(&stories());
            about.vocabulary = model.vocabulary().clone();
            Ok((Box::new(model) as Box<dyn Backbone>, about).into())
        })
        .unwrap();
        let mut bench = Self { engine, events };
        assert!(matches!(bench.next(), Event::Ready { .. }));
        bench
    }

    fn next(&mut self) -> Event {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await })
            .expect("no event came")
            .expect("the engine is gone")
    }

    fn start(&mut self, canvas: usize, steps: usize, paused: bool) -> RunId {
        let settings = Settings::default().with("steps", &steps.to_string()).unwrap();
        let segments = vec![Segment::Prompt(vec![3, 4]), Segment::Noise(canvas)];
        let entry = LaneSpec { model: 0, segments, settings };
        let run = self.engine.start(vec![entry], LaneScheduling::InStep, paused);
        loop {
            // Events of the run before may still be on their way.
            if let Event::Started { run: started, .. } = self.next()
                && started == run
            {
                return run;
            }
        }
    }

    /// The next step; panics at anything else.
    fn step(&mut self, run: RunId) -> Step {
        match self.next() {
            Event::Stepped { run: of, step, .. } if of == run => *step,
            other => panic!("{} in place of a step", name(&other)),
        }
    }

    /// All steps until the run has finished.
    fn finish(&mut self, run: RunId) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            match self.next() {
                Event::Stepped { run: of, step, .. } if of == run => steps.push(*step),
                Event::Finished(of) if of == run => return steps,
                Event::Paused(_)
                | Event::Resumed(_)
                | Event::Started { .. }
                | Event::LaneEnded { .. } => {}
                other => panic!("{} in the middle of a run", name(&other)),
            }
        }
    }

    /// Whether nothing has happened, and nothing will by itself: commands are taken in their order, and the
    /// answer to this one is the next event.
    fn is_quiet(&mut self) -> bool {
        self.engine.send(Command::Edit(0, Edit::Pin(vec![usize::MAX])));
        matches!(self.next(), Event::Refused(_))
    }
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Ready { .. } => "Ready",
        Event::Started { .. } => "Started",
        Event::Stepped { .. } => "Stepped",
        Event::Edited { .. } => "Edited",
        Event::LaneEnded { .. } => "LaneEnded",
        Event::Measuring { .. } => "Measuring",
        Event::Timed { .. } => "Timed",
        Event::Explained(_) => "Explained",
        Event::Paused(_) => "Paused",
        Event::Resumed(_) => "Resumed",
        Event::Finished(_) => "Finished",
        Event::Cancelled(_) => "Cancelled",
        Event::Failed { .. } => "Failed",
        Event::Refused(_) => "Refused",
        Event::Stopped(_) => "Stopped",
    }
}

fn changes(steps: &[Step]) -> Vec<Vec<remask::diffusion::PositionUpdate>> {
    steps.iter().map(|step| step.updates.clone()).collect()
}

#[test]
fn a_run_reports_every_step_and_its_end() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(16, 8, false);
    let steps = bench.finish(run);
    let indices: Vec<usize> = steps.iter().map(|step| step.index).collect();
    assert_eq!(indices, (0..8).collect::<Vec<_>>());
    assert!(bench.is_quiet());
}

#[test]
fn pause_single_step_and_resume() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(16, 8, true);
    assert!(bench.is_quiet(), "a paused run makes no step");
    for index in 0..3 {
        bench.engine.send(Command::StepOnce);
        assert_eq!(bench.step(run).index, index);
        assert!(bench.is_quiet());
    }
    bench.engine.send(Command::Resume);
    assert!(matches!(bench.next(), Event::Resumed(r) if r == run));
    assert_eq!(bench.finish(run).len(), 5);
    bench.engine.send(Command::StepOnce);
    assert!(bench.is_quiet(), "a finished run makes no more steps");
}

#[test]
fn a_knob_turned_while_it_runs_is_used_from_the_next_step_on() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    let plain = bench.finish(run);
    let run = bench.start(20, 20, true);
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    let mut steps = Vec::new();
    for index in 0..20 {
        if index == 6 {
            bench.engine.send(Command::Turn(0, temperature, temperature.parse("1").unwrap()));
        }
        bench.engine.send(Command::StepOnce);
        steps.push(bench.step(run));
    }
    assert_eq!(changes(&steps[..6]), changes(&plain[..6]));
    assert_ne!(changes(&steps[6..]), changes(&plain[6..]));
    let recorded: Vec<usize> =
        steps.iter().filter(|s| !s.turned.is_empty()).map(|s| s.index).collect();
    assert_eq!(recorded, [6]);
}

#[test]
fn the_sampler_may_be_switched_in_the_middle() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, true);
    for _ in 0..5 {
        bench.engine.send(Command::StepOnce);
        bench.step(run);
    }
    let sampler = &remask::diffusion::sampler::SAMPLER;
    bench.engine.send(Command::Turn(0, sampler, sampler.parse("left-to-right").unwrap()));
    bench.engine.send(Command::Resume);
    let rest = bench.finish(run);
    assert_eq!(rest.len(), 15);
    let order: Vec<usize> = rest
        .iter()
        .filter_map(|s| {
            s.updates.iter().find(|c| c.outcome == remask::diffusion::TokenOutcome::Written)
        })
        .map(|c| c.position)
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn going_back_and_on_repeats_what_was() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    let steps = bench.finish(run);
    let again =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(7))], LaneScheduling::InStep, false);
    match bench.next() {
        Event::Started { run, lanes, .. } => {
            assert_eq!((run, lanes[0].0), (again, NodeId(7)));
            assert_eq!(lanes[0].1.open().count(), 13);
        }
        other => panic!("{}", name(&other)),
    }
    assert_eq!(changes(&bench.finish(again)), changes(&steps[7..]));
}

/// The canvas at the beginning of the run that comes next.
fn started(bench: &mut Bench) -> Canvas {
    match bench.next() {
        Event::Started { mut lanes, goes_on, .. } => {
            assert!(goes_on);
            lanes.remove(0).1
        }
        other => panic!("{}", name(&other)),
    }
}

#[test]
fn what_nobody_saw_is_dropped_so_that_moments_have_one_number() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    bench.finish(run);
    let kept = KeptLane { lane: 0, node: NodeId(5), known: 9 };
    let again = bench.engine.rewind(vec![kept], LaneScheduling::InStep, false);
    started(&mut bench);
    assert_eq!(bench.finish(again).len(), 15);
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(9 + 14))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).open().count(), 0, "the last of nine known and fifteen made");
}

#[test]
fn another_way_does_not_destroy_the_first() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    bench.finish(run);
    let end = NodeId(20);
    let again =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(5))], LaneScheduling::InStep, true);
    started(&mut bench);
    let warm = knobs().get("temperature").unwrap();
    bench.engine.send(Command::Turn(0, warm, Value::Real(2.0)));
    bench.engine.send(Command::Resume);
    assert_eq!(bench.finish(again).len(), 15);
    let first = bench.engine.rewind(vec![KeptLane::new(0, end)], LaneScheduling::InStep, false);
    let canvas = started(&mut bench);
    assert!(bench.finish(first).is_empty(), "its end has nothing to write");
    let other =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(35))], LaneScheduling::InStep, false);
    let second = started(&mut bench);
    bench.finish(other);
    assert_ne!(canvas, second);
    // The first is what it was without the second.
    let mut alone = Bench::new(FakeModel::new());
    let run = alone.start(20, 20, false);
    alone.finish(run);
    alone.engine.rewind(vec![KeptLane::new(0, end)], LaneScheduling::InStep, false);
    assert_eq!(started(&mut alone), canvas);
}

#[test]
fn a_text_is_changed_by_hand_and_gone_on_with() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(12, 12, false);
    bench.finish(run);
    bench.engine.send(Command::Edit(0, Edit::Pin(vec![5])));
    let pinned = match bench.next() {
        Event::Edited { run: of, canvas, .. } => {
            assert_eq!((of, canvas.states()[5]), (run, TokenState::Pinned));
            canvas.ids()[5]
        }
        other => panic!("{}", name(&other)),
    };
    assert!(matches!(bench.next(), Event::LaneEnded { .. }), "there is still nothing to write");
    bench.engine.send(Command::Edit(0, Edit::Renoise(vec![4, 6, 7])));
    assert!(matches!(bench.next(), Event::Edited { .. }));
    assert!(matches!(bench.next(), Event::Paused(of) if of == run), "now there is");
    bench.engine.send(Command::Resume);
    let steps = bench.finish(run);
    assert_eq!(steps.len(), 3, "as many as three of twelve have");
    assert!(steps.iter().flat_map(|step| &step.updates).all(|update| update.position != 5));
    // The moments by hand can be gone to like any other: 12 passes, two edits, three passes.
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(17))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).ids()[5], pinned);
    assert!(matches!(bench.next(), Event::LaneEnded { .. }));
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(12))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).states()[5], TokenState::Written, "not pinned yet");
    assert!(matches!(bench.next(), Event::LaneEnded { .. }));
    bench.engine.send(Command::Edit(0, Edit::Pin(vec![0])));
    match bench.next() {
        Event::Refused(error) => assert!(error.to_string().contains("position 0 was given")),
        other => panic!("{}", name(&other)),
    }
}

#[test]
fn a_new_run_and_a_cancellation_call_off_a_pass_in_progress() {
    let mut slow = FakeModel::new();
    slow.pass = PATIENCE;
    let mut bench = Bench::new(slow);
    bench.start(16, 8, false);
    let began = Instant::now();
    let second = bench.start(16, 8, false);
    bench.engine.cancel();
    match bench.next() {
        Event::Cancelled(run) => assert_eq!(run, second),
        other => panic!("{}", name(&other)),
    }
    // Two passes of a minute each were called off within the time of one.
    assert!(began.elapsed() < PATIENCE / 2);
}

#[test]
fn a_model_that_cannot_be_loaded_again_leaves_the_old_one() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(8, 4, true);
    bench.engine.send(Command::Reload);
    match bench.next() {
        Event::Refused(error) => assert!(error.to_string().contains("no second model")),
        other => panic!("{}", name(&other)),
    }
    bench.engine.send(Command::StepOnce);
    assert!(matches!(bench.next(), Event::Stepped { run: id, .. } if id == run));
}

/// As with the folder of a run that goes on training: every load finds a newer model.
#[test]
fn a_model_is_loaded_again_when_asked() {
    let mut loads = 0;
    let (engine, mut events) = Engine::spawn(move || {
        loads += 1;
        let model = FakeModel::new();
        let mut about = ModelInfo::of(&stories());
        about.vocabulary = model.vocabulary().clone();
        about.tokens_seen = Some(loads);
        Ok((Box::new(model) as Box<dyn Backbone>, about).into())
    })
    .unwrap();
    for expected in 1..4 {
        match events.blocking_recv() {
            Some(Event::Ready { models, .. }) => {
                assert_eq!(models[0].tokens_seen, Some(expected));
            }
            _ => panic!("the model is not there"),
        }
        engine.send(Command::Reload);
    }
}

#[test]
fn a_mix_without_sense_is_refused_and_the_run_goes_on() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(8, 4, true);
    let turn = |name: &str, text: &str| {
        let knob = remask::diffusion::knobs().find(name).unwrap();
        Command::Turn(0, knob, knob.parse(text).unwrap())
    };
    bench.engine.send(turn("schedule", "threshold"));
    bench.engine.send(turn("select", "chance"));
    match bench.next() {
        Event::Refused(error) => assert!(error.to_string().contains("makes no sense"), "{error}"),
        other => panic!("{}", name(&other)),
    }
    bench.engine.send(Command::StepOnce);
    match bench.next() {
        Event::Stepped { run: id, step, .. } => {
            assert_eq!((id, step.turned.len()), (run, 1), "the first turn holds");
        }
        other => panic!("{}", name(&other)),
    }
}

/// How long a pass of the real model takes, and how long it went on after it was called off.
fn time_to_cancel(model: &mut LanguageModel) -> (Duration, Duration) {
    let ids = vec![1u32; 1024];
    let positions: Vec<usize> = (0..1024).collect();
    let generations = Generations::default();
    let mut pass = |cancel: &Cancel| {
        let canvases = &[&ids[..]];
        let pass =
            ForwardBatch { canvases, positions: &positions, shadow: 0..0, finished: 0, cancel };
        model.predict(&pass).is_ok()
    };
    let began = Instant::now();
    assert!(pass(&generations.watch(generations.advance())));
    let whole = began.elapsed();
    let cancel = generations.watch(generations.advance());
    let called_off = std::thread::spawn(move || {
        std::thread::sleep(whole / 8);
        generations.advance();
        Instant::now()
    });
    let went_on = pass(&cancel);
    let ended = Instant::now();
    let late = ended.saturating_duration_since(called_off.join().unwrap());
    (whole, if went_on { whole } else { late })
}

#[test]
fn cancelling_takes_effect_within_a_layer_of_the_real_model() {
    let mut model = stories();
    // Six layers and the head: a layer is a seventh of a pass. One try will do, since the machine may be
    // doing something else in the others.
    wait_until("a try that stops within a layer", || {
        let (whole, late) = time_to_cancel(&mut model);
        late <= whole / 5
    });
}

#[test]
fn a_pace_keeps_steps_apart_and_leaves_their_times_alone() {
    let mut bench = Bench::new(FakeModel::new());
    bench.engine.send(Command::Pace(Duration::from_millis(60)));
    let began = Instant::now();
    let run = bench.start(6, 6, false);
    let steps = bench.finish(run);
    assert!(began.elapsed() >= Duration::from_millis(5 * 60));
    let own: Duration = steps.iter().map(Step::time).sum();
    assert!(own < Duration::from_millis(5 * 60), "the model's time has waiting in it: {own:?}");
}

#[test]
fn commands_are_taken_while_the_engine_waits_for_its_pace() {
    let mut bench = Bench::new(FakeModel::new());
    bench.engine.send(Command::Pace(PATIENCE));
    let run = bench.start(6, 6, false);
    bench.step(run);
    bench.engine.send(Command::Pause);
    assert!(matches!(bench.next(), Event::Paused(r) if r == run));
    bench.engine.send(Command::Pace(Duration::ZERO));
    bench.engine.send(Command::Resume);
    assert_eq!(bench.finish(run).len(), 5);
}

#[test]
fn what_cannot_be_laid_out_fails_and_the_engine_lives() {
    let mut bench = Bench::new(FakeModel::new());
    let segments = vec![Segment::Noise(9999)];
    let entry = LaneSpec { model: 0, segments, settings: Settings::default() };
    let run = bench.engine.start(vec![entry], LaneScheduling::InStep, false);
    match bench.next() {
        Event::Failed { run: of, error } => {
            assert_eq!(of, run);
            assert!(error.to_string().contains("lower canvas to 4096"), "{error}");
        }
        other => panic!("{}", name(&other)),
    }
    let run = bench.start(4, 4, false);
    assert_eq!(bench.finish(run).len(), 4);
}

#[test]
fn a_panic_becomes_an_event() {
    let mut model = FakeModel::new();
    model.panic_at = Some(2);
    let mut bench = Bench::new(model);
    let run = bench.start(8, 8, false);
    bench.step(run);
    bench.step(run);
    match bench.next() {
        Event::Stopped(error) => assert!(error.to_string().contains("told to panic"), "{error}"),
        other => panic!("{}", name(&other)),
    }
}

#[test]
fn steps_are_never_dropped_however_slow_the_reader() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(300, 300, false);
    // Nothing is read before the channel is full.
    wait_until("a full channel", || bench.events.len() == bench.events.max_capacity());
    let steps = bench.finish(run);
    assert_eq!(steps.len(), 300, "more than the channel holds");
}
