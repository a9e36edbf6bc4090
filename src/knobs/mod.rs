//! Knobs: every parameter, declared once, next to the code that reads it.
//!
//! A [`Knob`] names itself and carries its range, default, unit, step and one line of help. The
//! command-line flags, the panel of the playground, the configuration file and the documentation are
//! made from that declaration. A [`Typed`] knob also says as what its value is read, a [`KnobSet`] holds
//! the knobs that belong together, and [`Settings`] hold their values.

mod declare;
mod set;
mod settings;
mod typed;
mod value;

pub use declare::{Counts, Reals};
pub use set::KnobSet;
pub use settings::Settings;
pub(crate) use typed::words;
pub use typed::{FromValue, Typed, Word};
pub use value::Value;

/// One parameter.
#[derive(Debug)]
pub struct Knob {
    /// The field's own term, as a flag and as a key: `block-length`.
    pub name: &'static str,
    /// Other names under which it is found, in files, flags and the environment.
    pub aliases: &'static [&'static str],
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

impl Knob {
    /// Where it starts.
    pub fn default(&self) -> Value {
        match &self.kind {
            Kind::Real { default, .. } | Kind::Count { default, .. } => *default,
            Kind::Choice { default, .. } => Value::Choice(default),
        }
    }

    /// Whether both are the same knob.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name
    }

    /// Whether it is called `name`, with either sign between its words.
    pub fn is_called(&self, name: &str) -> bool {
        let same = |own: &str| own.chars().eq(name.chars().map(|c| if c == '_' { '-' } else { c }));
        same(self.name) || self.aliases.iter().any(|alias| same(alias))
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
