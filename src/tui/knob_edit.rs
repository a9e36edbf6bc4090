//! Turning knobs.

use super::app::{App, Notice};
use super::display::{self, ESTIMATE_FOR, LANES, SPEED, Speed};
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{AUTO, PART_KNOBS, SAMPLER};
use crate::engine::{Command, RECORDED};
use crate::knobs::{Applies, FromValue, Kind, Knob, Settings, Value};

impl App {
    /// What a knob of the panel holds.
    pub fn value(&self, knob: &Knob) -> Value {
        self.values(knob).value(knob)
    }

    /// Whether `knob` was turned to what only the next run will use.
    pub fn waits_for_next_run(&self, knob: &Knob) -> bool {
        let lane = self.lane();
        lane.settings.value(knob) != lane.run_settings.value(knob)
    }

    fn values(&self, knob: &Knob) -> &Settings {
        if display::knobs().holds(knob) { &self.display } else { &self.lane().settings }
    }

    /// The knob under the cursor.
    pub fn selected_knob(&self) -> &'static Knob {
        self.knobs().get(self.knob).copied().unwrap_or(&SAMPLER)
    }

    /// Turns `knob` by a notch. Words that make no sense with the other knobs are passed over.
    pub fn nudge(&mut self, knob: &'static Knob, direction: i32, fine: bool) {
        let mut value = self.value(knob);
        let words = match &knob.kind {
            Kind::Choice { options, .. } => options().len(),
            _ => 1,
        };
        for _ in 0..words {
            value = knob.nudge(value, direction, fine);
            match self.objection(knob, value) {
                None => {
                    let passed_over = self.notice.take();
                    self.turn(knob, value);
                    self.notice = passed_over;
                    return;
                }
                Some(why) if self.recorded => return self.notice = Some(Notice::bad(why)),
                Some(why) => self.notice = Some(Notice::bad(format!("passed over: {why}"))),
            }
        }
    }

    /// Why `knob` cannot hold `value` beside the others.
    fn objection(&self, knob: &'static Knob, value: Value) -> Option<String> {
        if display::knobs().holds(knob) {
            return None;
        }
        if self.recorded {
            return Some(RECORDED.to_owned());
        }
        let mut settings = self.lane().settings.clone();
        settings.set(knob, value);
        if SAMPLER.is(knob) {
            PART_KNOBS.iter().for_each(|part| settings.set(&part.knob, Value::Choice(AUTO)));
        }
        ResolvedSampler::of(&settings).check().err().map(|error| error.to_string())
    }

    /// Whether the text is as long as its prompt says, whatever `knob`, that of the canvas, does.
    pub(super) fn is_overruled(&self, knob: &Knob) -> bool {
        let lane = self.lane();
        let answer = lane.history.frame(0).map(|noise| noise.answer());
        CANVAS.is(knob) && answer.is_some_and(|answer| answer != lane.run_settings.get(&CANVAS))
    }

    /// Sets `knob`; a running generation uses it from its next step on.
    pub fn turn(&mut self, knob: &'static Knob, value: Value) {
        if let Some(why) = self.objection(knob, value) {
            self.notice = Some(Notice::bad(why));
        } else if display::knobs().holds(knob) {
            self.display.set(knob, value);
            self.send_pace();
            if LANES.is(knob) && self.lanes.len() > 1 {
                self.start();
            }
            if ESTIMATE_FOR.is(knob) && self.stage().is_some() {
                self.enter_stage(self.race_stage);
            }
        } else {
            let selected = self.selected_knob();
            self.borrowed_steps &= !STEPS.is(knob);
            // Another sampler comes with its own parts: what was put in place of the old one's is not meant for it.
            let parts = PART_KNOBS.into_iter().filter(|_| SAMPLER.is(knob));
            let parts = parts.map(|part| (&part.knob, Value::Choice(AUTO)));
            let mut turned = Settings::of(knob, value);
            for (knob, value) in parts {
                turned.set(knob, value);
            }
            let lane = self.lane_mut();
            for (knob, value) in turned.set_knobs() {
                lane.settings.set(knob, value);
                if knob.applies == Applies::NextStep && !lane.ended {
                    lane.run_settings.set(knob, value);
                }
            }
            // Other knobs may have come into the panel: the cursor stays where it was.
            let place = self.knobs().iter().position(|other| other.is(selected));
            self.knob = place.unwrap_or(0);
            if knob.applies == Applies::NextStep {
                self.engine.send(Command::Turn(self.focus, turned));
            }
        }
    }

    /// The pace of the steps, or that of the clock. Unlike a knob that is turned on and on, it does not jump
    /// from fastest to slowest.
    pub(super) fn change_speed(&mut self, direction: i32) {
        if self.mode.is_on_clock() {
            return self.change_clock_speed(direction);
        }
        let now = self.display.value(&SPEED);
        let next = SPEED.nudge(now, direction, false);
        let rate = |value: Value| {
            Speed::from_value(value).and_then(Speed::per_second).unwrap_or(f64::INFINITY)
        };
        if (rate(next) > rate(now)) == (direction > 0) {
            self.turn(&SPEED, next);
        }
    }
}
