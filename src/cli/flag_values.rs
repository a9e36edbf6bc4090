//! Reading the values of flags, so that errors say what a flag takes.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use crate::model::Threads;
use crate::{Error, Result};

/// A whole number in `range`, for the flag called `flag`.
pub fn whole_number<T: TryFrom<u64>>(
    flag: &'static str,
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T> + Clone {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.and_then(|number: u64| T::try_from(number).ok()).ok_or_else(|| {
            let takes = match range.end() {
                &u64::MAX => format!("{} or more", range.start()),
                most => format!("{} to {most}", range.start()),
            };
            Error::invalid(format!("{flag} cannot be {text:?}; it takes a whole number, {takes}"))
        })
    }
}

/// How many threads there shall be.
pub fn threads(text: &str) -> Result<NonZeroUsize> {
    text.trim().parse().map_err(|_| {
        let most = Threads::MOST;
        Error::invalid(format!(
            "--threads cannot be {text:?}; it takes 1 to {most}; leave it out for one a core"
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn what_a_flag_takes_is_said() {
        assert_eq!(whole_number::<u16>("--repeats", 1..=65_535)("3").unwrap(), 3);
        let seeds = whole_number::<NonZeroU64>("--seeds", 1..=u64::MAX);
        for text in ["0", "x", "-1", "1.5"] {
            let message = seeds(text).unwrap_err().to_string();
            let expected =
                format!("--seeds cannot be {text:?}; it takes a whole number, 1 or more");
            assert_eq!(message, expected);
        }
        for text in ["0", "two"] {
            let message = threads(text).unwrap_err().to_string();
            assert!(message.contains(&format!("{text:?}; it takes 1 to 256")), "{message}");
        }
    }
}
