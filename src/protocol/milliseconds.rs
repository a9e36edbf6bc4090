//! Durations as milliseconds, exact to the nanosecond; 0 where nobody took the time.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub fn serialize<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(time.as_nanos() as f64 / 1e6)
}

pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let milliseconds = f64::deserialize(input)?;
    from_milliseconds(milliseconds)
        .ok_or_else(|| D::Error::custom(format!("{milliseconds} ms is no time")))
}

fn from_milliseconds(milliseconds: f64) -> Option<Duration> {
    let nanoseconds = (milliseconds * 1e6).round();
    (0.0..=u64::MAX as f64).contains(&nanoseconds).then(|| Duration::from_nanos(nanoseconds as u64))
}

/// Times of network and sampler, as pairs.
pub mod pairs {
    use super::*;

    pub fn serialize<S: Serializer>(
        pairs: &[(Duration, Duration)],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        let milliseconds = |time: &Duration| time.as_nanos() as f64 / 1e6;
        out.collect_seq(pairs.iter().map(|(a, b)| (milliseconds(a), milliseconds(b))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Vec<(Duration, Duration)>, D::Error> {
        let pairs: Vec<(f64, f64)> = Vec::deserialize(input)?;
        let read = |(a, b): &(f64, f64)| Some((from_milliseconds(*a)?, from_milliseconds(*b)?));
        let times: Option<Vec<_>> = pairs.iter().map(read).collect();
        times.ok_or_else(|| D::Error::custom("a time is below zero, or no number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Timed(#[serde(with = "super")] Duration);

    #[test]
    fn a_time_comes_back_to_the_nanosecond() {
        for nanoseconds in [0, 1, 999, 1_000_001, 3_600_000_000_123] {
            let text = serde_json::to_string(&Timed(Duration::from_nanos(nanoseconds))).unwrap();
            let back: Timed = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0.as_nanos(), u128::from(nanoseconds), "{text}");
        }
        assert!(serde_json::from_str::<Timed>("-1").is_err());
        assert!(serde_json::from_str::<Timed>("1e300").is_err());
    }
}
