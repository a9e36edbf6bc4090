//! One clock for all lanes: what each had written when it had had so much of the model's time.

use std::time::Duration;

use super::app::{App, Notice, Phase};
use super::display::LANES;

/// A race is slowed down until it lasts this long: shorter ones cannot be watched.
const WATCHABLE: f64 = 6.0;
/// How many times slower than it was a race can be shown.
const SLOWER: [u32; 16] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

/// What was added up in another order is still the same moment.
const SAME: f64 = 1e-9;

/// Where on the model's time the screen is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// Seconds of model time that each lane has had.
    pub at: f64,
    /// How many times slower than it was it is shown; nothing before that can be told.
    pub slower: Option<u32>,
    /// Whether it goes on by itself.
    pub runs: bool,
}

impl App {
    /// Lets time go by, up to `now` since the program began.
    pub fn advance(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.now).as_secs_f64();
        self.now = now;
        self.advance_zen();
        self.advance_attract();
        self.advance_tally();
        // It may begin a run, but asks nothing of the run loop.
        let _ = self.ask_overlay(|overlay| overlay.on_time(now));
        if !self.mode.shows_clock() {
            return;
        }
        if self.clock.slower.is_none() {
            self.clock.slower = self.watchable();
        }
        if let (true, Some(slower)) = (self.clock.runs, self.clock.slower) {
            let horizon = self.horizon();
            self.clock.at = (self.clock.at + passed / f64::from(slower)).min(horizon);
            let goes_on = matches!(self.phase, Phase::Waiting | Phase::Running)
                && !self.lanes.iter().all(|lane| lane.ended);
            if self.clock.at >= horizon && !goes_on {
                self.clock.runs = false;
            }
        }
        self.show_clock();
    }

    /// Starts the clock at the noise.
    pub(super) fn start_clock(&mut self) {
        self.clock = Clock { at: 0.0, slower: None, runs: true };
    }

    /// Sets the clock. It stands there; at the end of a run that goes on, it goes along.
    pub(super) fn set_clock(&mut self, seconds: f64) {
        self.clock.runs = self.phase == Phase::Running && seconds >= self.horizon();
        self.clock.at = seconds.clamp(0.0, self.horizon());
        self.show_clock();
    }

    /// The nearest moment before (-1) or after (1) that of the clock at which a lane made a step.
    pub(super) fn neighbour(&self, direction: isize) -> f64 {
        let moments = self.lanes.iter().flat_map(|lane| lane.moments());
        if direction < 0 {
            moments.filter(|at| *at < self.clock.at * (1.0 - SAME)).fold(0.0, f64::max)
        } else {
            let next = moments
                .filter(|at| *at > self.clock.at * (1.0 + SAME))
                .fold(f64::INFINITY, f64::min);
            next.min(self.horizon())
        }
    }

    /// Shows it faster (1) or slower (-1).
    pub(super) fn change_clock_speed(&mut self, direction: i32) {
        let now = self.clock.slower.unwrap_or(1);
        let at = SLOWER.iter().position(|slower| *slower >= now).unwrap_or(0);
        let at = if direction > 0 { at.saturating_sub(1) } else { (at + 1).min(SLOWER.len() - 1) };
        self.clock.slower = Some(SLOWER[at]);
    }

    /// The end of what is known: of the slowest lane when all have ended, of the one that is furthest
    /// behind while they run.
    pub fn horizon(&self) -> f64 {
        let open = self.lanes.iter().filter(|lane| !lane.ended).map(|lane| lane.seconds());
        let open = open.fold(f64::INFINITY, f64::min);
        if open.is_finite() {
            return open;
        }
        self.lanes.iter().map(|lane| lane.seconds()).fold(0.0, f64::max)
    }

    /// Seconds from the noise to the end of the slowest lane, as far as can be told.
    pub fn whole_race(&self) -> f64 {
        self.lanes.iter().filter_map(|lane| lane.expected_seconds()).fold(0.0, f64::max)
    }

    /// How much slower it must be shown so that it can be watched; nothing before every lane has made a
    /// step.
    fn watchable(&self) -> Option<u32> {
        let begun = self.lanes.iter().all(|lane| lane.ended || lane.history.steps() > 0);
        let last = SLOWER[SLOWER.len() - 1];
        let whole = self.whole_race();
        let watchable = SLOWER.into_iter().find(|slower| whole * f64::from(*slower) >= WATCHABLE);
        begun.then_some(watchable.unwrap_or(last))
    }

    fn show_clock(&mut self) {
        let (at, now) = (self.clock.at, self.now);
        for lane in &mut self.lanes {
            lane.show(lane.moment_at(at), now);
            if lane.ended && lane.is_at_end() {
                lane.ended_at.get_or_insert(now);
            } else {
                lane.ended_at = None;
            }
        }
        self.following = self.clock.runs || at >= self.horizon();
    }

    /// The next way of sharing the machine among the lanes, and the race from its beginning.
    pub(super) fn next_order(&mut self) {
        if self.lanes.len() > 1 {
            self.nudge(&LANES, 1, false);
        } else {
            self.notice = Some(Notice::bad("there is one lane; race or compare it first"));
        }
    }
}
