//! What a sampler is made of: parts that can be mixed.
//!
//! - [`Draw`](super::draw::Draw): what token would stand here?
//! - [`Score`]: how much does a position deserve to be written?
//! - [`Schedule`]: how many are written now, and which of them for certain?
//! - [`Select`]: which ones?
//! - [`Correct`]: what is taken back, or written over?
//!
//! Each part is a value with a name, a line of help, the knobs that it uses, and a function. Parts
//! that several samplers share live here, the others in the file of their sampler. All that a part
//! knows is a [`Look`]; what it wants to know again in the next step is in the [`Memory`].

pub mod correct;
pub mod memory;
pub mod schedule;
pub mod score;
pub mod select;

use std::ops::Range;

pub use correct::{Correct, Scope};
pub use memory::Memory;
pub use schedule::{Demand, Levels, Progress, Schedule};
pub use score::Score;
pub use select::Select;

use super::draw::Guess;
use super::recipe::Recipe;
use super::rng::{Purpose, Stream};
use crate::knobs::{Knob, Settings};

/// A scored position and what the sampler knows of it.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Where.
    pub position: usize,
    /// What would be written.
    pub guess: Guess,
    /// What was written before, if it was, in the probabilities of now.
    pub standing: Option<Guess>,
    /// Whether it has to wait for all others (an end token that ranks last).
    pub last: bool,
    /// Probability of what stands here, read by a shadow that does not see it (WINO).
    pub shadow: Option<f64>,
}

impl Scored {
    /// Whether it is written already.
    pub fn written(&self) -> bool {
        self.standing.is_some()
    }

    /// What ranks it: what stands there, where something does.
    pub fn ranked_by(&self) -> &Guess {
        self.standing.as_ref().unwrap_or(&self.guess)
    }
}

/// Everything that a part is shown.
pub struct Look<'a> {
    /// The knobs.
    pub settings: &'a Settings,
    /// The parts.
    pub recipe: &'a Recipe,
    /// The positions in scope, ascending.
    pub scored: &'a [Scored],
    /// Where the run, or its block, stands.
    pub progress: Progress,
    /// The block that is being written; the whole answer for samplers that work on all of it.
    pub span: Range<usize>,
    /// Where all chance comes from.
    pub seed: u64,
    /// Counts from 0.
    pub step: usize,
    /// What was kept from the steps before.
    pub memory: &'a Memory,
}

impl Look<'_> {
    /// A uniform number in (0, 1) for `position`.
    pub fn chance(&self, purpose: Purpose, position: usize) -> f64 {
        Stream::new(self.seed, self.step, purpose, position).uniform()
    }

    /// A real knob; `default` where it is off or `auto`.
    pub fn real(&self, knob: &Knob, default: f64) -> f64 {
        self.settings.real(knob).unwrap_or(default)
    }

    /// Whether the budget is used up with this step.
    pub fn is_last(&self) -> bool {
        self.progress.is_last()
    }

    /// The shares of clean tokens that the schedule foresees before and after this step.
    pub fn alphas(&self) -> (f64, f64) {
        let levels = self.recipe.schedule.levels;
        let (t, s) = levels.map_or((1.0, 0.0), |levels| levels(self.settings, self.progress));
        match self.recipe.correct.alphas {
            Some(alphas) => alphas(t, s),
            None => (1.0 - t, 1.0 - s),
        }
    }
}

/// What a step does, as indices into the scored positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// To be written, with the token; over what stood there, where something did.
    pub write: Vec<(usize, u32)>,
    /// To be made noise again.
    pub take_back: Vec<usize>,
    /// Whether everything is decided now, so that no further pass is wanted.
    pub done: bool,
}
