//! A lane: one text as the person sees it, and the knobs that it is written with.

use std::cell::RefCell;
use std::time::Duration;

use super::app::App;
use super::flow::Flow;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{Drafter, SAMPLER};
use crate::diffusion::{Canvas, knobs};
use crate::engine::ModelInfo;
use crate::knobs::{Applies, Settings};
use crate::measurement::Measurement;
use crate::quality::Quality;
use crate::race::{Entrant, Trial};
use crate::tasks::TaskVerdict;
use crate::trace::{Cell, Frame, History, NodeId};

/// One text, what was made of it so far, and which moment of that is shown.
pub struct LaneView {
    /// Which of the loaded models writes it.
    pub model: usize,
    /// The knobs as the person has set them.
    pub settings: Settings,
    /// The knobs that the text is written with: those that the run began with, and what was turned since and
    /// counts from the next step.
    pub run_settings: Settings,
    /// The knobs that the run began with.
    pub(super) begun_with: Settings,
    /// Everything that was generated in the run.
    pub history: History,
    /// Where it stood before changes by hand were taken back, each with how many moments the history had then: what was
    /// taken back last is last.
    pub(super) undone: Vec<(usize, NodeId)>,
    /// The moment that is shown.
    pub playhead: usize,
    /// When that frame came up.
    pub frame_since: Duration,
    /// Whether everything is decided.
    pub ended: bool,
    /// When the end came up on the screen, for the settling of the canvas.
    pub ended_at: Option<Duration>,
    /// Seconds at each moment on another clock than the model's own.
    times: Option<Vec<f64>>,
    /// What the judge says of the text.
    pub quality: Option<Quality>,
    /// What the task of its model says of the text.
    pub task_verdict: Option<TaskVerdict>,
    /// Where its tokens stand, as last drawn: told from the history, and kept so that it is told once.
    pub(super) flow: RefCell<Flow>,
}

impl LaneView {
    /// A lane with nothing written.
    pub fn new(model: usize, settings: Settings) -> Self {
        Self {
            model,
            run_settings: settings.clone(),
            begun_with: settings.clone(),
            settings,
            history: History::default(),
            undone: Vec::new(),
            playhead: 0,
            frame_since: Duration::ZERO,
            ended: false,
            ended_at: None,
            times: None,
            quality: None,
            task_verdict: None,
            flow: RefCell::default(),
        }
    }

    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Frame> {
        self.history.frame(self.playhead)
    }

    /// The moment that is shown.
    pub(super) fn node(&self) -> NodeId {
        self.history.node(self.playhead).unwrap_or_default()
    }

    /// Whether the newest frame is shown.
    pub fn is_at_end(&self) -> bool {
        self.playhead == self.history.steps()
    }

    /// Shows that moment, or the nearest there is.
    pub(super) fn show(&mut self, moment: usize, now: Duration) {
        let moment = moment.min(self.history.steps());
        if moment != self.playhead {
            self.playhead = moment;
            self.frame_since = now;
        }
    }

    /// The engine stands at `canvas`, which is `node` of the run that it `goes_on` with, or a new one.
    pub(super) fn stand(&mut self, node: NodeId, canvas: &Canvas, goes_on: bool) {
        if goes_on {
            self.history.go_to(node);
            self.use_turned_knobs(canvas);
        } else {
            let steps = ResolvedSampler::of(&self.run_settings).steps_for(canvas.answer().count());
            self.history.restart(canvas, steps);
            self.undone.clear();
            self.flow.take();
        }
        self.playhead = self.playhead.min(self.history.steps());
        // The engine says it again of lanes that have ended.
        self.ended = false;
        self.ended_at = None;
        self.times = None;
        self.quality = None;
        self.task_verdict = None;
    }

    /// The text was changed by hand into `canvas`.
    pub(super) fn change_by_hand(&mut self, canvas: &Canvas) {
        self.history.push_edit(canvas);
        self.use_turned_knobs(canvas);
        // Where there is still nothing to write, the engine says it again.
        self.ended = false;
        self.ended_at = None;
        self.quality = None;
        self.task_verdict = None;
    }

    /// What was turned after the end counts where `canvas` is gone on with. One that is finished is not:
    /// it stays what it was written with.
    fn use_turned_knobs(&mut self, canvas: &Canvas) {
        if canvas.open().next().is_none() {
            return;
        }
        for (knob, value) in knobs().values(&self.settings) {
            if knob.applies == Applies::NextStep {
                self.run_settings.set(knob, value);
            }
        }
    }

    /// What its task says of the text, where the end of it is shown.
    pub fn shown_verdict(&self) -> Option<String> {
        self.task_verdict.as_ref().filter(|_| self.is_at_end()).map(TaskVerdict::words)
    }

    /// Has it go by a clock on which its moments are at `times`, in seconds; by the model's own where there are none.
    pub(super) fn set_times(&mut self, times: Option<Vec<f64>>) {
        self.times = times;
    }

    /// Seconds of all steps so far, on the clock that it goes by.
    pub fn seconds(&self) -> f64 {
        self.seconds_at(self.history.steps())
    }

    /// Seconds at a moment, or at the end, on the clock that it goes by.
    pub fn seconds_at(&self, moment: usize) -> f64 {
        match &self.times {
            Some(times) => times.get(moment).or(times.last()).copied().unwrap_or(0.0),
            None => self.history.moment(moment),
        }
    }

    /// The last moment that was over after so many seconds on the clock that it goes by.
    pub fn moment_at(&self, seconds: f64) -> usize {
        // What was added up in another order is still the same moment.
        const SAME: f64 = 1e-9;
        match &self.times {
            Some(times) => {
                times.partition_point(|at| *at <= seconds * (1.0 + SAME)).saturating_sub(1)
            }
            None => self.history.step_at(seconds),
        }
    }

    /// Seconds at each moment but the first, on the clock that it goes by.
    pub(super) fn moments(&self) -> impl Iterator<Item = f64> {
        (1..=self.history.steps()).map(|moment| self.seconds_at(moment))
    }

    /// Passes of the whole text, as far as can be told.
    pub fn expected_passes(&self) -> usize {
        let made = self.history.passes();
        match self.history.last().filter(|_| !self.ended) {
            Some(last) => self.foreseen(last),
            None => made,
        }
    }

    /// Passes of the whole text, as foreseen at `moment`: what the steps say, or where the sampler decides itself how
    /// much it writes, as many as it takes at the rate of those that were made, and no more than it can take.
    pub fn foreseen(&self, moment: &Frame) -> usize {
        let (made, open) = (moment.cost.passes, moment.open());
        let most = moment.planned.max(made);
        let written = moment.answer().saturating_sub(open);
        if written == 0 || ResolvedSampler::of(&self.run_settings).goes_by_budget() {
            return most;
        }
        (made + (made * open).div_ceil(written)).min(most)
    }

    /// Seconds of the whole text on the clock that it goes by, as far as can be told; nothing before the first step.
    pub fn expected_seconds(&self) -> Option<f64> {
        if self.times.is_some() {
            return Some(self.seconds());
        }
        let last = self.history.last().filter(|last| last.cost.passes > 0)?;
        Some(last.cost.milliseconds_per_pass() / 1e3 * self.expected_passes() as f64)
    }

    /// The sampler that it was begun with.
    pub fn sampler(&self) -> &'static str {
        self.run_settings.get(&SAMPLER).as_str()
    }

    /// Whether it writes from left to right.
    pub fn is_autoregressive(&self) -> bool {
        self.drafter().is_some()
    }

    /// Who drafts for it where it writes the next token; nothing where it denoises.
    pub(super) fn drafter(&self) -> Option<Drafter> {
        ResolvedSampler::of(&self.run_settings).sampler.next_token
    }

    /// How many of its drafts were kept, by depth, in words; nothing where none were made.
    pub fn kept_drafts(&self) -> Option<String> {
        /// Deeper ones are rarely looked at.
        const SHOWN: usize = 4;
        self.drafter().filter(|drafter| *drafter != Drafter::Nobody)?;
        let depths = self.history.drafts();
        let share = |(kept, verified): &(usize, usize)| {
            (*verified > 0).then(|| format!("{:.0}", 100.0 * *kept as f64 / *verified as f64))
        };
        let shares: Vec<String> = depths.iter().take(SHOWN).map_while(share).collect();
        (!shares.is_empty()).then(|| format!("drafts kept {} %", shares.join(", ")))
    }

    /// The whole text as that of an entrant of a race, once it is finished.
    pub(super) fn entrant(&self, about: &ModelInfo) -> Option<Entrant> {
        let last = self.history.last().filter(|_| self.ended)?;
        let measurement = Measurement {
            texts: 1,
            passes: last.cost.passes,
            tokens: last.emitted(&about.vocabulary),
            canvas_tokens: last.answer(),
            time: Duration::from_secs_f64(last.cost.seconds()),
            quality: self.quality.unwrap_or_default(),
        };
        let ids: Vec<u32> = last.cells.iter().map(|cell| cell.id).collect();
        let passes = self.history.facts().filter(|facts| !facts.by_hand);
        let trial = Trial {
            measurement,
            passes: passes.map(|facts| facts.positions_read).collect(),
            text: about.tokenizer.decode(&ids),
        };
        let grade = match &self.task_verdict {
            Some(TaskVerdict::Graded(grade)) => Some(grade.clone()),
            _ => None,
        };
        let (name, drafter) = (self.sampler().to_owned(), self.drafter());
        Some(Entrant { name, drafter, weights: about.weights, trials: vec![trial], grade })
    }
}

/// What the lane at `index` is called.
pub fn letter(index: usize) -> char {
    ('A'..='Z').nth(index).unwrap_or('?')
}

/// Whether both positions are decided, each otherwise.
pub fn differ(one: &Cell, other: &Cell) -> bool {
    !one.state.is_open() && !other.state.is_open() && one.id != other.id
}

impl App {
    /// The moment of the first lane that the one at `index` is compared with, position by position: nothing for
    /// the first itself, for another model, and between one that writes from left to right and one that does
    /// not, which have nothing in common.
    pub fn compared_with(&self, index: usize) -> Option<&Frame> {
        let (first, others) = self.lanes.split_first()?;
        let lane = others.get(index.checked_sub(1)?)?;
        let alike = first.model == lane.model
            && first.is_autoregressive() == lane.is_autoregressive()
            && first.frame().map(|frame| frame.cells.len())
                == lane.frame().map(|frame| frame.cells.len());
        first.frame().filter(|_| alike)
    }

    /// In how many positions the lane at `index` says something else than the first lane, and of how many that both
    /// have decided.
    pub fn differences(&self, index: usize) -> Option<(usize, usize)> {
        let first = self.compared_with(index)?;
        let pairs = first.cells.iter().zip(&self.lanes.get(index)?.frame()?.cells);
        let answers =
            pairs.filter(|(one, other)| one.written_at.is_some() && other.written_at.is_some());
        let differing = answers.clone().filter(|(one, other)| differ(one, other)).count();
        Some((differing, answers.count()))
    }
}
