//! CreditDecoding: a token that was the likeliest again and again is given credit for it.
//!
//! Every position keeps a credit for each token. In every pass all credits are multiplied by
//! `credit-decay` (0.8), the likeliest token of the raw probabilities gains `p ^ credit-gamma` (0.2), and the
//! logits become `l + credit-alpha * ln(1 + credit)` (0.7). What is sure by these is written, as with a
//! threshold.
//!
//! Source: CreditDecoding (arXiv 2510.06133), as in dInfer. Use it to commit steady but modest favourites
//! sooner. On screen doubtful words that have stood as the same guess for some steps get their chance.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::recipe::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "credit",
    help: "a threshold that steady favourites reach sooner (CreditDecoding)",
    source: "CreditDecoding, arXiv 2510.06133",
    draw: &draw::CREDIT,
    score: &score::CONFIDENCE,
    schedule: &schedule::THRESHOLD,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: false,
};
