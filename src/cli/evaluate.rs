//! `remask evaluate`: what a model is worth on a text that it was not trained on.

use std::io::Write;
use std::path::PathBuf;

use super::ModelFlags;
use crate::model::transformer::Transformer;
use crate::train::Workers;
use crate::train::corpus::{self, Encoded};
use crate::train::evaluation::{BLOCKS, Figures, HeldOutEval, UNIFORM_LEVELS};
use crate::train::objective;
use crate::{Error, Result, visible};

/// Arguments of `remask evaluate`.
#[derive(clap::Args)]
pub struct Evaluate {
    /// The texts that the model was trained on, to measure on the part that training holds out
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Measure on every document, for texts that the model has never seen
    #[arg(long)]
    all: bool,
    /// Tokens of each document that are looked at
    #[arg(long, value_name = "N", default_value_t = 256)]
    length: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Evaluate) -> Result<()> {
    let (_, source) = args.model.resolve()?;
    let checkpoint = source.checkpoint()?;
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
