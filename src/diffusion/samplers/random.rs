//! LLaDA's random remasking: as many positions as low-confidence writes, but any.
//!
//! The score of a position is a uniform number, so every open position of the block is equally likely to
//! be next. It is what training assumes, and the baseline that every ranking should beat.
//!
//! Source: `generate.py` of LLaDA (arXiv 2502.09992). On screen words appear all over like rain, and
//! more of them do not fit their neighbours.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "random",
    help: "write anywhere, by chance: the baseline of masked diffusion (LLaDA)",
    source: "LLaDA, arXiv 2502.09992",
    draw: &draw::GUMBEL,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
