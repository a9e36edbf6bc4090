//! Classifier-free guidance for masked diffusion (Nie et al., arXiv 2410.18514).

use crate::knobs::{Applies, Kind, Knob, Value};

/// How hard the prompt pulls.
pub static CFG_SCALE: Knob = Knob {
    name: "cfg-scale",
    kind: Kind::Real { min: 0.0, max: 10.0, step: 0.25, default: Value::Real(0.0), off: None },
    unit: "",
    help: "pull towards the prompt: scores the canvas with and without it; 0 spares the second pass",
    applies: Applies::NextStep,
};

/// `u + (scale + 1)(c - u)`, in place on the conditional row.
pub fn guide(conditional: &mut [f32], unconditional: &[f32], scale: f64) {
    let weight = scale as f32 + 1.0;
    for (c, u) in conditional.iter_mut().zip(unconditional) {
        *c = u + weight * (*c - u);
    }
}
