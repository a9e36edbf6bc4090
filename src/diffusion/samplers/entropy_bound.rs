//! The entropy-bounded sampler: as many positions as together leave little undecided.
//!
//! With the entropies sorted upwards, the longest run is taken for which their sum without the largest
//! is at most `entropy-bound` nats: an upper bound on how far the joint probability can be from the product
//! of the single ones. One in any case. The mask has no part in the probabilities, as in SGLang's code, and
//! neither have ids that the tokenizer does not know.
//!
//! Source: EB-Sampler (arXiv 2505.24857). Use it as a threshold with a meaning: the bound is the error
//! that you accept a step. On screen runs of sure words appear together, doubtful ones alone.

use crate::diffusion::draw;
use crate::diffusion::parts::{Quota, Schedule, StepContext, correct, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "entropy-bound",
    help: "as many tokens as together leave little undecided (EB-Sampler)",
    source: "EB-Sampler, arXiv 2505.24857",
    draw: &draw::GUMBEL_DRAWABLE,
    score: &score::ENTROPY,
    schedule: &ENTROPY_BOUND_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

/// The error that is accepted a step.
pub static ENTROPY_BOUND: Typed<f64> = Typed::real(
    "entropy-bound",
    Reals { min: 0.0, max: 5.0, step: 0.1 },
    0.1,
    "how much the tokens written in one step may leave undecided together; higher is faster",
)
.unit("nats");

/// The rule.
pub static ENTROPY_BOUND_RULE: Schedule = Schedule {
    name: "entropy-bound",
    help: "as many as together leave little undecided (EB-Sampler)",
    knobs: &[&ENTROPY_BOUND.knob],
    defaults: &[],
    state: None,
    quota: |context, open| Quota::sure(within_bound(context, open)),
    levels: None,
    observes_all: false,
};

/// Those of `among` that are together within the bound, least entropy first.
pub fn within_bound(context: &StepContext<'_>, among: &[usize]) -> Vec<usize> {
    let bound = context.get(&ENTROPY_BOUND);
    let entropy = |index: &usize| context.scored[*index].prediction.entropy;
    let mut sorted: Vec<usize> =
        among.iter().copied().filter(|index| !context.scored[*index].last).collect();
    sorted.sort_by(|a, b| entropy(a).total_cmp(&entropy(b)));
    let mut before = 0.0;
    sorted
        .into_iter()
        .take_while(|index| {
            // Sorted upwards, so the largest is the one that comes last.
            let within = before <= bound;
            before += entropy(index);
            within
        })
        .collect()
}
