//! What the arguments of a training run may be: a slip of a finger must not ask for all memory there is.

use std::num::NonZeroUsize;

use super::Train;
use crate::model::ModelConfig;
use crate::train::objective;
use crate::{Error, Result, memory};

/// A year: no run takes longer.
const MOST_MINUTES: f64 = 366.0 * 24.0 * 60.0;

/// Refuses what no run can be made of.
///
/// # Errors
/// Names the flag, what was given and what it takes.
pub(super) fn check(args: &Train) -> Result<()> {
    within("--minutes", args.minutes.unwrap_or(1.0), MOST_MINUTES)?;
    within("--save-every", args.save_every, MOST_MINUTES)?;
    within("--rate", args.rate.unwrap_or(1.0), 1e3)?;
    if !(0.0..1.0).contains(&args.dropout) {
        return Err(refused("--dropout", args.dropout, "0 to less than 1"));
    }
    if !(0.0..=10.0).contains(&args.weight_decay) {
        return Err(refused("--weight-decay", args.weight_decay, "0 to 10"));
    }
    for (flag, value, most) in [
        ("--tokens", args.tokens.unwrap_or(1), 1_000_000_000_000),
        ("--batch-tokens", args.batch_tokens, 1 << 22),
        ("--hidden", args.hidden.unwrap_or(1), 8192),
        ("--layers", args.layers.unwrap_or(1), 256),
        ("--heads", args.heads.unwrap_or(1), 256),
        ("--vocab", args.vocab.unwrap_or(1), 1_000_000),
    ] {
        if value == 0 || value > most {
            return Err(refused(flag, value, &format!("1 to {most}")));
        }
    }
    Ok(())
}

/// Refuses a run that would take more memory than there is.
///
/// # Errors
/// Says what it takes, what there is, and which flags make it less.
pub(super) fn check_memory(
    config: &ModelConfig,
    batch_tokens: usize,
    threads: NonZeroUsize,
) -> Result<()> {
    /// Weights, their averages, two moments, sums of gradients, and the network made of them.
    const COPIES: f64 = 6.0;
    let [hidden, inner, layers, vocab, rows] = [
        config.hidden_size,
        config.intermediate_size,
        config.layers,
        config.vocab_size,
        batch_tokens,
    ]
    .map(|n| n as f64);
    let shard = objective::SHARD as f64;
    let weights = layers * hidden * (4.0 * hidden + 3.0 * inner) + vocab * hidden;
    // Each shard of a batch has a gradient for every weight.
    let gradients = (rows / shard).ceil() * weights;
    let activations = shard * (layers * (16.0 * hidden + 6.0 * inner) + 3.0 * vocab);
    let numbers = COPIES * weights + gradients + activations * threads.get() as f64;
    let bytes = (numbers * size_of::<f32>() as f64) as u64;
    match memory::available() {
        Some(available) if bytes > available => Err(Error::invalid(format!(
            "this run would take about {} of memory, and there are {}; give it a smaller --hidden, --layers, \
             --vocab or --batch-tokens",
            memory::shown(bytes),
            memory::shown(available)
        ))),
        _ => Ok(()),
    }
}

fn within(flag: &str, value: f64, most: f64) -> Result<()> {
    if value > 0.0 && value <= most {
        return Ok(());
    }
    // Hundreds of digits are no use to anybody.
    let shown = if value < 1e15 { value.to_string() } else { format!("{value:e}") };
    Err(refused(flag, shown, &format!("a number above 0, up to {most}")))
}

fn refused(flag: &str, value: impl std::fmt::Display, takes: &str) -> Error {
    Error::invalid(format!("{flag} cannot be {value}; it takes {takes}"))
}
