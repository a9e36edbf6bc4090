//! What tells combinations apart: what the judge pays for their texts, or, where these answer problems of a task, the
//! first of its measures.

use super::plan::SweepPlan;
use super::setting_summary::SettingSummary;
use crate::tasks::Measure;
use crate::tasks::exam::TaskGrade;

/// What the quality of a combination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yardstick {
    /// The judge's nats for each new pair of tokens; lower is better.
    NatsPerNewPair,
    /// The mean of the first of these measures, in percent; higher is better.
    Score(&'static [Measure]),
}

impl Yardstick {
    /// That of `plan`.
    pub fn of(plan: &SweepPlan) -> Self {
        plan.exam.as_ref().map_or(Self::NatsPerNewPair, |exam| Self::Score(exam.measures))
    }

    /// What `summary` is worth by it; no number where nothing was written.
    pub fn quality(self, summary: &SettingSummary) -> f64 {
        match self {
            Self::NatsPerNewPair => summary.measurement.nats_per_new_pair(),
            Self::Score(_) => 100.0 * summary.tally.mean(0),
        }
    }

    /// The same as a number that is lower where it is better.
    pub fn badness(self, summary: &SettingSummary) -> f64 {
        match self {
            Self::NatsPerNewPair => self.quality(summary),
            Self::Score(_) => -self.quality(summary),
        }
    }

    /// Whether less of it is better.
    pub fn lower_is_better(self) -> bool {
        self == Self::NatsPerNewPair
    }

    /// What it is called, with its unit.
    pub fn name(self) -> String {
        match self {
            Self::NatsPerNewPair => "nats/new pair".to_owned(),
            Self::Score(measures) => format!("% {}", first(measures)),
        }
    }

    /// The quality of `summary` in words, nats with `digits` behind the point.
    pub fn in_words(self, summary: &SettingSummary, digits: usize) -> String {
        let quality = self.quality(summary);
        match self {
            Self::NatsPerNewPair => format!("{quality:.digits$} {}", self.name()),
            Self::Score(_) => format!("{quality:.0} {}", self.name()),
        }
    }

    /// What the table says of every measure of the task, the first first: nothing where there is none.
    pub fn scores(self, summary: &SettingSummary) -> Vec<(&'static str, String)> {
        match self {
            Self::NatsPerNewPair => Vec::new(),
            Self::Score(measures) => {
                let names = measures.iter().map(|measure| measure.name);
                let grade = TaskGrade { measures, tally: summary.tally.clone() };
                names.zip(grade.cells()).collect()
            }
        }
    }
}

fn first(measures: &[Measure]) -> &'static str {
    measures.first().map_or("", |measure| measure.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{examined, plan};
    use crate::tasks::exam::Tally;

    #[test]
    fn a_higher_score_and_fewer_nats_are_better() {
        let tally = |right| Tally { problems: 4, sums: vec![right, 2.0], ..Tally::default() };
        let [good, bad] = [3.0, 1.0].map(|right| SettingSummary {
            setting: 0,
            measurement: crate::sweep::record::tests::measured(8, 28.0 / right),
            tally: tally(right),
        });
        let plan = plan(&[("steps", "8,16")]);
        for yardstick in [Yardstick::of(&plan), Yardstick::of(&examined(&plan))] {
            assert!(yardstick.badness(&good) < yardstick.badness(&bad));
            let rises = yardstick.quality(&good) > yardstick.quality(&bad);
            assert_eq!(rises, !yardstick.lower_is_better());
        }
        let yardstick = Yardstick::of(&examined(&plan));
        assert_eq!(yardstick.in_words(&good, 2), "75 % right");
        assert_eq!(yardstick.scores(&good)[1], ("near", "50 %".to_owned()));
        assert_eq!(Yardstick::of(&plan).in_words(&bad, 2), "2.00 nats/new pair");
    }
}
