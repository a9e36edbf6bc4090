//! What one network pass did.

use std::ops::Range;
use std::time::Duration;

use super::approximate_cache::CachedPass;
use crate::knobs::Value;
use crate::model::Candidate;
use crate::protocol::{knob_values, milliseconds, nullable};

/// What became of a position in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenOutcome {
    /// Still noise; the prediction is what would be written.
    Draft,
    /// Written now.
    Written,
    /// Written before, and written over now.
    Overwritten,
    /// Written before, and it stays.
    Kept,
    /// Written before, and now noise again.
    Remasked,
    /// Drafted before, and behind a draft that was not kept: still noise; the prediction is the draft that fell.
    Refused,
}

/// A position that was scored in a step.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PositionUpdate {
    /// Where.
    pub position: usize,
    /// The id that stood there.
    pub old: u32,
    /// The id that stands there now.
    pub new: u32,
    /// What happened.
    pub outcome: TokenOutcome,
    /// What the sampler drew here; for a written position, what stands there.
    pub prediction: u32,
    /// Probability of the prediction; NaN where nobody asked ([`Session::unobserved`](super::Session::unobserved)).
    #[serde(with = "nullable")]
    pub confidence: f32,
    /// In nats; NaN as above.
    #[serde(with = "nullable")]
    pub entropy: f32,
    /// The likeliest tokens, best first.
    pub candidates: Vec<Candidate>,
}

/// One denoising step: one network pass, and what was made of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// Counts from 0.
    pub index: usize,
    /// Share of the answer that is noise after the step, 1 to 0.
    pub noise_level: f64,
    /// Positions that are noise after the step.
    pub open: usize,
    /// The block that was open for writing.
    pub block: Range<usize>,
    /// Every position that was scored, ascending.
    pub updates: Vec<PositionUpdate>,
    /// Knobs whose value was first used in this step.
    #[serde(default, with = "knob_values::turned", skip_serializing_if = "Vec::is_empty")]
    pub turned: Vec<(&'static str, Value)>,
    /// Steps that the settings foresee in all, as far as can be told.
    pub planned: usize,
    /// Positions that the pass read ([`Backbone::positions_read`](crate::model::Backbone::positions_read)).
    #[serde(default)]
    pub positions_read: usize,
    /// What was read of the text and what was taken from an earlier pass, where an approximate cache is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<CachedPass>,
    /// Time in the network.
    #[serde(default, rename = "forward_ms", with = "milliseconds")]
    pub forward: Duration,
    /// Time in the sampler.
    #[serde(default, rename = "sampling_ms", with = "milliseconds")]
    pub sampling: Duration,
}

impl Step {
    /// How many positions came to `outcome`.
    pub fn count(&self, outcome: TokenOutcome) -> usize {
        self.updates.iter().filter(|c| c.outcome == outcome).count()
    }

    /// Mean entropy of the positions that were noise, in nats; 0 where there was none.
    pub fn mean_entropy(&self) -> f32 {
        let (sum, count) = self
            .updates
            .iter()
            .filter(|c| matches!(c.outcome, TokenOutcome::Draft | TokenOutcome::Written))
            .fold((0.0, 0), |(sum, n), c| (sum + c.entropy, n + 1));
        if count == 0 { 0.0 } else { sum / count as f32 }
    }

    /// Time of the whole step.
    pub fn time(&self) -> Duration {
        self.forward + self.sampling
    }
}
