//! What a sweep in the playground writes at every value, and what that is worth: the beginning of now with several seeds,
//! by the judge's nats, or held-out problems, by the first measure of their task.

use std::sync::Arc;

use crate::diffusion::Segment;
use crate::diffusion::noise::SEED;
use crate::engine::LaneSpec;
use crate::knobs::{Settings, Value};
use crate::measurement::Measurement;
use crate::model::Tokenizer;
use crate::prompt::{PromptEntry, PromptKind};
use crate::tasks::exam::{EXAM_SEED, Tally};
use crate::tasks::{Problem, Split, Task};
use crate::tui::app::App;
use crate::{Error, Result};

/// Texts of every value, each with a seed of its own.
const SEEDS: usize = 3;
/// Problems that are put to every value.
const PROBLEMS: usize = 10;

/// What is written at every value.
pub(super) enum SweepYardstick {
    /// The beginning of now, with one seed after the other.
    Judged,
    /// Answers to problems.
    Scored(Box<Scores>),
}

/// What the answers of each value came to.
pub(super) struct Scores {
    task: &'static dyn Task,
    tokenizer: Arc<Tokenizer>,
    problems: Vec<Problem>,
    /// One a value.
    tallies: Vec<Tally>,
}

impl SweepYardstick {
    /// That of the model in the first lane of `app`, for so many values.
    pub(super) fn of(app: &App, values: usize) -> Self {
        let about = app.model(app.lane()).map(|model| &model.about);
        let Some((about, task)) = about.and_then(|about| Some((about, about.task()?))) else {
            return Self::Judged;
        };
        let problem = |index| task.problem(EXAM_SEED, Split::HeldOut, index);
        Self::Scored(Box::new(Scores {
            task,
            tokenizer: Arc::clone(&about.tokenizer),
            problems: (0..PROBLEMS as u64).map(problem).collect(),
            tallies: vec![Tally::default(); values],
        }))
    }

    /// Texts a value.
    pub(super) fn texts(&self) -> usize {
        match self {
            Self::Judged => SEEDS,
            Self::Scored(scores) => scores.problems.len(),
        }
    }

    /// The `text`-th of those that `settings` write.
    ///
    /// # Errors
    /// When the model has no room for it.
    pub(super) fn lane(&self, app: &App, mut settings: Settings, text: usize) -> Result<LaneSpec> {
        let model = app.lane().model;
        let segments = match self {
            Self::Judged => {
                let first = settings.get(&SEED);
                settings.set(&SEED, Value::Count(first.wrapping_add(text as u64)));
                app.segments_for(model, &settings)?
            }
            Self::Scored(scores) => scores.segments(app, model, &settings, text)?,
        };
        Ok(LaneSpec { model, segments, settings })
    }

    /// Counts the `text`-th answer of all.
    pub(super) fn grade(&mut self, text: usize, answer: &[u32]) {
        let Self::Scored(scores) = self else { return };
        let (value, problem) = (text / scores.problems.len(), text % scores.problems.len());
        let written = scores.tokenizer.decode(answer);
        if let Some(tally) = scores.tallies.get_mut(value) {
            tally.add_scores(scores.task.score(&scores.problems[problem], &written));
        }
    }

    /// What the texts at the `value`-th value are worth, of which `measured` tells the rest; no number before the
    /// first.
    pub(super) fn quality(&self, value: usize, measured: &Measurement) -> f64 {
        match self {
            Self::Judged => measured.nats_per_new_pair(),
            Self::Scored(scores) if scores.tallies[value].problems == 0 => f64::NAN,
            Self::Scored(scores) => 100.0 * scores.tallies[value].mean(0),
        }
    }

    pub(super) fn lower_is_better(&self) -> bool {
        matches!(self, Self::Judged)
    }

    /// Such a quality in a cell.
    pub(super) fn shown(&self, quality: f64) -> String {
        match self {
            Self::Judged => format!("{quality:.2} "),
            Self::Scored(_) => format!("{quality:>3.0} % "),
        }
    }

    /// The head of its column, where there is `room` in more words.
    pub(super) fn column(&self, room: bool) -> String {
        match self {
            Self::Judged if room => "nats/new pair, low is good".to_owned(),
            Self::Judged => "nats/new pair".to_owned(),
            // Measures may be called as passes of the network are.
            Self::Scored(scores) if room => format!("score: {}, high is good", scores.measure()),
            Self::Scored(scores) => format!("score: {}", scores.measure()),
        }
    }

    /// The label of its axis.
    pub(super) fn axis(&self) -> String {
        match self {
            Self::Judged => "nats/new pair (lower is better)".to_owned(),
            Self::Scored(scores) => format!("% {} (higher is better)", scores.measure()),
        }
    }

    /// "3 texts".
    pub(super) fn what_is_written(&self) -> String {
        match self {
            Self::Judged => format!("{SEEDS} texts"),
            Self::Scored(scores) => format!("{} problems", scores.problems.len()),
        }
    }

    /// What goes on, in a sentence.
    pub(super) fn caption(&self) -> &'static str {
        match self {
            Self::Judged => "every text is written from its beginning, one after the other",
            Self::Scored(_) => {
                "every value answers the same held-out problems, one after the other"
            }
        }
    }
}

impl Scores {
    fn measure(&self) -> &'static str {
        self.task.measures()[0].name
    }

    /// The `index`-th problem, with the room that its task leaves for an answer.
    fn segments(
        &self,
        app: &App,
        model: usize,
        settings: &Settings,
        index: usize,
    ) -> Result<Vec<Segment>> {
        let Problem { prompt, answer, .. } = &self.problems[index];
        let room = self.task.room(self.tokenizer.encode(answer)?.len());
        let entry = PromptEntry { kind: PromptKind::Text, text: prompt.trim_end().to_owned() };
        let mut segments = app.laid_out(&entry, model, settings)?;
        match segments.last_mut() {
            Some(Segment::Noise(hole)) => *hole = room,
            _ => return Err(Error::invalid("a problem of the task leaves nothing to be written")),
        }
        Ok(segments)
    }
}
