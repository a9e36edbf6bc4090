//! What is remasked, or written over.

use super::{Decision, NewState, PartStates, Progress, Scored, StepContext};
use crate::knobs::Knob;
use crate::rng::Purpose;

/// The part of a sampler that corrects.
pub struct Correct {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The knobs that it uses, beside those that every sampler does.
    pub knobs: &'static [&'static Knob],
    /// What it takes for knobs that are off.
    pub defaults: &'static [(&'static Knob, f64)],
    /// What it keeps from one step to the next, where it keeps anything.
    pub state: Option<NewState>,
    /// Which positions it wants to see.
    pub scope: Scope,
    /// Whether it goes by noise levels, which not every schedule has.
    pub needs_levels: bool,
    /// Noise levels (t, s) to shares of clean tokens (alpha_t, alpha_s), where it bends them.
    pub alphas: Option<Alphas>,
    /// The probability that a written position becomes noise again; for an open one, the sigma of the
    /// probability that it is written.
    pub sigma: Option<fn(&StepContext<'_>, &Scored) -> f64>,
    /// Changes what was decided. The scores are those of the scored positions.
    pub revise: Option<fn(&StepContext<'_>, &[f64], &mut Decision)>,
    /// Whether another pass could change anything when no position is open.
    pub pending: fn(&PartStates, Progress) -> bool,
    /// How many passes that may be, a block.
    pub after: usize,
    /// Whether a shadow must judge what is written.
    pub shadow: bool,
}

/// From noise levels before and after a step to shares of clean tokens.
pub type Alphas = fn(f64, f64) -> (f64, f64);

/// Positions that a sampler looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that are open, in the block.
    Open,
    /// Those of the block, written or not.
    Block,
    /// Those of the whole answer, written or not. Such a sampler takes no notice of blocks.
    Answer,
}

/// What is written stands.
pub static NONE: Correct = Correct {
    name: "none",
    help: "what is written stands",
    knobs: &[],
    defaults: &[],
    state: None,
    scope: Scope::Open,
    needs_levels: false,
    alphas: None,
    sigma: None,
    revise: None,
    pending: |_, _| false,
    after: 0,
    shadow: false,
};

/// What the correctors that go by noise levels have in common.
pub const BY_LEVELS: Correct = Correct {
    scope: Scope::Answer,
    needs_levels: true,
    pending: |_, at| at.done < at.budget,
    ..NONE
};

/// Remasks written positions, each with its probability; none in the last step of the budget, so
/// that nothing is left open.
pub fn by_chance(
    context: &StepContext<'_>,
    sigma: fn(&StepContext<'_>, &Scored) -> f64,
    decision: &mut Decision,
) {
    if context.is_last() {
        return;
    }
    let falls = |at: &Scored| {
        at.written() && context.chance(Purpose::Remask, at.position) < sigma(context, at)
    };
    let fallen = context.scored.iter().enumerate().filter(|(_, at)| falls(at));
    decision.remask.extend(fallen.map(|(index, _)| index));
}
