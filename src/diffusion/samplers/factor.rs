//! Fast-dLLM's factor: the more positions are written at once, the surer each has to be.
//!
//! With the confidences sorted downwards, the largest n is taken for which the n-th is at least
//! `1 - factor / (n + 1)`; one in any case. As in the reference code, where all but the last one pass, the
//! last is written too, so that one or two open positions always are.
//!
//! Source: Fast-dLLM (arXiv 2505.22618), theorem 1: below that bound greedy choices in parallel are those
//! of the joint probability. Use it in place of a threshold where answers differ in length. On screen it looks
//! like threshold, with fewer large leaps.

use crate::diffusion::draw;
use crate::diffusion::parts::{Quota, Schedule, correct, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "factor",
    help: "the more tokens at once, the surer each must be (Fast-dLLM)",
    source: "Fast-dLLM, arXiv 2505.22618",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &FACTOR_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

/// How much doubt n positions may have together.
pub static FACTOR: Typed<f64> = Typed::real(
    "factor",
    Reals { min: 0.0, max: 4.0, step: 0.1 },
    1.0,
    "writes the n surest tokens if the n-th is as sure as 1 - factor / (n + 1); higher is faster",
);

/// The rule.
pub static FACTOR_RULE: Schedule = Schedule {
    name: "factor",
    help: "as many as are sure enough to stand beside each other (Fast-dLLM)",
    knobs: &[&FACTOR.knob],
    defaults: &[],
    state: None,
    quota: |context, open| {
        let factor = context.get(&FACTOR);
        let mut sorted: Vec<usize> = open.to_vec();
        let confidence = |index: &usize| context.scored[*index].prediction.confidence;
        sorted.retain(|index| !context.scored[*index].last);
        sorted.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)));
        let enough =
            |(rank, index): &(usize, usize)| confidence(index) >= 1.0 - factor / (rank + 2) as f64;
        let passed = sorted.iter().copied().enumerate().skip(1).take_while(enough).count() + 1;
        let count = if passed + 1 >= sorted.len() { sorted.len() } else { passed };
        sorted.truncate(count);
        Quota::sure(sorted)
    },
    levels: None,
    observes_all: false,
};
