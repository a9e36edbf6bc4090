//! What no pass can be faster than: reading the weights, and multiplying with them.
//!
//! The roofline (Williams, Waterman, Patterson: "Roofline: An Insightful Visual Performance Model for
//! Multicore Architectures", CACM 52(4), 2009): a machine moves so many bytes a second and makes so many
//! floating-point operations a second, and a program waits for the slower of the two. A pass reads every
//! weight once, whatever the number of positions, and multiplies it with each of them.

use std::time::Duration;

use crate::model::WeightStats;

/// What a machine is capable of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Bytes a second from memory.
    pub bandwidth: f64,
    /// Floating-point operations a second.
    pub flops: f64,
}

/// The least that a pass takes for either, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowerBounds {
    /// Reading the weights.
    pub memory: f64,
    /// Multiplying with them: an addition and a multiplication for each weight and position.
    pub arithmetic: f64,
}

/// The floors as shares of a measured time. Their sum can be above 1: a machine may read and calculate
/// at the same time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilisation {
    /// Reading the weights takes at least this.
    pub memory: f64,
    /// Multiplying with them takes at least this.
    pub arithmetic: f64,
    /// What neither of the two explains, at most: attention, norms, and handing out the work.
    pub rest: f64,
}

impl LowerBounds {
    /// Those of a pass over `positions` through `weight_stats`; `None` where that is not known.
    pub fn of(weight_stats: WeightStats, positions: usize, rates: Rates) -> Option<Self> {
        (weight_stats.weights > 0).then(|| Self {
            memory: weight_stats.bytes as f64 / rates.bandwidth,
            arithmetic: 2.0 * weight_stats.weights as f64 * positions as f64 / rates.flops,
        })
    }

    /// Seconds that the pass takes where both happen at the same time and nothing else takes any.
    pub fn seconds(&self) -> f64 {
        self.memory.max(self.arithmetic)
    }

    /// The floors as shares of `time`.
    pub fn utilisation(&self, time: Duration) -> Utilisation {
        let time = time.as_secs_f64().max(f64::MIN_POSITIVE);
        Utilisation {
            memory: self.memory / time,
            arithmetic: self.arithmetic / time,
            rest: (1.0 - self.seconds() / time).max(0.0),
        }
    }
}

/// The number of positions at which multiplying takes as long as reading. Below it a further position
/// costs nearly nothing, beyond it each costs its share. `None` where `weight_stats` is not known.
pub fn ridge_point(weight_stats: WeightStats, rates: Rates) -> Option<f64> {
    let one = LowerBounds::of(weight_stats, 1, rates)?;
    Some(one.memory / one.arithmetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { bandwidth: 20e9, flops: 100e9 };
    const MODEL: WeightStats = WeightStats { weights: 5_000_000, bytes: 20_000_000 };

    #[test]
    fn floors_are_bytes_and_operations_over_the_rates() {
        let floors = LowerBounds::of(MODEL, 30, RATES).unwrap();
        assert!((floors.memory - 1e-3).abs() < 1e-12 && (floors.arithmetic - 3e-3).abs() < 1e-12);
        assert_eq!(floors.seconds(), floors.arithmetic);
        let shares = floors.utilisation(Duration::from_millis(4));
        assert!((shares.memory - 0.25).abs() < 1e-9 && (shares.arithmetic - 0.75).abs() < 1e-9);
        assert!((shares.rest - 0.25).abs() < 1e-9);
        assert_eq!(floors.utilisation(Duration::from_millis(1)).rest, 0.0);
    }

    #[test]
    fn reading_and_multiplying_balance_where_both_take_as_long() {
        let positions = ridge_point(MODEL, RATES).unwrap();
        assert!((positions - 10.0).abs() < 1e-9);
        let floors = LowerBounds::of(MODEL, 10, RATES).unwrap();
        assert!((floors.memory / floors.arithmetic - 1.0).abs() < 1e-9);
    }

    #[test]
    fn of_an_unknown_network_nothing_is_said() {
        assert_eq!(LowerBounds::of(WeightStats::default(), 30, RATES), None);
        assert_eq!(ridge_point(WeightStats::default(), RATES), None);
    }
}
