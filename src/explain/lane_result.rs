//! What a lane did, and what answers like its own cost: passes, seconds and, where an hour has a
//! price, money.

use crate::diffusion::sampler::Drafter;
use crate::measurement::Measurement;
use crate::race::Entrant;

/// What one lane did: the figures of a race, or of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneResult {
    /// What the lane is called.
    pub name: String,
    /// Who drafts for it where it writes the next token; nothing where it denoises.
    pub drafter: Option<Drafter>,
    /// Positions that a pass of it reads: the middle one of all its passes; nothing where it made none. Of a canvas
    /// that is written in blocks those that no cache holds.
    pub positions: Option<usize>,
    /// All of its texts together.
    pub measurement: Measurement,
}

/// What some number of answers costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostEstimate {
    /// How many answers.
    pub answers: usize,
    /// Network passes.
    pub passes: f64,
    /// Seconds, one answer after the other.
    pub seconds: f64,
    /// In the currency of the price, where there is one.
    pub money: Option<f64>,
}

impl From<&Entrant> for LaneResult {
    fn from(entrant: &Entrant) -> Self {
        let mut read: Vec<usize> =
            entrant.trials.iter().flat_map(|trial| trial.passes.iter().copied()).collect();
        read.sort_unstable();
        Self {
            name: entrant.name.clone(),
            drafter: entrant.drafter,
            positions: read.get(read.len() / 2).copied(),
            measurement: entrant.total(),
        }
    }
}

impl LaneResult {
    /// What `answers` like these cost at `price` an hour. `None` before the first answer.
    pub fn cost_estimate(&self, answers: usize, price: Option<f64>) -> Option<CostEstimate> {
        if self.measurement.texts == 0 {
            return None;
        }
        let seconds = self.measurement.seconds_per_text() * answers as f64;
        Some(CostEstimate {
            answers,
            passes: self.measurement.passes_per_text() * answers as f64,
            seconds,
            money: price.map(|price| price * seconds / 3600.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_estimate_is_in_proportion() {
        let time = Duration::from_secs(6);
        let measurement = Measurement { texts: 20, passes: 480, time, ..Measurement::default() };
        let lane = LaneResult { name: "p2".into(), drafter: None, positions: None, measurement };
        let estimate = lane.cost_estimate(1000, Some(2.4)).unwrap();
        assert_eq!((estimate.passes, estimate.seconds), (24_000.0, 300.0));
        assert!((estimate.money.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(lane.cost_estimate(1000, None).unwrap().money, None);
        let none = LaneResult { measurement: Measurement::default(), ..lane };
        assert_eq!(none.cost_estimate(1000, None), None);
    }
}
