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
use crate::diffusion::parts::{Demand, Schedule, correct, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Value};

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
    next_token: false,
};

/// Sure enough beside an anchor.
pub static LEAP_THRESHOLD: Knob = Knob {
    name: "leap-threshold",
    kind: Kind::Real { min: 0.05, max: 1.0, step: 0.05, default: Value::Real(0.75), off: None },
    unit: "",
    help: "how sure a token beside a sure one has to be; lower is faster",
    applies: Applies::NextStep,
};

/// What "beside" means.
pub static LEAP_RADIUS: Knob = Knob {
    name: "leap-radius",
    kind: Kind::Count {
        min: 0,
        max: 64,
        ladder: &[0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64],
        default: Value::Count(4),
        off: None,
    },
    unit: "tokens",
    help: "how far from a sure token the easier threshold holds",
    applies: Applies::NextStep,
};

/// The rule.
pub static LEAP_RULE: Schedule = Schedule {
    name: "leap",
    help: "sure tokens, and nearly sure ones beside them (LocalLeap)",
    knobs: &[&TAU, &LEAP_THRESHOLD, &LEAP_RADIUS],
    demand: |look, open| {
        let radius = look.settings.count(&LEAP_RADIUS).unwrap_or(4);
        let anchors = surer_than(look, open, look.real(&TAU, 0.9));
        let place = |index: usize| look.scored[index].position;
        let beside = |index: &usize| {
            anchors.iter().any(|anchor| place(*anchor).abs_diff(place(*index)) <= radius)
        };
        let nearly = surer_than(look, open, look.real(&LEAP_THRESHOLD, 0.75));
        let near: Vec<usize> =
            nearly.into_iter().filter(|i| beside(i) && !anchors.contains(i)).collect();
        Demand::sure(anchors.into_iter().chain(near).collect())
    },
    levels: None,
    watches: false,
};
