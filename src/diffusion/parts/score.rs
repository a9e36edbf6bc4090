//! How much a position deserves to be written now.

use super::{Scored, StepContext};
use crate::knobs::{Reals, Typed};
use crate::rng::{Purpose, Stream};

/// The part of a sampler that ranks positions.
pub struct Score {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Higher is sooner.
    pub of: fn(&StepContext<'_>, &Scored) -> f64,
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
    of: |context, at| context.chance(Purpose::Order, at.position),
};

/// Minus the position: reading order, the control.
pub static PLACE: Score = Score {
    name: "place",
    help: "the further to the left, the sooner",
    of: |_, at| -(at.position as f64),
};

/// Loosens the ranking.
pub static ALG_TEMP: Typed<f64> = Typed::real(
    "alg-temp",
    Reals { min: 0.0, max: 2.0, step: 0.1 },
    0.0,
    "0 writes the best positions; more lets chance mix up their order (Dream)",
);

/// Loosens scores by `alg-temp`: with Gumbel noise on `score / alg_temp`, taking the best n is
/// drawing n without replacement from its softmax (Kool et al., arXiv 1903.06059).
pub fn loosen(context: &StepContext<'_>, score: f64, position: usize) -> f64 {
    let temperature = context.get(&ALG_TEMP);
    if temperature > 0.0 && score > f64::NEG_INFINITY {
        let mut stream = Stream::new(context.seed, context.step, Purpose::Order, position);
        score / temperature + stream.gumbel()
    } else {
        score
    }
}
