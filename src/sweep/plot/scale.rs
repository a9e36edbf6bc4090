//! From values to places on an axis.

/// An axis: its ends, and what is written beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// For `values` above 0, with some room at both ends.
    pub fn logarithmic(values: &[f64]) -> Self {
        let (low, high) = ends(values).unwrap_or((1.0, 10.0));
        let room = (high / low).powf(0.06).max(1.1);
        Self { low: low / room, high: high * room, logarithmic: true }
    }

    /// For `values`, with some room at both ends. The worst are cut off where the others could not be
    /// told apart beside them; `must_show` and all below it are not.
    pub fn linear(values: &[f64], must_show: f64) -> Self {
        let (low, high) = ends(values).unwrap_or((0.0, 1.0));
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(high);
        let high = high.min((low + 4.0 * (middle - low)).max(must_show));
        let room = ((high - low) * 0.06).max(low.abs() * 0.01).max(1e-6);
        Self { low: low - room, high: high + room, logarithmic: false }
    }

    /// Where `value` is, from 0 to 1; what lies beyond an end is drawn at it.
    pub fn share(&self, value: f64) -> f64 {
        let place = |value: f64| if self.logarithmic { value.ln() } else { value };
        let (low, high) = (place(self.low), place(self.high));
        ((place(value) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// Round values between the ends, ascending, `count` of them at most or thereabouts.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic {
            let between: Vec<f64> = one_two_five(self.low, self.high);
            if between.len() >= 3 {
                let step = between.len().div_ceil(count.max(2));
                return between.into_iter().step_by(step).collect();
            }
        }
        let step = round_step((self.high - self.low) / count.max(2) as f64);
        let first = (self.low / step).ceil() as i64;
        let ticks = (first..).map(|n| n as f64 * step);
        // A round number of steps is not a round number in binary.
        ticks.take_while(|tick| *tick <= self.high).map(tidy).collect()
    }
}

fn ends(values: &[f64]) -> Option<(f64, f64)> {
    let low = values.iter().copied().reduce(f64::min)?;
    Some((low, values.iter().copied().fold(low, f64::max)))
}

/// 1, 2 and 5 times the powers of ten between `low` and `high`.
fn one_two_five(low: f64, high: f64) -> Vec<f64> {
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let values = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|n| tidy(n * 10f64.powi(decade))));
    values.filter(|value| (low..=high).contains(value)).collect()
}

/// The smallest of 1, 2 and 5 times the powers of ten that is no less than `step`.
fn round_step(step: f64) -> f64 {
    let ten = 10f64.powi(step.log10().floor() as i32);
    let fits = [1.0, 2.0, 5.0].into_iter().find(|n| n * ten >= step * 0.999);
    fits.unwrap_or(10.0) * ten
}

fn tidy(x: f64) -> f64 {
    (x * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_between_the_ends() {
        assert_eq!(Scale::logarithmic(&[4.0, 96.0]).ticks(8), [5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(Scale::logarithmic(&[0.02, 0.04]).ticks(4), [0.02, 0.03, 0.04]);
        assert_eq!(Scale::linear(&[1.0, 2.0, 3.0], 0.0).ticks(4), [1.0, 2.0, 3.0]);
        assert_eq!(Scale::linear(&[2.31, 2.35], 0.0).ticks(4), [2.3, 2.35]);
    }

    #[test]
    fn one_value_or_none_has_an_axis_too() {
        for values in [&[][..], &[2.0]] {
            for scale in [Scale::logarithmic(values), Scale::linear(values, f64::NEG_INFINITY)] {
                assert!(!scale.ticks(5).is_empty(), "{scale:?}");
                assert!(scale.share(2.0).is_finite());
            }
        }
    }

    #[test]
    fn the_worst_are_cut_off_but_never_the_front() {
        let values = [1.0, 1.2, 1.3, 1.4, 90.0];
        let scale = Scale::linear(&values, 1.4);
        assert_eq!(scale.share(90.0), 1.0);
        assert!(scale.share(1.4) < 0.5);
        assert!(Scale::linear(&values, 90.0).share(1.4) < 0.1);
    }
}
