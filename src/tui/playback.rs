//! Pausing, stepping and going through time.

use super::action::Action;
use super::app::{App, Notice, Phase};
use super::lane::LaneView;
use super::mode::Mode;
use crate::engine::{Command, KeptLane};
use crate::trace::NodeId;

/// What is said of a text that the engine gave up for a sweep.
pub(super) const FROM_BEFORE: &str =
    "that text is from before the sweep: it can be looked at, and begun again";

impl App {
    pub(super) fn toggle_pause(&mut self) {
        let replays = self.mode.shows_clock() && self.phase == Phase::Finished;
        match self.phase {
            Phase::Running => {
                self.clock.runs = false;
                self.engine.send(Command::Pause);
            }
            Phase::Paused => self.resume(),
            // A race that was run can be watched again.
            Phase::Finished if replays && self.clock.at < self.horizon() => {
                self.clock.runs = !self.clock.runs;
            }
            Phase::Finished if self.mode == Mode::FairReplay => self.next_stage(),
            Phase::Finished if replays => self.start_clock(),
            Phase::Finished | Phase::Cancelled | Phase::Failed(_) => self.start(),
            Phase::Waiting | Phase::Measuring(..) | Phase::Stopped(_) => {}
        }
    }

    fn resume(&mut self) {
        if self.mode.shows_clock() {
            self.clock.runs = true;
        } else {
            self.go_to(usize::MAX);
        }
        self.engine.send(Command::Resume);
    }

    pub(super) fn step_once(&mut self) {
        let looking_back = if self.mode.shows_clock() {
            self.neighbour(1) > self.clock.at && self.clock.at < self.horizon()
        } else {
            self.lanes.iter().any(|lane| !lane.is_at_end())
        };
        if looking_back {
            self.step_in_time(1);
        } else {
            self.go_to(usize::MAX);
            self.engine.send(Command::StepOnce);
        }
    }

    pub(super) fn continue_here(&mut self) {
        match self.phase {
            Phase::Paused if self.following => self.resume(),
            _ if self.run.is_none() => self.notice = Some(Notice::bad(FROM_BEFORE)),
            Phase::Running | Phase::Paused | Phase::Finished | Phase::Cancelled
                if !self.following =>
            {
                self.go_on_from_here(false);
            }
            _ => {}
        }
    }

    /// A lane that goes on from `node`.
    pub(super) fn kept(&self, lane: usize, node: NodeId) -> KeptLane {
        let known = if self.begun { self.lanes[lane].history.len() } else { 1 };
        KeptLane { lane, node, known }
    }

    /// Goes on from the moments that are shown; what came after them stays, in a branch of its own.
    pub(super) fn go_on_from_here(&mut self, paused: bool) {
        let lanes = self.lanes.iter().enumerate();
        let keep = lanes.map(|(index, lane)| self.kept(index, lane.node())).collect();
        self.rewind(keep, paused);
    }

    /// Goes on from the newest moments, as if nothing had been between.
    pub(super) fn take_up_again(&mut self, paused: bool) {
        let lanes = self.lanes.iter().enumerate();
        let keep =
            lanes.map(|(index, lane)| self.kept(index, lane.history.end().unwrap_or_default()));
        let keep = keep.collect();
        self.rewind(keep, paused);
    }

    /// Goes on from moments of all lanes. What was measured of them no longer holds.
    pub(super) fn rewind(&mut self, keep: Vec<KeptLane>, paused: bool) {
        self.mode = self.chosen_mode();
        self.run = Some(self.engine.rewind(keep, self.mode.scheduling(), paused));
        self.why = None;
        self.phase = Phase::Waiting;
    }

    /// One step back (-1) or forward (1): of all lanes, or of the one that made the nearest step on the
    /// clock.
    pub(super) fn step_in_time(&mut self, direction: isize) {
        if self.mode.shows_clock() {
            self.set_clock(self.neighbour(direction));
        } else {
            // Where the lane under the cursor is at its end, others may have gone on.
            let lane = self.lane();
            let further = self.passes_shown().saturating_sub(lane.history.passes());
            self.go_to((lane.playhead + further).saturating_add_signed(direction));
        }
    }

    /// What the wheel does over a show of time.
    pub(super) fn turn_time(&mut self, direction: i32) {
        self.act(if direction > 0 { Action::TimeForward } else { Action::TimeBack });
    }

    /// Passes that are behind the moment that is shown, of the lane that made most.
    pub fn passes_shown(&self) -> usize {
        let frames = self.lanes.iter().filter_map(LaneView::frame);
        frames.map(|frame| frame.cost.passes).max().unwrap_or(0)
    }

    /// Shows that moment of the lane under the cursor, or the nearest there is, and the others when they had
    /// made as many passes, or had as much time. Behind the end of that lane every pass is a moment.
    pub fn go_to(&mut self, moment: usize) {
        let history = &self.lane().history;
        if self.mode.shows_clock() {
            self.set_clock(match moment {
                usize::MAX => self.horizon(),
                moment => self.lane().seconds_at(moment),
            });
            return;
        }
        let passes = match history.frame(moment) {
            Some(frame) => frame.cost.passes,
            None => history.passes().saturating_add(moment.saturating_sub(history.steps())),
        };
        let (now, warms_up, focus) = (self.now, self.mode == Mode::FairWarmUp, self.focus);
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let at = if index == focus { moment } else { lane.history.after_passes(passes) };
            lane.show(at, now);
            // Even where the frame is the same one, it was asked for anew.
            lane.frame_since = now;
            if lane.ended && !warms_up {
                lane.ended_at.get_or_insert(now);
            }
        }
        self.following = self.lanes.iter().all(|lane| lane.is_at_end());
    }

    /// Shows the moment that is `share` (0 to 1) along the tracks.
    pub(super) fn go_along(&mut self, share: f64) {
        if self.mode.shows_clock() {
            self.set_clock(share * self.whole_race().max(self.horizon()));
        } else {
            let all = self.lanes.iter().map(|lane| lane.history.passes()).max().unwrap_or(0);
            let passes = (share * all as f64).round() as usize;
            let history = &self.lane().history;
            let further = passes.saturating_sub(history.passes());
            self.go_to(history.after_passes(passes) + further);
        }
    }

    pub(super) fn follow(&mut self) {
        if !self.mode.shows_clock() {
            self.go_to(usize::MAX);
        }
    }
}
