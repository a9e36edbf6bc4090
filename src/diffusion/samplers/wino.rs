//! WINO: wide in, narrow out. Write boldly, and take back what does not stand up.
//!
//! A pass writes every open position of the block with a confidence above `threshold` (0.6), at most
//! `clamp(0.7 m, 5, 20)` of m open ones, the surest in any case. In the same pass a shadow of the
//! block, masks at the same positions that cannot see the token they judge, says what each token
//! written before is worth: below `verify` (0.9) it is taken back, if the step writes more than one, and
//! always fewer than the step before wrote, so that the run gets on.
//!
//! Source: WINO (arXiv 2507.18578) and its code. Use it to be fast without a threshold's slips; a pass is
//! longer by one block. On screen whole phrases come, and the odd word out is struck a step later.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, NONE, Scope};
use crate::diffusion::parts::schedule::TAU;
use crate::diffusion::parts::{Decision, Demand, Look, Schedule, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Value};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "wino",
    help: "write boldly, and take back what a shadow that cannot see it finds unlikely (WINO)",
    source: "WINO, arXiv 2507.18578",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &WIDE_IN,
    select: &select::BEST,
    correct: &NARROW_OUT,
    next_token: false,
};

/// What a written token must be worth.
pub static VERIFY: Knob = Knob {
    name: "verify",
    kind: Kind::Real { min: 0.0, max: 1.0, step: 0.05, default: Value::Real(0.9), off: None },
    unit: "",
    help: "a written token that its context finds less likely than this is taken back; 0 keeps all",
    applies: Applies::NextStep,
};

/// Wide in.
pub static WIDE_IN: Schedule = Schedule {
    name: "wide",
    help: "every token above a low threshold, up to twenty (WINO)",
    knobs: &[&TAU],
    demand: |look, open| {
        let tau = look.real(&TAU, 0.6);
        let sure =
            |index: &usize| !look.scored[*index].last && look.scored[*index].guess.confidence > tau;
        let most = ((open.len() as f64 * 0.7) as usize).clamp(5, 20);
        Demand { sure: open.iter().copied().filter(sure).collect(), least: 1, most }
    },
    levels: None,
    watches: false,
};

/// Narrow out.
pub static NARROW_OUT: Correct = Correct {
    name: "verify",
    help: "what a shadow that does not see it finds unlikely is taken back (WINO)",
    knobs: &[&VERIFY],
    scope: Scope::Block,
    revise: Some(narrow_out),
    shadow: true,
    ..NONE
};

fn narrow_out(look: &Look<'_>, _: &[f64], decision: &mut Decision) {
    /// What the first step of a block may take back of what it has not written itself.
    const AT_FIRST: usize = 30;
    if decision.write.len() < 2 {
        return;
    }
    let limit = look.real(&VERIFY, 0.9);
    let judged = |index: usize| look.scored[index].shadow.filter(|_| look.scored[index].written());
    let mut doubtful: Vec<(f64, usize)> = (0..look.scored.len())
        .filter_map(|index| judged(index).map(|worth| (worth, index)))
        .filter(|(worth, _)| *worth < limit)
        .collect();
    let last = look.memory.last_written.unwrap_or(AT_FIRST);
    if doubtful.len() >= last {
        doubtful.sort_by(|a, b| a.0.total_cmp(&b.0));
        doubtful.truncate(last.saturating_sub(1));
    }
    decision.take_back = doubtful.into_iter().map(|(_, index)| index).collect();
}
