//! MaskGIT: the surest tokens, few at first and many at the end.
//!
//! As low-confidence, but the share that stays masked after step i of S is `cos(pi/2 * i/S)`. The paper's
//! code ranks by `ln p` with Gumbel noise on it that fades over the run; `alg-temp` above 0 loosens the
//! ranking by `p` instead, evenly (Dream's rule), and 0 is the paper's with no noise. Where `cos` comes out at
//! exactly one half, after two thirds of the steps, rounding in f32 writes one token more there than here; and
//! with more steps than tokens the run ends as soon as all are written, where the code spreads them out.
//!
//! Source: MaskGIT (arXiv 2202.04200). Use it with few steps: the first tokens, which the others hang
//! on, are chosen with care. On screen it starts slowly and ends in a rush.

use crate::diffusion::draw;
use crate::diffusion::parts::{correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "maskgit",
    help: "the surest tokens, few at first and many at the end (MaskGIT)",
    source: "MaskGIT, arXiv 2202.04200",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &schedule::COSINE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};
