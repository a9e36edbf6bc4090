//! Who writes against whom, and who judges: the same flags for the race and the playground.

use std::path::PathBuf;
use std::sync::Arc;

use super::ModelSource;
use crate::diffusion::Segment;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::recipe::{self, SAMPLER};
use crate::engine::{About, Loaded};
use crate::knobs::Settings;
use crate::model::{Denoiser, LanguageModel, Threads};
use crate::prompt::{Layout, Prompt};
use crate::quality::Judge;
use crate::race::{self, Heat, Lane, Writer};
use crate::{Error, Result};

/// The models beside the first.
#[derive(Clone, clap::Args)]
pub struct Rivals {
    /// A model folder for the other lane; the same model if absent
    #[arg(long, value_name = "DIR", help_heading = "Race")]
    against: Option<PathBuf>,
    /// The folder of an autoregressive model that judges the texts; the bundled model if absent
    #[arg(long, value_name = "DIR", help_heading = "Race")]
    judge: Option<PathBuf>,
}

/// One lane, ready to write.
pub(super) struct Entry {
    writer: Writer,
    bos: Option<u32>,
    mask: u32,
    settings: Settings,
    pub lane: Lane,
}

/// Both lanes and the judge.
pub(super) struct Lineup {
    pub entries: [Entry; 2],
    pub judge: Judge,
    /// Who judges whom.
    pub note: String,
    /// What the networks run on.
    pub threads: Threads,
}

impl Rivals {
    /// The model of the other lane, where it is another one.
    pub(super) fn other(&self, source: &ModelSource) -> Result<Option<LanguageModel>> {
        let load = |folder: &PathBuf| source.of(Some(folder.clone())).load();
        self.against.as_ref().map(load).transpose()
    }

    /// The judge. `writer` is one of those that may be it: its weights need not be loaded twice.
    pub(super) fn judge(&self, source: &ModelSource, writer: &LanguageModel) -> Result<Judge> {
        match &self.judge {
            None if writer.is_bundled() => Judge::new(writer.share()),
            folder => Judge::new(source.of(folder.clone()).load()?),
        }
    }

    /// All models and the judge, for the playground.
    pub(super) fn loaded(&self, source: &ModelSource) -> Result<Loaded> {
        let model = source.load()?;
        let judge = self.judge(source, &model)?;
        let other = self.other(source)?;
        let models: Vec<LanguageModel> = std::iter::once(model).chain(other).collect();
        let note = judge.note(&models.iter().collect::<Vec<_>>());
        let threads = models.first().map(|model| model.threads().clone());
        let loaded = models.into_iter().map(|model| {
            let about = About::of(&model);
            (Box::new(model) as Box<dyn Denoiser>, about)
        });
        Ok(Loaded { models: loaded.collect(), judge: Some(judge), note, threads })
    }

    /// `settings` against autoregression: by the model itself, or by the other one. An other one that was
    /// not trained to write the next token denoises with the same settings.
    pub(super) fn load(&self, source: &ModelSource, settings: &Settings) -> Result<Lineup> {
        let model = source.load()?;
        let other = self.other(source)?;
        let judge = self.judge(source, &model)?;
        let rival = other.unwrap_or_else(|| model.share());
        let denoises = !rival.config().trained_on_next_token;
        if denoises && self.against.is_none() {
            return Err(Error::invalid(format!(
                "{} was not trained to write the next token; name a model for the other lane with --against",
                model.name()
            )));
        }
        if settings.choice(&SAMPLER) == "autoregressive" && !denoises {
            return Err(Error::invalid(
                "the race is against autoregression already; choose another sampler, or a preset",
            ));
        }
        let note = judge.note(&[&model, &rival]);
        let theirs = if denoises {
            settings.clone()
        } else {
            recipe::with_sampler(settings, "autoregressive")?
        };
        let named = self.against.is_some();
        let threads = model.threads().clone();
        let entries =
            [Entry::new(model, settings.clone(), named), Entry::new(rival, theirs, named)];
        Ok(Lineup { entries, judge, note, threads })
    }
}

impl Entry {
    fn new(model: LanguageModel, settings: Settings, with_model: bool) -> Self {
        let sampler = settings.choice(&SAMPLER);
        let name =
            if with_model { format!("{sampler}, {}", model.name()) } else { sampler.to_owned() };
        Self {
            bos: model.config().bos_id,
            mask: model.config().mask_id.unwrap_or(u32::MAX),
            writer: Writer { tokenizer: Arc::clone(model.tokenizer()), model: Box::new(model) },
            settings,
            lane: Lane { name, heats: Vec::new() },
        }
    }

    /// One text, written `repeats` times.
    pub(super) fn heat(&mut self, judge: &Judge, prompt: &str, repeats: usize) -> Result<Heat> {
        let segments = self.segments(prompt)?;
        race::heat(&mut self.writer, judge, &segments, &self.settings, repeats)
    }

    fn segments(&self, prompt: &str) -> Result<Vec<Segment>> {
        Prompt::Text(prompt.to_owned()).segments(Layout {
            tokenizer: &self.writer.tokenizer,
            bos: self.bos,
            mask: self.mask,
            canvas: self.settings.count(&CANVAS).unwrap_or(1),
        })
    }

    /// How many positions a pass reads that goes on from `prompt`.
    pub(super) fn positions(&self, prompt: &str) -> Result<usize> {
        Ok(self.segments(prompt)?.iter().map(Segment::positions).sum())
    }

    /// Whether it writes from left to right.
    pub(super) fn writes_next_token(&self) -> bool {
        self.settings.choice(&SAMPLER) == "autoregressive"
    }

    /// Its network, for measuring.
    pub(super) fn model(&mut self) -> &mut dyn Denoiser {
        self.writer.model.as_mut()
    }
}
