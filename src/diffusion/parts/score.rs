//! How much a position deserves to be written now.

use super::{Look, Scored};
use crate::diffusion::rng::{Purpose, Stream};
use crate::knobs::{Applies, Kind, Knob, Settings, Value};

/// The part of a sampler that ranks positions.
pub struct Score {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Higher is sooner.
    pub of: fn(&Look<'_>, &Scored) -> f64,
}

/// Probability of the token that would be written (MaskGIT, arXiv 2202.04200; LLaDA).
pub static CONFIDENCE: Score = Score {
    name: "confidence",
    help: "the surer a token, the sooner",
    of: |_, at| at.ranked_by().confidence,
};

/// Likeliest minus second likeliest probability (arXiv 2502.06768; Dream's `topk_margin`).
pub static MARGIN: Score = Score {
    name: "margin",
    help: "the further the best token is ahead of the second, the sooner",
    of: |_, at| at.ranked_by().margin,
};

/// Minus the entropy, in nats (Dream's `entropy`).
pub static ENTROPY: Score = Score {
    name: "entropy",
    help: "the less the model hesitates between all tokens, the sooner",
    of: |_, at| -at.ranked_by().entropy,
};

/// A uniform number (D3PM's and MDLM's order, LLaDA's `random`).
pub static RANDOM: Score = Score {
    name: "random",
    help: "by chance",
    of: |look, at| look.chance(Purpose::Order, at.position),
};

/// Minus the position: reading order, the control.
pub static PLACE: Score = Score {
    name: "place",
    help: "the further to the left, the sooner",
    of: |_, at| -(at.position as f64),
};

/// Loosens the ranking.
pub static ALG_TEMP: Knob = Knob {
    name: "alg-temp",
    kind: Kind::Real { min: 0.0, max: 2.0, step: 0.1, default: Value::Real(0.0), off: None },
    unit: "",
    help: "0 writes the best positions; more lets chance mix up their order (Dream)",
    applies: Applies::NextStep,
};

/// Loosens scores by `alg-temp`: with Gumbel noise on `score / alg_temp`, taking the best n is
/// drawing n without replacement from its softmax (Kool et al., arXiv 1903.06059).
pub fn loosen(settings: &Settings, score: f64, position: usize, seed: u64, step: usize) -> f64 {
    match settings.real(&ALG_TEMP) {
        Some(temperature) if temperature > 0.0 && score > f64::NEG_INFINITY => {
            score / temperature + Stream::new(seed, step, Purpose::Order, position).gumbel()
        }
        _ => score,
    }
}
