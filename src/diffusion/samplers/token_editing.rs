//! Token editing: write by threshold, and write over what the model would now write otherwise.
//!
//! Beside the threshold rule for open positions (`threshold`, 0.9), a written token of the block is written
//! over when the new draw differs from it and has a probability above `edit-threshold` (0.9). When
//! nothing is open any more, up to 16 further passes go on editing, until one changes nothing.
//!
//! Source: LLaDA2.1. The paper's "speedy" mode is 0.5 and 0, its "quality" mode 0.7 and 0.5. It needs a model
//! that was trained to see wrong tokens, as the bundled one was. On screen words turn into other words
//! without being noise in between; started from a text with random words in it, it repairs them.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, NONE, Scope};
use crate::diffusion::parts::schedule::{TAU, THRESHOLD, surer_than};
use crate::diffusion::parts::{Decision, Demand, Look, Memory, Progress, Schedule, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Settings, Value};

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
    next_token: false,
};

/// As the threshold rule, but a confidence of just the threshold is not enough.
pub static ABOVE_THRESHOLD: Schedule = Schedule {
    name: "above-threshold",
    help: "every token surer than a threshold, and the surest one in any case (LLaDA2.1)",
    demand: |look, open| {
        let tau = look.real(&TAU, 0.9);
        let mut sure = surer_than(look, open, tau);
        sure.retain(|index| look.scored[*index].guess.confidence > tau);
        Demand::sure(sure)
    },
    ..THRESHOLD
};

/// How sure the better token has to be.
pub static EDIT_THRESHOLD: Knob = Knob {
    name: "edit-threshold",
    kind: Kind::Real { min: 0.0, max: 1.0, step: 0.05, default: Value::Real(0.9), off: None },
    unit: "",
    help: "a written token is written over when another is surer than this; 1 edits nothing",
    applies: Applies::NextStep,
};

/// Passes that go on editing when nothing is open.
pub const POST_STEPS: usize = 16;

/// The rule.
pub static EDIT: Correct = Correct {
    name: "edit",
    help: "a written token is written over when another looks right (LLaDA2.1)",
    knobs: &[&EDIT_THRESHOLD],
    scope: Scope::Block,
    revise: Some(edit),
    pending,
    after: POST_STEPS,
    ..NONE
};

fn pending(_: &Settings, memory: &Memory, _: Progress) -> bool {
    memory.changed && memory.passes_since_full < POST_STEPS
}

fn edit(look: &Look<'_>, _: &[f64], decision: &mut Decision) {
    let limit = look.real(&EDIT_THRESHOLD, 0.9);
    let better = |(_, at): &(usize, &crate::diffusion::parts::Scored)| {
        let other = at.standing.as_ref().is_some_and(|old| old.token != at.guess.token);
        other && !at.last && at.guess.confidence > limit
    };
    let edits = look.scored.iter().enumerate().filter(better);
    decision.write.extend(edits.map(|(index, at)| (index, at.guess.token)));
}
