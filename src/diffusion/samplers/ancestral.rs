//! MDLM's ancestral sampling: each mask is written with probability `(t - s) / t`, drawn from the model.
//!
//! Noise levels fall evenly from 1 to 0, so in the last step everything is written. (The reference stops
//! at 1e-5 and fills what is left by argmax in one pass more.) The mask token has no
//! probability; top-p, which the paper's own code does not have, is that of ReMDM.
//!
//! Source: MDLM (arXiv 2406.07524). Use temperature 1: it then samples from the model itself, for
//! better and worse. On screen words fall anywhere, in uneven numbers.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "ancestral",
    help: "each position on its own, with the probability of the reverse process (MDLM)",
    source: "MDLM, arXiv 2406.07524",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &correct::NONE,
    next_token: None,
};
