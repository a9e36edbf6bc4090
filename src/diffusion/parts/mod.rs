//! What a sampler is made of: parts that can be mixed.
//!
//! - [`Draw`](super::draw::Draw): what token would stand here?
//! - [`Score`]: how much does a position deserve to be written?
//! - [`Schedule`]: how many are written now, and which of them for certain?
//! - [`Select`]: which ones?
//! - [`Correct`]: what is remasked, or written over?
//!
//! Each part is a value with a name, a line of help, the knobs that it uses, and a function. Parts
//! that several samplers share live here, the others in the file of their sampler. All that a part
//! knows is a [`StepContext`]; what it wants to know again in the next step it keeps in a [`PartState`].

pub mod correct;
pub mod schedule;
pub mod score;
pub mod select;
pub mod state;

use std::ops::Range;

pub use correct::{Correct, Scope};
pub use schedule::{Levels, Progress, Quota, Schedule};
pub use score::Score;
pub use select::Select;
pub use state::{Decided, NewState, Observed, PartState, PartStates};

use super::resolved::ResolvedSampler;
use crate::knobs::{FromValue, Typed};
use crate::model::Prediction;
use crate::rng::{Purpose, Stream};

/// A scored position and what the sampler knows of it.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Where.
    pub position: usize,
    /// What would be written.
    pub prediction: Prediction,
    /// What was written before, if it was, in the probabilities of now.
    pub current: Option<Prediction>,
    /// Whether it has to wait for all others (an end token that ranks last).
    pub last: bool,
    /// Probability of what stands here, read by a shadow that does not see it (WINO).
    pub shadow: Option<f64>,
}

impl Scored {
    /// Whether it is written already.
    pub fn written(&self) -> bool {
        self.current.is_some()
    }

    /// What ranks it: what stands there, where something does.
    pub fn ranked_by(&self) -> &Prediction {
        self.current.as_ref().unwrap_or(&self.prediction)
    }
}

/// Everything that a part is shown.
pub struct StepContext<'a> {
    /// The parts, and the knobs that they read.
    pub resolved: &'a ResolvedSampler,
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
    /// What parts kept from the steps before.
    pub states: &'a PartStates,
}

impl StepContext<'_> {
    /// A uniform number in (0, 1) for `position`.
    pub fn chance(&self, purpose: Purpose, position: usize) -> f64 {
        Stream::new(self.seed, self.step, purpose, position).uniform()
    }

    /// What `knob` holds.
    pub fn get<T: FromValue>(&self, knob: &'static Typed<T>) -> T {
        self.resolved.get(knob)
    }

    /// What `knob` holds; where it is off, what the parts take in its place.
    pub fn or_default(&self, knob: &'static Typed<Option<f64>>) -> f64 {
        self.resolved.or_default(knob)
    }

    /// Whether the budget is used up with this step.
    pub fn is_last(&self) -> bool {
        self.progress.is_last()
    }

    /// The shares of clean tokens that the schedule foresees before and after this step.
    pub fn alphas(&self) -> (f64, f64) {
        let levels = self.resolved.schedule.levels;
        let (t, s) = levels.map_or((1.0, 0.0), |levels| levels(self.resolved, self.progress));
        match self.resolved.correct.alphas {
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
    pub remask: Vec<usize>,
    /// Whether everything is decided now, so that no further pass is wanted.
    pub done: bool,
}
