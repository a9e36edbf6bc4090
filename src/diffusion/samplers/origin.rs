//! Dream's `origin`: every open position is written with probability `1 - s/t`, whatever the model says.
//!
//! It is the reverse process of masked diffusion as trained, with Dream's noise levels: t falls evenly
//! from 1 to `eps`, and in the last step all that is left is written.
//!
//! Source: `generation_utils.py` of Dream (arXiv 2508.15487), `alg="origin"`. Use it as the unbiased
//! baseline, with temperature 1. On screen words fall anywhere, not the same number in every step.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "origin",
    help: "each position on its own, with the probability of Dream's noise levels (Dream)",
    source: "Dream, arXiv 2508.15487",
    draw: &draw::CATEGORICAL,
    score: &score::RANDOM,
    schedule: &schedule::TIMESTEPS,
    select: &select::CHANCE,
    correct: &correct::NONE,
    next_token: None,
};
