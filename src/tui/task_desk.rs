//! From task to task: a model of another one begins with what its own first text is, and what was on the desk of
//! the one before is there again when a model for that comes back.

use std::collections::HashMap;

use super::app::{App, Model, Notice};
use super::opening;
use crate::knobs::Settings;
use crate::model::bundled;
use crate::prompt::{PromptEntry, PromptKind};
use crate::tasks::Task;

/// What a task was left with.
pub(super) struct TaskDesk {
    prompt: PromptEntry,
    settings: Settings,
    borrowed_steps: bool,
}

/// The desks that were left, by the names of their tasks; that of stories has none.
#[derive(Default)]
pub struct TaskDesks(HashMap<Option<&'static str>, TaskDesk>);

impl App {
    /// The task that the model was trained for; nothing where that was text, or no model is loaded.
    pub fn task(&self) -> Option<&'static dyn Task> {
        self.models.first().and_then(|model| model.about.task())
    }

    /// Takes `models` in the place of those that were there.
    pub(super) fn take_models(&mut self, models: Vec<Model>) {
        let is_first = self.models.is_empty();
        let before = self.task().map(Task::name);
        self.models = models;
        if !is_first && before != self.task().map(Task::name) {
            self.change_desks(before);
        }
    }

    /// Puts what is on the desk of the task `before` away, and takes up what the task of the model of now was left
    /// with, or what it begins with.
    fn change_desks(&mut self, before: Option<&'static str>) {
        // A show that goes on is another task's.
        let left = self.desk_before_show.take().unwrap_or_else(|| self.desk());
        self.desks.0.insert(before, left);
        let task = self.task();
        let known = self.desks.0.remove(&task.map(Task::name));
        let first = self.first_desk(task);
        self.first_settings = first.settings.clone();
        self.take_up(known.unwrap_or(first));
        // It was meant for the other model.
        self.kept_prompt = None;
    }

    /// What is on the desk now.
    pub(super) fn desk(&self) -> TaskDesk {
        TaskDesk {
            prompt: PromptEntry { kind: self.prompt_kind, text: self.prompt.clone() },
            settings: self.lane().settings.clone(),
            borrowed_steps: self.borrowed_steps,
        }
    }

    /// Has on the desk what `desk` had.
    pub(super) fn take_up(&mut self, desk: TaskDesk) {
        (self.prompt, self.prompt_kind) = (desk.prompt.text, desk.prompt.kind);
        self.borrowed_steps = desk.borrowed_steps;
        // Lanes side by side keep the samplers that are compared.
        if let [lane] = &mut self.lanes[..] {
            lane.settings = desk.settings;
        }
    }

    fn first_desk(&mut self, task: Option<&'static dyn Task>) -> TaskDesk {
        let way = task.map(Task::shown);
        let settings = opening::settings(&self.chosen, way).unwrap_or_else(|error| {
            self.notice = Some(Notice::bad(error.to_string()));
            self.chosen.clone()
        });
        let bundled = self.models.first().and_then(|model| bundled::position(&model.about.name));
        let text = opening::prompt(task, bundled == Some(0), &self.chosen);
        let prompt = PromptEntry { kind: PromptKind::Text, text };
        let borrowed_steps = opening::borrows_steps(&self.chosen, way);
        TaskDesk { prompt, settings, borrowed_steps }
    }

    /// Opens the bundled model behind the one of now; behind the last one, and behind one that is not bundled, the
    /// first.
    pub(super) fn next_task(&mut self) {
        let here = self.models.first().and_then(|model| bundled::position(&model.about.name));
        let next = here.map_or(0, |here| (here + 1) % bundled::names().count());
        // The first needs no name.
        let name = bundled::names().nth(next).filter(|_| next > 0);
        self.open_model(name.map(Into::into));
    }
}
