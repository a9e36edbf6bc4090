//! What is reported of a run, against a model whose passes take a known time.
//!
//! The model keeps the processor busy for that long, and takes down what it spent by its own clock: a
//! pass is longer where another program took the processor away meanwhile. What is reported beyond that
//! is our own bookkeeping, which may be 2 %.

#[path = "it/support/models.rs"]
mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use remask::Result;
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::generation::generate;
use remask::knobs::Settings;
use remask::model::{Backbone, ForwardBatch, Logits, Vocabulary};
use remask::quality::Judge;
use remask::race;
use remask::summary::Cost;
use support::{FakeModel, stories};

const PASS: Duration = Duration::from_millis(10);
const CANVAS: usize = 16;
/// Other programs may take the processor away between two passes, too, in some of them.
const TRIES: usize = 10;

/// Every pass, of either kind, takes [`PASS`].
#[derive(Clone)]
struct KnownCost {
    model: FakeModel,
    /// What the passes of every text took.
    spent: Arc<Mutex<Vec<Vec<Duration>>>>,
}

impl KnownCost {
    fn new() -> Self {
        let mut model = FakeModel::new();
        // Nothing ends a text before its canvas does.
        model.vocabulary.eos.clear();
        Self { model, spent: Arc::default() }
    }

    /// Runs `work` and, with it, spends the time of a pass.
    fn spend<T>(&mut self, work: impl FnOnce(&mut FakeModel) -> T) -> T {
        let began = Instant::now();
        let done = work(&mut self.model);
        while began.elapsed() < PASS {
            std::hint::spin_loop();
        }
        self.spent.lock().unwrap().last_mut().unwrap().push(began.elapsed());
        done
    }
}

impl Backbone for KnownCost {
    fn vocabulary(&self) -> &Vocabulary {
        self.model.vocabulary()
    }

    fn context(&self) -> usize {
        self.model.context()
    }

    fn clone_shared(&self) -> Box<dyn Backbone> {
        Box::new(self.clone())
    }

    /// Called at the beginning of a text.
    fn reset_cache(&mut self) {
        self.spent.lock().unwrap().push(Vec::new());
    }

    fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>> {
        self.spend(|model| model.predict(pass))
    }

    fn next_token_logits(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Box<dyn Logits>> {
        self.spend(|model| model.next_token_logits(ids, cancel))
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

/// Whether, in one of several tries, the time that is reported is within 2 % of the time that was spent;
/// it is never below. `report` writes, and says what it reports of how many texts, of which the one in
/// the middle counts.
fn is_exact(model: &KnownCost, passes: usize, mut report: impl FnMut() -> (Duration, usize)) {
    let mut ratios = Vec::new();
    while ratios.len() < TRIES {
        let (reported, texts) = report();
        let spent = model.spent.lock().unwrap();
        assert!(
            spent.iter().all(|text| text.len() == passes),
            "passes that the model counts itself"
        );
        let texts = spent[spent.len() - texts..].iter().map(|text| text.iter().sum());
        let known = remask::measurement::median(texts.collect());
        assert!(reported >= known && known >= PASS * passes as u32, "{reported:?} of {known:?}");
        let ratio = reported.as_secs_f64() / known.as_secs_f64();
        if ratio < 1.02 {
            return;
        }
        ratios.push(ratio);
    }
    panic!("of {passes} passes there is always reported more than was spent: {ratios:?}");
}

#[test]
fn a_text_reports_its_passes_exactly_and_its_time() {
    for (settings, passes) in cases() {
        let model = KnownCost::new();
        let mut writer = model.clone();
        is_exact(&model, passes, || {
            let written = generate(&mut writer, &segments(), &settings, &Cancel::never()).unwrap();
            assert_eq!((written.passes.len(), written.tokens.emitted), (passes, CANVAS));
            (written.time, 1)
        });
    }
}

#[test]
fn the_steps_of_a_text_add_up_to_the_time_of_the_network() {
    for (settings, passes) in cases() {
        let model = KnownCost::new();
        let mut writer = model.clone();
        is_exact(&model, passes, || {
            let (size, context) = (writer.vocabulary().clone(), writer.context());
            let mut session = Session::new(&segments(), settings.clone(), &size, context).unwrap();
            let mut cost = Cost::default();
            writer.reset_cache();
            while let StepOutcome::Stepped(step) =
                session.step(&mut writer, &Cancel::never()).unwrap()
            {
                cost.add(&step);
            }
            assert_eq!(cost.passes, passes);
            (cost.forward, 1)
        });
    }
}

#[test]
fn a_race_reports_the_same() {
    let bundled = stories();
    let tokenizer = Arc::clone(bundled.tokenizer());
    let judge = Judge::new(bundled).unwrap();
    for (sampler, passes) in [("low-confidence", 8), ("autoregressive", CANVAS)] {
        let model = KnownCost::new();
        let mut writer = model.clone();
        is_exact(&model, passes, || {
            let settings = settings(sampler, 8);
            let trial =
                race::trial(&mut writer, &tokenizer, &judge, &segments(), &settings, 3).unwrap();
            let measured = trial.measurement;
            assert_eq!((measured.passes, measured.tokens), (passes, CANVAS));
            (measured.time, 3)
        });
    }
}
