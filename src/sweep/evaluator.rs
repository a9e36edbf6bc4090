//! A model and a judge, ready to measure.

use std::time::Duration;

use super::plan::{ModelId, SweepPlan};
use super::record::rounded;
use crate::cancel::Cancel;
use crate::diffusion::approximate_cache::{CACHE, CacheKind};
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::{Segment, Session};
use crate::generation::generate;
use crate::knobs::Settings;
use crate::measurement::Measurement;
use crate::model::{Backbone, LanguageModel, NO_NEXT_TOKEN, PassLayout};
use crate::prompt::{Layout, Prompt};
use crate::quality::Judge;
use crate::tasks::{self, Task, exam};
use crate::{Error, Result};

/// Who writes, and who judges.
pub struct Evaluator {
    model: LanguageModel,
    judge: Judge,
}

impl Evaluator {
    /// `model` writes, `judge` judges.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn new(model: LanguageModel, judge: Judge) -> Result<Self> {
        let model = match tasks::of(model.config()) {
            Some(task) => exam::answering(model, task)?,
            None => model,
        };
        Ok(Self { model, judge })
    }

    /// A line on who judges whom.
    pub fn note(&self) -> String {
        self.judge.note(&[&self.model])
    }

    /// The task that the model was trained for.
    pub fn task(&self) -> Option<&'static dyn Task> {
        tasks::of(self.model.config())
    }

    /// Whether the model can write all texts of `plan` as `settings` say.
    ///
    /// # Errors
    /// Why not: parts that make no sense together, a sampler that this model was not trained for, or a
    /// canvas that does not fit its context.
    pub fn fits(&self, settings: &Settings, plan: &SweepPlan) -> Result<()> {
        let next_token = ResolvedSampler::of(settings).sampler.next_token.is_some();
        if next_token && !self.model.config().trained_on_next_token {
            return Err(Error::invalid(NO_NEXT_TOKEN));
        }
        // What does nothing would be measured twice under two names.
        let swept = plan.axes.iter().any(|axis| CACHE.is(axis.knob));
        if swept && settings.get(&CACHE) != CacheKind::Off && self.model.writes_blocks() {
            return Err(Error::invalid(
                "the cache of this model is exact, and an approximate one changes nothing (leave out --cache)",
            ));
        }
        for prompt in 0..plan.prompts.len() {
            let segments = self.segments(settings, plan, prompt)?;
            let (vocabulary, context) = (self.model.vocabulary(), self.model.context());
            Session::new(&segments, settings.clone(), vocabulary, context)?;
        }
        Ok(())
    }

    /// Writes one text of `plan`, from the `prompt`-th of its prompts on, and reads it: what it came to, and, where
    /// it answers a problem of the task, its scores.
    ///
    /// # Errors
    /// As [`generate`], or when the judge cannot read the text.
    pub fn measure(
        &mut self,
        settings: &Settings,
        plan: &SweepPlan,
        prompt: usize,
    ) -> Result<(Measurement, Vec<f64>)> {
        let segments = self.segments(settings, plan, prompt)?;
        let never = Cancel::never();
        let generation = generate(&mut self.model, &segments, settings, &never)?;
        let mut measurement = generation.judged(self.model.tokenizer(), &self.judge, &never)?;
        let quality = &mut measurement.quality;
        quality.nats = rounded(quality.nats);
        quality.unigram_nats = rounded(quality.unigram_nats);
        let micros = measurement.time.as_micros().try_into().unwrap_or(u64::MAX);
        measurement.time = Duration::from_micros(micros);
        let scores = match (self.task(), plan.problem(prompt)) {
            (Some(task), Some(problem)) => {
                let written = &generation.canvas.ids()[generation.answer.clone()];
                task.score(problem, &self.model.tokenizer().decode(written))
            }
            _ => Vec::new(),
        };
        Ok((measurement, scores.into_iter().map(rounded).collect()))
    }

    fn segments(
        &self,
        settings: &Settings,
        plan: &SweepPlan,
        prompt: usize,
    ) -> Result<Vec<Segment>> {
        match (self.task(), plan.problem(prompt)) {
            (Some(task), Some(problem)) => exam::segments(&self.model, task, problem),
            _ => {
                let text = plan.prompts[prompt].clone();
                Prompt::Text(text).segments(Layout::of(&self.model, settings))
            }
        }
    }
}

/// The model in `folder`, as a plan names it.
///
/// # Errors
/// When the network fails.
pub fn model_id(model: &LanguageModel, folder: Option<String>) -> Result<ModelId> {
    Ok(ModelId { folder, name: model.name().to_owned(), stamp: fingerprint(model)? })
}

/// What tells a model from any other, also from what training makes of it later in the same folder: its
/// size, and how large the logits are that it gives for its first few tokens.
fn fingerprint(model: &LanguageModel) -> Result<String> {
    let known = model.vocabulary().size.min(model.context()).min(8) as u32;
    let ids: Vec<u32> = (0..known).collect();
    let logits = model.raw_logits(&ids, PassLayout::bidirectional(ids.len()))?.into_data();
    let size: f64 = logits.iter().map(|logit| f64::from(logit.abs())).sum();
    Ok(format!(
        "{} weights, logits of {:.6}",
        model.weight_stats().weights,
        size / logits.len().max(1) as f64
    ))
}
