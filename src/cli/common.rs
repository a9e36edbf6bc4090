//! Flags that several subcommands take: each takes those that it uses, and no others.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::flag_values::threads;
use super::knob_flags::KnobFlags;
use crate::Result;
use crate::config::Config;
use crate::diffusion::sampler::{SAMPLER, with_sampler};
use crate::diffusion::samplers::autoregressive;
use crate::hub_models::located;
use crate::model::{Checkpoint, Compute, LanguageModel, LoadWatch, Threads};
use crate::presets::Preset;
use crate::recent_models::RecentModels;
use crate::tasks::{self, Task, exam};

/// What any work takes: the configuration, and threads.
#[derive(clap::Args)]
pub struct ConfigFlags {
    /// Threads for the network; one a core if absent
    #[arg(long, value_name = "N", value_parser = threads, hide_short_help = true)]
    threads: Option<NonZeroUsize>,
    /// The configuration file, in place of the usual one
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,
}

impl ConfigFlags {
    /// Defaults, file, environment and flags, in rising order.
    pub(super) fn resolve(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        config.threads = self.threads.or(config.threads);
        Ok(config)
    }
}

/// What it takes to run a network.
#[derive(clap::Args)]
pub struct ModelFlags {
    /// A model's folder or weights, or a bundled model's name [default: stories]
    ///
    /// Bundled are stories, python (not in the crate from crates.io), and sudoku. A Hugging Face folder holds config.json, tokenizer.json and weights: safetensors or a GGUF file. A GGUF file of the usual converter needs nothing beside it. A model that `remask models pull` brought goes by its name, OWNER/NAME.
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
    /// What the network computes in: f32, or q8_0, which is faster and a little off [default: f32]
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    compute: Option<Compute>,
    #[command(flatten)]
    config: ConfigFlags,
}

impl ModelFlags {
    /// The configuration, and where the model is.
    pub(super) fn resolve(&self) -> Result<(Config, ModelSource)> {
        let mut config = self.config.resolve()?;
        let folder = self.model.clone().or_else(|| config.model.take());
        let compute = self.compute.or(config.compute).unwrap_or_default();
        let source = ModelSource { folder: folder.map(located), threads: config.threads, compute };
        Ok((config, source))
    }
}

/// What it takes to write a text: a model and settings.
#[derive(clap::Args)]
pub struct WritingFlags {
    #[command(flatten)]
    model: ModelFlags,
    /// Settings by name, or the path of their file; single flags still win
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    #[command(flatten)]
    knobs: KnobFlags,
}

impl WritingFlags {
    /// Defaults, file, environment, preset and flags, in rising order.
    pub(super) fn resolve(&self) -> Result<(Config, ModelSource)> {
        let (mut config, source) = self.model.resolve()?;
        if let Some(name) = &self.preset {
            config.settings = Preset::find(name)?.applied_to(&config.settings);
        }
        self.knobs.apply(&mut config.settings);
        if !config.settings.is_set(&SAMPLER) && !source.denoises() {
            config.settings = with_sampler(&config.settings, autoregressive::SAMPLER.name)?;
        }
        Ok((config, source))
    }
}

/// A way to load the model later, on another thread.
pub(super) struct ModelSource {
    pub folder: Option<PathBuf>,
    threads: Option<NonZeroUsize>,
    compute: Compute,
}

impl ModelSource {
    /// The same threads and format for the model in another folder; that of stories where it is `None`.
    pub fn of(&self, folder: Option<PathBuf>) -> Self {
        Self { folder: folder.map(located), ..*self }
    }

    /// Whether there is such a model at all, told without its weights.
    ///
    /// # Errors
    /// Says what of it is missing or cannot be read.
    pub fn check(&self) -> Result<()> {
        self.folder.as_deref().map_or(Ok(()), |folder| Checkpoint::summary(folder).map(|_| ()))
    }

    /// The task that the model was trained for; nothing where it was none, or there is no such model.
    pub fn task(&self) -> Option<&'static dyn Task> {
        let summary = Checkpoint::summary(self.folder.as_deref()?).ok()?;
        tasks::by_name(&summary.task?).ok()
    }

    /// Whether the model can be denoised: it has a mask token. So it is said of one that cannot be read.
    fn denoises(&self) -> bool {
        let Some(folder) = &self.folder else { return true };
        let names_mask = |path: &PathBuf| Checkpoint::summary(path).map(|about| about.names_mask);
        names_mask(folder).unwrap_or(true)
            || Checkpoint::open(folder).is_ok_and(|model| model.config.mask_id.is_some())
    }

    pub fn load(&self) -> Result<LanguageModel> {
        self.load_watched(&LoadWatch::default())
    }

    /// As [`ModelSource::load`], for somebody who watches it being read.
    pub fn load_watched(&self, watch: &LoadWatch) -> Result<LanguageModel> {
        let model = LanguageModel::read(self.checkpoint()?, self.threads()?, self.compute, watch)?;
        if let Some(folder) = &self.folder {
            RecentModels::usual().remember(folder);
        }
        match tasks::of(model.config()) {
            Some(task) => exam::answering(model, task),
            None => Ok(model),
        }
    }

    /// Its checkpoint, of which nothing runs yet.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        self.folder.as_deref().map_or_else(Checkpoint::bundled, Checkpoint::open)
    }

    /// The threads that it is to run on.
    pub fn threads(&self) -> Result<Threads> {
        Threads::new(self.threads)
    }
}
