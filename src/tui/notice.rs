//! What is said for a moment, and goes by itself.

use std::time::Duration;

use super::app::{App, Notice};
use crate::knobs::Knob;

impl App {
    /// Says for a moment what was done.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        /// Long enough to be read twice.
        const MOMENT: Duration = Duration::from_secs(4);
        let until = Some(self.now + MOMENT);
        self.notice = Some(Notice { until, ..Notice::good(text) });
    }

    /// How long it is until what was said for a moment goes.
    pub(super) fn until_silence(&self) -> Option<Duration> {
        Some(self.notice.as_ref()?.until?.saturating_sub(self.now))
    }

    /// Takes back what was said for a moment, where that is over; whether there was anything.
    pub fn fall_silent(&mut self) -> bool {
        let over = self.until_silence() == Some(Duration::ZERO);
        if over {
            self.notice = None;
        }
        over
    }

    /// Turns what the canvas looks like by a word, and names it: the knob may not be in sight.
    pub(super) fn next_look(&mut self, knob: &'static Knob, what: &str) {
        self.nudge(knob, 1, false);
        let value = self.value(knob);
        self.say(format!("{what}: {}, {}", knob.show(value), knob.help_for(value)));
    }
}
