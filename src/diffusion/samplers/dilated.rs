//! Dilated unmasking: a fixed order that keeps the tokens written together far apart.
//!
//! In round r of a block of B positions, of `ceil(log2 B)` rounds, every open position k (from 1) is
//! written with `(k - 1) mod s = 0` for `s = max(1, floor(B / 2^r))`: of 8, first 1 and 5, then 3 and
//! 7, then the rest. Neighbours, which depend on each other most, are never written in one step until
//! the last round. It takes log2 B passes a block and no notice of what the model says.
//!
//! The authors' code also masks again, and then leaves, what was written with a confidence below 0.3, and
//! joins a smaller last round to the one before it; this is the rule of the paper alone.
//!
//! Source: Dilated Unmasking Scheduling (arXiv 2506.19037). Use it with short blocks when passes are
//! dear. On screen an even comb is filled in, ever finer.

use crate::diffusion::draw;
use crate::diffusion::parts::{Quota, Schedule, correct, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "dilated",
    help: "a comb that gets finer: tokens written together stand far apart (DUS)",
    source: "DUS, arXiv 2506.19037",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &DILATED_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

/// The rule.
pub static DILATED_RULE: Schedule = Schedule {
    name: "dilated",
    help: "every n-th position, n halved in every step (DUS)",
    knobs: &[],
    defaults: &[],
    state: None,
    quota: |context, open| {
        let place = |index: &usize| context.scored[*index].position - context.span.start;
        let due = |stride: usize| -> Vec<usize> {
            let here = |index: &&usize| {
                !context.scored[**index].last && place(index).is_multiple_of(stride)
            };
            open.iter().filter(here).copied().collect()
        };
        // The round is told from what is open, so that it can be joined at any time.
        let mut stride = context.span.len() / 2;
        while stride > 1 && due(stride).is_empty() {
            stride /= 2;
        }
        Quota::sure(due(stride.max(1)))
    },
    levels: None,
    observes_all: false,
};
