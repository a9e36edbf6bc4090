//! ReMDM-cap: every written token falls back with probability `min(eta, sigma_max)`.
//!
//! `eta` is 0.008 by default. The rules shared with the other three are in [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it with many steps and temperature 1, which buy quality here where
//! plain ancestral sampling stops gaining. On screen now and then a word falls and comes back as another.

use super::remdm::{ETA, KNOBS, corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Scored, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "remdm-cap",
    help: "ancestral, but a written token falls back with a small, capped chance (ReMDM)",
    source: "ReMDM, arXiv 2503.00307",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &CAP,
    next_token: None,
};

/// The rule.
pub static CAP: Correct = Correct {
    knobs: &KNOBS,
    defaults: &[(&ETA.knob, 0.008)],
    ..corrector(
        "remdm-cap",
        "each written token falls back with the same small chance (ReMDM)",
        sigma,
        |context, _, decision| by_chance(context, sigma, decision),
    )
};

fn sigma(context: &StepContext<'_>, _: &Scored) -> f64 {
    context.or_default(&ETA).min(sigma_max(context))
}
