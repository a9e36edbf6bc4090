//! How rotary frequencies were stretched for contexts longer than those of the first training.

use std::f64::consts::TAU;

/// A way of stretching. What they are called is what `rope_type` in `rope_scaling` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    #[default]
    None,
    /// All frequencies divided by as much (position interpolation: Chen et al. 2023, arXiv 2306.15595).
    Linear(f64),
    /// Slow frequencies divided, fast ones not (LLaMA 3.1: arXiv 2407.21783, as its reference code has it).
    Llama3(Llama3Scaling),
    /// Slow frequencies divided, fast ones not, and attention sharper (YaRN: arXiv 2309.00071).
    Yarn(YarnScaling),
    /// Each frequency divided by a number of its own, (turned / 2) of them (`rope_freqs.weight` in GGUF).
    Divided(Vec<f32>),
}

/// What LLaMA 3 asks of its frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Llama3Scaling {
    /// By what the slow ones are divided.
    pub factor: f64,
    /// Frequencies that turn fewer times than this in the first context are slow.
    pub low_freq_factor: f64,
    /// Those that turn more often than this are fast.
    pub high_freq_factor: f64,
    /// Positions of the first context.
    pub original_positions: usize,
}

/// What YaRN asks of its frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YarnScaling {
    /// By what the slow ones are divided.
    pub factor: f64,
    /// Positions of the first context.
    pub original_positions: usize,
    /// Frequencies that turn more often than this in the first context stay.
    pub beta_fast: f64,
    /// Those that turn fewer times than this are divided whole.
    pub beta_slow: f64,
    /// By what cosines and sines are multiplied; from `factor` where it is not said.
    pub attention_factor: Option<f64>,
}

impl RopeScaling {
    /// Scales the frequency of each pair of a head that turn in `turned` numbers with base `theta`: radians a position
    /// (turned / 2), and by what cosines and sines are multiplied.
    pub(super) fn frequencies(&self, theta: f64, turned: usize) -> (Vec<f32>, f32) {
        let plain = |pair: usize| theta.powf(-((2 * pair) as f64 / turned as f64));
        let of = |scaled: &dyn Fn(usize, f64) -> f64| {
            (0..turned / 2).map(|pair| scaled(pair, plain(pair)) as f32).collect()
        };
        match self {
            Self::None => (of(&|_, frequency| frequency), 1.0),
            Self::Linear(factor) => (of(&|_, frequency| frequency / factor), 1.0),
            Self::Llama3(scaling) => (of(&|_, frequency| scaling.scaled(frequency)), 1.0),
            Self::Yarn(scaling) => {
                let (low, high) = scaling.ramp(theta, turned);
                let scaled = |pair: usize, frequency: f64| {
                    let divided = ((pair as f64 - low) / (high - low)).clamp(0.0, 1.0);
                    frequency * (1.0 - divided) + frequency / scaling.factor * divided
                };
                (of(&scaled), scaling.sharpening() as f32)
            }
            Self::Divided(by) => {
                let by = |pair: usize| by.get(pair).map_or(1.0, |by| f64::from(*by));
                (of(&|pair, frequency| frequency / by(pair)), 1.0)
            }
        }
    }

    /// Refuses what no frequency can be scaled by, of base `theta` and in `turned` numbers; for a sentence that names the
    /// file.
    pub(super) fn check(&self, theta: f64, turned: usize) -> Result<(), String> {
        self.check_numbers()?;
        if matches!(self, Self::Yarn(_)) && theta <= 1.0 {
            return Err(format!("rope_theta is {theta}; rope_scaling \"yarn\" takes more than 1"));
        }
        let (frequencies, scale) = self.frequencies(theta, turned);
        match frequencies.iter().chain([&scale]).all(|number| number.is_finite()) {
            true => Ok(()),
            false => Err(format!(
                "rope_theta {theta} and rope_scaling make frequencies that are no numbers"
            )),
        }
    }

    fn check_numbers(&self) -> Result<(), String> {
        let positive = |name: &str, number: f64| match number.is_finite() && number > 0.0 {
            true => Ok(()),
            false => Err(format!("{name} of rope_scaling is {number}; it takes a number above 0")),
        };
        match self {
            Self::None => Ok(()),
            Self::Linear(factor) => positive("factor", *factor),
            Self::Llama3(scaling) => {
                positive("factor", scaling.factor)?;
                positive("low_freq_factor", scaling.low_freq_factor)?;
                positive("original_max_position_embeddings", scaling.original_positions as f64)?;
                match scaling.high_freq_factor > scaling.low_freq_factor {
                    true => Ok(()),
                    false => Err(format!(
                        "high_freq_factor of rope_scaling is {}; it takes more than low_freq_factor, {}",
                        scaling.high_freq_factor, scaling.low_freq_factor
                    )),
                }
            }
            Self::Yarn(scaling) => {
                positive("factor", scaling.factor)?;
                positive("beta_fast", scaling.beta_fast)?;
                positive("beta_slow", scaling.beta_slow)?;
                positive("attention_factor", scaling.attention_factor.unwrap_or(1.0))?;
                positive("original_max_position_embeddings", scaling.original_positions as f64)
            }
            Self::Divided(by) => by.iter().try_for_each(|by| positive("a divisor", f64::from(*by))),
        }
    }
}

impl Llama3Scaling {
    fn scaled(&self, frequency: f64) -> f64 {
        let turns = self.original_positions as f64 * frequency / TAU;
        let kept = (turns - self.low_freq_factor) / (self.high_freq_factor - self.low_freq_factor);
        let kept = kept.clamp(0.0, 1.0);
        frequency * kept + frequency / self.factor * (1.0 - kept)
    }
}

impl YarnScaling {
    /// Of the pairs, the last that stays and the first that is divided whole.
    fn ramp(&self, theta: f64, turned: usize) -> (f64, f64) {
        // The pair that makes so many turns in the first context.
        let pair = |turns: f64| {
            turned as f64 * (self.original_positions as f64 / (turns * TAU)).ln()
                / (2.0 * theta.ln())
        };
        let low = pair(self.beta_fast).floor().max(0.0);
        let high = pair(self.beta_slow).ceil().min(turned as f64 - 1.0);
        (low, if high > low { high } else { low + 0.001 })
    }

    fn sharpening(&self) -> f64 {
        let from_factor = if self.factor > 1.0 { 0.1 * self.factor.ln() + 1.0 } else { 1.0 };
        self.attention_factor.unwrap_or(from_factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frequencies and factors are those of transformers 5.24 (`ROPE_INIT_FUNCTIONS`).
    #[test]
    fn frequencies_are_those_of_the_official_code() {
        let llama3 = Llama3Scaling {
            factor: 8.0,
            low_freq_factor: 1.0,
            high_freq_factor: 4.0,
            original_positions: 1024,
        };
        let yarn = YarnScaling {
            factor: 4.0,
            original_positions: 2048,
            beta_fast: 32.0,
            beta_slow: 1.0,
            attention_factor: None,
        };
        let sharper = YarnScaling {
            factor: 16.0,
            original_positions: 4096,
            beta_fast: 16.0,
            beta_slow: 2.0,
            attention_factor: Some(1.045_385),
        };
        let check = |scaling: RopeScaling, (theta, turned), scale: f32, expected: &[f32]| {
            let (found, sharpened) = scaling.frequencies(theta, turned);
            assert_eq!(found.len(), expected.len());
            assert!((sharpened - scale).abs() < 1e-5, "{sharpened}");
            for (found, expected) in found.iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-5, "{found}, not {expected}");
            }
        };
        check(
            RopeScaling::Llama3(llama3),
            (500_000.0, 32),
            1.0,
            &[
                1.0,
                0.440_366_6,
                0.193_922_8,
                0.085_397_1,
                0.037_606_03,
                0.010_276_12,
                0.001_312_569,
                4.014_308e-4,
                1.767_767e-4,
                7.784_655e-5,
                3.428_102e-5,
                1.509_622e-5,
                6.647_87e-6,
                2.927_5e-6,
                1.289_173e-6,
                5.677_088e-7,
            ],
        );
        check(
            RopeScaling::Yarn(yarn),
            (1_000_000.0, 32),
            1.138_629_4,
            &[
                1.0,
                0.421_696_5,
                0.177_827_9,
                0.063_741_01,
                0.022_135_95,
                0.007_334_368,
                0.002_249_365,
                5.928_435e-4,
                2.5e-4,
                1.054_241e-4,
                4.445_699e-5,
                1.874_736e-5,
                7.905_694e-6,
                3.333_804e-6,
                1.405_853e-6,
                5.928_434e-7,
            ],
        );
        check(
            RopeScaling::Yarn(sharper),
            (10_000.0, 16),
            1.045_385,
            &[
                1.0,
                0.316_227_8,
                0.1,
                0.031_622_78,
                0.006_874_999,
                0.001_185_854,
                6.25e-5,
                1.976_424e-5,
            ],
        );
        check(RopeScaling::Linear(4.0), (10_000.0, 4), 1.0, &[0.25, 0.002_5]);
        check(RopeScaling::Divided(vec![1.0, 2.0]), (10_000.0, 4), 1.0, &[1.0, 0.005]);
    }
}
