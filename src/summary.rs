//! What a run cost, in the field's terms.

use std::time::Duration;

use crate::diffusion::{Canvas, Step};
use crate::model::Vocabulary;

/// Adds steps up. Only the model's own time counts, not the time between steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Network passes made (NFE). A guided pass over two canvases is one pass.
    pub passes: usize,
    /// Time in the network.
    pub forward: Duration,
    /// Time in the sampler.
    pub sampling: Duration,
}

impl Cost {
    /// Counts one more step.
    pub fn add(&mut self, step: &Step) {
        self.passes += 1;
        self.forward += step.forward;
        self.sampling += step.sampling;
    }

    /// Seconds of model time, network and sampler.
    pub fn seconds(&self) -> f64 {
        (self.forward + self.sampling).as_secs_f64()
    }

    /// `count` a second of model time; 0 before any time has passed.
    pub fn per_second(&self, count: usize) -> f64 {
        let seconds = self.seconds();
        if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
    }

    /// Milliseconds a pass; 0 before the first.
    pub fn milliseconds_per_pass(&self) -> f64 {
        self.seconds() * 1e3 / self.passes.max(1) as f64
    }
}

/// The tokens of an answer, and how many of them count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tokens {
    /// Before the first end token: what a reader gets.
    pub emitted: usize,
    /// Written on the whole canvas, padding behind the end among them.
    pub canvas: usize,
}

impl Tokens {
    /// Counts the answer on `canvas`.
    pub fn of(canvas: &Canvas, vocabulary: &Vocabulary) -> Self {
        let end = canvas.text_end(vocabulary);
        let counts = |at: &usize| *at < end && !vocabulary.is_eos(canvas.ids()[*at]);
        Self { emitted: canvas.answer().filter(counts).count(), canvas: canvas.answer().count() }
    }
}
