//! `remask evaluate`: what a model is worth on a text, or on problems, that it was not trained on.

mod exam;

use std::io::Write;
use std::path::PathBuf;

use super::flag_values::whole_number;
use super::{ModelFlags, ModelSource};
use crate::model::Checkpoint;
use crate::model::transformer::Transformer;
use crate::tasks;
use crate::train::Workers;
use crate::train::corpus::{self, Encoded};
use crate::train::evaluation::{BLOCKS, Figures, HeldOutEval, UNIFORM_LEVELS};
use crate::train::objective;
use crate::{Error, Result, visible};

/// Arguments of `remask evaluate`.
#[derive(clap::Args)]
pub struct Evaluate {
    /// The texts that the model was trained on, to measure on the part that training holds out; if absent, a model
    /// of a task answers held-out problems, in each of the task's ways of writing
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How many problems of the task, where the model was trained for one [default: 100]
    #[arg(long, value_name = "N", conflicts_with = "files", value_parser = whole_number::<u32>("--problems", 1..=1_000_000))]
    problems: Option<u32>,
    /// Measure on every document, for texts that the model has never seen
    #[arg(long, requires = "files")]
    all: bool,
    /// Tokens of each document that are looked at
    #[arg(long, value_name = "N", default_value_t = 256, requires = "files")]
    length: usize,
    /// Print JSON; of problems a line for each way and kind
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Evaluate) -> Result<()> {
    let (_, source) = args.model.resolve()?;
    let checkpoint = source.checkpoint()?;
    if args.files.is_empty() {
        return examine(&args, &source, &checkpoint);
    }
    checkpoint.check()?;
    let config = &checkpoint.config;
    if !(2..=config.max_positions).contains(&args.length) {
        let most = config.max_positions;
        return Err(Error::invalid(format!(
            "--length cannot be {}; it takes 2 to {most}, the model's context",
            args.length
        )));
    }
    objective::check(config)?;
    let documents = if args.all {
        corpus::documents(&args.files)?
    } else {
        corpus::split(corpus::read(&args.files)?).1
    };
    let text = Encoded::new(&checkpoint.tokenizer, &documents)?;
    let workers = Workers::new(source.threads()?.count())?;
    let (vocab, length) = (config.vocab_size, args.length);
    let network = Transformer::load(config, &*checkpoint.weights)?;
    let held_out = HeldOutEval { text: &text, vocab, length, workers: &workers, stop: None };
    let figures = held_out.of(&network)?;
    let shown = if args.json {
        visible::json(&serde_json::to_string(&figures)?).into_owned()
    } else {
        format!("{} documents, {} tokens\n{}", documents.len(), text.tokens(), table(&figures))
    };
    writeln!(std::io::stdout(), "{shown}").map_err(Error::file("standard output"))
}

/// Puts problems of the task that the model was trained for to it.
fn examine(args: &Evaluate, source: &ModelSource, checkpoint: &Checkpoint) -> Result<()> {
    const PROBLEMS: u32 = 100;
    let Some(task) = &checkpoint.config.task else {
        let given =
            args.problems.map(|count| format!(", so --problems {count} has none to put to it"));
        return Err(Error::invalid(format!(
            "{} was trained for no task{}; name the FILE of a text, or a model of a task with --model",
            checkpoint.name,
            given.unwrap_or_default()
        )));
    };
    let task = tasks::by_name(task)?;
    let model = source.load()?;
    exam::run(&model, task, args.problems.unwrap_or(PROBLEMS), args.json)
}

/// The figures in nats a token and a character.
pub(super) fn table(figures: &Figures) -> String {
    let line = |name: &str, nats: f64| {
        let a_character = nats / figures.characters_per_token;
        format!("{name:<38} {nats:.3} nats/token  {a_character:.3} nats/character")
    };
    let uniform = UNIFORM_LEVELS.iter().zip(figures.uniform);
    let uniform: Vec<String> = uniform.map(|(t, nats)| format!("{nats:.2} at t = {t}")).collect();
    let depths = |acceptance: &[f64]| {
        let depths: Vec<String> = acceptance.iter().map(|share| format!("{share:.3}")).collect();
        depths.join(" ")
    };
    let blocks = BLOCKS.iter().zip(figures.blocks);
    let mut lines = vec![line("next token", figures.next_token)];
    lines.extend(blocks.map(|(length, nats)| line(&format!("blocks of {length} (ELBO)"), nats)));
    lines.extend([
        line("whole canvas from masks (ELBO)", figures.elbo),
        format!("{:<38} {}", "random tokens, on the noised positions", uniform.join(", ")),
    ]);
    if let Some(acceptance) = &figures.acceptance {
        let name = "drafts accepted at depth 1 to 4";
        lines.push(format!("{name:<38} {}", depths(acceptance)));
    }
    let name = "the same without the draft head";
    lines.push(format!("{name:<38} {}", depths(&figures.acceptance_of_masks)));
    lines.join("\n")
}
