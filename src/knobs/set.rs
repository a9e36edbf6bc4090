//! The knobs that belong together: those of samplers, those of the playground.

use super::{Knob, Settings, Value};
use crate::nearest::nearest;
use crate::{Error, Result};

/// Knobs in the order in which they are shown, no name twice.
#[derive(Debug)]
pub struct KnobSet(Vec<&'static Knob>);

impl KnobSet {
    /// The first of every name.
    pub fn new(knobs: impl IntoIterator<Item = &'static Knob>) -> Self {
        let mut all: Vec<&'static Knob> = Vec::new();
        for knob in knobs {
            if all.iter().all(|known| !known.is(knob)) {
                all.push(knob);
            }
        }
        Self(all)
    }

    /// Every knob, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = &'static Knob> {
        self.0.iter().copied()
    }

    /// Every knob with what it holds in `settings`.
    pub fn values(&self, settings: &Settings) -> impl Iterator<Item = (&'static Knob, Value)> {
        self.iter().map(|knob| (knob, settings.value(knob)))
    }

    /// Whether `knob` is one of them.
    pub fn holds(&self, knob: &Knob) -> bool {
        self.place(knob).is_some()
    }

    /// Where `knob` stands among them.
    pub fn place(&self, knob: &Knob) -> Option<usize> {
        self.0.iter().position(|other| other.is(knob))
    }

    /// The knob called `name`.
    pub fn find(&self, name: &str) -> Option<&'static Knob> {
        self.iter().find(|knob| knob.is_called(name))
    }

    /// The knob called `name`.
    ///
    /// # Errors
    /// Names the nearest one that there is.
    pub fn get(&self, name: &str) -> Result<&'static Knob> {
        self.find(name).ok_or_else(|| {
            let nearest = nearest(name, self.iter().map(|knob| knob.name));
            Error::invalid(format!("unknown knob {name:?}; did you mean {nearest:?}?"))
        })
    }

    /// `settings` with the knob called `name` holding `text`.
    ///
    /// # Errors
    /// Names an unknown knob and the nearest known one, or the value and the range.
    pub fn set(&self, mut settings: Settings, name: &str, text: &str) -> Result<Settings> {
        let knob = self.get(name)?;
        settings.set(knob, knob.parse(text)?);
        Ok(settings)
    }
}
