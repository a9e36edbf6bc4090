//! ReMDM-rescale: every written token falls back with probability `eta * sigma_max`.
//!
//! `eta` is 0.015 by default. Early, when little stands, sigma_max is 1; it falls to 0 at the end. The rules
//! shared with the other three are in [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it as remdm-cap; it corrects more early and less late. On screen the
//! end is quieter.

use super::remdm::{ETA, KNOBS, corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Scored, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "remdm-rescale",
    help: "ancestral, but a share of the most that may fall back does (ReMDM)",
    source: "ReMDM, arXiv 2503.00307",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &RESCALE,
    next_token: None,
};

/// The rule.
pub static RESCALE: Correct = Correct {
    knobs: &KNOBS,
    defaults: &[(&ETA.knob, 0.015)],
    ..corrector(
        "remdm-rescale",
        "each written token falls back with a share of the largest possible chance (ReMDM)",
        sigma,
        |context, _, decision| by_chance(context, sigma, decision),
    )
};

fn sigma(context: &StepContext<'_>, _: &Scored) -> f64 {
    context.or_default(&ETA) * sigma_max(context)
}
