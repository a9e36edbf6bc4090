//! KLASS: write what is sure and has stopped changing.
//!
//! A position is stable when its confidence is above `threshold` (0.9) and the KL divergence of its distribution
//! from those of the pass before, `KL(p_now || p_before)`, was below `kl-threshold` (0.01) in two passes
//! running. All stable positions are written; where there is none, as many of the surest as the
//! linear schedule said for this step when the block began. The last step of a block writes all that is open,
//! where the reference may leave masks; and blocks share the steps that are left, where it gives each the
//! same number.
//!
//! Source: KLASS (arXiv 2511.05664). Use it to go fast with fewer slips than a bare threshold: early
//! certainty that is about to change its mind is not believed. On screen two quiet steps come first,
//! then long stretches settle together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diffusion::draw;
use crate::diffusion::parts::schedule::{STEPS, TAU};
use crate::diffusion::parts::{
    Observed, PartState, Progress, Quota, Schedule, correct, score, select,
};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};
use crate::model::ops::Softmax;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "klass",
    help: "write what is sure and has stopped changing (KLASS)",
    source: "KLASS, arXiv 2511.05664",
    draw: &draw::GUMBEL,
    score: &score::CONFIDENCE,
    schedule: &KLASS_RULE,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: false,
};

/// How little is "no more change".
pub static KL_THRESHOLD: Typed<f64> = Typed::real(
    "kl-threshold",
    Reals { min: 0.0, max: 1.0, step: 0.01 },
    0.01,
    "a position counts as settled when its probabilities change by less than this",
)
.unit("nats");

/// Passes in a row that the probabilities have to be quiet for.
pub const HISTORY: usize = 2;

/// The rule.
pub static KLASS_RULE: Schedule = Schedule {
    name: "stable",
    help: "every sure token whose probabilities have stopped changing (KLASS)",
    knobs: &[&STEPS.knob, &TAU.knob, &KL_THRESHOLD.knob],
    defaults: &[(&TAU.knob, 0.9)],
    state: Some(|| Box::<Stability>::default()),
    observes_all: true,
    quota: |context, open| {
        let tau = context.or_default(&TAU);
        let stability = context.state::<Stability>();
        let stable = |index: &usize| {
            let at = &context.scored[*index];
            let quiet = stability.map_or(0, |stability| stability.quiet_passes(at.position));
            !at.last && at.prediction.confidence > tau && quiet >= HISTORY
        };
        let sure: Vec<usize> = open.iter().copied().filter(stable).collect();
        // The reference looks at no history before the second step of a block.
        if sure.is_empty() || context.progress.done + 1 < HISTORY {
            // LLaDA's m div S, and one more in the first m mod S steps, of the noise that there was at first.
            let Progress { done, budget, open_at_begin, .. } = context.progress;
            let budget = budget.max(1);
            let planned = open_at_begin / budget + usize::from(done < open_at_begin % budget);
            return Quota::best(planned.max(1));
        }
        Quota::sure(sure)
    },
    levels: None,
};

/// How far the probabilities of open positions move from pass to pass.
#[derive(Clone, Debug, Default)]
struct Stability(BTreeMap<usize, Seen>);

/// What the pass before said of a position.
#[derive(Clone, Debug)]
struct Seen {
    probabilities: Arc<[f32]>,
    /// Passes running in which they hardly moved.
    quiet: usize,
}

impl Stability {
    fn quiet_passes(&self, position: usize) -> usize {
        self.0.get(&position).map_or(0, |seen| seen.quiet)
    }
}

impl PartState for Stability {
    fn observe(&mut self, seen: &Observed<'_>, rows: &mut [&mut [f32]]) {
        // The pass before said nothing of what it did not look at.
        self.0.retain(|position, _| seen.positions.binary_search(position).is_ok());
        let limit = seen.resolved.get(&KL_THRESHOLD);
        for (position, row) in seen.positions.iter().zip(rows) {
            let probabilities: Arc<[f32]> = Softmax::of(row).probabilities(row).into();
            let quiet = self.0.get(position).map_or(0, |before| {
                let moved = divergence(&probabilities, &before.probabilities);
                if moved < limit { before.quiet + 1 } else { 0 }
            });
            self.0.insert(*position, Seen { probabilities, quiet });
        }
    }

    fn bytes(&self) -> usize {
        let rows = self.0.values().map(|seen| size_of_val(&*seen.probabilities));
        rows.map(|row| row + 64).sum()
    }

    fn forget(&mut self, position: usize) {
        self.0.remove(&position);
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

/// `KL(now || before)` in nats, with 1e-12 beside every probability, as the reference has it.
fn divergence(now: &[f32], before: &[f32]) -> f64 {
    const FLOOR: f64 = 1e-12;
    let pairs = now.iter().zip(before).filter(|(now, _)| **now > 0.0);
    pairs
        .map(|(now, before)| {
            let (now, before) = (f64::from(*now), f64::from(*before));
            now * ((now + FLOOR).ln() - (before + FLOOR).ln())
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn softmax(row: &[f32]) -> Vec<f32> {
        Softmax::of(row).probabilities(row)
    }

    #[test]
    fn divergence_is_that_of_the_definition() {
        let (p, q) = (softmax(&[0.0, 1.0, 2.0]), softmax(&[2.0, 1.0, 0.0]));
        let expected: f64 = p
            .iter()
            .zip(q.iter())
            .map(|(p, q)| f64::from(*p) * (f64::from(*p) / f64::from(*q)).ln())
            .sum();
        assert!((divergence(&p, &q) - expected).abs() < 1e-6, "{p:?} {q:?}");
        assert!(divergence(&p, &p).abs() < 1e-12);
    }
}
