//! P2, self-planning: of the whole answer, written or not, the least sure are open after every step.
//!
//! After step i of S all positions are ranked together, a written one by the probability of the token that
//! stands there. The `floor(N (1 - kappa))` least sure are noise, with kappa = (i + 1) / S; the others
//! stand. So a token that has come to look wrong is remasked and found anew.
//!
//! Source: P2 (arXiv 2502.03540), its eta, which weighs written positions against open ones, at 1. The
//! reference code ranks written positions by a fresh draw instead of the standing token, and all by
//! probabilities after temperature; here it is the standing one, as in the paper, and raw probabilities.
//! Use it for quality: it repeats itself less. On screen words are struck out all the time, and the text argues with itself.

use crate::diffusion::draw;
use crate::diffusion::parts::correct::{BY_LEVELS, Correct};
use crate::diffusion::parts::{Decision, Progress, StepContext, schedule, score, select};
use crate::diffusion::sampler::Sampler;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "p2",
    help: "write, then remask the least sure of the whole answer, fewer each step (P2)",
    source: "P2, arXiv 2502.03540",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &schedule::LINEAR,
    select: &select::BEST,
    correct: &PLAN,
    next_token: None,
};

/// The rule.
pub static PLAN: Correct = Correct {
    name: "plan",
    help: "the least sure of the whole answer are open, fewer after every step (P2)",
    revise: Some(plan),
    pending: |_, at| open_after(at, at.total) > 0,
    ..BY_LEVELS
};

/// How many of `all` positions are open after the next step, by the linear fall of P2.
fn open_after(at: Progress, all: usize) -> usize {
    // In whole numbers: 1 - 0.9 is not 0.1.
    all * at.budget.saturating_sub(at.done + 1) / at.budget.max(1)
}

fn plan(context: &StepContext<'_>, scores: &[f64], decision: &mut Decision) {
    let all = context.scored.len();
    let (_, alpha_s) = context.alphas();
    let open = match context.resolved.schedule.name {
        "linear" => open_after(context.progress, all),
        _ if context.is_last() => 0,
        _ => (all as f64 * (1.0 - alpha_s) + 1e-9).floor() as usize,
    };
    let mut ranked: Vec<usize> = (0..all).collect();
    // Stable: of equal scores the left one comes first.
    ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let (stand, fall) = ranked.split_at(all - open.min(all));
    let token = |index: &usize| (*index, context.scored[*index].prediction.token);
    let written = |index: &&usize| context.scored[**index].written();
    decision.write = stand.iter().filter(|index| !written(index)).map(token).collect();
    decision.remask = fall.iter().filter(written).copied().collect();
}
