//! Attract mode: while nobody touches it, a playground shows what it can, one text after the other.
//!
//! A model that was trained for a task shows one problem of it after the other, each written in another way.
//!
//! After the first text it goes round once, and then stands still; in zen mode, for talks and shop windows, it goes on.
//! Any key or click ends it: what is shown stays, and the prompt and the knobs are those of before again.

use std::time::Duration;

use super::action::Action;
use super::app::{App, Notice, Phase};
use super::opening;
use super::zen::ZenMode;
use crate::beginnings::{BeginningKind, STORIES};
use crate::diffusion::noise::SEED;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::sampler::SAMPLER;
use crate::knobs::Value;
use crate::prompt::{PromptEntry, PromptKind};
use crate::tasks::Task;

/// How long a finished text stands before the next one.
const STANDS: Duration = Duration::from_secs(9);

/// Whether the next text comes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attract {
    /// Whether texts may follow by themselves at all.
    allowed: bool,
    on: bool,
    /// Texts that were shown.
    shown: usize,
}

impl Attract {
    /// On, until somebody does something.
    pub const ON: Self = Self { allowed: true, on: true, shown: 0 };
}

/// What is shown, and what is said of it.
struct Exhibit {
    shows: Shows,
    sampler: &'static str,
    says: &'static str,
}

enum Shows {
    /// The text to try of a kind, by number.
    Text(BeginningKind, usize),
    /// The text that stands there, part of it noise again.
    RepairOfThis,
}

static EXHIBITS: [Exhibit; 6] = [
    Exhibit {
        shows: Shows::RepairOfThis,
        sampler: "p2",
        says: "a repair: some of the text is noise again, and the model writes it anew",
    },
    Exhibit {
        shows: Shows::Text(BeginningKind::Infilling, 1),
        sampler: "p2",
        says: "an infilling: both ends are given, the middle is written",
    },
    Exhibit {
        shows: Shows::Text(BeginningKind::Continuation, 1),
        sampler: "token-editing",
        says: "another sampler: token-editing writes, and writes over what it no longer believes",
    },
    Exhibit {
        shows: Shows::Text(BeginningKind::Infilling, 3),
        sampler: "low-confidence",
        says: "two holes at once: low-confidence writes the surest tokens first, wherever they are",
    },
    Exhibit {
        shows: Shows::Text(BeginningKind::Repair, 0),
        sampler: "p2",
        says: "a text with wrong words in it, part of it noise, written anew",
    },
    Exhibit {
        shows: Shows::Text(BeginningKind::Continuation, 4),
        sampler: "wino",
        says: "wino: every written word is judged as if it were not there, and remasked if it does not hold",
    },
];

impl App {
    /// Somebody does something. Whether that ends a show, which [`App::say_show_is_over`] says.
    pub(super) fn end_attract(&mut self) -> bool {
        self.attract.on = false;
        let desk = self.desk_before_show.take();
        let ends = desk.is_some();
        if let Some(desk) = desk {
            self.take_up(desk);
        }
        ends
    }

    /// Says that what was there before the show is there again.
    pub(super) fn say_show_is_over(&mut self) {
        let key = self.keymap.key(Action::Restart);
        self.say(format!("your prompt and knobs are back: {key} writes it again"));
    }

    /// Whoever asks for the text alone wants a show, unless it was switched off.
    pub(super) fn begin_attract(&mut self) {
        self.attract.on = self.attract.allowed;
    }

    /// How long it is until the next text comes by itself; nothing where none will.
    pub(super) fn until_exhibit(&self) -> Option<Duration> {
        let goes_on = self.attract.shown < EXHIBITS.len() || self.zen == ZenMode::On;
        let free = self.attract.on
            && self.tally.is_none()
            && goes_on
            && self.lanes.len() == 1
            && self.opened.get().is_none();
        let at = self.lane().ended_at.filter(|_| free && self.phase == Phase::Finished)?;
        Some((at + STANDS).saturating_sub(self.now))
    }

    /// Shows the next text, where it is time.
    pub(super) fn advance_attract(&mut self) {
        if self.until_exhibit() != Some(Duration::ZERO) {
            return;
        }
        let index = self.attract.shown;
        self.attract.shown += 1;
        if self.desk_before_show.is_none() {
            self.desk_before_show = Some(self.desk());
        }
        match self.task() {
            Some(task) => self.show_problem(task, index),
            None => self.show_exhibit(&EXHIBITS[index % EXHIBITS.len()]),
        }
    }

    /// The next problem of the task, written in the next of the ways that denoise.
    fn show_problem(&mut self, task: &dyn Task, index: usize) {
        let ways = &task.ways()[1..];
        let way = ways[(index + 1) % ways.len()];
        let settings = way.settings().map(|way| self.chosen.clone().turned_to(&way));
        match settings.and_then(|settings| opening::settings(&settings, None)) {
            Ok(settings) => self.lane_mut().settings = settings,
            Err(error) => return self.notice = Some(Notice::bad(error.to_string())),
        }
        let text = opening::problem(task, index as u64 + 1);
        self.show_text(PromptEntry { kind: PromptKind::Text, text });
        self.borrowed_steps = opening::borrows_steps(&self.chosen, Some(way));
        let says = format!("another one that it was not trained on: {}", way.name);
        self.notice = Some(Notice::good(says));
    }

    fn show_exhibit(&mut self, exhibit: &'static Exhibit) {
        self.turn(&SAMPLER, Value::Choice(exhibit.sampler));
        // As the first text: in four seconds, where the sampler goes by steps.
        self.turn(&STEPS, Value::Count(32));
        let seed = SEED.nudge(self.lane().settings.value(&SEED), 1, true);
        self.turn(&SEED, seed);
        match exhibit.shows {
            Shows::RepairOfThis => self.repair(),
            Shows::Text(kind, number) => {
                let mut texts = STORIES.iter().filter(|text| text.kind == kind);
                if let Some(text) = texts.nth(number) {
                    self.show_text(text.entry());
                }
            }
        }
        self.borrowed_steps = true;
        self.notice = Some(Notice::good(exhibit.says));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::registry::registry;

    #[test]
    fn what_is_shown_is_there() {
        for exhibit in &EXHIBITS {
            assert!(registry().samplers().iter().any(|sampler| sampler.name == exhibit.sampler));
            if let Shows::Text(kind, number) = exhibit.shows {
                let texts = STORIES.iter().filter(|text| text.kind == kind);
                assert!(texts.count() > number);
            }
        }
    }
}
