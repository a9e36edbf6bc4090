//! Documents as a model goes on with them: texts from which `remask train` teaches it to write in parallel what it writes
//! token by token (Kim and Rush 2016, arXiv 1606.07947: sequence-level knowledge distillation).
//!
//! `cargo run --release --example own_texts -- documents.txt texts.txt`; a further argument is the model's folder. Of each
//! document the first sentence stays, the rest is written.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use remask::cancel::Cancel;
use remask::diffusion::Segment;
use remask::generation::generate;
use remask::knobs::Settings;
use remask::model::{LanguageModel, Threads};
use remask::train::corpus::MARKER;

/// Tokens of a text at most, its beginning included: as many as training reads.
const LONGEST: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let documents = std::fs::read_to_string(arguments.next().ok_or("name a file of documents")?)?;
    let documents: Vec<&str> =
        documents.split(MARKER).map(str::trim).filter(|document| !document.is_empty()).collect();
    let file = File::create(arguments.next().ok_or("name a file to write")?)?;
    let model = arguments.next().unwrap_or_else(|| "stories".to_owned());
    // One for each worker: those who share a model share its threads.
    let open = |_| -> Result<LanguageModel, Box<dyn Error>> {
        Ok(LanguageModel::open(Path::new(&model), Threads::new(Some(1.try_into()?))?)?)
    };
    let workers = std::thread::available_parallelism()?.get();
    let models = (0..workers).map(open).collect::<Result<Vec<_>, _>>()?;
    let settings = Settings::default()
        .with("sampler", "self-speculative")?
        .with("temperature", "0.75")?
        .with("top-p", "0.95")?;
    let next = AtomicUsize::new(0);
    let out = Mutex::new(BufWriter::new(file));
    let work = |mut model: LanguageModel| -> Result<(), String> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(document) = documents.get(index) else { return Ok(()) };
            let settings = settings
                .clone()
                .with("seed", &index.to_string())
                .map_err(|error| error.to_string())?;
            let Some(text) = own_text(&mut model, first_sentence(document), &settings)
                .map_err(|error| error.to_string())?
            else {
                continue;
            };
            let mut out = out.lock().map_err(|_| "another thread panicked")?;
            write!(out, "{text}\n{MARKER}\n").map_err(|error| error.to_string())?;
            if index.is_multiple_of(500) {
                eprintln!("{index} of {} documents", documents.len());
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

/// What stands before the first full stop and a space.
fn first_sentence(document: &str) -> &str {
    document.find(". ").map_or(document, |at| &document[..=at])
}

/// The text that begins so; nothing where it does not end in time.
fn own_text(
    model: &mut LanguageModel,
    beginning: &str,
    settings: &Settings,
) -> Result<Option<String>, Box<dyn Error>> {
    let mut prompt: Vec<u32> = model.config().bos_id.into_iter().collect();
    prompt.extend(model.tokenizer().encode(beginning)?);
    let room = LONGEST.saturating_sub(prompt.len());
    if room < LONGEST / 2 {
        return Ok(None);
    }
    let segments = [Segment::Prompt(prompt), Segment::Noise(room)];
    let written = generate(model, &segments, settings, &Cancel::never())?;
    let rest = model.tokenizer().decode(&written.canvas.ids()[written.answer.clone()]);
    let has_ended = written.answer.end < written.canvas.len();
    Ok(has_ended.then(|| format!("{beginning}{}", rest.trim_end())))
}
