//! What a sampler keeps from one step to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Decision, Look};

/// Kept between steps, by position on the canvas. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Probability that each token had when it was written (ReMDM's conf).
    pub written_at: BTreeMap<usize, f64>,
    /// Probabilities of the pass before (KLASS).
    pub probabilities: BTreeMap<usize, Arc<[f32]>>,
    /// How far they have moved since, in nats (KLASS).
    pub divergence: BTreeMap<usize, f64>,
    /// In how many passes running that was next to nothing (KLASS).
    pub quiet: BTreeMap<usize, usize>,
    /// What tokens have been given credit for at each position (CreditDecoding).
    pub credit: BTreeMap<usize, Vec<(u32, f64)>>,
    /// How many positions the step before wrote; `None` in the first of a block (WINO).
    pub last_written: Option<usize>,
    /// The likeliest token of every position in the pass before (DiffusionGemma).
    pub likeliest: Vec<u32>,
    /// Passes since the last open position of the block was written.
    pub passes_since_full: usize,
    /// Whether the step before changed anything.
    pub changed: bool,
    /// Whether a step said that everything is decided.
    pub done: bool,
}

impl Memory {
    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        /// Of an entry of a map, beside what it holds.
        const ENTRY: usize = 32;
        let rows = self.probabilities.values();
        let rows: usize = rows.map(|row| ENTRY + size_of_val(&**row)).sum();
        let credit: usize = self.credit.values().map(|all| ENTRY + size_of_val(&all[..])).sum();
        let maps = self.written_at.len() + self.divergence.len() + self.quiet.len();
        rows + credit + maps * ENTRY + size_of_val(&self.likeliest[..])
    }

    /// Forgets what belongs to the block that was finished.
    pub fn begin_block(&mut self) {
        self.last_written = None;
        self.passes_since_full = 0;
        self.changed = true;
    }

    /// Takes in what a step decided.
    pub(crate) fn learn(&mut self, look: &Look<'_>, decision: &Decision, open_after: usize) {
        for (index, _) in &decision.write {
            let at = &look.scored[*index];
            self.written_at.insert(at.position, at.guess.confidence);
        }
        for index in &decision.take_back {
            self.written_at.remove(&look.scored[*index].position);
        }
        self.last_written = Some(decision.write.len());
        self.changed = !decision.write.is_empty() || !decision.take_back.is_empty();
        let was_full = look.progress.open == 0;
        self.passes_since_full = if open_after > 0 {
            0
        } else if was_full {
            self.passes_since_full + 1
        } else {
            0
        };
        self.likeliest = look.scored.iter().map(|at| at.guess.likeliest).collect();
        self.done = decision.done;
    }
}
