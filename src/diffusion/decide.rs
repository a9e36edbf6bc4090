//! One decision: score, schedule, select and correct, in that order.

use super::parts::{Decision, Demand, Look, score};

/// What becomes of the positions in scope.
pub(super) fn decide(look: &Look<'_>) -> Decision {
    let scores: Vec<f64> = look
        .scored
        .iter()
        .map(|at| {
            let score = if at.last && !at.written() {
                f64::NEG_INFINITY
            } else {
                (look.recipe.score.of)(look, at)
            };
            score::loosen(look.settings, score, at.position, look.seed, look.step)
        })
        .collect();
    let mut open: Vec<usize> =
        (0..look.scored.len()).filter(|index| !look.scored[*index].written()).collect();
    // Stable: of equal scores the left one comes first.
    open.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let last = look.is_last() && look.recipe.goes_by_budget();
    let demand =
        if last { Demand::best(open.len()) } else { (look.recipe.schedule.demand)(look, &open) };
    let chosen = (look.recipe.select.choose)(look, &open, demand);
    let write = chosen.into_iter().map(|index| (index, look.scored[index].guess.token));
    let mut decision = Decision { write: write.collect(), ..Decision::default() };
    if let Some(revise) = look.recipe.correct.revise {
        revise(look, &scores, &mut decision);
    }
    if last {
        // A budget is a promise: what falls now would stay open.
        decision.take_back.clear();
    }
    decision
}
