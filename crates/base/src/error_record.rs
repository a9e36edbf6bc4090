//! How an error travels to another process: by what it says.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

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
