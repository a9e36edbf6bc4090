//! What texts took and what they are worth: one type for races, sweeps, runs and tables.

use std::ops::AddAssign;
use std::time::Duration;

use crate::quality::Quality;

/// What one text came to, or several together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measurement {
    /// How many texts.
    pub texts: usize,
    /// Network passes (NFE).
    pub passes: usize,
    /// Tokens before the first end token, which alone count.
    pub tokens: usize,
    /// Tokens on the whole canvas.
    pub canvas_tokens: usize,
    /// From the first pass to the end of the last.
    pub time: Duration,
    /// What the judge says of the texts.
    pub quality: Quality,
}

impl AddAssign for Measurement {
    fn add_assign(&mut self, other: Self) {
        self.texts += other.texts;
        self.passes += other.passes;
        self.tokens += other.tokens;
        self.canvas_tokens += other.canvas_tokens;
        self.time += other.time;
        self.quality.add(&other.quality);
    }
}

impl std::iter::Sum for Measurement {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        let mut sum = Self::default();
        parts.for_each(|part| sum += part);
        sum
    }
}

impl Measurement {
    /// Passes a text, on average.
    pub fn passes_per_text(&self) -> f64 {
        self.passes as f64 / self.texts.max(1) as f64
    }

    /// Seconds a text, on average.
    pub fn seconds_per_text(&self) -> f64 {
        self.time.as_secs_f64() / self.texts.max(1) as f64
    }

    /// Passes a token.
    pub fn passes_per_token(&self) -> f64 {
        self.passes as f64 / self.tokens.max(1) as f64
    }

    /// Tokens a pass; 0 before the first.
    pub fn tokens_per_pass(&self) -> f64 {
        self.tokens as f64 / self.passes.max(1) as f64
    }

    /// Seconds of a step, its pass and the sampler's work; 0 before the first.
    pub fn seconds_per_pass(&self) -> f64 {
        self.time.as_secs_f64() / self.passes.max(1) as f64
    }

    /// Tokens a second.
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Nats for each new pair of tokens, lower is better. No number where nothing was written: an empty
    /// text is not the best of all.
    pub fn nats_per_new_pair(&self) -> f64 {
        if self.quality.new_pairs == 0 { f64::NAN } else { self.quality.nats_per_new_pair() }
    }
}

/// The middle one; of two middle ones the larger.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The values a quarter, half and three quarters of the way from the least to the most.
pub fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (share * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(index).copied().unwrap_or(0.0)
    };
    [at(0.25), at(0.5), at(0.75)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_pooled_and_not_averaged() {
        let text = |passes, tokens| Measurement {
            texts: 1,
            passes,
            tokens,
            time: Duration::from_millis(100),
            ..Measurement::default()
        };
        let all: Measurement = [text(8, 16), text(24, 48)].into_iter().sum();
        assert_eq!((all.texts, all.passes_per_text(), all.tokens_per_pass()), (2, 16.0, 2.0));
        assert_eq!((all.tokens_per_second(), all.seconds_per_text()), (320.0, 0.1));
        assert!(all.nats_per_new_pair().is_nan());
        assert_eq!(Measurement::default().tokens_per_pass(), 0.0);
    }

    #[test]
    fn quartiles_lie_between_the_least_and_the_most() {
        assert_eq!(quartiles(vec![5.0, 1.0, 2.0, 4.0, 3.0]), [2.0, 3.0, 4.0]);
        assert_eq!(quartiles(Vec::new()), [0.0; 3]);
        let seconds = |n: u64| Duration::from_secs(n);
        assert_eq!(median(vec![seconds(3), seconds(1), seconds(2), seconds(9)]), seconds(3));
    }
}
