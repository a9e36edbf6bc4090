//! Which positions are written.

use super::{Quota, Scored, StepContext};
use crate::rng::Purpose;

/// The part of a sampler that chooses.
pub struct Select {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Chooses among the open positions, best first, as indices into the scored ones.
    pub choose: fn(&StepContext<'_>, &[usize], Quota) -> Vec<usize>,
    /// Whether it goes by noise levels, which not every schedule has.
    pub needs_levels: bool,
}

/// The sure ones, and the best of the others.
pub static BEST: Select = Select {
    name: "best",
    help: "the best of the open positions, as many as the schedule says",
    choose: |_, open, quota| {
        let (sure, rest): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|index| quota.sure.contains(index));
        let count = sure.len().max(quota.least).min(quota.most);
        sure.into_iter().chain(rest).take(count).collect()
    },
    needs_levels: false,
};

/// Each on its own, with the probability that the reverse process gives it (D3PM, arXiv 2107.03006;
/// MDLM, arXiv 2406.07524; Dream's `origin`).
pub static CHANCE: Select = Select {
    name: "chance",
    help: "each open position on its own, with the probability of the noise levels (MDLM)",
    choose: |context, open, _| {
        let reveal = |index: &usize| {
            let at = &context.scored[*index];
            let waits = at.last && !context.is_last();
            !waits && context.chance(Purpose::Order, at.position) < reveal_probability(context, at)
        };
        open.iter().copied().filter(reveal).collect()
    },
    needs_levels: true,
};

/// ReMDM's `(alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t)` (arXiv 2503.00307), which without taking
/// back, at sigma 0, is MDLM's `(t - s) / t`.
pub fn reveal_probability(context: &StepContext<'_>, at: &Scored) -> f64 {
    if context.is_last() {
        return 1.0;
    }
    let (alpha_t, alpha_s) = context.alphas();
    let sigma = context.resolved.correct.sigma.map_or(0.0, |sigma| sigma(context, at));
    ((alpha_s - (1.0 - sigma) * alpha_t) / (1.0 - alpha_t)).clamp(0.0, 1.0)
}
