//! One decision: score, schedule, select and correct, in that order.

use super::parts::{Decision, Quota, StepContext, score};

/// What becomes of the positions in scope.
pub(super) fn decide(context: &StepContext<'_>) -> Decision {
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
    let quota = if last {
        Quota::best(open.len())
    } else {
        (context.resolved.schedule.quota)(context, &open)
    };
    let chosen = (context.resolved.select.choose)(context, &open, quota);
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
