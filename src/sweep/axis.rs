//! One knob, and the values that it takes in turn.

use crate::diffusion::noise::SEED;
use crate::knobs::{Kind, Knob, Value};
use crate::{Error, Result};

/// What stands for every word of a choosing knob.
pub const ALL: &str = "all";

/// A knob and its values, each once, in the order in which they were given.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The knob that is turned.
    pub knob: &'static Knob,
    /// What it holds, one after the other; never empty.
    pub values: Vec<Value>,
}

impl Axis {
    /// Reads the values from `words`; [`ALL`] stands for every word of a choosing knob.
    ///
    /// # Errors
    /// Names the knob, the word and what it may be; and refuses more than one seed, since seeds are
    /// counted from the first.
    pub fn new<'a>(knob: &'static Knob, words: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut values: Vec<Value> = Vec::new();
        for word in words {
            for value in values_of(knob, word)? {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        if values.is_empty() {
            return Err(Error::invalid(format!(
                "{} has no values; it takes {}",
                knob.name,
                knob.range()
            )));
        }
        if knob.name == SEED.name && values.len() > 1 {
            return Err(Error::invalid(
                "seed takes one value in a sweep, the first of them; --seeds says how many follow",
            ));
        }
        Ok(Self { knob, values })
    }

    /// Reads values with commas between them: `8,16,32`.
    ///
    /// # Errors
    /// As [`Axis::new`].
    pub fn parse(knob: &'static Knob, text: &str) -> Result<Self> {
        Self::new(knob, text.split(','))
    }
}

fn values_of(knob: &'static Knob, word: &str) -> Result<Vec<Value>> {
    match knob.kind {
        Kind::Choice { options, .. } if word.trim() == ALL => {
            Ok(options().iter().map(|option| Value::Choice(option.name)).collect())
        }
        _ => Ok(vec![knob.parse(word)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_given_each_once() {
        let axis = Axis::parse(&crate::diffusion::parts::schedule::STEPS, "32, 8,32").unwrap();
        assert_eq!(axis.values, [Value::Count(32), Value::Count(8)]);
        let axis = Axis::parse(&crate::diffusion::block::BLOCK_LENGTH, "whole,4").unwrap();
        assert_eq!(axis.values, [Value::Off, Value::Count(4)]);
    }

    #[test]
    fn all_is_every_word_and_nothing_else() {
        let axis = Axis::parse(&crate::diffusion::noise::NOISE, "all").unwrap();
        assert_eq!(axis.values, [Value::Choice("mask"), Value::Choice("uniform")]);
        let error =
            Axis::parse(&crate::diffusion::draw::TEMPERATURE, "all").unwrap_err().to_string();
        assert_eq!(error, "temperature cannot be \"all\"; it takes 0 to 2");
    }

    #[test]
    fn odd_values_are_named_with_the_mend() {
        for (knob, text, expected) in [
            ("steps", "8,x", "steps cannot be \"x\"; it takes 1 to 32768 passes"),
            ("steps", "8,", "steps cannot be \"\"; it takes 1 to 32768 passes"),
            ("sampler", "p2,wiño", "did you mean wino?"),
            ("seed", "1,2", "--seeds says how many follow"),
        ] {
            let error = Axis::parse(crate::diffusion::knobs().get(knob).unwrap(), text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
