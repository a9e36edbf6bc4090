//! One decision: score, schedule, select and correct, in that order.

use super::block::BlockInFlight;
use super::parts::schedule::{TAU, surer_than};
use super::parts::{Decision, Quota, StepContext, score};

/// How sure a token of a semi-active block must be where `threshold` is off (D2F's generate code).
const SURE: f64 = 0.9;

/// What becomes of the positions in scope, which are those of `blocks`.
pub(super) fn decide(context: &StepContext<'_>, blocks: &[BlockInFlight]) -> Decision {
    let scores: Vec<f64> = context
        .scored
        .iter()
        .map(|at| {
            let score = if at.last && !at.written() {
                f64::NEG_INFINITY
            } else {
                (context.resolved.score.of)(context, at)
            };
            score::loosen(context, score, at.position)
        })
        .collect();
    let mut open: Vec<usize> =
        (0..context.scored.len()).filter(|index| !context.scored[*index].written()).collect();
    // Stable: of equal scores the left one comes first.
    open.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let last = context.is_last() && context.resolved.goes_by_budget();
    let mut chosen = Vec::new();
    for block in blocks {
        let inside = |index: &usize| block.span.contains(&context.scored[*index].position);
        let open: Vec<usize> = open.iter().copied().filter(inside).collect();
        chosen.extend(if block.fully_active {
            // Parts look at one block at a time.
            let context = &StepContext { span: block.span.clone(), ..*context };
            let quota = if last {
                Quota::best(open.len())
            } else {
                (context.resolved.schedule.quota)(context, &open)
            };
            (context.resolved.select.choose)(context, &open, quota)
        } else {
            surer_than(context, &open, context.get(&TAU).unwrap_or(SURE))
        });
    }
    let write = chosen.into_iter().map(|index| (index, context.scored[index].prediction.token));
    let mut decision = Decision { write: write.collect(), ..Decision::default() };
    if let Some(revise) = context.resolved.correct.revise {
        revise(context, &scores, &mut decision);
    }
    if last {
        // A budget is a promise: what falls now would stay open.
        decision.remask.clear();
    }
    decision
}
