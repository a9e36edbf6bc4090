//! The values of all knobs.

use std::collections::BTreeMap;

use super::{Knob, Value, all, find};
use crate::nearest::nearest;
use crate::{Error, Result};

/// A value for every knob; those that were never set hold their default.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<&'static str, Value>);

impl Settings {
    /// What `knob` holds.
    pub fn get(&self, knob: &Knob) -> Value {
        let set = self.0.get(knob.name).copied();
        set.unwrap_or_else(|| knob.default())
    }

    /// Whether `knob` was ever set.
    pub fn is_set(&self, knob: &Knob) -> bool {
        self.0.contains_key(knob.name)
    }

    /// Sets `knob`; `value` must come from [`Knob::parse`] or [`Knob::nudge`].
    pub fn set(&mut self, knob: &'static Knob, value: Value) {
        self.0.insert(knob.name, value);
    }

    /// Sets each of `values` whose knob was never set.
    pub fn set_unless_set(&mut self, values: &[(&'static Knob, Value)]) {
        for (knob, value) in values {
            self.0.entry(knob.name).or_insert(*value);
        }
    }

    /// The same settings with `knob` holding `text`.
    ///
    /// # Errors
    /// Names an unknown knob and the nearest known one, or the value and the range.
    pub fn with(mut self, name: &str, text: &str) -> Result<Self> {
        let knob = find(name).ok_or_else(|| unknown(name))?;
        self.set(knob, knob.parse(text)?);
        Ok(self)
    }

    /// A real knob's number; `None` when it is off.
    pub fn real(&self, knob: &Knob) -> Option<f64> {
        match self.get(knob) {
            Value::Real(x) => Some(x),
            _ => None,
        }
    }

    /// A counting knob's number; `None` when it is off.
    pub fn count(&self, knob: &Knob) -> Option<usize> {
        match self.get(knob) {
            Value::Count(n) => usize::try_from(n).ok(),
            _ => None,
        }
    }

    /// A choosing knob's word.
    pub fn choice(&self, knob: &Knob) -> &'static str {
        match self.get(knob) {
            Value::Choice(word) => word,
            _ => "",
        }
    }

    /// Every knob with its value, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Knob, Value)> {
        all().iter().copied().map(|knob| (knob, self.get(knob)))
    }

    /// What differs between `before` and these, with the value held now.
    pub fn changes_since(&self, before: &Self) -> Vec<(&'static Knob, Value)> {
        self.iter().filter(|(knob, value)| before.get(knob) != *value).collect()
    }
}

/// "unknown knob x; did you mean y?"
fn unknown(name: &str) -> Error {
    let nearest = nearest(name, all().iter().map(|knob| knob.name));
    Error::invalid(format!("unknown knob {name:?}; did you mean {nearest:?}?"))
}
