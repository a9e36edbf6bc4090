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

use crate::Result;
use crate::diffusion::draw;
use crate::diffusion::parts::schedule::{STEPS, TAU};
use crate::diffusion::parts::{
    Observed, PartState, Progress, Quota, Schedule, correct, score, select,
};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};
use crate::model::Logits;
use crate::model::logits::Distributions;

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
    next_token: None,
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
struct Stability {
    /// What the pass before said, a row for each of `rows`.
    before: Option<Arc<dyn Distributions>>,
    /// The row of a position in it.
    rows: BTreeMap<usize, usize>,
    /// Passes running in which a position hardly moved; none where it is not named.
    quiet: BTreeMap<usize, usize>,
}

impl Stability {
    fn quiet_passes(&self, position: usize) -> usize {
        self.quiet.get(&position).copied().unwrap_or(0)
    }
}

impl PartState for Stability {
    fn observe(&mut self, seen: &Observed<'_>, logits: &mut dyn Logits) -> Result<()> {
        let limit = seen.resolved.get(&KL_THRESHOLD);
        let now = logits.distributions(0..seen.positions.len())?;
        let rows: BTreeMap<usize, usize> =
            seen.positions.iter().enumerate().map(|(row, position)| (*position, row)).collect();
        // Positions that both passes looked at, with their rows now and before.
        let both: Vec<(usize, (usize, usize))> = rows
            .iter()
            .filter_map(|(position, row)| Some((*position, (*row, *self.rows.get(position)?))))
            .collect();
        let mut quiet = BTreeMap::new();
        if let Some(before) = &self.before {
            let pairs: Vec<(usize, usize)> = both.iter().map(|(_, rows)| *rows).collect();
            let moved = now.divergences(&**before, &pairs)?;
            let still = both.iter().zip(moved).filter(|(_, moved)| *moved < limit);
            quiet.extend(still.map(|((at, _), _)| (*at, self.quiet_passes(*at) + 1)));
        }
        *self = Self { before: Some(now), rows, quiet };
        Ok(())
    }

    fn bytes(&self) -> usize {
        /// Of an entry of a map, about.
        const ENTRY: usize = 3 * size_of::<usize>();
        let distributions = self.before.as_ref().map_or(0, |before| before.bytes());
        distributions + ENTRY * (self.rows.len() + self.quiet.len())
    }

    fn forget(&mut self, position: usize) {
        self.rows.remove(&position);
        self.quiet.remove(&position);
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}
