//! ReMDM-conf: a written token falls back the more readily, the less sure it was when it was written.
//!
//! The written positions share sigma_max by the softmax of minus the probability that each token had when
//! it was written: sigma_i = w_i sigma_max, so that no more than one falls in a step on average. Masks
//! are written as without taking back. The rules shared with the other three are in
//! [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it where a few wild guesses spoil a text. On screen single words
//! that were a gamble are taken back.

use super::remdm::{corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Look, Scored, schedule, score, select};
use crate::diffusion::recipe::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "remdm-conf",
    help: "ancestral, but what was written with the least certainty falls back (ReMDM)",
    source: "ReMDM, arXiv 2503.00307",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &CONF,
    next_token: false,
};

/// The rule.
pub static CONF: Correct = corrector(
    "remdm-conf",
    "tokens fall back the sooner, the less sure they were when written (ReMDM)",
    sigma,
    |look, _, decision| by_chance(look, sigma, decision),
);

fn sigma(look: &Look<'_>, at: &Scored) -> f64 {
    if !at.written() {
        return 0.0;
    }
    // A token that was given as a draft was never scored: as sure as can be.
    let weight = |at: &Scored| (-look.memory.written_at.get(&at.position).unwrap_or(&1.0)).exp();
    let total: f64 = look.scored.iter().filter(|at| at.written()).map(weight).sum();
    weight(at) / total * sigma_max(look)
}
