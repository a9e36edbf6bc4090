//! Two passes in turn: one drafts a window of masks that see each other, the other verifies it from left to right.
//!
//! The window has 8 tokens at first, twice as many when all of them were kept, up to 32, and half as many when no
//! more than half were.
//!
//! Source: the linear form of Nemotron-Labs-Diffusion (arXiv 2607.05722), without its LoRA. It pays where the model
//! is sure of many tokens at once. On screen a whole line appears as a guess, and its beginning stays.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::{Drafter, Sampler};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "linear-speculative",
    help: "the autoregressive text: one pass drafts a window by diffusion, the next verifies it",
    source: "Nemotron-Labs-Diffusion, arXiv 2607.05722",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: Some(Drafter::Window),
};
