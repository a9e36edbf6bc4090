//! How a knob is declared: what it may hold, then what is said of it.

use super::typed::Word;
use super::{Applies, Choice, Kind, Knob, Typed, Value};

/// A range of real numbers.
#[derive(Clone, Copy, Debug)]
pub struct Reals {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// One notch.
    pub step: f64,
}

/// A range of whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Smallest value.
    pub min: u64,
    /// Largest value.
    pub max: u64,
    /// The values that single notches visit; between them the fine notch moves by one.
    pub ladder: &'static [u64],
}

impl Reals {
    const fn kind(self, default: Value, off: Option<&'static str>) -> Kind {
        let Self { min, max, step } = self;
        Kind::Real { min, max, step, default, off }
    }
}

impl Counts {
    const fn kind(self, default: Value, off: Option<&'static str>) -> Kind {
        let Self { min, max, ladder } = self;
        Kind::Count { min, max, ladder, default, off }
    }
}

impl Typed<f64> {
    /// A real number, `default` at first.
    pub const fn real(name: &'static str, range: Reals, default: f64, help: &'static str) -> Self {
        Self::new(name, range.kind(Value::Real(default), None), help)
    }
}

impl Typed<Option<f64>> {
    /// A real number that is off at first, which is called `off`.
    pub const fn real_or(
        name: &'static str,
        range: Reals,
        off: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, range.kind(Value::Off, Some(off)), help)
    }
}

impl Typed<usize> {
    /// A whole number, `default` at first.
    pub const fn count(
        name: &'static str,
        range: Counts,
        default: u64,
        help: &'static str,
    ) -> Self {
        Self::new(name, range.kind(Value::Count(default), None), help)
    }
}

impl Typed<Option<usize>> {
    /// A whole number that is off at first, which is called `off`.
    pub const fn count_or(
        name: &'static str,
        range: Counts,
        off: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, range.kind(Value::Off, Some(off)), help)
    }
}

impl Typed<u64> {
    /// Any whole number, 0 at first.
    pub const fn number(name: &'static str, help: &'static str) -> Self {
        let all = Counts { min: 0, max: u64::MAX, ladder: &[] };
        Self::new(name, all.kind(Value::Count(0), None), help)
    }
}

impl Typed<Word> {
    /// One of words that are only known when the program runs, `default` at first.
    pub const fn word(
        name: &'static str,
        options: fn() -> &'static [Choice],
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, Kind::Choice { options, default }, help)
    }
}

impl<T> Typed<T> {
    /// What it counts in.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.knob.unit = unit;
        self
    }

    /// The word that it holds at first, in place of the first one.
    #[must_use]
    pub(crate) const fn starting_at(mut self, word: &'static str) -> Self {
        if let Kind::Choice { default, .. } = &mut self.knob.kind {
            *default = word;
        }
        self
    }

    /// A new value is used when the next generation begins.
    #[must_use]
    pub const fn next_run(mut self) -> Self {
        self.knob.applies = Applies::NextRun;
        self
    }

    /// Other names under which it is found.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.knob.aliases = aliases;
        self
    }
}

impl Knob {
    /// Of this kind, used from the next step on, without a unit.
    pub(super) const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, aliases: &[], kind, unit: "", help, applies: Applies::NextStep }
    }
}
