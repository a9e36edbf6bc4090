//! ReMDM-cap: every written token falls back with probability `min(eta, sigma_max)`.
//!
//! `eta` is 0.008 by default. The rules shared with the other three are in [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it with many steps and temperature 1, which buy quality here where
//! plain ancestral sampling stops gaining. On screen now and then a word falls and comes back as another.

use super::remdm::{ETA, corrector, sigma_max};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Look, Scored, schedule, score, select};
use crate::diffusion::recipe::Sampler;

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
    next_token: false,
};

/// The rule.
pub static CAP: Correct = corrector(
    "remdm-cap",
    "each written token falls back with the same small chance (ReMDM)",
    sigma,
    |look, _, decision| by_chance(look, sigma, decision),
);

fn sigma(look: &Look<'_>, _: &Scored) -> f64 {
    look.real(&ETA, 0.008).min(sigma_max(look))
}
