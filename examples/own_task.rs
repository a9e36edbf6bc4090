//! A task of one's own in one file: sums. It trains a tiny network on them, puts held-out sums to it, and prints how
//! many come out right; with arguments it is remask with one task more:
//!
//! ```sh
//! cargo run --release --example own_task
//! cargo run --release --example own_task -- train --task sums --minutes 1 --out my-sums
//! cargo run --release --example own_task -- race --model my-sums
//! ```

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

use remask::beginnings::{Beginning, BeginningKind};
use remask::cancel::Cancel;
use remask::model::ops::Precision;
use remask::model::{LanguageModel, ModelConfig, Threads, Tokenizer};
use remask::rng::{Purpose, Stream};
use remask::tasks::exam::{EXAM_SEED, Tally, examine};
use remask::tasks::{self, Document, Measure, Problem, Shape, Split, Task, Way};
use remask::train::checkpoint::NumberFormat;
use remask::train::parameters::Parameters;
use remask::train::text::{GeneratedText, TrainingText, task_tokenizer};
use remask::train::{Budget, Plan, Trainer, Workers, objective};

/// `12+7=` in, `19` out.
struct Sums;

/// Numbers that are added lie below.
const BELOW: usize = 50;
/// Of so many pairs one is held out.
const HELD_OUT: usize = 10;

/// The two numbers of a problem. Whether a pair is held out hangs on nothing but the pair, so that no seed can bring
/// one that is measured on into what is learned.
fn pair(seed: u64, part: Split, index: u64) -> (usize, usize) {
    let mut chance = Stream::new(seed, index as usize, Purpose::Task, 0);
    loop {
        let (a, b) = (chance.below(BELOW), chance.below(BELOW));
        let held_out = (31 * a + 17 * b).is_multiple_of(HELD_OUT);
        if held_out == (part == Split::HeldOut) {
            return (a, b);
        }
    }
}

impl Task for Sums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn about(&self) -> &'static str {
        "adds two numbers"
    }

    fn document(&self, seed: u64, part: Split, index: u64) -> Document {
        let Problem { prompt, answer, .. } = self.problem(seed, part, index);
        Document { text: format!("{prompt}{answer}"), given: prompt.len() }
    }

    fn problem(&self, seed: u64, part: Split, index: u64) -> Problem {
        let (a, b) = pair(seed, part, index);
        let group = if a % 10 + b % 10 < 10 { "nothing to carry" } else { "something to carry" };
        Problem { prompt: format!("{a}+{b}="), answer: (a + b).to_string(), group }
    }

    fn measures(&self) -> &'static [Measure] {
        const SAID: [&str; 2] = ["a wrong sum", "the right sum"];
        &[Measure { name: "right", about: "the sum is right", said: Some(SAID) }]
    }

    fn score(&self, problem: &Problem, written: &str) -> Vec<f64> {
        vec![f64::from(u8::from(written == problem.answer))]
    }

    fn prompt_help(&self) -> &'static str {
        "two numbers below 50 with + between and = behind them"
    }

    fn room(&self, _answer: usize) -> usize {
        // Two digits, and the token that ends a sum of one.
        3
    }

    fn ways(&self) -> &'static [Way] {
        const WAYS: [Way; 2] = [
            Way {
                name: "autoregressive",
                knobs: &[("sampler", "autoregressive"), ("temperature", "0")],
            },
            Way {
                name: "whole canvas, 3 passes",
                knobs: &[("sampler", "low-confidence"), ("steps", "3"), ("temperature", "0")],
            },
        ];
        &WAYS
    }

    fn beginnings(&self) -> &'static [Beginning] {
        static ALL: LazyLock<Vec<Beginning>> = LazyLock::new(|| {
            let problem = |index| Sums.problem(EXAM_SEED, Split::HeldOut, index);
            let beginning = |Problem { prompt, group, .. }| Beginning {
                kind: BeginningKind::Continuation,
                about: group,
                text: Cow::Owned(prompt),
            };
            (0..6).map(problem).map(beginning).collect()
        });
        &ALL
    }

    fn shape(&self) -> Shape {
        Shape { hidden: 64, layers: 2, heads: 4, vocab: 258 }
    }
}

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let added = tasks::add(&Sums).map_err(Error::from);
    if added.is_ok() && std::env::args().len() > 1 {
        return remask::cli::main();
    }
    match added.and_then(|()| learn(&Sums)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Trains a network on `task`, and puts held-out problems to it: on one core alone.
fn learn(task: &'static dyn Task) -> Result<(), Error> {
    const SECONDS: f64 = 30.0;
    const SEED: u64 = 0;
    let Shape { hidden, layers, heads, vocab } = task.shape();
    let json = task_tokenizer(task, SEED, vocab)?;
    let tokenizer = Tokenizer::from_json(task.name(), json.as_bytes())?;
    let config = ModelConfig::for_training(hidden, layers, heads, tokenizer.len())?;
    let config = ModelConfig { task: Some(task.name().to_owned()), ..objective::trained(config) };
    let text = GeneratedText::new(task, tokenizer)?;
    let plan = Plan {
        seed: SEED,
        batch_tokens: 1024,
        rate: 1.0,
        dropout: 0.0,
        weight_decay: 0.1,
        precision: Precision::F32,
        budget: Budget::Seconds(SECONDS),
        text: text.fingerprint(),
    };
    let parameters = Parameters::fresh(&config, SEED)?;
    let mut trainer = Trainer::new(config, plan, parameters)?;
    let workers = Workers::new(NonZeroUsize::MIN)?;
    while trainer.spent() < 1.0 {
        trainer.step(&text, &workers)?;
    }
    println!("{} steps in {SECONDS} s", trainer.steps());
    let folder = tempfile::tempdir()?;
    trainer.save(folder.path(), &json, NumberFormat::F32)?;
    exam(task, folder.path())
}

/// Prints what the answers of the model in `folder` are worth, in each way of writing.
fn exam(task: &dyn Task, folder: &Path) -> Result<(), Error> {
    const PROBLEMS: u64 = 200;
    let model = LanguageModel::open(folder, Threads::new(Some(NonZeroUsize::MIN))?)?;
    for way in task.ways() {
        let groups = examine(&model, task, 0..PROBLEMS, &way.settings()?, &Cancel::never())?;
        let mut all = Tally::default();
        groups.values().for_each(|tally| all += tally);
        for (at, measure) in task.measures().iter().enumerate() {
            let (low, high) = all.interval(at);
            println!(
                "{}: {} {:.0} % ({:.0} to {:.0}) of {PROBLEMS}",
                way.name,
                measure.name,
                100.0 * all.mean(at),
                100.0 * low,
                100.0 * high
            );
        }
    }
    Ok(())
}
