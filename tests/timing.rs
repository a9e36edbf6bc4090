//! What is reported of a run, against a model whose passes take a known time.
//!
//! The model keeps the processor busy for that long, so nothing can be faster; what is slower by more
//! than 2 % in every one of several tries would be our own bookkeeping.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use remask::Result;
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Denoiser, Logits, Pass, Vocabulary};
use remask::quality::Judge;
use remask::race::{self, Writer};
use remask::summary::Cost;
use remask::writing::write;
use support::{FakeModel, stories};

const PASS: Duration = Duration::from_millis(10);
const CANVAS: usize = 16;
/// Other programs may take the processor away in some of them.
const TRIES: usize = 10;

/// Every pass, of either kind, takes [`PASS`].
#[derive(Clone)]
struct KnownCost(FakeModel);

impl KnownCost {
    fn new() -> Self {
        let mut model = FakeModel::new();
        // Nothing ends a text before its canvas does.
        model.vocabulary.eos.clear();
        Self(model)
    }
}

/// Runs `work` and, with it, spends the time of a pass.
fn spend<T>(work: impl FnOnce() -> T) -> T {
    let until = Instant::now() + PASS;
    let done = work();
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    done
}

impl Denoiser for KnownCost {
    fn vocabulary(&self) -> &Vocabulary {
        self.0.vocabulary()
    }

    fn context(&self) -> usize {
        self.0.context()
    }

    fn another(&self) -> Box<dyn Denoiser> {
        Box::new(self.clone())
    }

    fn predict(&mut self, pass: &Pass<'_>) -> Result<Logits> {
        spend(|| self.0.predict(pass))
    }

    fn predict_next(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Vec<f32>> {
        spend(|| self.0.predict_next(ids, cancel))
    }
}

fn segments() -> [Segment; 2] {
    [Segment::Prompt(vec![3, 4]), Segment::Noise(CANVAS)]
}

fn settings(sampler: &str, steps: usize) -> Settings {
    let settings = Settings::default().with("sampler", sampler).unwrap();
    settings.with("steps", &steps.to_string()).unwrap()
}

/// Ways of writing, and the passes that they take.
fn cases() -> Vec<(Settings, usize)> {
    let mut cases: Vec<(Settings, usize)> =
        [1, 2, 4, 8, 16].map(|steps| (settings("low-confidence", steps), steps)).into();
    cases.push((settings("p2", 8), 8));
    cases.push((settings("random", 4), 4));
    cases.push((settings("autoregressive", 4), CANVAS));
    cases
}

/// `reported` in any of several tries within 2 % of `passes` passes, and never below.
fn is_exact(passes: usize, what: &str, mut reported: impl FnMut() -> Duration) {
    let known = PASS * passes as u32;
    let mut ratios = Vec::new();
    while ratios.len() < TRIES && !ratios.iter().any(|ratio| *ratio < 1.02) {
        let time = reported();
        assert!(time >= known, "{what}: {time:?} where {known:?} were spent");
        ratios.push(time.as_secs_f64() / known.as_secs_f64());
    }
    assert!(ratios.iter().any(|ratio| *ratio < 1.02), "{what}, {passes} passes: {ratios:?}");
}

#[test]
fn a_text_reports_its_passes_exactly_and_its_time() {
    let mut model = KnownCost::new();
    for (settings, passes) in cases() {
        is_exact(passes, "a text", || {
            let before = model.0.passes;
            let written = write(&mut model, &segments(), &settings).unwrap();
            assert_eq!(written.passes, passes);
            assert_eq!(model.0.passes - before, passes, "what the model counts itself");
            assert_eq!(written.tokens.emitted, CANVAS);
            written.time
        });
    }
}

#[test]
fn the_steps_of_a_text_add_up_to_the_time_of_the_network() {
    let mut model = KnownCost::new();
    for (settings, passes) in cases() {
        is_exact(passes, "the steps", || {
            let (size, context) = (model.vocabulary().clone(), model.context());
            let mut session = Session::new(&segments(), settings.clone(), &size, context).unwrap();
            let mut cost = Cost::default();
            while let StepOutcome::Stepped(step) =
                session.step(&mut model, &Cancel::never()).unwrap()
            {
                cost.add(&step);
            }
            assert_eq!(cost.passes, passes);
            cost.forward
        });
    }
}

#[test]
fn a_race_reports_the_same() {
    let bundled = stories();
    let tokenizer = Arc::clone(bundled.tokenizer());
    let judge = Judge::new(bundled).unwrap();
    let mut writer = Writer { model: Box::new(KnownCost::new()), tokenizer };
    for (settings, passes) in
        [(settings("low-confidence", 8), 8), (settings("autoregressive", 8), CANVAS)]
    {
        is_exact(passes, "a heat", || {
            let heat = race::heat(&mut writer, &judge, &segments(), &settings, 3).unwrap();
            assert_eq!((heat.passes, heat.tokens), (passes, CANVAS));
            heat.time
        });
    }
}
