//! Two ways of writing on the same beginnings, fairly: one after the other, undisturbed, warmed up,
//! several times, and with the quality of what was written beside every speed.

pub mod stages;

use std::time::Duration;

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::Segment;
use crate::diffusion::sampler::Drafter;
use crate::generation::generate;
use crate::knobs::Settings;
use crate::measurement::{Measurement, median, quartiles};
use crate::model::{Backbone, Tokenizer, WeightStats};
use crate::quality::Judge;
use crate::tasks::exam::TaskGrade;

/// The sampler of the lane that writes the autoregressive text in fewer passes.
pub const DRAFTING: &str = "self-speculative";

/// Beginnings that the bundled model can go on from; any other model finds them easy enough.
pub const BEGINNINGS: [&str; 20] = [
    "Once upon a time",
    "One day, a girl named Mia",
    "There was a little dog who",
    "Tom and his sister went to",
    "In the big forest, a bear",
    "The sun was shining and Lily",
    "A boy named Max had a",
    "Mommy gave Anna a new",
    "The cat sat under the",
    "It was a cold day, so",
    "Ben liked to play with his",
    "A small bird wanted to",
    "On the farm, the pig",
    "Sara saw a big, red",
    "The kids found a map",
    "Grandma told a story about",
    "At the beach, Sam",
    "Two friends built a",
    "The little fish was",
    "Every night, the moon",
];

/// One text, written once or several times.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it came to; its time is the median of the repetitions.
    pub measurement: Measurement,
    /// The positions that each of its passes read.
    pub passes: Vec<usize>,
    /// The text, its beginning included.
    pub text: String,
}

/// One way of writing, and what it wrote.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// What it is called.
    pub name: String,
    /// Who drafts for it where it writes the next token; nothing where it denoises.
    pub drafter: Option<Drafter>,
    /// How much of its network a pass goes through.
    pub weights: WeightStats,
    /// One a beginning.
    pub trials: Vec<Trial>,
    /// What its answers are worth, where the beginnings are problems of a task.
    pub grade: Option<TaskGrade>,
}

impl Entrant {
    /// All texts together.
    pub fn total(&self) -> Measurement {
        self.trials.iter().map(|trial| trial.measurement).sum()
    }

    /// The value of the middle text, and those a quarter from either end, ascending.
    pub fn quartiles(&self, of: impl Fn(&Measurement) -> f64) -> [f64; 3] {
        quartiles(self.trials.iter().map(|trial| of(&trial.measurement)).collect())
    }
}

/// Writes what `segments` leave open as `settings` say, `repeats` times after one that warms up; `tokenizer`
/// is the model's. The same seed writes the same text every time.
///
/// # Errors
/// As [`generate`], or when `judge` cannot read the text.
pub fn trial(
    model: &mut dyn Backbone,
    tokenizer: &Tokenizer,
    judge: &Judge,
    segments: &[Segment],
    settings: &Settings,
    repeats: usize,
) -> Result<Trial> {
    let never = Cancel::never();
    let generation = generate(model, segments, settings, &never)?;
    let times = (0..repeats.max(1)).map(|_| Ok(generate(model, segments, settings, &never)?.time));
    let time = median(times.collect::<Result<Vec<Duration>>>()?);
    let measurement = Measurement { time, ..generation.judged(tokenizer, judge, &never)? };
    let text = generation.text(tokenizer);
    Ok(Trial { measurement, passes: generation.passes, text })
}

/// What a person can read out: the first lane against the second, of their speed only where they were `timed`
/// fairly. The likelihood is that of the combined reading, nats for each new pair of tokens.
pub fn verdict(first: &Entrant, second: &Entrant, timed: bool) -> String {
    let (a, b) = (first.total(), second.total());
    if let Some((entrant, _)) =
        [(first, &a), (second, &b)].iter().find(|(_, total)| total.tokens == 0)
    {
        return format!("{} wrote nothing, so there is nothing to compare", entrant.name);
    }
    let speed = a.tokens_per_second() / b.tokens_per_second();
    let passes = b.passes_per_token() / a.passes_per_token();
    let mut said = format!("{} against {}: ", first.name, second.name);
    if timed {
        said.push_str(&format!("{}, ", than(speed, ["faster", "slower", "as fast"])));
    }
    let passes = than(passes, ["fewer passes", "more passes", "as many passes"]);
    said.push_str(&format!("{passes} a token"));
    if let (Some(ours), Some(theirs)) = (&first.grade, &second.grade) {
        if ours.tally.problems == 1 && theirs.tally.problems == 1 {
            said.push_str(&format!(", {} against {}", ours.in_words(), theirs.in_words()));
            return said;
        }
        let [ours, theirs] = [ours, theirs].map(|grade| 100.0 * grade.tally.mean(0));
        let name = first.grade.as_ref().and_then(|grade| grade.measures.first());
        let name = name.map_or("", |measure| measure.name);
        said.push_str(&format!(", {name} {ours:.0} % against {theirs:.0} %"));
    } else if a.quality.tokens > 0 && b.quality.tokens > 0 {
        let quality = a.quality.nats_per_new_pair() / b.quality.nats_per_new_pair() - 1.0;
        let percent = (quality.abs() * 100.0).round();
        said.push_str(&match (percent, quality > 0.0) {
            (0.0, _) => ", likelihood the same".to_owned(),
            (_, true) => format!(", likelihood {percent}% worse"),
            (_, false) => format!(", likelihood {percent}% better"),
        });
        let nats = [a, b].map(|total| total.quality.nats_per_new_pair());
        said.push_str(&format!(" ({:.2} and {:.2} nats a new pair)", nats[0], nats[1]));
    }
    said
}

/// `ratio` as one says it: so many times more or less, or neither.
fn than(ratio: f64, [more, less, neither]: [&str; 3]) -> String {
    const SAME: f64 = 1.05;
    if (1.0 / SAME..SAME).contains(&ratio) {
        neither.to_owned()
    } else if ratio > 1.0 {
        format!("{ratio:.1}x {more}")
    } else {
        format!("{:.1}x {less}", 1.0 / ratio)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::quality::Quality;
    use crate::tasks::Measure;
    use crate::tasks::exam::Tally;

    pub fn entrant(name: &str, passes: usize, millis: u64, nats: f64) -> Entrant {
        let quality = Quality { tokens: 60, nats, pairs: 59, new_pairs: 50, ..Quality::default() };
        let trial = |extra: u64| Trial {
            measurement: Measurement {
                texts: 1,
                passes,
                tokens: 60,
                canvas_tokens: 64,
                time: Duration::from_millis(millis + extra),
                quality,
            },
            passes: vec![0; passes],
            text: String::new(),
        };
        let (name, trials) = (name.to_owned(), (0..5).map(trial).collect());
        Entrant { name, drafter: None, weights: WeightStats::default(), trials, grade: None }
    }

    #[test]
    fn the_verdict_is_what_the_numbers_say() {
        let (fast, slow) = (entrant("p2", 10, 100, 55.0), entrant("autoregressive", 60, 250, 50.0));
        let said = verdict(&fast, &slow, true);
        let expected = "p2 against autoregressive: 2.5x faster, 6.0x fewer passes a token";
        assert!(said.starts_with(expected) && said.contains("likelihood 10% worse"), "{said}");
        assert!(verdict(&slow, &fast, true).contains("2.5x slower, 6.0x more passes"));
        let [x, y] = [entrant("x", 10, 100, 50.0), entrant("y", 10, 101, 50.0)];
        let same = "as many passes a token, likelihood the same (1.00 and 1.00 nats a new pair)";
        assert_eq!(verdict(&x, &y, true), format!("x against y: as fast, {same}"));
        assert_eq!(verdict(&x, &y, false), format!("x against y: {same}"));
    }

    #[test]
    fn of_one_answer_each_is_said_what_it_is_and_of_several_the_rate() {
        const MEASURES: [Measure; 1] =
            [Measure { name: "solved", about: "", said: Some(["not solved", "solved"]) }];
        let graded = |scores: &[f64]| {
            let mut grade = TaskGrade { measures: &MEASURES, tally: Tally::default() };
            scores.iter().for_each(|score| grade.tally.add_scores(vec![*score]));
            Entrant { grade: Some(grade), ..entrant("x", 10, 100, 50.0) }
        };
        let said = verdict(&graded(&[1.0]), &graded(&[0.0]), true);
        assert!(said.ends_with("as many passes a token, solved against not solved"), "{said}");
        let said = verdict(&graded(&[1.0, 0.0]), &graded(&[0.0, 0.0]), true);
        assert!(said.ends_with("solved 50 % against 0 %"), "{said}");
    }

    #[test]
    fn quartiles_are_those_of_the_trials() {
        let quartiles = entrant("x", 1, 100, 1.0).quartiles(|text| text.time.as_secs_f64());
        assert_eq!(quartiles, [0.101, 0.102, 0.103]);
    }
}
