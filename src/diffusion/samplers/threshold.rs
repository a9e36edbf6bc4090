//! Fast-dLLM's threshold: every token with a confidence of `threshold` or more, at least the surest.
//!
//! No budget of steps: an easy text takes few passes, a hard one many. The default is 0.9.
//!
//! Source: Fast-dLLM (arXiv 2505.22618). The simplest way to be fast without much loss. On screen whole
//! phrases snap into place where the model is sure, and it ponders where it is not.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "threshold",
    help: "every token that is sure enough, and the surest in any case (Fast-dLLM)",
    source: "Fast-dLLM, arXiv 2505.22618",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &schedule::THRESHOLD,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
