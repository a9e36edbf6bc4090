//! The softmax of a row of logits, not written out: what is asked of it is told from three sums.

use super::real::{Real, largest, sum, vectorised};

/// Numbers that are added up in single precision before their sum goes on in double.
const STRETCH: usize = 512;
/// Below this no probability counts, and the vectorised exponential has its floor.
const LOWEST: f32 = -87.0;

/// The distribution that a row of logits stands for. All of it in nats.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// The largest logit.
    top: f32,
    /// The sum of `exp(logit - top)`.
    total: f64,
    /// The sum of `exp(logit - top) * (logit - top)`.
    weighted: f64,
}

impl Softmax {
    /// Of `logits` (V), at a vectorised exponential each.
    pub fn of(logits: &[f32]) -> Self {
        vectorised(
            pulp::Arch::new(),
            #[inline(always)]
            || {
                let top = largest(logits);
                let (mut total, mut weighted) = (0.0, 0.0);
                for stretch in logits.chunks(STRETCH) {
                    let distance = |i: usize| {
                        let distance = stretch[i] - top;
                        if distance < LOWEST { LOWEST } else { distance }
                    };
                    total += f64::from(sum(stretch.len(), |i| Real::exp(distance(i))));
                    weighted +=
                        f64::from(sum(stretch.len(), |i| Real::exp(distance(i)) * distance(i)));
                }
                Self { top, total, weighted }
            },
        )
    }

    /// The probability of a token with this logit.
    pub fn probability(&self, logit: f32) -> f64 {
        (f64::from(logit) - f64::from(self.top)).exp() / self.total
    }

    /// Its logarithm.
    pub fn log_probability(&self, logit: f32) -> f64 {
        f64::from(logit) - f64::from(self.top) - self.total.ln()
    }

    /// The entropy, 0 or more.
    pub fn entropy(&self) -> f64 {
        (self.total.ln() - self.weighted / self.total).max(0.0)
    }

    /// The probability of every token of `logits`, the row that it was made of.
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; logits.len()];
        self.write_probabilities(logits, &mut out);
        out
    }

    /// The same into `out`, which is as long.
    pub fn write_probabilities(&self, logits: &[f32], out: &mut [f32]) {
        let share = (1.0 / self.total) as f32;
        vectorised(
            pulp::Arch::new(),
            #[inline(always)]
            || {
                for (out, logit) in out.iter_mut().zip(logits) {
                    *out = Real::exp(*logit - self.top) * share;
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_definition() {
        for count in [1usize, 2, 15, 16, 17, 600, 5000] {
            let mut logits: Vec<f32> =
                (0..count).map(|i| ((i * 7919) % 1000) as f32 / 50.0 - 12.0).collect();
            if count > 2 {
                logits[1] = f32::NEG_INFINITY;
            }
            let weights: Vec<f64> = logits.iter().map(|logit| f64::from(*logit).exp()).collect();
            let total: f64 = weights.iter().sum();
            let softmax = Softmax::of(&logits);
            let mut entropy = 0.0;
            for ((logit, weight), p) in
                logits.iter().zip(&weights).zip(softmax.probabilities(&logits))
            {
                let expected = weight / total;
                assert!((softmax.probability(*logit) - expected).abs() < 1e-6);
                assert!((f64::from(p) - expected).abs() < 1e-6);
                if expected > 0.0 {
                    assert!((softmax.log_probability(*logit) - expected.ln()).abs() < 1e-6);
                    entropy -= expected * expected.ln();
                }
            }
            assert!((softmax.entropy() - entropy).abs() < 1e-5, "{count}");
        }
    }
}
