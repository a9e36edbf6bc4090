//! LocalLeap: what stands beside something sure need not be as sure.
//!
//! Open positions with a confidence of `threshold` (0.9) or more are anchors and are written. Those
//! within `leap-radius` (4) of an anchor are written with them when their confidence is
//! `leap-threshold` (0.75) or more. Without an anchor the surest position is written.
//!
//! Source: LocalLeap (arXiv 2510.07081). Use it on fluent text, where certainty spreads. On screen text
//! crystallises around sure words.

use crate::diffusion::draw;
use crate::diffusion::parts::schedule::{TAU, surer_than};
use crate::diffusion::parts::{Quota, Schedule, correct, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Counts, Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "local-leap",
    help: "every sure token, and what is nearly sure beside one (LocalLeap)",
    source: "LocalLeap, arXiv 2510.07081",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &LEAP_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

/// Sure enough beside an anchor.
pub static LEAP_THRESHOLD: Typed<f64> = Typed::real(
    "leap-threshold",
    Reals { min: 0.05, max: 1.0, step: 0.05 },
    0.75,
    "how sure a token beside a sure one has to be; lower is faster",
);

/// What "beside" means.
pub static LEAP_RADIUS: Typed<usize> = Typed::count(
    "leap-radius",
    Counts { min: 0, max: 64, ladder: &[0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64] },
    4,
    "how far from a sure token the easier threshold holds",
)
.unit("tokens");

/// The rule.
pub static LEAP_RULE: Schedule = Schedule {
    name: "leap",
    help: "sure tokens, and nearly sure ones beside them (LocalLeap)",
    knobs: &[&TAU.knob, &LEAP_THRESHOLD.knob, &LEAP_RADIUS.knob],
    defaults: &[(&TAU.knob, 0.9)],
    state: None,
    quota: |context, open| {
        let radius = context.get(&LEAP_RADIUS);
        let anchors = surer_than(context, open, context.or_default(&TAU));
        let place = |index: usize| context.scored[index].position;
        let beside = |index: &usize| {
            anchors.iter().any(|anchor| place(*anchor).abs_diff(place(*index)) <= radius)
        };
        let nearly = surer_than(context, open, context.get(&LEAP_THRESHOLD));
        let near: Vec<usize> =
            nearly.into_iter().filter(|i| beside(i) && !anchors.contains(i)).collect();
        Quota::sure(anchors.into_iter().chain(near).collect())
    },
    levels: None,
    observes_all: false,
};
