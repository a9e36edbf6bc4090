//! A model and a judge, ready to measure.

use std::time::Duration;

use super::plan::Subject;
use super::record::{Measured, rounded};
use crate::cancel::Cancel;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::recipe::Recipe;
use crate::diffusion::{Segment, Session};
use crate::knobs::Settings;
use crate::model::{Denoiser, LanguageModel, NO_NEXT_TOKEN, PassLayout};
use crate::prompt::{Layout, Prompt};
use crate::quality::Judge;
use crate::writing::write;
use crate::{Error, Result};

/// Who writes, and who judges.
pub struct Bench {
    model: LanguageModel,
    judge: Judge,
}

impl Bench {
    /// `model` writes, `judge` judges.
    pub fn new(model: LanguageModel, judge: Judge) -> Self {
        Self { model, judge }
    }

    /// A line on who judges whom.
    pub fn note(&self) -> String {
        self.judge.note(&[&self.model])
    }

    /// Whether the model can write all of `prompts` as `settings` say.
    ///
    /// # Errors
    /// Why not: parts that make no sense together, a sampler that this model was not trained for, or a
    /// canvas that does not fit its context.
    pub fn fits(&self, settings: &Settings, prompts: &[String]) -> Result<()> {
        let next_token = Recipe::of(settings).sampler.next_token;
        if next_token && !self.model.config().trained_on_next_token {
            return Err(Error::invalid(NO_NEXT_TOKEN));
        }
        for prompt in prompts {
            let segments = self.segments(settings, prompt)?;
            let (vocabulary, context) = (self.model.vocabulary(), self.model.context());
            Session::new(&segments, settings.clone(), vocabulary, context)?;
        }
        Ok(())
    }

    /// Writes one text and reads it.
    ///
    /// # Errors
    /// As [`write()`], or when the judge cannot read the text.
    pub fn measure(&mut self, settings: &Settings, prompt: &str) -> Result<Measured> {
        let segments = self.segments(settings, prompt)?;
        let written = write(&mut self.model, &segments, settings)?;
        let ids = written.canvas.ids();
        let mut quality =
            self.judge.read(self.model.tokenizer(), ids, written.answer, &Cancel::never())?;
        quality.nats = rounded(quality.nats);
        Ok(Measured {
            passes: written.passes,
            tokens: written.tokens.emitted,
            canvas_tokens: written.tokens.canvas,
            quality,
            time: Duration::from_micros(written.time.as_micros().try_into().unwrap_or(u64::MAX)),
        })
    }

    fn segments(&self, settings: &Settings, prompt: &str) -> Result<Vec<Segment>> {
        Prompt::Text(prompt.to_owned()).segments(Layout {
            tokenizer: self.model.tokenizer(),
            bos: self.model.config().bos_id,
            mask: self.model.vocabulary().mask,
            canvas: settings.count(&CANVAS).unwrap_or(1),
        })
    }
}

/// The model in `folder`, as a plan names it.
///
/// # Errors
/// When the network fails.
pub fn subject(model: &LanguageModel, folder: Option<String>) -> Result<Subject> {
    Ok(Subject { folder, name: model.name().to_owned(), stamp: stamp(model)? })
}

/// What tells a model from any other, also from what training makes of it later in the same folder: its
/// size, and how large the logits are that it gives for its first few tokens.
fn stamp(model: &LanguageModel) -> Result<String> {
    let known = model.vocabulary().size.min(model.context()).min(8) as u32;
    let ids: Vec<u32> = (0..known).collect();
    let logits = model.raw_logits(&ids, PassLayout::bidirectional(ids.len()))?.into_vec();
    let size: f64 = logits.iter().map(|logit| f64::from(logit.abs())).sum();
    Ok(format!(
        "{} weights, logits of {:.6}",
        model.footprint().weights,
        size / logits.len().max(1) as f64
    ))
}
