//! What a model answers to problems of its task, where that is right: texts from which `remask train --task` teaches it to
//! write in parallel what it writes token by token.
//!
//! `cargo run --release --example own_answers -- python 50000 answers.txt`; a further argument is the model's folder.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use remask::cancel::Cancel;
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::tasks::exam::{answer, answering};
use remask::tasks::{self, Split, Task};
use remask::train::corpus::{ANSWER, MARKER};

/// Of the problems: another than training draws its texts from, unless it is told to.
const SEED: u64 = 7_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let count: u64 = arguments.next().ok_or("say how many problems")?.parse()?;
    let file = File::create(arguments.next().ok_or("name a file")?)?;
    let model = arguments.next().unwrap_or_else(|| task.name().to_owned());
    // One for each worker: those who share a model share its threads.
    let open = |_| -> Result<LanguageModel, Box<dyn Error>> {
        let one = Threads::new(Some(1.try_into()?))?;
        Ok(answering(LanguageModel::open(Path::new(&model), one)?, task)?)
    };
    let workers = std::thread::available_parallelism()?.get();
    let models = (0..workers).map(open).collect::<Result<Vec<_>, _>>()?;
    let settings = task.ways()[0].settings()?;
    let settings = match models[0].can_draft() {
        true => settings.with("sampler", "self-speculative")?,
        false => settings,
    };
    let (next, kept) = (AtomicU64::new(0), AtomicU64::new(0));
    let out = Mutex::new(BufWriter::new(file));
    let work = |mut model: LanguageModel| -> Result<(), String> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            let Some(text) = right_answer(&mut model, task, index, &settings)? else { continue };
            let kept = kept.fetch_add(1, Ordering::Relaxed) + 1;
            let mut out = out.lock().map_err(|_| "another thread panicked")?;
            write!(out, "{text}\n{MARKER}\n").map_err(|error| error.to_string())?;
            if kept.is_multiple_of(1_000) {
                eprintln!("{kept} right answers to {index} problems");
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = models.into_iter().map(|model| scope.spawn(|| work(model))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    out.into_inner()?.flush()?;
    Ok(())
}

/// A document of the problem and its answer; nothing where the model is wrong.
fn right_answer(
    model: &mut LanguageModel,
    task: &dyn Task,
    index: u64,
    settings: &Settings,
) -> Result<Option<String>, String> {
    let problem = task.problem(SEED, Split::Training, index);
    let (written, tally) = answer(model, task, &problem, settings, &Cancel::never())
        .map_err(|error| error.to_string())?;
    let is_right = (0..tally.sums.len()).all(|measure| tally.mean(measure) >= 1.0);
    Ok(is_right.then(|| format!("{}{ANSWER}{}", problem.prompt, written.trim_end())))
}
