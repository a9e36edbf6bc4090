//! The text so far drafts: what followed the last tokens where they stood before is verified in one pass.
//!
//! A drafter that costs nothing, and is right where texts repeat themselves or their prompt: code, tables, names.
//!
//! Source: prompt lookup decoding (Saxena 2023, <https://github.com/apoorvumang/prompt-lookup-decoding>), here with the
//! longest run of up to 4 tokens and its latest place. For every model that writes the next token.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::{Drafter, Sampler};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "prompt-lookup",
    help: "the autoregressive text: what stood behind the same words before is verified in one pass",
    source: "prompt lookup decoding, Saxena 2023",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: Some(Drafter::Text),
};
