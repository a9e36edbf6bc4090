//! ReMDM-loop: write nine tenths, then go round remasking and writing anew, then finish.
//!
//! While the noise level t is above 0.55, plain ancestral sampling up to alpha = 0.9. From there to 0.05
//! alpha is held, and every written token falls back with probability `eta`, 0.02 by default, while masks
//! are written with `eta * 0.9 / 0.1`. Then ancestral again, to the end. Which of the three holds is told
//! by t alone. The rules shared with the other three are in [`remdm`](super::remdm).
//!
//! Source: ReMDM (arXiv 2503.00307). Use it with many steps: half of them go into revision. On screen a
//! draft stands early, and then its words are replaced one by one.

use super::remdm::{ETA, KNOBS, corrector};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, by_chance};
use crate::diffusion::parts::{Scored, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "remdm-loop",
    help: "ancestral, then a long stretch of remasking and writing anew, then the end (ReMDM)",
    source: "ReMDM, arXiv 2503.00307",
    draw: &draw::SUBS,
    score: &score::RANDOM,
    schedule: &schedule::LINEAR,
    select: &select::CHANCE,
    correct: &LOOP,
    next_token: None,
};

/// The rule.
pub static LOOP: Correct = Correct {
    knobs: &KNOBS,
    defaults: &[(&ETA.knob, 0.02)],
    alphas: Some(alphas),
    ..corrector(
        "remdm-loop",
        "a stretch in the middle in which as much falls back as is written (ReMDM)",
        sigma,
        |context, _, decision| by_chance(context, sigma, decision),
    )
};

/// Shares of clean tokens that bound the middle stretch, and the noise levels at its ends.
const ALPHA_ON: f64 = 0.9;
const T_ON: f64 = 0.55;
const T_OFF: f64 = 0.05;

fn sigma(context: &StepContext<'_>, _: &Scored) -> f64 {
    let (alpha_t, alpha_s) = context.alphas();
    // Above this there would be less to write than falls.
    const MOST: f64 = (1.0 - ALPHA_ON) / ALPHA_ON;
    if alpha_t == alpha_s { context.or_default(&ETA).min(MOST) } else { 0.0 }
}

fn alphas(t: f64, s: f64) -> (f64, f64) {
    let rising = |u: f64| (1.0 - u) * ALPHA_ON / (1.0 - T_ON);
    let ending = |u: f64| 1.0 - u * (1.0 - ALPHA_ON) / T_OFF;
    if t > T_ON {
        (rising(t), rising(s))
    } else if t > T_OFF {
        (ALPHA_ON, ALPHA_ON)
    } else {
        (ending(t), ending(s))
    }
}
