//! Entropy exit: the schedule's number, or all positions that hardly hesitate, if those are more.
//!
//! A step writes `max(n, number of open positions with H < entropy-exit)` of them, least entropy first, so
//! that an easy stretch does not wait for its turn; `n` is what is open, shared evenly among the steps that
//! are left, and rounded.
//!
//! Source: `ENTROPY_EXIT` of diffuse-cpp (iafiscal1212/diffuse-cpp), whose default is a cosine schedule:
//! this is its linear one. Use it to save steps at little risk. On screen a steady pace is broken by sudden
//! completions.

use crate::diffusion::draw;
use crate::diffusion::parts::{Progress, Quota, Schedule, correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "entropy-exit",
    help: "by entropy, and at once all that the model hardly hesitates about",
    source: "diffuse-cpp",
    draw: &draw::GUMBEL,
    score: &score::ENTROPY,
    schedule: &ENTROPY_EXIT_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

/// What "hardly" means.
pub static ENTROPY_EXIT: Typed<f64> = Typed::real(
    "entropy-exit",
    Reals { min: 0.0, max: 6.0, step: 0.1 },
    1.5,
    "positions with less entropy than this are not kept waiting; higher is faster",
)
.unit("nats");

/// The rule.
pub static ENTROPY_EXIT_RULE: Schedule = Schedule {
    name: "entropy-exit",
    help: "the linear number, or that of the positions that hardly hesitate",
    knobs: &[&schedule::STEPS.knob, &ENTROPY_EXIT.knob],
    defaults: &[],
    state: None,
    quota: |context, open| {
        let Progress { done, budget, open: left, .. } = context.progress;
        let share = left as f64 / budget.saturating_sub(done).max(1) as f64;
        let planned = (share.round() as usize).max(1);
        let limit = context.get(&ENTROPY_EXIT);
        let easy = |index: &&usize| {
            !context.scored[**index].last && context.scored[**index].prediction.entropy < limit
        };
        let easy = open.iter().filter(easy).count();
        Quota::best(planned.max(easy))
    },
    levels: None,
    observes_all: false,
};
