//! Token editing: write by threshold, and write over what the model would now write otherwise.
//!
//! Beside the threshold rule for open positions (`threshold`, 0.9), a written token of the block is written
//! over when the new draw differs from it and has a probability above `edit-threshold` (0.9). When
//! nothing is open any more, up to 16 further passes go on editing, until one changes nothing. (SGLang's code
//! closes a block that used them all up with one pass more, which changes nothing.)
//!
//! Source: LLaDA2.1. The paper's "speedy" mode is 0.5 and 0, its "quality" mode 0.7 and 0.5. It needs a model
//! that was trained to see wrong tokens, as the bundled one was. On screen words turn into other words
//! without being noise in between; started from a text with random words in it, it repairs them.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, NONE, Scope};
use crate::diffusion::parts::schedule::{TAU, THRESHOLD, surer_than};
use crate::diffusion::parts::{
    Decided, Decision, PartState, PartStates, Progress, Quota, Schedule, Scored, StepContext,
    score, select,
};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "token-editing",
    help: "a threshold, and written tokens are written over when another looks right (LLaDA2.1)",
    source: "LLaDA2.1",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &ABOVE_THRESHOLD,
    select: &select::BEST,
    correct: &EDIT,
    next_token: None,
};

/// As the threshold rule, but a confidence of just the threshold is not enough.
pub static ABOVE_THRESHOLD: Schedule = Schedule {
    name: "above-threshold",
    help: "every token surer than a threshold, and the surest one in any case (LLaDA2.1)",
    quota: |context, open| {
        let tau = context.or_default(&TAU);
        let mut sure = surer_than(context, open, tau);
        sure.retain(|index| context.scored[*index].prediction.confidence > tau);
        Quota::sure(sure)
    },
    ..THRESHOLD
};

/// How sure the better token has to be.
pub static EDIT_THRESHOLD: Typed<f64> = Typed::real(
    "edit-threshold",
    Reals { min: 0.0, max: 1.0, step: 0.05 },
    0.9,
    "a written token is written over when another is surer than this; 1 edits nothing",
);

/// Passes that go on editing when nothing is open.
pub const POST_STEPS: usize = 16;

/// The rule.
pub static EDIT: Correct = Correct {
    name: "edit",
    help: "a written token is written over when another looks right (LLaDA2.1)",
    knobs: &[&EDIT_THRESHOLD.knob],
    state: Some(|| Box::<Editing>::default()),
    scope: Scope::Block,
    revise: Some(edit),
    pending,
    after: POST_STEPS,
    ..NONE
};

/// Whether the block is full, and still changes.
#[derive(Clone, Debug, Default)]
struct Editing {
    /// Passes since the last open position of the block was written.
    passes_since_full: usize,
    /// Whether the step before changed nothing.
    settled: bool,
}

impl PartState for Editing {
    fn update(&mut self, decided: &Decided<'_>) {
        self.settled = decided.decision.write.is_empty() && decided.decision.remask.is_empty();
        let was_full = decided.progress.open == 0;
        let full = was_full && decided.open_after == 0;
        self.passes_since_full = if full { self.passes_since_full + 1 } else { 0 };
    }

    fn begin_block(&mut self) {
        *self = Self::default();
    }

    fn forget(&mut self, _: usize) {
        *self = Self::default();
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

fn pending(states: &PartStates, _: Progress) -> bool {
    states
        .get::<Editing>()
        .is_some_and(|state| !state.settled && state.passes_since_full < POST_STEPS)
}

fn edit(context: &StepContext<'_>, _: &[f64], decision: &mut Decision) {
    let limit = context.get(&EDIT_THRESHOLD);
    let better = |(_, at): &(usize, &Scored)| {
        let other = at.current.as_ref().is_some_and(|old| old.token != at.prediction.token);
        other && !at.last && at.prediction.confidence > limit
    };
    let edits = context.scored.iter().enumerate().filter(better);
    decision.write.extend(edits.map(|(index, at)| (index, at.prediction.token)));
}
