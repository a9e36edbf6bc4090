//! Reading order: the control.
//!
//! The score is minus the position, so the leftmost open positions are written first, as many as the
//! schedule says. The network still sees the whole canvas, noise to the right included; for writing
//! as an autoregressive model does, see [`autoregressive`](super::autoregressive).
//!
//! Use it to see what a ranking brings. On screen the text grows from the left like a progress bar.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "left-to-right",
    help: "write in reading order: the control for every ranking",
    source: "the control",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
