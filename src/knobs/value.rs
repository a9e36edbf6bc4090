//! One value of one knob: reading, showing, turning.

use std::fmt;

use super::{Kind, Knob};
use crate::nearest::nearest;
use crate::{Error, Result};

/// What a knob holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Switched off.
    Off,
    /// A real number.
    Real(f64),
    /// A whole number.
    Count(u64),
    /// One of the knob's words.
    Choice(&'static str),
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Off => out.serialize_none(),
            Self::Real(x) => out.serialize_f64(*x),
            Self::Count(n) => out.serialize_u64(*n),
            Self::Choice(word) => out.serialize_str(word),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Real(x) => write!(f, "{x}"),
            Self::Count(n) => write!(f, "{n}"),
            Self::Choice(word) => f.write_str(word),
        }
    }
}

impl Knob {
    /// The value as it is shown and as [`Knob::parse`] reads it.
    pub fn show(&self, value: Value) -> String {
        match (value, self.off()) {
            (Value::Off, Some(off)) => off.to_owned(),
            _ => value.to_string(),
        }
    }

    /// Reads a value from a flag, a file or the environment.
    ///
    /// # Errors
    /// Names the knob, the text and what it may be.
    pub fn parse(&self, text: &str) -> Result<Value> {
        let text = text.trim();
        let refuse = || {
            let meant = match &self.kind {
                Kind::Choice { options, .. } => {
                    let nearest = nearest(text, options().iter().map(|option| option.name));
                    format!("did you mean {nearest}? ")
                }
                _ => String::new(),
            };
            let range = self.range();
            Error::invalid(format!("{} cannot be {text:?}; {meant}it takes {range}", self.name))
        };
        if self.off().is_some_and(|off| text == off || text == "off") {
            return Ok(Value::Off);
        }
        match &self.kind {
            Kind::Real { min, max, .. } => text
                .parse::<f64>()
                .ok()
                .filter(|x| *min <= *x && *x <= *max)
                .map(Value::Real)
                .ok_or_else(refuse),
            Kind::Count { min, max, .. } => text
                .parse::<u64>()
                .ok()
                .filter(|n| (*min..=*max).contains(n))
                .map(Value::Count)
                .ok_or_else(refuse),
            // The field writes the same names with either sign.
            Kind::Choice { options, .. } => options()
                .iter()
                .find(|option| option.name == text.replace('_', "-"))
                .map(|option| Value::Choice(option.name))
                .ok_or_else(refuse),
        }
    }

    /// `value`, kept within what the knob may hold; the default where it is of another kind.
    pub fn nearest(&self, value: Value) -> Value {
        match (&self.kind, value) {
            (Kind::Real { min, max, .. }, Value::Real(x)) if !x.is_nan() => {
                Value::Real(x.clamp(*min, *max))
            }
            (Kind::Count { min, max, .. }, Value::Count(n)) => Value::Count(n.clamp(*min, *max)),
            (Kind::Choice { options, .. }, Value::Choice(word))
                if options().iter().any(|option| option.name == word) =>
            {
                value
            }
            (_, Value::Off) if self.off().is_some() => value,
            _ => self.default(),
        }
    }

    /// One notch up (`direction` 1) or down (-1); `fine` is the smallest move there is.
    pub fn nudge(&self, value: Value, direction: i32, fine: bool) -> Value {
        let up = direction > 0;
        match (&self.kind, value) {
            (Kind::Real { min, .. }, Value::Off) if up => Value::Real(*min),
            (Kind::Real { min, max, step, off, .. }, Value::Real(x)) => {
                if !up && x <= *min && off.is_some() {
                    return Value::Off;
                }
                let step = if fine { step / 5.0 } else { *step };
                let notches = x / step;
                let next =
                    if up { (notches + 1e-6).floor() + 1.0 } else { (notches - 1e-6).ceil() - 1.0 };
                // Rounded so that 0.1 + 0.2 is shown as 0.3.
                let next = (next * step * 1e6).round() / 1e6;
                Value::Real(next.clamp(*min, *max))
            }
            // Off is no limit, which is more than the most.
            (Kind::Count { max, ladder, .. }, Value::Off) if !up => {
                Value::Count(ladder.last().copied().unwrap_or(*max))
            }
            (Kind::Count { min, max, ladder, off, .. }, Value::Count(n)) => {
                if up && off.is_some() && ladder.last().is_some_and(|last| n >= *last) {
                    return Value::Off;
                }
                let rung = if fine || ladder.is_empty() {
                    None
                } else if up {
                    ladder.iter().copied().find(|rung| *rung > n)
                } else {
                    ladder.iter().rev().copied().find(|rung| *rung < n)
                };
                let by_one = if up { n.saturating_add(1) } else { n.saturating_sub(1) };
                let next = match rung {
                    Some(rung) => rung,
                    None if fine || ladder.is_empty() => by_one,
                    None => n,
                };
                Value::Count(next.clamp(*min, *max))
            }
            (Kind::Choice { options, .. }, Value::Choice(word)) => {
                let options = options();
                let here = options.iter().position(|o| o.name == word).unwrap_or(0);
                let count = options.len() as i32;
                let next = (here as i32 + direction.signum()).rem_euclid(count) as usize;
                Value::Choice(options[next].name)
            }
            _ => value,
        }
    }

    /// Where the value stands between the ends, 0 to 1; `None` where that means nothing.
    pub fn fraction(&self, value: Value) -> Option<f64> {
        match (&self.kind, value) {
            (Kind::Real { min, max, .. }, Value::Real(x)) => Some((x - min) / (max - min)),
            (Kind::Count { ladder, .. }, Value::Count(n)) if ladder.len() > 1 => {
                let below = ladder.iter().filter(|rung| **rung <= n).count();
                Some((below.max(1) - 1) as f64 / (ladder.len() - 1) as f64)
            }
            (Kind::Real { .. }, Value::Off) => Some(0.0),
            (Kind::Count { .. }, Value::Off) => Some(1.0),
            _ => None,
        }
    }

    /// The value at `fraction` of the way between the ends, for a click on a gauge.
    pub fn at_fraction(&self, fraction: f64) -> Option<Value> {
        let fraction = fraction.clamp(0.0, 1.0);
        match &self.kind {
            Kind::Real { min, max, step, .. } => {
                let notches = ((max - min) * fraction / step).round();
                let x = (min + notches * step).clamp(*min, *max);
                Some(Value::Real((x * 1e6).round() / 1e6))
            }
            Kind::Count { ladder, .. } if ladder.len() > 1 => {
                let rung = (fraction * (ladder.len() - 1) as f64).round() as usize;
                Some(Value::Count(ladder[rung]))
            }
            _ => None,
        }
    }
}
