//! Steps against quality, for every sampler: writes the table and the plot of `docs`.
//!
//! `cargo run --release --example quality` (about a quarter of an hour on two cores)
//!
//! Every setting writes the same beginnings with the same seeds; the next-token half of the same model
//! judges what came of it.

mod plan;
mod plot;
mod table;

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plan::{BEGINNINGS, CANVAS, Setting};
use remask::cancel::Cancel;
use remask::diffusion::Segment;
use remask::generation::generate;
use remask::measurement::Measurement;
use remask::model::{LanguageModel, Threads};
use remask::quality::Judge;

/// What a setting came to.
pub struct Measured {
    /// Which.
    pub setting: Setting,
    /// All texts together.
    pub measurement: Measurement,
}

fn main() -> Result<(), Box<dyn Error>> {
    let settings = plan::settings();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    // A model a core: nothing is shared, so every core is busy all the time.
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| -> remask::Result<()> {
                    let mut model = LanguageModel::bundled(Threads::new(NonZeroUsize::new(1))?)?;
                    let judge = Judge::new(model.share())?;
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(setting) = settings.get(index) else { return Ok(()) };
                        let measured = measure(&mut model, &judge, setting)?;
                        eprintln!(
                            "{} of {}: {}",
                            index + 1,
                            settings.len(),
                            table::line(&measured)
                        );
                        if let Ok(mut results) = results.lock() {
                            results.push((index, measured));
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| "a worker panicked")??;
        }
        Ok(())
    })?;
    let mut results = results.into_inner()?;
    results.sort_by_key(|(index, _)| *index);
    let results: Vec<Measured> = results.into_iter().map(|(_, measured)| measured).collect();
    std::fs::write("docs/samplers.md", table::page(&results))?;
    std::fs::write("docs/samplers.svg", plot::svg(&results))?;
    println!("wrote docs/samplers.md and docs/samplers.svg");
    Ok(())
}

fn measure(
    model: &mut LanguageModel,
    judge: &Judge,
    setting: &Setting,
) -> remask::Result<Measured> {
    let mut measurement = Measurement::default();
    for (seed, beginning) in BEGINNINGS.iter().enumerate() {
        let mut prompt: Vec<u32> = model.config().bos_id.into_iter().collect();
        prompt.extend(model.tokenizer().encode(beginning)?);
        let segments = [Segment::Prompt(prompt), Segment::Noise(CANVAS)];
        let knobs = setting.knobs()?.with("seed", &seed.to_string())?;
        let generation = generate(model, &segments, &knobs, &Cancel::never())?;
        measurement += generation.judged(model.tokenizer(), judge, &Cancel::never())?;
    }
    Ok(Measured { setting: setting.clone(), measurement })
}
