//! A whole text in one go, and what it took: what races, sweeps and samples are made of.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Canvas, Segment, Session, StepOutcome};
use crate::knobs::Settings;
use crate::measurement::Measurement;
use crate::model::{Backbone, Tokenizer};
use crate::quality::Judge;
use crate::summary::Tokens;

/// A text that is finished.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Network passes (NFE), and of each the positions that it read.
    pub passes: Vec<usize>,
    /// Tokens, and those before the first end token, which alone count.
    pub tokens: Tokens,
    /// From the first pass to the end of the last.
    pub time: Duration,
    /// The text, its beginning included.
    pub canvas: Canvas,
    /// Where in it the answer stands, up to the first end token.
    pub answer: Range<usize>,
}

/// Writes what `segments` leave open, as `settings` say. The same seed writes the same text every time,
/// and nothing that was read for an earlier text is of any use to this one.
///
/// # Errors
/// As [`Session::new`] and [`Session::step`].
pub fn generate(
    model: &mut dyn Backbone,
    segments: &[Segment],
    settings: &Settings,
    cancel: &Cancel,
) -> Result<Generation> {
    let settings = settings.clone();
    let mut session =
        Session::new(segments, settings, model.vocabulary(), model.context())?.unobserved();
    model.reset_cache();
    let began = Instant::now();
    let mut passes = Vec::new();
    while let StepOutcome::Stepped(step) = session.step(model, cancel)? {
        passes.push(step.positions_read);
    }
    let time = began.elapsed();
    let canvas = session.canvas().clone();
    let answer = canvas.answer_until_end(model.vocabulary());
    let tokens = Tokens::of(&canvas, model.vocabulary());
    Ok(Generation { passes, tokens, time, canvas, answer })
}

impl Generation {
    /// What it came to, read by `judge`; `tokenizer` is the writer's.
    ///
    /// # Errors
    /// As [`Judge::read`].
    pub fn judged(
        &self,
        tokenizer: &Tokenizer,
        judge: &Judge,
        cancel: &Cancel,
    ) -> Result<Measurement> {
        let ids = self.canvas.ids();
        let quality = judge.read(tokenizer, ids, self.answer.clone(), cancel)?;
        Ok(Measurement {
            texts: 1,
            passes: self.passes.len(),
            tokens: self.tokens.emitted,
            canvas_tokens: self.tokens.canvas,
            time: self.time,
            quality,
        })
    }

    /// The beginning and the answer, up to the first end token.
    pub fn text(&self, tokenizer: &Tokenizer) -> String {
        tokenizer.decode(&self.canvas.ids()[..self.answer.end])
    }
}
