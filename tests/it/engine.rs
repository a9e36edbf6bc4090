//! The engine's protocol: commands in, events out, with a fake model behind it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::bench::{Bench, changes, name};
use crate::support::harness::{PATIENCE, wait_until};
use crate::support::{FakeModel, fixture, stories, threads};
use remask::cancel::{Cancel, Generations};
use remask::diffusion::{Segment, Step};
use remask::engine::{
    Command, Engine, EngineClient, Event, LaneScheduling, LaneSpec, ModelInfo, ModelLoader,
    ModelSet,
};
use remask::knobs::Settings;
use remask::model::{Backbone, ForwardBatch, LanguageModel, LoadWatch};

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
            bench
                .engine
                .send(Command::Turn(0, Settings::of(temperature, temperature.parse("1").unwrap())));
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
    bench
        .engine
        .send(Command::Turn(0, Settings::of(sampler, sampler.parse("left-to-right").unwrap())));
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
        Command::Turn(0, Settings::of(knob, knob.parse(text).unwrap()))
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
        let pass = ForwardBatch {
            canvases,
            positions: &positions,
            shadow: 0..0,
            finished: 0,
            reuse: None,
            cancel,
        };
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

/// Reads for as long as nobody calls it off.
struct Slow {
    opened: usize,
}

impl ModelLoader for Slow {
    fn load(&mut self, watch: &LoadWatch) -> remask::Result<ModelSet> {
        let folder = fixture("llada-tiny");
        loop {
            LanguageModel::open_watched(&folder, threads(1), watch)?;
        }
    }

    fn open(&mut self, _: Option<&Path>, _: &LoadWatch) -> remask::Result<ModelSet> {
        self.opened += 1;
        assert_eq!(self.opened, 1);
        let about = ModelInfo::of(&stories());
        Ok((Box::new(FakeModel::new()) as Box<dyn Backbone>, about).into())
    }
}

#[test]
fn a_first_model_that_is_called_off_leaves_the_bundled_one() {
    let (engine, mut events) = Engine::spawn(Slow { opened: 0 }).unwrap();
    // As a person does, who cannot know when it has begun.
    let ready = loop {
        engine.call_off_loading();
        match events.try_recv() {
            Ok(Event::Loading(_)) | Err(_) => std::thread::sleep(Duration::from_millis(1)),
            Ok(event) => break event,
        }
    };
    assert!(matches!(ready, Event::Ready { .. }), "{}", name(&ready));
}
