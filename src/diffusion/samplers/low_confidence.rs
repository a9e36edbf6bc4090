//! LLaDA's low-confidence remasking: write what the model is surest of, keep masking the rest.
//!
//! Every step draws a token at every open position of the block, `argmax exp(l) / (-ln u)^T` in f64,
//! and writes those with the highest probability `p[x0]` under the raw probabilities: with m open positions
//! and S steps, `m div S` of them, one more in the first `m mod S` steps.
//!
//! Source: `generate.py` of LLaDA (arXiv 2502.09992). Use it as the plain baseline; with blocks for long
//! answers. On screen the sure words (names, ends of sentences) light up first, the text grows from
//! several seeds at once, and nothing is ever remasked.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "low-confidence",
    help: "write what the model is surest of, keep masking the rest (LLaDA)",
    source: "LLaDA, arXiv 2502.09992",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
