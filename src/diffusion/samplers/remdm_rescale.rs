//! ReMDM-rescale: every written token falls back with probability `eta * sigma_max`.
//!
//! `eta` is 0.015 by default. Early, when little stands, sigma_max is 1; it falls to 0 at the end. The rules
//! shared with the other three are in [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it as remdm-cap; it corrects more early and less late. On screen the
//! end is quieter.

use super::remdm::{ETA, corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Look, Scored, schedule, score, select};
use crate::diffusion::recipe::Sampler;

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
    next_token: false,
};

/// The rule.
pub static RESCALE: Correct = corrector(
    "remdm-rescale",
    "each written token falls back with a share of the largest possible chance (ReMDM)",
    sigma,
    |look, _, decision| by_chance(look, sigma, decision),
);

fn sigma(look: &Look<'_>, _: &Scored) -> f64 {
    look.real(&ETA, 0.015) * sigma_max(look)
}
