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
use crate::diffusion::parts::{Demand, Progress, Schedule, correct, schedule, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Value};

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
    next_token: false,
};

/// What "hardly" means.
pub static ENTROPY_EXIT: Knob = Knob {
    name: "entropy-exit",
    kind: Kind::Real { min: 0.0, max: 6.0, step: 0.1, default: Value::Real(1.5), off: None },
    unit: "nats",
    help: "positions with less entropy than this are not kept waiting; higher is faster",
    applies: Applies::NextStep,
};

/// The rule.
pub static ENTROPY_EXIT_RULE: Schedule = Schedule {
    name: "entropy-exit",
    help: "the linear number, or that of the positions that hardly hesitate",
    knobs: &[&schedule::STEPS, &ENTROPY_EXIT],
    demand: |look, open| {
        let Progress { done, budget, open: left, .. } = look.progress;
        let share = left as f64 / budget.saturating_sub(done).max(1) as f64;
        let planned = (share.round() as usize).max(1);
        let limit = look.real(&ENTROPY_EXIT, 1.5);
        let easy = |index: &&usize| {
            !look.scored[**index].last && look.scored[**index].guess.entropy < limit
        };
        let easy = open.iter().filter(easy).count();
        Demand::best(planned.max(easy))
    },
    levels: None,
    watches: false,
};
