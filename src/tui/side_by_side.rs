//! Side by side: the race against autoregression, samplers and knobs compared, one lane beside another.

use super::app::{App, Notice, Phase};
use super::display::{LANES, LaneOrder};
use super::lane::LaneView;
use super::opening;
use crate::Result;
use crate::diffusion::registry::registry;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{SAMPLER, with_sampler};
use crate::knobs::{Knob, Settings};
use crate::race::DRAFTING;

/// More lanes than this cannot be read.
const MOST: usize = 4;

impl App {
    /// The lane under the cursor with its knobs against autoregression, measured fairly.
    pub(super) fn race(&mut self) {
        let Some((diffusion, rival)) = self.contestants() else { return };
        let ours = match ResolvedSampler::of(&self.lane().settings).sampler.next_token.is_some() {
            // There is no race of autoregression against itself.
            true => with_sampler(&self.lane().settings, "p2"),
            false => self.raced_settings(diffusion),
        };
        let theirs = |ours: &Settings| match self.models[rival].about.writes_next_token {
            true => with_sampler(ours, "autoregressive"),
            // Another diffusion model: the same knobs, and the weights make the difference.
            false => Ok(ours.clone()),
        };
        match ours.and_then(|ours| Ok((theirs(&ours)?, ours))) {
            Ok((theirs, ours)) => {
                let drafts =
                    self.drafting(rival, &theirs).map(|drafts| LaneView::new(rival, drafts));
                let mut lanes = vec![LaneView::new(diffusion, ours), LaneView::new(rival, theirs)];
                lanes.extend(drafts);
                self.prompt = opening::raced(&self.prompt).to_owned();
                self.stand_side_by_side(lanes, LaneOrder::Fair);
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    /// The knobs of the lane under the cursor: as the task of `model` is raced, where they are those that it is shown
    /// with and nobody turned them.
    fn raced_settings(&self, model: usize) -> Result<Settings> {
        let mut settings = self.lane().settings.clone();
        if let Some(task) = self.models[model].about.task() {
            let (shown, raced) = (task.shown().settings()?, task.raced().settings()?);
            if shown.set_knobs().all(|(knob, value)| settings.value(knob) == value) {
                raced.set_knobs().for_each(|(knob, value)| settings.set(knob, value));
            }
        }
        Ok(settings)
    }

    /// The knobs of a lane that writes what an autoregressive one with `settings` does in fewer passes; nothing where
    /// `model` cannot draft.
    fn drafting(&self, model: usize, settings: &Settings) -> Option<Settings> {
        let next_token = ResolvedSampler::of(settings).sampler.next_token.is_some();
        let drafts = next_token && self.models[model].about.can_draft;
        drafts.then(|| with_sampler(settings, DRAFTING).ok()).flatten()
    }

    /// The model that denoises and the model of the other lane, which is another one where there is one.
    /// A notice where there is no race to be had.
    fn contestants(&mut self) -> Option<(usize, usize)> {
        let denoises = |index: &usize| self.models[*index].about.vocabulary.has_mask();
        let writes = |index: &usize| self.models[*index].about.writes_next_token;
        let here = self.lane().model;
        let all = 0..self.models.len();
        let diffusion = Some(here).filter(|here| all.contains(here) && denoises(here));
        let diffusion = diffusion.or_else(|| all.clone().find(denoises));
        let rival = all.clone().find(|index| Some(*index) != diffusion);
        let rival = rival.or(diffusion.filter(writes));
        let pair = diffusion.zip(rival);
        if pair.is_none() && !self.models.is_empty() {
            self.notice = Some(Notice::bad(
                "a race takes a model that denoises and one that writes from left to right: name the other \
                 one with --against",
            ));
        }
        pair
    }

    /// The lane under the cursor beside one with another sampler, step by step.
    pub(super) fn compare(&mut self) {
        let lane = self.lane();
        let denoises =
            |index: &usize| self.models[*index].about.vocabulary.has_mask() && *index != lane.model;
        let model = (0..self.models.len()).find(denoises).unwrap_or(lane.model);
        let other = match lane.settings.get(&SAMPLER).as_str() {
            "low-confidence" => "p2",
            _ => "low-confidence",
        };
        match with_sampler(&lane.settings, other) {
            Ok(theirs) => {
                let first = LaneView::new(lane.model, lane.settings.clone());
                self.stand_side_by_side(
                    vec![first, LaneView::new(model, theirs)],
                    LaneOrder::InStep,
                );
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    fn stand_side_by_side(&mut self, lanes: Vec<LaneView>, order: LaneOrder) {
        self.keeping_the_cursor(|app| {
            app.lanes = lanes;
            app.focus = 0;
        });
        self.display.set(&LANES, order.value());
        self.start();
    }

    /// One more lane, with the knobs of the one under the cursor; of lanes that compare samplers, with one that none
    /// of them has.
    pub(super) fn add_lane(&mut self) {
        if self.lanes.len() >= MOST {
            self.notice = Some(Notice::bad(format!("there is room for {MOST} lanes")));
            return;
        }
        let settings = self.another_sampler().unwrap_or_else(|| self.lane().settings.clone());
        let lane = LaneView::new(self.lane().model, settings);
        if self.lanes.len() == 1 {
            self.display.set(&LANES, LaneOrder::InStep.value());
        }
        self.lanes.push(lane);
        self.focus = self.lanes.len() - 1;
        self.start();
    }

    /// The knobs of the lane under the cursor with the sampler that comes next and that no lane has; nothing where
    /// lanes do not compare samplers.
    fn another_sampler(&self) -> Option<Settings> {
        let taken: Vec<&str> =
            self.lanes.iter().map(|lane| lane.settings.get(&SAMPLER).as_str()).collect();
        if taken.iter().all(|name| *name == taken[0]) {
            return None;
        }
        let settings = &self.lane().settings;
        let all = registry().samplers().iter().map(|sampler| sampler.name);
        let mut round = all.clone().chain(all);
        round.find(|name| *name == settings.get(&SAMPLER).as_str())?;
        round
            .filter(|name| !taken.contains(name))
            .find_map(|name| with_sampler(settings, name).ok())
    }

    /// Gives the lane under the cursor up.
    pub(super) fn drop_lane(&mut self) {
        if self.lanes.len() == 1 {
            self.notice = Some(Notice::bad("this is the only lane"));
            return;
        }
        let keep: Vec<usize> = (0..self.lanes.len()).filter(|index| *index != self.focus).collect();
        self.keep(&keep);
    }

    /// The lane under the cursor alone, with its knobs and all that it wrote.
    pub(super) fn promote(&mut self) {
        if self.lanes.len() > 1 {
            self.keep(&[self.focus]);
        }
    }

    /// The first lane alone: where the others came from.
    pub(super) fn leave_sides(&mut self) {
        if self.lanes.len() > 1 {
            self.keep(&[0]);
        }
    }

    /// Goes on with some of the lanes, at the steps that they have made.
    fn keep(&mut self, lanes: &[usize]) {
        let node = |index: usize| {
            let history = &self.lanes[index].history;
            history.end().filter(|_| self.begun).unwrap_or_default()
        };
        let keep = lanes.iter().map(|index| self.kept(*index, node(*index))).collect();
        self.keeping_the_cursor(|app| {
            let mut index = 0;
            app.lanes.retain(|_| {
                index += 1;
                lanes.contains(&(index - 1))
            });
            app.focus = app.focus.min(app.lanes.len() - 1);
        });
        self.tally = None;
        self.mode = self.mode_of_the_rest();
        self.scroll = 0;
        self.why = None;
        match self.phase {
            Phase::Failed(_) => return self.start(),
            // The engine is gone, or is about something else by now.
            Phase::Stopped(_) => {}
            _ if self.run.is_none() => {}
            _ => {
                let paused = matches!(self.phase, Phase::Paused | Phase::Cancelled);
                self.run = Some(self.engine.rewind(keep, self.mode.scheduling(), paused));
                self.phase = Phase::Waiting;
            }
        }
        self.follow();
    }

    /// Does `change`, after which the knob under the cursor is the same one, where there is one.
    fn keeping_the_cursor(&mut self, change: impl FnOnce(&mut Self)) {
        let selected = self.selected_knob();
        change(self);
        let place = self.knobs().iter().position(|knob| knob.is(selected));
        self.knob = place.unwrap_or(0);
    }

    /// Puts the cursor on another lane.
    pub(super) fn focus_lane(&mut self, lane: usize) {
        if lane < self.lanes.len() {
            self.keeping_the_cursor(|app| app.focus = lane);
        }
    }

    /// Knobs that not all lanes were written with at the same value, the sampler first.
    pub fn differing_knobs(&self) -> Vec<&'static Knob> {
        let differs = |knob: &&'static Knob| {
            let mut values = self.lanes.iter().map(|lane| lane.run_settings.value(knob));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        crate::diffusion::knobs().iter().filter(differs).collect()
    }
}
