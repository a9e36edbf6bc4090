//! What a model goes on with where stories begin: texts from which `remask train` teaches it to write in parallel what it
//! writes token by token (sequence-level distillation: Kim and Rush 2016, arXiv 1606.07947; for writing in parallel Gu et
//! al. 2018, arXiv 1711.02281).
//!
//! `cargo run --release --example own_stories -- stories.txt 3 own.txt`: of every story the beginning, gone on with three
//! times; a further argument is the model's folder.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use remask::cancel::Cancel;
use remask::diffusion::Segment;
use remask::generation::generate;
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::rng::{Purpose, Stream};
use remask::train::corpus::{self, MARKER};

/// Tokens of a document, as training cuts them.
const LONGEST: usize = 256;
/// Tokens of a beginning: from the least, and less than the most.
const GIVEN: (usize, usize) = (4, 24);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let stories =
        corpus::read(&[PathBuf::from(arguments.next().ok_or("name a file of stories")?)])?;
    let times: usize = arguments.next().ok_or("say how many of each")?.parse()?;
    let file = File::create(arguments.next().ok_or("name a file")?)?;
    let folder = arguments.next();
    // One for each worker: those who share a model share its threads.
    let open = |_| -> Result<LanguageModel, Box<dyn Error>> {
        let one = Threads::new(Some(1.try_into()?))?;
        Ok(match &folder {
            Some(folder) => LanguageModel::open(Path::new(folder), one)?,
            None => LanguageModel::bundled(one)?,
        })
    };
    let workers = std::thread::available_parallelism()?.get();
    let models = (0..workers).map(open).collect::<Result<Vec<_>, _>>()?;
    let settings =
        Settings::default().with("sampler", "self-speculative")?.with("temperature", "0.7")?;
    let next = AtomicUsize::new(0);
    let out = Mutex::new(BufWriter::new(file));
    let work = |mut model: LanguageModel| -> Result<(), String> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(story) =
                stories.get(index % stories.len()).filter(|_| index < times * stories.len())
            else {
                return Ok(());
            };
            let text =
                gone_on(&mut model, story, index, &settings).map_err(|error| error.to_string())?;
            let mut out = out.lock().map_err(|_| "another thread panicked")?;
            write!(out, "{}\n{MARKER}\n", text.trim_end()).map_err(|error| error.to_string())?;
            if index.is_multiple_of(1_000) {
                eprintln!("{index} of {}", times * stories.len());
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

/// The beginning of `story`, and what `model` writes behind it.
fn gone_on(
    model: &mut LanguageModel,
    story: &str,
    index: usize,
    settings: &Settings,
) -> remask::Result<String> {
    let (least, most) = GIVEN;
    let given = least + Stream::new(index as u64, 0, Purpose::Task, 0).below(most - least);
    let mut prompt: Vec<u32> = model.config().bos_id.into_iter().collect();
    prompt.extend(model.tokenizer().encode(story)?.into_iter().take(given));
    let room = LONGEST.saturating_sub(prompt.len());
    let segments = [Segment::Prompt(prompt), Segment::Noise(room)];
    let settings = settings.clone().with("seed", &index.to_string())?;
    let generation = generate(model, &segments, &settings, &Cancel::never())?;
    let end = generation.canvas.text_end(model.vocabulary());
    Ok(model.tokenizer().decode(&generation.canvas.ids()[..end]))
}
