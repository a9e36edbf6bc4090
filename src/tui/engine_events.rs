//! What the engine reports, taken in.

use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::app::{App, Model, Notice, Phase};
use super::mode::Mode;
use super::race_stage::RaceStage;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::with_sampler;
use crate::diffusion::samplers::autoregressive;
use crate::engine::{Event, ModelInfo};
use crate::tasks::TaskVerdict;
use crate::trace::{Cell, CellState};

impl App {
    /// Takes an event of the engine in. Events of older runs are passed over.
    pub fn on_engine(&mut self, event: Event) {
        if self.ask_overlay(|overlay| overlay.on_engine(&event)).is_break() {
            return;
        }
        match event {
            Event::Loading(progress) => self.loading = Some(progress),
            Event::Ready { models, note } => self.on_ready(models, note),
            Event::Started { run, lanes, goes_on, paused } if Some(run) == self.run => {
                // What goes on may be a run that was never shown: a lane was dropped before it had begun.
                let goes_on = goes_on && self.begun;
                for (lane, (node, canvas)) in self.lanes.iter_mut().zip(&lanes) {
                    lane.stand(*node, canvas, goes_on);
                }
                // Lanes that are left of a race still go by the clock of its stage.
                self.set_clock_of_stage();
                self.begun = true;
                self.phase = if paused { Phase::Paused } else { Phase::Running };
                if self.lanes.iter().all(|lane| lane.history.steps() == 0) {
                    self.start_clock();
                } else {
                    self.clock.runs = !paused;
                }
                self.close_measuring();
                self.follow();
            }
            Event::Stepped { run, lane, step } if Some(run) == self.run => {
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.history.push(&step);
                }
                if self.mode == Mode::FairWarmUp || (self.following && !self.mode.is_on_clock()) {
                    self.follow();
                } else if self.mode.shows_clock() && self.following && self.phase == Phase::Paused {
                    // A single step is looked at as soon as it is made.
                    self.set_clock(self.horizon());
                }
            }
            Event::Edited { run, lane, canvas } if Some(run) == self.run => {
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.change_by_hand(&canvas);
                }
                // The engine says it again where there is still nothing to write.
                if self.phase == Phase::Finished {
                    self.phase = Phase::Paused;
                }
                // It was of another text.
                self.why = None;
                self.follow();
            }
            Event::LaneEnded { run, lane, quality, .. } if Some(run) == self.run => {
                let (on_clock, now) = (self.mode.is_on_clock(), self.now);
                let verdict = self.task_verdict(lane);
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.ended = true;
                    lane.quality = quality;
                    lane.task_verdict = verdict;
                    lane.ended_at = (!on_clock).then_some(now);
                }
                // One that waits with nothing left to write has no step to wait for: gone to, or pinned.
                let all_ended = self.lanes.iter().all(|lane| lane.ended);
                if self.phase == Phase::Paused && all_ended && self.mode != Mode::FairWarmUp {
                    self.phase = Phase::Finished;
                }
            }
            Event::Measuring { run, round, of } if Some(run) == self.run => {
                self.phase = Phase::Measuring(round, of);
            }
            Event::Timed { run, lane, times } if Some(run) == self.run => {
                if let Some(lane) = self.lanes.get_mut(lane) {
                    lane.history.retime(&times);
                }
            }
            Event::Explained(measured) => self.why = Some(measured),
            Event::Paused(run) if Some(run) == self.run => self.phase = Phase::Paused,
            Event::Resumed(run) if Some(run) == self.run => self.phase = Phase::Running,
            Event::Cancelled(run) if Some(run) == self.run => self.phase = Phase::Cancelled,
            Event::Finished(run) if Some(run) == self.run => {
                self.phase = Phase::Finished;
                if self.mode == Mode::FairWarmUp {
                    // Now that the times are known, the race is shown as it was run.
                    self.mode = Mode::FairReplay;
                    self.enter_stage(RaceStage::Passes);
                    self.advance(self.now);
                }
            }
            Event::Failed { run, error } if Some(run) == self.run => {
                self.phase = Phase::Failed(error.to_string());
            }
            Event::Refused(error) => {
                self.close_measuring();
                self.loading = None;
                self.notice = Some(match std::mem::take(&mut self.called_off) {
                    true => Notice::good("the model was called off; all stays as it was"),
                    false => Notice::bad(error.to_string()),
                });
            }
            Event::Stopped(error) => self.phase = Phase::Stopped(error.to_string()),
            _ => {}
        }
    }

    fn on_ready(&mut self, models: Vec<ModelInfo>, note: String) {
        // What was loaded is named above the text.
        self.notice = None;
        let glyphs = self.glyphs;
        self.take_models(models.into_iter().map(|about| Model::new(about, glyphs)).collect());
        self.loading = None;
        if std::mem::take(&mut self.called_off) {
            let key = self.keymap.key(Action::Models);
            self.say(format!(
                "the model was called off, this is the bundled one; {key} opens another"
            ));
        }
        self.judge_note = note;
        self.close_measuring();
        let left_to_right = self.write_as_the_models_can();
        self.start();
        if let Some(model) = left_to_right {
            self.say(format!(
                "{model} has no mask token to denoise from: it writes from left to right"
            ));
        }
    }

    /// What its task says of the text of the lane at `index`, which is finished; nothing where its model was trained
    /// for none, or nothing can be said.
    fn task_verdict(&self, index: usize) -> Option<TaskVerdict> {
        let lane = self.lanes.get(index)?;
        let about = &self.model(lane)?.about;
        let cells = lane.history.last()?.cells.get(self.hidden_tokens(lane)..)?;
        let is_given = |cell: &&Arc<Cell>| cell.state == CellState::Prompt;
        let (given, written) = cells.split_at(cells.iter().take_while(is_given).count());
        let text = |cells: &[Arc<Cell>]| {
            let until_end = cells.iter().map(|cell| cell.id);
            let ids: Vec<u32> = until_end.take_while(|id| !about.vocabulary.is_eos(*id)).collect();
            about.tokenizer.decode(&ids)
        };
        let answers = written.iter().all(|cell| cell.state != CellState::Fixed);
        TaskVerdict::of(about.task()?, &text(given), &text(written), answers)
    }

    /// Gives lanes whose model has no mask token the sampler that needs none; says of which model the first of them is.
    fn write_as_the_models_can(&mut self) -> Option<String> {
        let mut first = None;
        for lane in &mut self.lanes {
            let Some(about) = self.models.get(lane.model).map(|model| &model.about) else {
                continue;
            };
            let denoises = ResolvedSampler::of(&lane.settings).sampler.next_token.is_none();
            if !denoises || about.vocabulary.has_mask() {
                continue;
            }
            if let Ok(settings) = with_sampler(&lane.settings, autoregressive::SAMPLER.name) {
                lane.settings = settings;
                first.get_or_insert_with(|| about.name.clone());
            }
        }
        first
    }

    /// Whether the screen changes by itself, so that it must be drawn again without an event.
    pub fn is_animated(&self) -> bool {
        const AFTERGLOW: Duration = Duration::from_secs(2);
        // Drawing would disturb what is measured.
        if self.opened.measures(self) || matches!(self.phase, Phase::Measuring(..)) {
            return false;
        }
        let lately = |at: Duration| self.now.saturating_sub(at) < AFTERGLOW;
        let glows = self
            .lanes
            .iter()
            .any(|lane| lately(lane.frame_since) || lane.ended_at.is_some_and(lately));
        self.replays()
            || self.is_zen_moving()
            || self.is_churning()
            || (self.motion && glows)
            || self.opened.awaits()
    }

    /// Whether undecided tokens are shown in motion.
    pub fn is_churning(&self) -> bool {
        let live = matches!(self.phase, Phase::Running | Phase::Waiting) && self.following;
        self.motion && (live || self.replays())
    }

    /// Whether the clock shows one step after the other.
    fn replays(&self) -> bool {
        self.mode.shows_clock() && self.clock.runs
    }
}
