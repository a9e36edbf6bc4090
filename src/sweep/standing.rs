//! Where one combination stands: all of its texts together.

use std::time::Duration;

use super::record::Row;
use crate::quality::Quality;
use crate::race::tokens_per_second;

/// One combination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Which of the grid.
    pub setting: usize,
    /// How many texts.
    pub texts: usize,
    /// Network passes of all texts.
    pub passes: usize,
    /// Tokens of all texts.
    pub tokens: usize,
    /// Time of all texts.
    pub time: Duration,
    /// Their quality, pooled.
    pub quality: Quality,
}

impl Standing {
    /// Nothing yet of the combination `setting`.
    pub fn new(setting: usize) -> Self {
        Self {
            setting,
            texts: 0,
            passes: 0,
            tokens: 0,
            time: Duration::ZERO,
            quality: Quality::default(),
        }
    }

    fn add(&mut self, row: &Row) {
        self.texts += 1;
        self.passes += row.measured.passes;
        self.tokens += row.measured.tokens;
        self.time += row.measured.time;
        self.quality.add(&row.measured.quality);
    }

    /// Passes a text, on average.
    pub fn passes_per_text(&self) -> f64 {
        self.passes as f64 / self.texts.max(1) as f64
    }

    /// Seconds a text, on average.
    pub fn seconds_per_text(&self) -> f64 {
        self.time.as_secs_f64() / self.texts.max(1) as f64
    }

    /// Tokens a pass.
    pub fn tokens_per_pass(&self) -> f64 {
        self.tokens as f64 / self.passes.max(1) as f64
    }

    /// Tokens a second.
    pub fn tokens_per_second(&self) -> f64 {
        tokens_per_second(self.tokens, self.time)
    }

    /// Nats for each new pair of tokens, lower is better. No number where nothing was written: an empty
    /// text is not the best of all.
    pub fn nats_per_new_pair(&self) -> f64 {
        if self.quality.new_pairs == 0 { f64::NAN } else { self.quality.nats_per_new_pair() }
    }
}

/// The combinations that `rows` are about, in their order.
pub fn standings(rows: &[Row]) -> Vec<Standing> {
    let mut all: Vec<Standing> = Vec::new();
    for row in rows {
        if all.last().is_none_or(|last| last.setting != row.trial.setting) {
            all.push(Standing::new(row.trial.setting));
        }
        if let Some(last) = all.last_mut() {
            last.add(row);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{plan, sound};
    use crate::sweep::record::tests::measured;

    #[test]
    fn texts_are_pooled_and_not_averaged() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let rows: Vec<Row> = plan
            .trials(&grid)
            .map(|trial| Row { trial, measured: measured(8 + trial.index, 14.0) })
            .collect();
        let standings = standings(&rows[..6]);
        assert_eq!(standings.len(), 2);
        assert_eq!((standings[0].texts, standings[1].texts), (4, 2));
        assert_eq!(standings[0].passes_per_text(), 9.5);
        assert_eq!(standings[0].nats_per_new_pair(), 1.0);
        assert_eq!(standings[1].tokens_per_pass(), 32.0 / 25.0);
        assert!(Standing::new(0).nats_per_new_pair().is_nan());
    }
}
