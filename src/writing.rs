//! A whole text in one go, and what it cost: what races and sweeps are made of.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Canvas, Segment, Session, StepOutcome};
use crate::knobs::Settings;
use crate::model::Denoiser;
use crate::summary::Tokens;

/// A text that is finished.
#[derive(Clone, Debug)]
pub struct Written {
    /// Network passes (NFE).
    pub passes: usize,
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
pub fn write(
    model: &mut dyn Denoiser,
    segments: &[Segment],
    settings: &Settings,
) -> Result<Written> {
    let settings = settings.clone();
    let mut session = Session::new(segments, settings, model.vocabulary(), model.context())?;
    model.forget();
    let began = Instant::now();
    let mut passes = 0;
    while let StepOutcome::Stepped(_) = session.step(model, &Cancel::never())? {
        passes += 1;
    }
    let time = began.elapsed();
    let canvas = session.canvas().clone();
    let answer = canvas.answer_until_end(model.vocabulary());
    Ok(Written { passes, tokens: Tokens::of(&canvas, model.vocabulary()), time, canvas, answer })
}
