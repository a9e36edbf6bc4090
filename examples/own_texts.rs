//! Documents as a model goes on with them: texts from which `remask train` teaches it to write in parallel what it writes
//! token by token (Kim and Rush 2016, arXiv 1606.07947: sequence-level knowledge distillation).
//!
//! `cargo run --release --example own_texts -- documents.txt texts.txt`; a further argument is the model's folder. Of each
//! document the first sentence stays, the rest is written.

mod own_documents;

use std::error::Error;
use std::fs::File;
use std::path::Path;

use own_documents::{Document, a_model_each, write_documents};
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
    let models = a_model_each(|| {
        Ok(LanguageModel::open(Path::new(&model), Threads::new(Some(1.try_into()?))?)?)
    })?;
    let settings = Settings::default()
        .with("sampler", "self-speculative")?
        .with("temperature", "0.75")?
        .with("top-p", "0.95")?;
    write_documents(models, file, documents.len(), |model, index| {
        let settings = settings.clone().with("seed", &index.to_string());
        let settings = settings.map_err(|error| error.to_string())?;
        let text = own_text(model, first_sentence(documents[index]), &settings);
        text.map_err(|error| error.to_string())
    })
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
) -> Result<Document, Box<dyn Error>> {
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
