//! The entropy-bounded sampler: as many positions as together leave little undecided.
//!
//! With the entropies sorted upwards, the longest run is taken for which their sum without the largest
//! is at most `entropy-bound` nats: an upper bound on how far the joint probability can be from the product
//! of the single ones. One in any case. The mask has no part in the probabilities, as in SGLang's code.
//!
//! Source: EB-Sampler (arXiv 2505.24857). Use it as a threshold with a meaning: the bound is the error
//! that you accept a step. On screen runs of sure words appear together, doubtful ones alone.

use crate::diffusion::draw;
use crate::diffusion::parts::{Demand, Look, Schedule, correct, score, select};
use crate::diffusion::recipe::Sampler;
use crate::knobs::{Applies, Kind, Knob, Value};

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
    next_token: false,
};

/// The error that is accepted a step.
pub static ENTROPY_BOUND: Knob = Knob {
    name: "entropy-bound",
    kind: Kind::Real { min: 0.0, max: 5.0, step: 0.1, default: Value::Real(0.1), off: None },
    unit: "nats",
    help: "how much the tokens written in one step may leave undecided together; higher is faster",
    applies: Applies::NextStep,
};

/// The rule.
pub static ENTROPY_BOUND_RULE: Schedule = Schedule {
    name: "entropy-bound",
    help: "as many as together leave little undecided (EB-Sampler)",
    knobs: &[&ENTROPY_BOUND],
    demand: |look, open| Demand::sure(within_bound(look, open)),
    levels: None,
    watches: false,
};

/// Those of `among` that are together within the bound, least entropy first.
pub fn within_bound(look: &Look<'_>, among: &[usize]) -> Vec<usize> {
    let bound = look.real(&ENTROPY_BOUND, 0.1);
    let entropy = |index: &usize| look.scored[*index].guess.entropy;
    let mut sorted: Vec<usize> =
        among.iter().copied().filter(|index| !look.scored[*index].last).collect();
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
