//! ReMDM-conf: a written token falls back the more readily, the less sure it was when it was written.
//!
//! The written positions share sigma_max by the softmax of minus the probability that each token had when
//! it was written: sigma_i = w_i sigma_max, so that no more than one falls in a step on average. Masks
//! are written as without remasking. The rules shared with the other three are in
//! [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it where a few wild guesses spoil a text. On screen single words
//! that were a gamble are remasked.

use std::collections::BTreeMap;

use super::remdm::{corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Decided, PartState, Scored, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

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
    next_token: None,
};

/// The rule.
pub static CONF: Correct = Correct {
    state: Some(|| Box::<WhenWritten>::default()),
    ..corrector(
        "remdm-conf",
        "tokens fall back the sooner, the less sure they were when written (ReMDM)",
        sigma,
        |context, _, decision| by_chance(context, sigma, decision),
    )
};

/// The probability that each token had when it was written, by position.
#[derive(Clone, Debug, Default)]
struct WhenWritten(BTreeMap<usize, f64>);

impl PartState for WhenWritten {
    fn update(&mut self, decided: &Decided<'_>) {
        for (index, _) in &decided.decision.write {
            let at = &decided.scored[*index];
            self.0.insert(at.position, at.prediction.confidence);
        }
        for index in &decided.decision.remask {
            self.0.remove(&decided.scored[*index].position);
        }
    }

    fn bytes(&self) -> usize {
        self.0.len() * 32
    }

    fn forget(&mut self, position: usize) {
        self.0.remove(&position);
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

fn sigma(context: &StepContext<'_>, at: &Scored) -> f64 {
    let Some(WhenWritten(confidences)) = context.state() else { return 0.0 };
    if !at.written() {
        return 0.0;
    }
    // A token that was given as a draft was never scored: as sure as can be.
    let weight = |at: &Scored| (-confidences.get(&at.position).unwrap_or(&1.0)).exp();
    let total: f64 = context.scored.iter().filter(|at| at.written()).map(weight).sum();
    weight(at) / total * sigma_max(context)
}
