//! What a lane did, and what answers like its own cost: passes, seconds and, where an hour has a
//! price, money.

use std::time::Duration;

use crate::race::Lane;

/// What one lane did: the figures of a race, or of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the lane is called.
    pub name: String,
    /// Texts that were written.
    pub answers: usize,
    /// Tokens before their end tokens, which alone count.
    pub tokens: usize,
    /// Network passes.
    pub passes: usize,
    /// Time of all of them, the sampler's among it.
    pub time: Duration,
}

/// What some number of answers costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// How many answers.
    pub answers: usize,
    /// Network passes.
    pub passes: f64,
    /// Seconds, one answer after the other.
    pub seconds: f64,
    /// In the currency of the price, where there is one.
    pub money: Option<f64>,
}

impl From<&Lane> for Outcome {
    fn from(lane: &Lane) -> Self {
        let total = lane.total();
        Self {
            name: lane.name.clone(),
            answers: lane.heats.len(),
            tokens: total.tokens,
            passes: total.passes,
            time: total.time,
        }
    }
}

impl Outcome {
    /// Tokens that a pass wrote; 0 before the first.
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

    /// What `answers` like these cost at `price` an hour. `None` before the first answer.
    pub fn bill(&self, answers: usize, price: Option<f64>) -> Option<Bill> {
        if self.answers == 0 {
            return None;
        }
        let times = answers as f64 / self.answers as f64;
        let seconds = self.time.as_secs_f64() * times;
        Some(Bill {
            answers,
            passes: self.passes as f64 * times,
            seconds,
            money: price.map(|price| price * seconds / 3600.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_in_proportion() {
        let time = Duration::from_secs(6);
        let lane = Outcome { name: "p2".into(), answers: 20, tokens: 1920, passes: 480, time };
        let bill = lane.bill(1000, Some(2.4)).unwrap();
        assert_eq!((bill.passes, bill.seconds), (24_000.0, 300.0));
        assert!((bill.money.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(lane.bill(1000, None).unwrap().money, None);
        assert_eq!((lane.tokens_per_pass(), lane.tokens_per_second()), (4.0, 320.0));
        assert_eq!(Outcome { answers: 0, ..lane }.bill(1000, None), None);
    }
}
