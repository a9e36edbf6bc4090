//! Puts held-out problems of a task to its bundled model, in every sampler at several budgets of passes, and prints
//! the table of `docs/tasks.md`.
//!
//! `cargo run --release --example tasks -- sudoku 1000`, or with a model's folder behind the number.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use remask::cancel::Cancel;
use remask::diffusion::registry::registry;
use remask::knobs::Settings;
use remask::model::{LanguageModel, Threads};
use remask::tasks::exam::{Tally, examine};
use remask::tasks::{self, Task};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Tallies = BTreeMap<&'static str, Tally>;

/// Problems that a worker takes at once.
const PORTION: u64 = 16;

/// A line of the table.
struct Entry {
    name: String,
    settings: Settings,
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let problems: u64 = arguments.next().map_or(Ok(100), |count| count.parse())?;
    let model = arguments.next().unwrap_or_else(|| task.name().to_owned());
    let measures: Vec<&str> = task.measures().iter().map(|measure| measure.name).collect();
    let workers = std::thread::available_parallelism()?.get();
    println!("| problems | sampler | {} | passes | tokens a pass |", measures.join(" | "));
    println!("|---|---|{}---|---|", "---|".repeat(measures.len()));
    let models: Vec<LanguageModel> = (0..workers)
        .map(|_| {
            LanguageModel::open(Path::new(&model), Threads::new(Some(1.try_into()?))?)
                .map_err(Error::from)
        })
        .collect::<Result<_, Error>>()?;
    for entry in entries(task)? {
        let tallies = sit(&models, task, problems, &entry.settings)?;
        for (group, tally) in &tallies {
            println!("{}", line(task, group, &entry.name, tally));
        }
    }
    Ok(())
}

/// The table's lines: next-token writing, every sampler at three budgets of passes, and the task's own ways.
fn entries(task: &dyn Task) -> Result<Vec<Entry>, Error> {
    const PASSES: [&str; 3] = ["36", "12", "4"];
    let base = || Settings::default().with("temperature", "0");
    let mut entries = Vec::new();
    for way in task.ways() {
        entries.push(Entry { name: way.name.to_owned(), settings: way.settings()? });
    }
    for sampler in registry().samplers() {
        if sampler.name == "autoregressive" {
            continue;
        }
        for passes in PASSES {
            let settings = base()?.with("sampler", sampler.name)?.with("steps", passes)?;
            entries.push(Entry { name: format!("{}, {passes} steps", sampler.name), settings });
        }
    }
    Ok(entries)
}

/// The exam, shared among as many workers as there are models.
fn sit(
    models: &[LanguageModel],
    task: &'static dyn Task,
    problems: u64,
    settings: &Settings,
) -> Result<Tallies, Error> {
    let next = AtomicU64::new(0);
    let work = |mut model: LanguageModel| -> remask::Result<Tallies> {
        let mut sum = Tallies::new();
        loop {
            let first = next.fetch_add(PORTION, Ordering::Relaxed);
            if first >= problems {
                return Ok(sum);
            }
            let range = first..problems.min(first + PORTION);
            for (group, tally) in examine(&mut model, task, range, settings, &Cancel::never())? {
                *sum.entry(group).or_default() += &tally;
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            models.iter().map(|model| scope.spawn(|| work(model.share()))).collect();
        let mut all = Tallies::new();
        for thread in threads {
            let tallies = thread.join().map_err(|_| "a worker panicked")??;
            for (group, tally) in tallies {
                *all.entry(group).or_default() += &tally;
            }
        }
        Ok(all)
    })
}

fn line(task: &dyn Task, group: &str, name: &str, tally: &Tally) -> String {
    let scores = task.measures().iter().enumerate().map(|(index, measure)| {
        let mean = tally.mean(index) * 100.0;
        if !measure.is_rate {
            return format!("{mean:.1} %");
        }
        let (low, high) = tally.interval(index);
        format!("{mean:.1} % ({:.1} to {:.1})", low * 100.0, high * 100.0)
    });
    let scores: Vec<String> = scores.collect();
    format!(
        "| {group} | {name} | {} | {:.1} | {:.1} |",
        scores.join(" | "),
        tally.passes as f64 / tally.problems.max(1) as f64,
        tally.tokens_per_pass()
    )
}
