//! Classifier-free guidance for masked diffusion (Nie et al., arXiv 2410.18514).

use crate::knobs::{Reals, Typed};

/// How hard the prompt pulls.
pub static CFG_SCALE: Typed<f64> = Typed::real(
    "cfg-scale",
    Reals { min: 0.0, max: 10.0, step: 0.25 },
    0.0,
    "pull towards the prompt: scores the canvas with and without it; 0 spares the second pass",
);
