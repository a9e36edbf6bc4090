//! Knobs: every sampler parameter, declared once, next to the code that reads it.
//!
//! A [`Knob`] names itself and carries its range, default, unit, step and one line of help. The
//! command-line flags, the panel of the playground, the configuration file and the documentation are
//! made from that declaration, and [`Settings`] holds the values.

mod settings;
mod value;

pub use settings::Settings;
pub use value::Value;

use std::sync::LazyLock;

use crate::diffusion::parts::{schedule, score};
use crate::diffusion::{block, canvas, draw, guidance, noise, recipe};

/// One parameter.
#[derive(Debug)]
pub struct Knob {
    /// The field's own term, as a flag and as a key: `block-length`.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What it counts in; empty for a pure number.
    pub unit: &'static str,
    /// One line: what turning it does.
    pub help: &'static str,
    /// When a new value is used.
    pub applies: Applies,
}

/// What a knob may hold.
#[derive(Debug)]
pub enum Kind {
    /// A real number.
    Real {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// One notch.
        step: f64,
        /// Where it starts.
        default: Value,
        /// What it is called when switched off, where it can be.
        off: Option<&'static str>,
    },
    /// A whole number.
    Count {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
        /// The values that single notches visit; between them the fine notch moves by one.
        ladder: &'static [u64],
        /// Where it starts.
        default: Value,
        /// What it is called when switched off, where it can be.
        off: Option<&'static str>,
    },
    /// One of several words.
    Choice {
        /// The words, each with a line of help.
        options: fn() -> &'static [Choice],
        /// Where it starts.
        default: &'static str,
    },
}

/// One word that a [`Kind::Choice`] may hold.
#[derive(Debug)]
pub struct Choice {
    /// The word.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// When a turned knob takes hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// At the next denoising step of a running generation.
    NextStep,
    /// When the next generation begins.
    NextRun,
}

/// Every knob, in the order in which they are shown: what everyone turns, then the parts of samplers
/// and what belongs to them.
pub fn all() -> &'static [&'static Knob] {
    static ALL: LazyLock<Vec<&'static Knob>> = LazyLock::new(|| {
        let mut knobs: Vec<&'static Knob> = vec![
            &recipe::SAMPLER,
            &schedule::STEPS,
            &canvas::CANVAS,
            &block::BLOCK_LENGTH,
            &draw::TEMPERATURE,
            &draw::TOP_P,
            &draw::TOP_K,
            &schedule::TAU,
            &noise::NOISE,
            &noise::NOISE_SHARE,
            &guidance::CFG_SCALE,
            &draw::EOS,
            &score::ALG_TEMP,
        ];
        let rest =
            [&recipe::DRAW, &recipe::SCORE, &recipe::SCHEDULE, &recipe::SELECT, &recipe::CORRECT];
        let known = |knobs: &[&Knob], knob: &Knob| knobs.iter().any(|k| k.name == knob.name);
        for knob in recipe::part_knobs() {
            if !known(&knobs, knob) {
                knobs.push(knob);
            }
        }
        knobs.extend(rest);
        knobs.push(&noise::SEED);
        knobs
    });
    &ALL
}

/// The knob called `name`.
pub fn find(name: &str) -> Option<&'static Knob> {
    all().iter().copied().find(|knob| knob.name == name)
}

impl Knob {
    /// Where it starts.
    pub fn default(&self) -> Value {
        match &self.kind {
            Kind::Real { default, .. } | Kind::Count { default, .. } => *default,
            Kind::Choice { default, .. } => Value::Choice(default),
        }
    }

    /// What it is called when switched off, where it can be.
    pub fn off(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Real { off, .. } | Kind::Count { off, .. } => off,
            Kind::Choice { .. } => None,
        }
    }

    /// What may be written for it, for help and errors: `0 to 2`, `1 to 4096, or whole`.
    pub fn range(&self) -> String {
        let numbers = match &self.kind {
            Kind::Real { min, max, .. } => format!("{min} to {max}"),
            Kind::Count { min, max, .. } if *max == u64::MAX => format!("{min} or more"),
            Kind::Count { min, max, .. } => format!("{min} to {max}"),
            Kind::Choice { options, .. } => {
                let names: Vec<&str> = options().iter().map(|o| o.name).collect();
                return names.join(", ");
            }
        };
        let unit = if self.unit.is_empty() { "" } else { " " };
        let numbers = format!("{numbers}{unit}{}", self.unit);
        match self.off() {
            Some(off) => format!("{numbers}, or {off}"),
            None => numbers,
        }
    }

    /// The help of the word it holds, or its own.
    pub fn help_for(&self, value: Value) -> &'static str {
        if let (Kind::Choice { options, .. }, Value::Choice(name)) = (&self.kind, value)
            && let Some(option) = options().iter().find(|o| o.name == name)
        {
            return option.help;
        }
        self.help
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_sound() {
        for knob in all() {
            assert!(!knob.help.is_empty() && !knob.help.ends_with('.'), "{}", knob.name);
            assert_eq!(find(knob.name).unwrap().name, knob.name, "names are unique");
            let default = knob.default();
            assert_eq!(
                knob.parse(&knob.show(default)).unwrap(),
                default,
                "the default of {} is a value of it",
                knob.name
            );
        }
    }

    #[test]
    fn no_limit_lies_above_the_largest() {
        for name in ["block-length", "top-k"] {
            let knob = find(name).unwrap();
            let below = knob.nudge(Value::Off, -1, false);
            assert!(matches!(below, Value::Count(n) if n >= 500), "{name} goes down to {below}");
            assert_eq!(knob.nudge(below, 1, false), Value::Off);
            assert_eq!(knob.nudge(Value::Off, 1, false), Value::Off);
        }
    }

    #[test]
    fn every_notch_stays_in_range_and_comes_to_an_end() {
        for knob in all() {
            for (direction, fine) in [(1, false), (-1, false), (1, true), (-1, true)] {
                let mut value = knob.default();
                for _ in 0..200 {
                    value = knob.nudge(value, direction, fine);
                    assert_eq!(knob.parse(&knob.show(value)).unwrap(), value, "{}", knob.name);
                }
            }
        }
    }
}
