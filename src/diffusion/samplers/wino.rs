//! WINO: wide in, narrow out. Write boldly, and remask what does not stand up.
//!
//! A pass writes every open position of the block with a confidence above `threshold` (0.6), at most
//! `clamp(0.7 m, 5, 20)` of m open ones, the surest in any case. In the same pass a shadow of the
//! block, masks at the same positions that cannot see the token they judge, says what each token
//! written before is worth: below `verify` (0.9) it is remasked, if the step writes more than one, and
//! always fewer than the step before wrote, so that the run gets on.
//!
//! Source: WINO (arXiv 2507.18578) and its code. Use it to be fast without a threshold's slips; a pass is
//! longer by one block. On screen whole phrases come, and the odd word out is struck a step later.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, NONE, Scope};
use crate::diffusion::parts::schedule::TAU;
use crate::diffusion::parts::{
    Decided, Decision, PartState, Quota, Schedule, StepContext, score, select,
};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "wino",
    help: "write boldly, and remask what a shadow that cannot see it finds unlikely (WINO)",
    source: "WINO, arXiv 2507.18578",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &WIDE_IN,
    select: &select::BEST,
    correct: &NARROW_OUT,
    next_token: None,
};

/// What a written token must be worth.
pub static VERIFY: Typed<f64> = Typed::real(
    "verify",
    Reals { min: 0.0, max: 1.0, step: 0.05 },
    0.9,
    "a written token that its context finds less likely than this is remasked; 0 keeps all",
);

/// Wide in.
pub static WIDE_IN: Schedule = Schedule {
    name: "wide",
    help: "every token above a low threshold, up to twenty (WINO)",
    knobs: &[&TAU.knob],
    defaults: &[(&TAU.knob, 0.6)],
    state: None,
    quota: |context, open| {
        let tau = context.or_default(&TAU);
        let sure = |index: &usize| {
            !context.scored[*index].last && context.scored[*index].prediction.confidence > tau
        };
        let most = ((open.len() as f64 * 0.7) as usize).clamp(5, 20);
        Quota { sure: open.iter().copied().filter(sure).collect(), least: 1, most }
    },
    levels: None,
    observes_all: false,
};

/// Narrow out.
pub static NARROW_OUT: Correct = Correct {
    name: "verify",
    help: "what a shadow that does not see it finds unlikely is remasked (WINO)",
    knobs: &[&VERIFY.knob],
    state: Some(|| Box::<LastWritten>::default()),
    scope: Scope::Block,
    revise: Some(narrow_out),
    shadow: true,
    ..NONE
};

/// How many positions the step before wrote; `None` in the first of a block.
#[derive(Clone, Debug, Default)]
struct LastWritten(Option<usize>);

impl PartState for LastWritten {
    fn update(&mut self, decided: &Decided<'_>) {
        self.0 = Some(decided.decision.write.len());
    }

    fn begin_block(&mut self) {
        self.0 = None;
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

fn narrow_out(context: &StepContext<'_>, _: &[f64], decision: &mut Decision) {
    /// What the first step of a block may remask of what it has not written itself.
    const AT_FIRST: usize = 30;
    if decision.write.len() < 2 {
        return;
    }
    let limit = context.get(&VERIFY);
    let judged =
        |index: usize| context.scored[index].shadow.filter(|_| context.scored[index].written());
    let mut doubtful: Vec<(f64, usize)> = (0..context.scored.len())
        .filter_map(|index| judged(index).map(|worth| (worth, index)))
        .filter(|(worth, _)| *worth < limit)
        .collect();
    let last = context.state::<LastWritten>().and_then(|state| state.0).unwrap_or(AT_FIRST);
    if doubtful.len() >= last {
        doubtful.sort_by(|a, b| a.0.total_cmp(&b.0));
        doubtful.truncate(last.saturating_sub(1));
    }
    decision.remask = doubtful.into_iter().map(|(_, index)| index).collect();
}
