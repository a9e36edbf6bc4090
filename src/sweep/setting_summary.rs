//! What one combination came to: all of its texts together.

use super::record::Row;
use crate::measurement::Measurement;
use crate::tasks::exam::Tally;

/// One combination.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingSummary {
    /// Which of the grid.
    pub setting: usize,
    /// All of its texts together.
    pub measurement: Measurement,
    /// Their scores, where they are answers to problems of a task.
    pub tally: Tally,
}

/// The combinations that `rows` are about, in their order.
pub fn summaries(rows: &[Row]) -> Vec<SettingSummary> {
    let settings = rows.chunk_by(|one, next| one.job.setting == next.job.setting);
    let summary = |texts: &[Row]| {
        let mut tally = Tally::default();
        texts.iter().for_each(|row| tally.add_scores(row.scores.clone()));
        let measurement = texts.iter().map(|row| row.measurement).sum();
        SettingSummary { setting: texts[0].job.setting, measurement, tally }
    };
    settings.map(summary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{plan, sound};
    use crate::sweep::record::tests::measured;

    #[test]
    fn the_texts_of_a_combination_are_pooled() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let rows: Vec<Row> = plan
            .jobs(&grid)
            .map(|job| Row {
                job,
                measurement: measured(8 + job.index, 14.0),
                scores: vec![(job.index % 2) as f64],
            })
            .collect();
        let summaries = summaries(&rows[..6]);
        let [first, second] = [0, 1].map(|at: usize| summaries[at].measurement);
        assert_eq!((summaries.len(), first.texts, second.texts), (2, 4, 2));
        assert_eq!((first.passes_per_text(), first.nats_per_new_pair()), (9.5, 1.0));
        assert_eq!(second.tokens_per_pass(), 32.0 / 25.0);
        assert_eq!((summaries[0].tally.problems, summaries[0].tally.mean(0)), (4, 0.5));
    }
}
