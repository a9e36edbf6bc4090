//! What a model answers to problems of its task, where that is right: texts from which `remask train --task` teaches it to
//! write in parallel what it writes token by token.
//!
//! `cargo run --release --example own_answers -- python 50000 answers.txt`; a further argument is the model's folder.

mod own_documents;

use std::error::Error;
use std::fs::File;
use std::path::Path;

use own_documents::{Document, a_model_each, write_documents};
use remask::cancel::Cancel;
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::tasks::exam::{answer, answering};
use remask::tasks::{self, Split, Task};
use remask::train::corpus::ANSWER;

/// Of the problems: another than training draws its texts from, unless it is told to.
const SEED: u64 = 7_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let count: usize = arguments.next().ok_or("say how many problems")?.parse()?;
    let file = File::create(arguments.next().ok_or("name a file")?)?;
    let model = arguments.next().unwrap_or_else(|| task.name().to_owned());
    let models = a_model_each(|| {
        let one = Threads::new(Some(1.try_into()?))?;
        Ok(answering(LanguageModel::open(Path::new(&model), one)?, task)?)
    })?;
    let settings = task.ways()[0].settings()?;
    let settings = match models[0].can_draft() {
        true => settings.with("sampler", "self-speculative")?,
        false => settings,
    };
    write_documents(models, file, count, |model, index| {
        right_answer(model, task, index as u64, &settings)
    })
}

/// A document of the problem and its answer; nothing where the model is wrong.
fn right_answer(
    model: &mut LanguageModel,
    task: &dyn Task,
    index: u64,
    settings: &Settings,
) -> Result<Document, String> {
    let problem = task.problem(SEED, Split::Training, index);
    let (written, tally) = answer(model, task, &problem, settings, &Cancel::never())
        .map_err(|error| error.to_string())?;
    let is_right = (0..tally.sums.len()).all(|measure| tally.mean(measure) >= 1.0);
    Ok(is_right.then(|| format!("{}{ANSWER}{}", problem.prompt, written.trim_end())))
}
