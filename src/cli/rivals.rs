//! Who writes against whom, and who judges: the same flags for the race and the playground.

use std::path::PathBuf;
use std::sync::Arc;

use super::ModelSource;
use crate::diffusion::Segment;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{self, Drafter, SAMPLER};
use crate::engine::{ModelInfo, ModelSet};
use crate::knobs::Settings;
use crate::model::{Backbone, LanguageModel, LoadWatch, Threads};
use crate::prompt::{Layout, Prompt};
use crate::quality::Judge;
use crate::race::{self, DRAFTING, Entrant, Trial};
use crate::tasks::exam::{Tally, TaskGrade};
use crate::tasks::{self, Problem, Task};
use crate::{Error, Result};

/// Under what the help lists what a race takes.
pub(super) const RACE: &str = "Race";

/// The models beside the first.
#[derive(Clone, clap::Args)]
pub struct Rivals {
    /// A model folder for the other lane; the same model if absent
    #[arg(long, value_name = "DIR", help_heading = RACE)]
    against: Option<PathBuf>,
    /// The folder of an autoregressive model that judges the texts; the bundled model if absent
    #[arg(long, value_name = "DIR", help_heading = RACE)]
    judge: Option<PathBuf>,
}

/// One lane, ready to write.
pub(super) struct RaceLane {
    model: LanguageModel,
    settings: Settings,
    pub entrant: Entrant,
}

/// The lanes and the judge.
pub(super) struct Lineup {
    /// The lane that the settings ask for, the one that it is measured against and, where nobody named another model and
    /// the model can draft, the one that writes the same text as that in fewer passes.
    pub lanes: Vec<RaceLane>,
    pub judge: Judge,
    /// Who judges whom.
    pub note: String,
    /// What the networks run on.
    pub threads: Threads,
}

impl Rivals {
    /// The model of the other lane, where it is another one.
    pub(super) fn other(
        &self,
        source: &ModelSource,
        watch: &LoadWatch,
    ) -> Result<Option<LanguageModel>> {
        let load = |folder: &PathBuf| source.of(Some(folder.clone())).load_watched(watch);
        self.against.as_ref().map(load).transpose()
    }

    /// The judge. `writer` is one of those that may be it: its weights need not be loaded twice.
    pub(super) fn judge(&self, source: &ModelSource, writer: &LanguageModel) -> Result<Judge> {
        match &self.judge {
            None if writer.is_bundled() => Judge::new(writer.share()),
            folder => Judge::new(source.of(folder.clone()).load()?),
        }
    }

    /// All models and the judge, for the playground, which watches them being read.
    pub(super) fn loaded(&self, source: &ModelSource, watch: &LoadWatch) -> Result<ModelSet> {
        let model = source.load_watched(watch)?;
        let judge = self.judge(source, &model)?;
        let other = self.other(source, watch)?;
        let models: Vec<LanguageModel> = std::iter::once(model).chain(other).collect();
        let note = judge.note(&models.iter().collect::<Vec<_>>());
        let threads = models.first().map(|model| model.threads().clone());
        let loaded = models.into_iter().map(|model| {
            let about = ModelInfo::of(&model);
            (Box::new(model) as Box<dyn Backbone>, about)
        });
        Ok(ModelSet { models: loaded.collect(), judge: Some(judge), note, threads })
    }

    /// `settings` against autoregression: by the model itself, or by the other one. An other one that was
    /// not trained to write the next token denoises with the same settings.
    pub(super) fn load(&self, source: &ModelSource, settings: &Settings) -> Result<Lineup> {
        let model = source.load()?;
        let other = self.other(source, &LoadWatch::default())?;
        let judge = self.judge(source, &model)?;
        let rival = other.unwrap_or_else(|| model.share());
        let denoises = !rival.config().trained_on_next_token;
        if denoises && self.against.is_none() {
            return Err(Error::invalid(format!(
                "{} was not trained to write the next token; name a model for the other lane with --against",
                model.name()
            )));
        }
        let ours = ResolvedSampler::of(settings).sampler.next_token;
        if ours == Some(Drafter::Nobody) && !denoises {
            return Err(Error::invalid(
                "the race is against autoregression already; choose another sampler, or a preset",
            ));
        }
        let note = judge.note(&[&model, &rival]);
        let theirs = if denoises {
            settings.clone()
        } else {
            sampler::with_sampler(settings, "autoregressive")?
        };
        let named = self.against.is_some();
        let threads = model.threads().clone();
        let drafts = !named && ours.is_none() && model.can_draft();
        let drafting = if drafts { Some(sampler::with_sampler(settings, DRAFTING)?) } else { None };
        let drafting = drafting.map(|settings| RaceLane::new(model.share(), settings, named));
        let mut lanes = vec![
            RaceLane::new(model, settings.clone(), named),
            RaceLane::new(rival, theirs, named),
        ];
        lanes.extend(drafting);
        Ok(Lineup { lanes, judge, note, threads })
    }
}

impl RaceLane {
    fn new(model: LanguageModel, settings: Settings, with_model: bool) -> Self {
        let sampler = settings.get(&SAMPLER).as_str();
        let name =
            if with_model { format!("{sampler}, {}", model.name()) } else { sampler.to_owned() };
        let drafter = ResolvedSampler::of(&settings).sampler.next_token;
        let weights = model.weight_stats();
        let entrant = Entrant { name, drafter, weights, trials: Vec::new(), grade: None };
        Self { model, settings, entrant }
    }

    /// One text, written `repeats` times.
    pub(super) fn trial(&mut self, judge: &Judge, prompt: &str, repeats: usize) -> Result<Trial> {
        let segments = self.segments(prompt)?;
        let tokenizer = Arc::clone(self.model.tokenizer());
        race::trial(&mut self.model, &tokenizer, judge, &segments, &self.settings, repeats)
    }

    /// The task that its model was trained for.
    pub(super) fn task(&self) -> Option<&'static dyn Task> {
        tasks::of(self.model.config())
    }

    /// `problem` as a prompt of its model.
    pub(super) fn prompt(&self, task: &dyn Task, problem: &Problem) -> Result<String> {
        let answer = self.model.tokenizer().encode(&problem.answer)?;
        Ok(problem.with_hole(task.room(answer.len())))
    }

    /// Scores what was written last as an answer to `problem`.
    pub(super) fn grade(&mut self, task: &dyn Task, problem: &Problem) {
        let Some(trial) = self.entrant.trials.last() else { return };
        let written = trial.text.strip_prefix(&problem.prompt).unwrap_or_default();
        let none = || TaskGrade { measures: task.measures(), tally: Tally::default() };
        let scores = task.score(problem, written);
        self.entrant.grade.get_or_insert_with(none).tally.add_scores(scores);
    }

    fn segments(&self, prompt: &str) -> Result<Vec<Segment>> {
        Prompt::Text(prompt.to_owned()).segments(Layout::of(&self.model, &self.settings))
    }

    /// How many positions a pass reads that goes on from `prompt`.
    pub(super) fn positions(&self, prompt: &str) -> Result<usize> {
        Ok(self.segments(prompt)?.iter().map(Segment::positions).sum())
    }

    /// Whether it writes from left to right.
    pub(super) fn writes_next_token(&self) -> bool {
        ResolvedSampler::of(&self.settings).sampler.next_token.is_some()
    }

    /// Its network, for measuring.
    pub(super) fn model(&mut self) -> &mut dyn Backbone {
        &mut self.model
    }
}
