//! Numbers that nobody asked for: NaN here, `null` in JSON.

use serde::{Deserialize, Deserializer, Serializer};

pub fn serialize<S: Serializer>(number: &f32, out: S) -> Result<S::Ok, S::Error> {
    if number.is_nan() { out.serialize_none() } else { out.serialize_f32(*number) }
}

pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<f32, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or(f32::NAN))
}
