//! Puts held-out problems of a task to its model, in every sampler at several budgets of passes, and prints the tables
//! of `docs/tasks.md`, row by row as they are done.
//!
//! `cargo run --release --example tasks -- sudoku 2000`, a thousand of each size; further arguments are a model's name or
//! folder, the budgets (`36,12,4`), the block length (`16` or `whole`), and the samplers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use remask::cancel::Cancel;
use remask::diffusion::registry::registry;
use remask::diffusion::sampler::Drafter;
use remask::knobs::Settings;
use remask::model::{LanguageModel, Threads};
use remask::tasks::exam::{Tally, examine};
use remask::tasks::{self, Task};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Tallies = BTreeMap<&'static str, Tally>;

/// Problems that a worker takes at once.
const PORTION: u64 = 4;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let problems: u64 = arguments.next().map_or(Ok(100), |count| count.parse())?;
    let model = arguments.next().unwrap_or_else(|| task.name().to_owned());
    let budgets = arguments.next().unwrap_or_else(|| "36,12,4".to_owned());
    let block = arguments.next().unwrap_or_else(|| "whole".to_owned());
    let samplers = arguments.next().unwrap_or_else(|| "all".to_owned());
    let workers = std::thread::available_parallelism()?.get();
    let open = |_| -> Result<LanguageModel, Error> {
        Ok(LanguageModel::open(Path::new(&model), Threads::new(Some(1.try_into()?))?)?)
    };
    let models: Vec<LanguageModel> = (0..workers).map(open).collect::<Result<_, Error>>()?;
    let measures: Vec<&str> = task.measures().iter().map(|measure| measure.name).collect();
    println!(
        "| sampler | budget | | {} | passes (NFE) | tokens a pass | s |",
        measures.join(" | ")
    );
    println!("|---|---|---|{}", "---|".repeat(measures.len() + 3));
    let wanted = |name: &str| samplers == "all" || samplers.split(',').any(|other| other == name);
    for sampler in registry().samplers().iter().filter(|sampler| wanted(sampler.name)) {
        let drafts = ["3", "6", "12"];
        let (knob, values): (_, Vec<&str>) = match sampler.next_token {
            None => ("steps", budgets.split(',').collect()),
            Some(Drafter::Masks | Drafter::Branches | Drafter::Text) => {
                ("draft-length", drafts.to_vec())
            }
            Some(Drafter::Nobody | Drafter::Window) => ("steps", vec!["64"]),
        };
        for value in values {
            let settings = Settings::default().with("temperature", "0")?;
            let settings = settings.with("sampler", sampler.name)?.with(knob, value)?;
            let settings = settings.with("block-length", &block)?;
            for (group, tally) in &sit(&models, task, problems, &settings)? {
                println!("| {} | {value} | {group} | {} |", sampler.name, cells(task, tally));
            }
        }
    }
    Ok(())
}

/// The exam, shared among as many workers as there are models.
fn sit(
    models: &[LanguageModel],
    task: &'static dyn Task,
    problems: u64,
    settings: &Settings,
) -> Result<Tallies, Error> {
    let next = AtomicU64::new(0);
    let work = |model: LanguageModel| -> remask::Result<Tallies> {
        let mut sum = Tallies::new();
        loop {
            let first = next.fetch_add(PORTION, Ordering::Relaxed);
            if first >= problems {
                return Ok(sum);
            }
            let range = first..problems.min(first + PORTION);
            for (group, tally) in examine(&model, task, range, settings, &Cancel::never())? {
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

/// Every measure, the passes and tokens of an answer, and the time of a thread for it.
fn cells(task: &dyn Task, tally: &Tally) -> String {
    let shown = |index: usize| {
        let (mean, (low, high)) = (tally.mean(index), tally.interval(index));
        match task.measures()[index].is_rate() {
            true => format!("{:.1} % ({:.0} to {:.0})", mean * 1e2, low * 1e2, high * 1e2),
            false => format!("{:.1} %", mean * 1e2),
        }
    };
    let mut cells: Vec<String> = (0..task.measures().len()).map(shown).collect();
    cells.push(format!("{:.1}", tally.passes_per_problem()));
    cells.push(format!("{:.2}", tally.tokens_per_pass()));
    cells.push(format!("{:.3}", tally.seconds_per_problem()));
    cells.join(" | ")
}
