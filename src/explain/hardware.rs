//! Other machines, by what their makers say of them: for estimates, and labelled as such.

use std::borrow::Cow;

use super::measure::PassCosts;
use super::roofline::{LowerBounds, Rates, ridge_point};
use crate::model::WeightStats;

/// Bytes of a weight there: `f16` or `bf16`, in which large models are run.
const HALF: u64 = 2;

/// A machine that is not this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Hardware {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// What it is capable of, with weights in half precision.
    pub rates: Rates,
    /// Who says so.
    pub source: Cow<'static, str>,
}

/// What passes would take there.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Where.
    pub hardware: Hardware,
    /// Seconds of a pass that denoises.
    pub pass: f64,
    /// Seconds of the autoregressive pass, where there is one.
    pub next_token: Option<f64>,
    /// Positions at which multiplying takes as long as reading the weights.
    pub ridge_point: f64,
}

/// Known machines. Without sparsity: weights are not sparse by themselves.
pub const KNOWN: [Hardware; 4] = [
    Hardware {
        name: Cow::Borrowed("NVIDIA H100 SXM"),
        rates: Rates { bandwidth: 3.35e12, flops: 989e12 },
        source: Cow::Borrowed(
            "NVIDIA H100 data sheet: 3.35 TB/s, bf16 1,979 TFLOP/s with sparsity",
        ),
    },
    Hardware {
        name: Cow::Borrowed("NVIDIA RTX 4090"),
        rates: Rates { bandwidth: 1.008e12, flops: 165.2e12 },
        source: Cow::Borrowed(
            "NVIDIA Ada architecture whitepaper: 1,008 GB/s, dense f16 with f32 accumulation",
        ),
    },
    Hardware {
        name: Cow::Borrowed("Apple M1 Max"),
        rates: Rates { bandwidth: 400e9, flops: 10.4e12 },
        source: Cow::Borrowed("Apple, October 2021: 400 GB/s, 10.4 TFLOP/s"),
    },
    Hardware {
        name: Cow::Borrowed("a phone"),
        rates: Rates { bandwidth: 76.8e9, flops: 4e12 },
        source: Cow::Borrowed("64 bits of LPDDR5X-9600 are 76.8 GB/s; 4 TFLOP/s is assumed"),
    },
];

impl Hardware {
    /// A machine of a person's own: memory bandwidth in GB/s, a comma, and arithmetic in TFLOP/s.
    /// `None` where `text` is not that.
    pub fn given(text: &str) -> Option<Self> {
        let (gigabytes, teraflops) = text.split_once(',')?;
        let rate = |text: &str, unit: f64| {
            let rate = text.trim().parse::<f64>().ok()? * unit;
            (rate.is_finite() && rate > 0.0).then_some(rate)
        };
        Some(Self {
            name: Cow::Borrowed("the machine you name"),
            rates: Rates { bandwidth: rate(gigabytes, 1e9)?, flops: rate(teraflops, 1e12)? },
            source: Cow::Borrowed("given"),
        })
    }

    /// Seconds that passes through `weights` over so many `positions` each would take here: the roofline itself, as if
    /// nothing else took time. `None` where the network, or what a pass read, is not known.
    pub fn seconds(&self, weights: WeightStats, positions: &[usize]) -> Option<f64> {
        let half = WeightStats { bytes: HALF * weights.weights, ..weights };
        let pass = |positions: &usize| {
            let bounds =
                LowerBounds::of(half, *positions, self.rates).filter(|_| *positions > 0)?;
            Some(bounds.seconds())
        };
        positions.iter().map(pass).sum()
    }

    /// What the passes of `costs` would take here, of those that denoise one over `positions`: the roofline itself, one
    /// text at a time, as if nothing else took time. `None` where the network is not known.
    pub fn estimate(&self, costs: &PassCosts, positions: usize) -> Option<Estimate> {
        let half = |network: WeightStats| WeightStats { bytes: HALF * network.weights, ..network };
        let pass = |network, positions| LowerBounds::of(half(network), positions, self.rates);
        let next_token = match costs.next_token {
            Some(next) => Some(pass(next.weight_stats, 1)?.seconds()),
            None => None,
        };
        Some(Estimate {
            pass: pass(costs.weight_stats, positions)?.seconds(),
            next_token,
            ridge_point: ridge_point(half(costs.weight_stats), self.rates)?,
            hardware: self.clone(),
        })
    }
}

impl Estimate {
    /// More tokens than this a pass of diffusion must write to be faster there. `None` where
    /// there is no autoregressive pass.
    pub fn break_even_tokens_per_pass(&self) -> Option<f64> {
        self.next_token.map(|next| self.pass / next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::measure::{NextToken, PassTime};
    use std::time::Duration;

    fn costs(positions: usize) -> PassCosts {
        let weight_stats = WeightStats { weights: 1_000_000_000, bytes: 4_000_000_000 };
        let time = Duration::from_secs(1);
        PassCosts {
            whole: vec![PassTime { positions, time }],
            weight_stats,
            next_token: Some(NextToken { cached: positions / 2, time, weight_stats }),
        }
    }

    #[test]
    fn where_reading_takes_longest_both_passes_take_as_long() {
        let there = KNOWN[0].estimate(&costs(96), 96).unwrap();
        assert!((there.pass - 2e9 / 3.35e12).abs() < 1e-9, "two bytes a weight");
        assert_eq!(there.break_even_tokens_per_pass(), Some(1.0));
        assert!((there.ridge_point - 989.0 / 3.35).abs() < 1e-6);
    }

    #[test]
    fn passes_are_added_up_each_by_what_takes_longest_in_it() {
        let there = Hardware::given("1000,100").unwrap();
        let weights = costs(1).weight_stats;
        let seconds = there.seconds(weights, &[1, 100, 400]).unwrap();
        assert!((seconds - (2e-3 + 2e-3 + 8e-3)).abs() < 1e-9, "{seconds}");
        assert_eq!(there.seconds(weights, &[1, 0]), None);
        assert_eq!(there.seconds(WeightStats::default(), &[1]), None);
    }

    #[test]
    fn beyond_the_balance_positions_are_paid_for() {
        let there = Hardware::given("1000,100").unwrap().estimate(&costs(400), 400).unwrap();
        assert!((there.pass - 8e-3).abs() < 1e-9 && (there.ridge_point - 100.0).abs() < 1e-6);
        assert!((there.break_even_tokens_per_pass().unwrap() - 4.0).abs() < 1e-9);
    }

    #[test]
    fn of_an_unknown_network_there_is_no_estimate() {
        let unknown = PassCosts { weight_stats: WeightStats::default(), ..costs(8) };
        assert_eq!(KNOWN[1].estimate(&unknown, 8), None);
    }

    #[test]
    fn a_machine_is_two_numbers_above_zero() {
        let given = Hardware::given("3350, 989").unwrap();
        assert_eq!(given.rates, Rates { bandwidth: 3350e9, flops: 989e12 });
        for text in ["x", "", "3350", "3350,", "0,1", "1,-1", "nan,1", "inf,1", "1,2,3"] {
            assert_eq!(Hardware::given(text), None, "{text:?}");
        }
    }
}
