//! KLASS: write what is sure and has stopped changing.
//!
//! A position is stable when its confidence is above `threshold` (0.9) and the KL divergence of its distribution
//! from those of the pass before, `KL(p_now || p_before)`, was below `kl-threshold` (0.01) in two passes
//! running. All stable positions are written; where there is none, as many of the surest as the
//! linear schedule said for this step when the block began.
//!
//! Source: KLASS (arXiv 2511.05664). Use it to go fast with fewer slips than a bare threshold: early
//! certainty that is about to change its mind is not believed. On screen two quiet steps come first,
//! then long stretches settle together.

use crate::diffusion::draw;
use crate::diffusion::parts::schedule::{STEPS, TAU};
use crate::diffusion::parts::{Demand, Progress, Schedule, correct, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Value};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "klass",
    help: "write what is sure and has stopped changing (KLASS)",
    source: "KLASS, arXiv 2511.05664",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &KLASS_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: false,
};

/// How little is "no more change".
pub static KL_THRESHOLD: Knob = Knob {
    name: "kl-threshold",
    kind: Kind::Real { min: 0.0, max: 1.0, step: 0.01, default: Value::Real(0.01), off: None },
    unit: "nats",
    help: "a position counts as settled when its probabilities change by less than this",
    applies: Applies::NextStep,
};

/// Passes in a row that the probabilities have to be quiet for.
pub const HISTORY: usize = 2;

/// The rule.
pub static KLASS_RULE: Schedule = Schedule {
    name: "stable",
    help: "every sure token whose probabilities have stopped changing (KLASS)",
    knobs: &[&STEPS, &TAU, &KL_THRESHOLD],
    demand: |look, open| {
        let tau = look.real(&TAU, 0.9);
        let stable = |index: &usize| {
            let at = &look.scored[*index];
            let quiet = look.memory.quiet.get(&at.position).copied().unwrap_or(0);
            !at.last && at.guess.confidence > tau && quiet >= HISTORY
        };
        let sure: Vec<usize> = open.iter().copied().filter(stable).collect();
        // The reference looks at no history before the second step of a block.
        if sure.is_empty() || look.progress.done + 1 < HISTORY {
            // LLaDA's m div S, and one more in the first m mod S steps, of the noise that there was at first.
            let Progress { done, budget, open_at_begin, .. } = look.progress;
            let budget = budget.max(1);
            let planned = open_at_begin / budget + usize::from(done < open_at_begin % budget);
            return Demand::best(planned.max(1));
        }
        Demand::sure(sure)
    },
    levels: None,
    watches: true,
};
