//! What the four samplers of ReMDM share (arXiv 2503.00307).
//!
//! A written position becomes a mask again with probability sigma, and a mask is written with probability
//! `(alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t)`, so that the share of masks falls as it would
//! without. Both look at the canvas as it was before the step. sigma is at most
//! `min(1, (1 - alpha_s) / alpha_t)`. Given text is never touched, and in the last step nothing is taken
//! back, where the reference makes one pass more to fill by argmax what is left.

use crate::diffusion::parts::StepContext;
use crate::diffusion::parts::correct::{BY_LEVELS, Correct};
use crate::diffusion::parts::{Decision, Scored};
use crate::knobs::{Knob, Reals, Typed};

/// How much is remasked.
pub static ETA: Typed<Option<f64>> = Typed::real_or(
    "eta",
    Reals { min: 0.0, max: 1.0, step: 0.005 },
    "auto",
    "how much is remasked a step: a probability, or a share of the most that is possible",
);

/// The largest sigma that leaves the share of masks as it should be.
pub fn sigma_max(context: &StepContext<'_>) -> f64 {
    let (alpha_t, alpha_s) = context.alphas();
    if alpha_t <= 0.0 { 1.0 } else { ((1.0 - alpha_s) / alpha_t).min(1.0) }
}

/// The knobs of those that have an eta.
pub static KNOBS: [&Knob; 1] = [&ETA.knob];

/// A corrector of this kind.
pub const fn corrector(
    name: &'static str,
    help: &'static str,
    sigma: fn(&StepContext<'_>, &Scored) -> f64,
    revise: fn(&StepContext<'_>, &[f64], &mut Decision),
) -> Correct {
    Correct { name, help, sigma: Some(sigma), revise: Some(revise), ..BY_LEVELS }
}
