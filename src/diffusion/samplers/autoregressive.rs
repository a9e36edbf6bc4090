//! One token after the other, each from those before it: an autoregressive model.
//!
//! Causal attention and a cache of keys and values, so that a pass reads one token. It works with models
//! that were trained on the next token, as the bundled one was beside diffusion, and takes the draw's
//! knobs alone. At the end token it stops and fills the canvas up with end tokens. Its other parts
//! are not asked.
//!
//! Source: the usual decoder. Use it to race diffusion against: same weights, one token a pass. On screen
//! the text is typed out.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::{Drafter, Sampler};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "autoregressive",
    help: "one token a pass, each from those before it: the other kind of model",
    source: "causal decoding with a KV cache",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: Some(Drafter::Nobody),
};
