//! Puts held-out problems of a task to its bundled model, in every sampler at several budgets of passes, and prints
//! the tables of `docs/tasks.md`.
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

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let problems: u64 = arguments.next().map_or(Ok(100), |count| count.parse())?;
    let model = arguments.next().unwrap_or_else(|| task.name().to_owned());
    let workers = std::thread::available_parallelism()?.get();
    let models: Vec<LanguageModel> = (0..workers)
        .map(|_| {
            LanguageModel::open(Path::new(&model), Threads::new(Some(1.try_into()?))?)
                .map_err(Error::from)
        })
        .collect::<Result<_, Error>>()?;
    let mut lines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, budgets) in entries(task)? {
        let mut cells: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for settings in budgets {
            for (group, tally) in &sit(&models, task, problems, &settings)? {
                cells.entry(group).or_default().push(cell(tally));
            }
        }
        for (group, cells) in cells {
            lines.entry(group).or_default().push(format!("| {name} | {} |", cells.join(" | ")));
        }
    }
    let measure = task.measures().first().map_or("", |measure| measure.name);
    for (group, lines) in lines {
        println!("\n## {group}: {measure}, with 95 % intervals, and passes an answer\n");
        let budgets = PASSES.map(|passes| format!("{passes} steps"));
        println!("| sampler | {} |\n|---|{}", budgets.join(" | "), "---|".repeat(PASSES.len()));
        println!("{}", lines.join("\n"));
    }
    Ok(())
}

/// Steps that every sampler may make, at most.
const PASSES: [&str; 3] = ["36", "12", "4"];

/// A sampler, and its settings for each of [`PASSES`].
type Entry = (String, Vec<Settings>);

/// Next-token writing, which has one budget, and every sampler.
fn entries(task: &dyn Task) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    if let Some(way) = task.ways().first() {
        entries.push((way.name.to_owned(), vec![way.settings()?]));
    }
    for sampler in registry().samplers().iter().filter(|sampler| sampler.next_token.is_none()) {
        let settings = |passes| {
            let settings = Settings::default().with("temperature", "0")?;
            settings.with("sampler", sampler.name)?.with("steps", passes)
        };
        let budgets = PASSES.into_iter().map(settings).collect::<remask::Result<_>>()?;
        entries.push((sampler.name.to_owned(), budgets));
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

/// The first measure, its interval, and the passes.
fn cell(tally: &Tally) -> String {
    let (low, high) = tally.interval(0);
    format!(
        "{:.0} % ({:.0} to {:.0}), {:.1}",
        tally.mean(0) * 100.0,
        low * 100.0,
        high * 100.0,
        tally.passes as f64 / tally.problems.max(1) as f64
    )
}
