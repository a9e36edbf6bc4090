//! DiffusionGemma's loop: from random words, everything decided anew in every step.
//!
//! The temperature falls evenly from `t-max` to `t-min` (0.8 to 0.4). Every position draws a token; those
//! of least entropy are kept, as many as the entropy bound of [`entropy_bound`](super::entropy_bound)
//! allows (0.1), and every other position gets fresh noise, written before or not. The run ends when the
//! likeliest tokens did not change for one step and the mean entropy is below 0.005 nats, or with
//! the budget (48 steps in the original); the text is then the likeliest token everywhere.
//!
//! Source: DiffusionGemma's generation loop, without its self-conditioning, which is the network's, and for
//! one canvas, where the original writes canvases of 256 tokens one after the other. Its noise is any token
//! of the vocabulary; here it is any but the control tokens. Use it with `noise uniform`, which it was made for. On screen a storm of random words calms down from
//! a few fixed points outwards.

use super::entropy_bound::{ENTROPY_BOUND, ENTROPY_BOUND_RULE, within_bound};
use crate::diffusion::draw;
use crate::diffusion::parts::correct::{Correct, NONE, Scope};
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::parts::{Decided, Decision, PartState, Scored, StepContext, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "diffusion-gemma",
    help: "everything decided anew in every step until it stands still; for random words as noise",
    source: "DiffusionGemma",
    draw: &draw::COOLING,
    score: &score::ENTROPY,
    schedule: &ENTROPY_BOUND_RULE,
    select: &select::BEST,
    correct: &ANEW,
    next_token: None,
};

/// Mean entropy, in nats, below which a canvas that stands still is done.
const CONFIDENT: f64 = 0.005;

/// The rule.
pub static ANEW: Correct = Correct {
    name: "anew",
    help: "nothing that was written counts: all is decided again in every step (DiffusionGemma)",
    knobs: &[&STEPS.knob, &ENTROPY_BOUND.knob],
    state: Some(|| Box::<PassBefore>::default()),
    scope: Scope::Answer,
    revise: Some(anew),
    pending: |states, _| states.get::<PassBefore>().is_none_or(|before| !before.done),
    ..NONE
};

/// What the pass before came to.
#[derive(Clone, Debug, Default)]
struct PassBefore {
    /// The likeliest token of every position.
    likeliest: Vec<u32>,
    /// Whether everything was decided by it.
    done: bool,
}

impl PartState for PassBefore {
    fn update(&mut self, decided: &Decided<'_>) {
        self.likeliest = decided.scored.iter().map(|at| at.prediction.likeliest).collect();
        self.done = decided.decision.done;
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.likeliest[..])
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

fn anew(context: &StepContext<'_>, _: &[f64], decision: &mut Decision) {
    let likeliest = |at: &Scored| at.prediction.likeliest;
    let before = context.state::<PassBefore>().map_or(&[][..], |before| &before.likeliest);
    let still = before.iter().copied().eq(context.scored.iter().map(likeliest));
    let entropy: f64 = context.scored.iter().map(|at| at.prediction.entropy).sum();
    let confident = entropy / (context.scored.len().max(1) as f64) < CONFIDENT;
    let all = 0..context.scored.len();
    if context.is_last() || (still && confident) {
        decision.write = all.map(|index| (index, likeliest(&context.scored[index]))).collect();
        decision.remask = Vec::new();
        decision.done = true;
        return;
    }
    let everything: Vec<usize> = all.clone().collect();
    let kept = within_bound(context, &everything);
    decision.write =
        kept.iter().map(|index| (*index, context.scored[*index].prediction.token)).collect();
    let falls = |index: &usize| context.scored[*index].written() && !kept.contains(index);
    decision.remask = all.filter(falls).collect();
}
