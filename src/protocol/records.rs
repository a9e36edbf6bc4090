//! How what is no plain data travels: errors by what they say, a tokenizer as its JSON.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;
use crate::model::Tokenizer;

/// An error as another process can know it.
#[derive(Serialize, Deserialize)]
struct ErrorRecord {
    message: String,
    /// Whether what was given is at fault.
    usage: bool,
    /// Whether it was called off.
    cancelled: bool,
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let (message, usage) = (self.to_string(), self.is_usage());
        ErrorRecord { message, usage, cancelled: matches!(self, Self::Cancelled) }.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let ErrorRecord { message, usage, cancelled } = ErrorRecord::deserialize(input)?;
        Ok(match (cancelled, usage) {
            (true, _) => Self::Cancelled,
            (_, true) => Self::Invalid(message),
            _ => Self::EngineStopped(message),
        })
    }
}

impl Serialize for Tokenizer {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.to_json().map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Tokenizer {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let json = String::deserialize(input)?;
        Self::from_json("that is elsewhere", json.as_bytes()).map_err(D::Error::custom)
    }
}
