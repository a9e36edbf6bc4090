//! Pausing, stepping and going through time.

use super::app::{App, Notice, Phase};
use crate::engine::{Command, KeptLane};
use crate::trace::NodeId;

impl App {
    pub(super) fn toggle_pause(&mut self) {
        let replays = self.shows_clock() && self.phase == Phase::Finished;
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
            Phase::Finished if replays => self.start_clock(),
            Phase::Finished | Phase::Cancelled | Phase::Failed(_) => self.start(),
            Phase::Waiting | Phase::Measuring(..) | Phase::Stopped(_) => {}
        }
    }

    fn resume(&mut self) {
        if self.shows_clock() {
            self.clock.runs = true;
        } else {
            self.go_to(usize::MAX);
        }
        self.engine.send(Command::Resume);
    }

    pub(super) fn step_once(&mut self) {
        let looking_back = if self.shows_clock() {
            self.neighbour(1) > self.clock.at && self.clock.at < self.horizon()
        } else {
            self.lanes.iter().any(|lane| !lane.is_at_end())
        };
        if looking_back && self.phase != Phase::Running {
            self.step_in_time(1);
        } else {
            self.go_to(usize::MAX);
            self.engine.send(Command::StepOnce);
        }
    }

    pub(super) fn continue_here(&mut self) {
        match self.phase {
            Phase::Paused if self.following => self.resume(),
            _ if self.run == 0 => {
                let text =
                    "that text is from before the sweep: it can be looked at, and begun again";
                self.notice = Some(Notice::bad(text));
            }
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
        self.run = self.engine.rewind(keep, self.order(), paused);
        self.forget_run();
        self.phase = Phase::Waiting;
    }

    /// One step back (-1) or forward (1): of all lanes, or of the one that made the nearest step on the
    /// clock.
    pub(super) fn step_in_time(&mut self, direction: isize) {
        if self.shows_clock() {
            self.set_clock(self.neighbour(direction));
        } else {
            let here = self.lanes.iter().map(|lane| lane.playhead).max().unwrap_or(0);
            self.go_to(here.saturating_add_signed(direction));
        }
    }

    /// Shows all lanes after `step` steps, or at the nearest frame there is. On the clock that is the
    /// moment at which the lane under the cursor made that step.
    pub fn go_to(&mut self, step: usize) {
        if self.shows_clock() {
            let moment = match step {
                usize::MAX => self.horizon(),
                step => self.lane().history.moment(step),
            };
            self.set_clock(moment);
            return;
        }
        let (now, warms_up) = (self.now, self.is_measuring());
        for lane in &mut self.lanes {
            lane.show(step, now);
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
        if self.shows_clock() {
            self.set_clock(share * self.whole_race().max(self.horizon()));
        } else {
            let steps = self.lanes.iter().map(|lane| lane.history.steps()).max().unwrap_or(0);
            self.go_to((share * steps as f64).round() as usize);
        }
    }

    pub(super) fn follow(&mut self) {
        if !self.shows_clock() {
            self.go_to(usize::MAX);
        }
    }
}
