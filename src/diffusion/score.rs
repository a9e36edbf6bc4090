//! How much a position deserves to be written now.

use super::draw::Guess;
use super::rng::{Purpose, Stream};
use crate::knobs::{Applies, Choice, Kind, Knob, Settings, Value};

/// The named samplers.
pub static SAMPLER: Knob = Knob {
    name: "sampler",
    kind: Kind::Choice {
        options: &[
            Choice {
                name: "low-confidence",
                help: "write what the model is surest of, keep masking the rest (LLaDA)",
            },
            Choice {
                name: "margin",
                help: "write where the best token is furthest ahead of the second (Dream topk_margin)",
            },
            Choice {
                name: "entropy",
                help: "write where the model hesitates least between all tokens (Dream entropy)",
            },
            Choice {
                name: "random",
                help: "write anywhere, by chance: the baseline of masked diffusion",
            },
            Choice {
                name: "left-to-right",
                help: "write in reading order, as an autoregressive model does: the control",
            },
            Choice {
                name: "p2",
                help: "write, then take back the least sure of the whole answer, fewer each step (P2)",
            },
        ],
        default: "low-confidence",
    },
    unit: "",
    help: "which positions are written first, and whether they may be taken back",
    applies: Applies::NextStep,
};

/// Loosens the ranking.
pub static ALG_TEMP: Knob = Knob {
    name: "alg-temp",
    kind: Kind::Real { min: 0.0, max: 2.0, step: 0.1, default: Value::Real(0.0), off: None },
    unit: "",
    help: "0 writes the best positions; more lets chance mix up their order (Dream)",
    applies: Applies::NextStep,
};

/// The part of a sampler that ranks positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Probability of the drawn token.
    Confidence,
    /// Likeliest minus second likeliest probability.
    Margin,
    /// Minus the entropy, in nats.
    NegativeEntropy,
    /// A uniform number.
    Random,
    /// Minus the position.
    LeftToRight,
}

impl Score {
    /// How much `position` deserves to be written, higher is sooner.
    pub fn of(self, guess: &Guess, position: usize, seed: u64, step: usize) -> f64 {
        match self {
            Self::Confidence => guess.confidence,
            Self::Margin => guess.margin,
            Self::NegativeEntropy => -guess.entropy,
            Self::Random => Stream::new(seed, step, Purpose::Order, position).uniform(),
            Self::LeftToRight => -(position as f64),
        }
    }
}

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
