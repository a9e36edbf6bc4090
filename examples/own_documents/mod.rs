//! What a model writes to teach another: documents in one file, from as many workers as there are cores.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use remask::model::LanguageModel;
use remask::train::corpus::MARKER;

/// A document, or none: what was written is not worth it.
pub type Document = Option<String>;

/// As many models as there are cores, each as `open` gives it: those who share a model share its threads.
pub fn a_model_each(
    open: impl Fn() -> Result<LanguageModel, Box<dyn Error>>,
) -> Result<Vec<LanguageModel>, Box<dyn Error>> {
    let workers = std::thread::available_parallelism()?.get();
    (0..workers).map(|_| open()).collect()
}

/// Writes into `file` what `models` make of `count` tasks, whose numbers `write` is told.
pub fn write_documents(
    models: Vec<LanguageModel>,
    file: File,
    count: usize,
    write: impl Fn(&mut LanguageModel, usize) -> Result<Document, String> + Sync,
) -> Result<(), Box<dyn Error>> {
    let (next, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let out = Mutex::new(BufWriter::new(file));
    let work = |mut model: LanguageModel| -> Result<(), String> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            let Some(text) = write(&mut model, index)? else { continue };
            let kept = kept.fetch_add(1, Ordering::Relaxed) + 1;
            let mut out = out.lock().map_err(|_| "another thread panicked")?;
            write!(out, "{text}\n{MARKER}\n").map_err(|error| error.to_string())?;
            if kept.is_multiple_of(1_000) {
                eprintln!("{kept} documents of {index} tasks");
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
