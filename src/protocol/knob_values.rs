//! Knobs and what they hold, by name. Which knobs there are is the registry's to say.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use crate::diffusion::knobs;
use crate::knobs::{Knob, Settings, Value};
use crate::nearest::nearest;

/// A value as it stands in JSON.
#[derive(Deserialize)]
#[serde(untagged, expecting = "it takes a number, a word, or null")]
enum Written {
    Off(()),
    Count(u64),
    Real(f64),
    Choice(String),
}

impl Written {
    fn text(&self) -> String {
        match self {
            Self::Off(()) => "off".to_owned(),
            Self::Count(count) => count.to_string(),
            Self::Real(real) => real.to_string(),
            Self::Choice(word) => word.clone(),
        }
    }
}

/// Every knob that `input` names, with what it holds.
fn read<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<(&'static Knob, Value)>, D::Error> {
    let written: BTreeMap<String, Written> = BTreeMap::deserialize(input)?;
    let knob_value = |(name, value): (String, Written)| {
        let knob = knobs().find(&name).ok_or_else(|| {
            let nearest = nearest(&name, knobs().iter().map(|knob| knob.name));
            D::Error::custom(format!("there is no knob {name:?}; did you mean {nearest}?"))
        })?;
        Ok((knob, knob.parse(&value.text()).map_err(D::Error::custom)?))
    };
    written.into_iter().map(knob_value).collect()
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let mut settings = Self::default();
        for (knob, value) in read(input)? {
            settings.set(knob, value);
        }
        Ok(settings)
    }
}

/// Knobs that were turned, by name, as a map.
pub(crate) mod turned {
    use super::*;

    pub fn serialize<S: Serializer>(
        turned: &[(&'static str, Value)],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_map(turned.iter().copied())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Vec<(&'static str, Value)>, D::Error> {
        Ok(read(input)?.into_iter().map(|(knob, value)| (knob.name, value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_and_nonsense_is_named() {
        let mut settings = Settings::default();
        for (name, text) in [
            ("sampler", "p2"),
            ("temperature", "0.7"),
            ("top-k", "off"),
            ("canvas", "31"),
            ("threshold", "0.30000000000000004"),
        ] {
            settings = settings.with(name, text).unwrap();
        }
        let text = serde_json::to_string(&settings).unwrap();
        let back: Settings = serde_json::from_str(&text).unwrap();
        assert!(back == settings, "{text}");
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        for (text, expected) in [
            ("{\"temprature\":1}", "did you mean temperature?"),
            ("{\"temperature\":9}", "temperature cannot be \"9\""),
            ("{\"canvas\":-4}", "canvas cannot be \"-4\""),
        ] {
            let error = serde_json::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
