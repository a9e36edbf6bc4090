//! Dream's `entropy`: its noise levels, and positions ranked by minus the entropy of the distribution.
//!
//! Logits are divided by the temperature, cut by top-p and top-k, and the token is drawn from what is
//! left, as are the probabilities that rank positions. Noise levels fall evenly from 1 to `eps`; of m open
//! positions `floor(m (1 - s/t))` are written, in f32, and all that are left in the last step. With
//! `alg-temp` above 0 positions are drawn without replacement from `softmax(score / alg_temp)`.
//!
//! Source: `generation_utils.py` of Dream (arXiv 2508.15487), `alg="entropy"`. It is what Dream and
//! DiffuCoder checkpoints were tuned with. On screen it looks like low-confidence, with ties between near words broken the other way.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "entropy",
    help: "write where the model hesitates least between all tokens (Dream)",
    source: "Dream, arXiv 2508.15487",
    draw: &draw::CATEGORICAL,
    score: &score::ENTROPY,
    schedule: &schedule::TIMESTEPS,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
