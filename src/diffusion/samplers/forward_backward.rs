//! The forward-backward corrector: every step goes one step of noise forward and two back.
//!
//! ReMDM's rules with `sigma = (alpha_s - alpha_t) / alpha_t`, 1 at the beginning: as many tokens fall
//! back as a step of the schedule would noise. The rules are in [`remdm`](super::remdm).
//!
//! Source: Campbell et al. (arXiv 2205.14987), in the form of ReMDM (arXiv 2503.00307). Use it to see what
//! correcting without any judgement does. On screen the beginning boils: what was written in the first
//! step all falls back in the second.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{BY_LEVELS, Correct, by_chance};
use crate::diffusion::parts::{Scored, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "forward-backward",
    help: "a step of noise forward for every two back: correction without judgement",
    source: "Campbell et al., arXiv 2205.14987",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &FORWARD_BACKWARD,
    next_token: None,
};

/// The rule.
pub static FORWARD_BACKWARD: Correct = Correct {
    name: "forward-backward",
    help: "as much falls back as a step of the schedule would noise",
    sigma: Some(sigma),
    revise: Some(|context, _, decision| by_chance(context, sigma, decision)),
    ..BY_LEVELS
};

fn sigma(context: &StepContext<'_>, _: &Scored) -> f64 {
    let (alpha_t, alpha_s) = context.alphas();
    if alpha_t <= 0.0 { 1.0 } else { ((alpha_s - alpha_t) / alpha_t).clamp(0.0, 1.0) }
}
