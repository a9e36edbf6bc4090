//! Side by side: the race against autoregression, samplers and knobs compared, one lane beside another.

use super::app::{App, Notice, Phase};
use super::lane::Lane;
use super::show::LANES;
use crate::diffusion::recipe::{Recipe, SAMPLER, with_sampler};
use crate::engine::Order;
use crate::knobs::{Settings, Value};

/// More lanes than this cannot be read.
const MOST: usize = 4;

impl App {
    /// The lane under the cursor with its knobs against autoregression, measured fairly.
    pub(super) fn race(&mut self) {
        let Some(rival) = self.rival() else { return };
        self.settings_of_diffusion();
        let first = self.lane().settings.clone();
        let theirs = match self.models[rival].about.writes_next_token {
            true => with_sampler(&first, "autoregressive"),
            // Another diffusion model: the same knobs, and the weights make the difference.
            false => Ok(first),
        };
        match theirs {
            Ok(theirs) => self.stand_beside(Lane::new(rival, theirs), "fair"),
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    /// The model of the other lane of a race; a notice where there is none.
    fn rival(&mut self) -> Option<usize> {
        let model = self.lane().model;
        let other = (0..self.models.len()).find(|index| *index != model);
        let can = |index: &usize| {
            self.models.get(*index).is_some_and(|model| model.about.writes_next_token)
        };
        let rival = other.or(Some(model).filter(can));
        if rival.is_none() && !self.models.is_empty() {
            self.notice = Some(Notice::bad(
                "this model cannot write from left to right: start remask with --against and a model that can",
            ));
        }
        rival
    }

    /// There is no race of autoregression against itself.
    fn settings_of_diffusion(&mut self) {
        if Recipe::of(&self.lane().settings).sampler.next_token
            && let Ok(settings) = with_sampler(&self.lane().settings, "p2")
        {
            self.lane_mut().settings = settings;
        }
    }

    /// The lane under the cursor beside one with another sampler, step by step.
    pub(super) fn compare(&mut self) {
        let settings = self.lane().settings.clone();
        let other = match settings.choice(&SAMPLER) {
            "low-confidence" => "p2",
            _ => "low-confidence",
        };
        let model = self.lane().model;
        let model = (0..self.models.len()).find(|index| *index != model).unwrap_or(model);
        let theirs = with_sampler(&settings, other).unwrap_or(settings);
        self.stand_beside(Lane::new(model, theirs), "in-step");
    }

    fn stand_beside(&mut self, other: Lane, order: &'static str) {
        let first = self.focus;
        let first = Lane::new(self.lanes[first].model, self.lanes[first].settings.clone());
        self.lanes = vec![first, other];
        self.focus = 0;
        self.show.set(&LANES, Value::Choice(order));
        self.start();
    }

    /// One more lane, with the knobs of the one under the cursor.
    pub(super) fn add_lane(&mut self) {
        if self.lanes.len() >= MOST {
            self.notice = Some(Notice::bad(format!("there is room for {MOST} lanes")));
            return;
        }
        let twin = Lane::new(self.lane().model, self.lane().settings.clone());
        if self.lanes.len() == 1 {
            self.show.set(&LANES, Value::Choice("in-step"));
        }
        self.lanes.insert(self.focus + 1, twin);
        self.focus += 1;
        self.start();
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
        let engine_lives = !matches!(self.phase, Phase::Stopped(_));
        let keep = lanes.iter().map(|index| (*index, self.lanes[*index].history.steps())).collect();
        let mut index = 0;
        self.lanes.retain(|_| {
            index += 1;
            lanes.contains(&(index - 1))
        });
        self.focus = self.focus.min(self.lanes.len() - 1);
        self.scroll = 0;
        if self.lanes.len() == 1 {
            self.focus = 0;
        }
        let paused = self.phase == Phase::Paused;
        if engine_lives {
            self.run = self.engine.rewind(keep, self.order_of_what_is_left(), paused);
            self.phase = Phase::Waiting;
        }
        self.follow();
    }

    /// Texts that are finished are not written again for their time.
    fn order_of_what_is_left(&self) -> Order {
        match self.order() {
            Order::InTurn { .. } if self.lanes.iter().all(|lane| lane.ended) => {
                Order::InTurn { repeats: 0 }
            }
            order => order,
        }
    }

    /// Puts the cursor on another lane.
    pub(super) fn look_at_lane(&mut self, lane: usize) {
        if lane < self.lanes.len() {
            self.focus = lane;
            self.knob = self.knob.min(self.knobs().len() - 1);
        }
    }

    /// Knobs that not all lanes have at the same value, the sampler first.
    pub fn differing_knobs(&self) -> Vec<&'static crate::knobs::Knob> {
        let differs = |knob: &&'static crate::knobs::Knob| {
            let value = |settings: &Settings| settings.get(knob);
            let first = self.lanes.first().map(|lane| value(&lane.settings));
            self.lanes.iter().any(|lane| Some(value(&lane.settings)) != first)
        };
        crate::knobs::all().iter().copied().filter(differs).collect()
    }
}
