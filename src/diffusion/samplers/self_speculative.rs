//! One pass drafts and verifies: the text of writing token by token, in fewer passes.
//!
//! The pass reads the tokens that were drafted before, which it verifies, and masks behind them, which draft the next
//! ones, each told the tokens before it by the draft head. When a draft falls, what the masks stood behind was
//! wrong; then the text so far drafts, as in `prompt-lookup`, which costs nothing.
//!
//! Source: I-DLM's introspective strided decoding (arXiv 2604.11035), whose stride N is `draft-length` + 1, with
//! chance keyed by position in the place of rejection sampling, and a draft head that is told the tokens before. For
//! models of `remask train`. On screen guesses stand ahead of the text; those that are right light up at once.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::{Drafter, Sampler};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "self-speculative",
    help: "the autoregressive text in fewer passes: masks draft what the same pass verifies",
    source: "I-DLM, arXiv 2604.11035",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: Some(Drafter::Masks),
};
