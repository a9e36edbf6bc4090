//! Drafts for every way in which a verification may end, read in the pass that verifies: no pass is without drafts.
//!
//! Behind each token that is verified stands a group of masks that sees the text up to that token and no further. Where
//! the first wrong draft stands is known when the pass is over; the group in front of it drafts what comes next. Of the
//! (k + 1) k masks behind k drafts all but k are for nothing, which is the price: fewer and larger passes than those of
//! `self-speculative`, which pays where further positions in a pass are nearly free.
//!
//! Source: TiDAR (arXiv 2511.08923), with chance keyed by position in the place of rejection sampling, and a draft head
//! that is told the tokens before. For models of `remask train`. On screen several words light up at once in every step.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::{Drafter, Sampler};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "tidar",
    help: "the autoregressive text in fewest passes: masks draft behind every token that may be the last right one",
    source: "TiDAR, arXiv 2511.08923",
    draw: &draw::GUMBEL,
    score: &score::PLACE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: Some(Drafter::Branches),
};
