//! An exam: problems of a task put to a model, its answers scored.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};
use std::time::Duration;

use super::{Measure, Problem, Split, Task};
use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::Segment;
use crate::generation::generate;
use crate::knobs::Settings;
use crate::model::LanguageModel;

/// What the answers to some problems came to.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Tally {
    /// Problems.
    pub problems: usize,
    /// The sum of the scores, by measure.
    pub sums: Vec<f64>,
    /// Network passes (NFE).
    pub passes: usize,
    /// Tokens before the first end token.
    pub tokens: usize,
    /// From the first pass to the end of the last, of all answers.
    pub time: Duration,
}

impl Tally {
    /// The mean score of the `measure`-th measure; 0 before the first problem.
    pub fn mean(&self, measure: usize) -> f64 {
        let sum = self.sums.get(measure).copied().unwrap_or_default();
        sum / self.problems.max(1) as f64
    }

    /// Network passes an answer, on average.
    pub fn passes_per_problem(&self) -> f64 {
        self.passes as f64 / self.problems.max(1) as f64
    }

    /// Tokens a pass; 0 before the first.
    pub fn tokens_per_pass(&self) -> f64 {
        self.tokens as f64 / self.passes.max(1) as f64
    }

    /// Seconds an answer, on average.
    pub fn seconds_per_problem(&self) -> f64 {
        self.time.as_secs_f64() / self.problems.max(1) as f64
    }

    /// One problem more, with these scores.
    pub fn add_scores(&mut self, scores: Vec<f64>) {
        *self += &Self { problems: 1, sums: scores, ..Self::default() };
    }

    /// The 95 % interval of a rate (Wilson 1927).
    pub fn interval(&self, measure: usize) -> (f64, f64) {
        const Z: f64 = 1.959_964;
        let (n, p) = (self.problems.max(1) as f64, self.mean(measure));
        let scale = 1.0 / (1.0 + Z * Z / n);
        let centre = (p + Z * Z / (2.0 * n)) * scale;
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() * scale;
        (centre - half, centre + half)
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.problems += other.problems;
        self.sums.resize(other.sums.len(), 0.0);
        for (sum, score) in self.sums.iter_mut().zip(&other.sums) {
            *sum += score;
        }
        self.passes += other.passes;
        self.tokens += other.tokens;
        self.time += other.time;
    }
}

/// What answers to problems of a task are worth.
#[derive(Clone, Debug)]
pub struct TaskGrade {
    /// What they were scored by.
    pub measures: &'static [Measure],
    /// Their scores.
    pub tally: Tally,
}

impl TaskGrade {
    /// What one answer is worth, which has these scores.
    pub fn of(measures: &'static [Measure], scores: Vec<f64>) -> Self {
        let mut tally = Tally::default();
        tally.add_scores(scores);
        Self { measures, tally }
    }

    /// What is said of one answer: by the first measure, and by the others too where that is not all that one can
    /// wish for.
    pub fn in_words(&self) -> String {
        let is_full = |at| self.tally.mean(at) >= 1.0;
        let said = |(at, measure): (usize, &Measure)| match measure.said {
            Some(words) => words[usize::from(is_full(at))].to_owned(),
            None => format!("{} {:.0} %", measure.name, 100.0 * self.tally.mean(at)),
        };
        let shown = if is_full(0) { 1 } else { self.measures.len() };
        self.measures.iter().enumerate().take(shown).map(said).collect::<Vec<_>>().join(", ")
    }

    /// The mean of every measure, as a person reads it.
    pub fn cells(&self) -> Vec<String> {
        let shown = |index: usize| {
            let mean = 100.0 * self.tally.mean(index);
            if !self.measures[index].is_rate() {
                return format!("{mean:.0} %");
            }
            let (low, high) = self.tally.interval(index);
            format!("{mean:.0} % ({:.0} to {:.0})", 100.0 * low, 100.0 * high)
        };
        (0..self.measures.len()).map(shown).collect()
    }
}

/// `problem` as `model` is given it: its prompt, and behind it the noise that the answer is made of.
///
/// # Errors
/// What the tokenizer says.
pub fn segments(model: &LanguageModel, task: &dyn Task, problem: &Problem) -> Result<Vec<Segment>> {
    let tokenizer = model.tokenizer();
    let mut prompt: Vec<u32> = model.config().bos_id.into_iter().collect();
    prompt.extend(tokenizer.encode(&problem.prompt)?);
    let room = task.room(tokenizer.encode(&problem.answer)?.len());
    Ok(vec![Segment::Prompt(prompt), Segment::Noise(room)])
}

/// `model`, whose answers are over where one to a problem of `task` is.
///
/// # Errors
/// What the tokenizer says.
pub fn answering(model: LanguageModel, task: &dyn Task) -> Result<LanguageModel> {
    let mut stops = Vec::new();
    for word in task.behind_answers() {
        // One of several tokens may begin other words, too.
        if let [token] = model.tokenizer().encode(word)?[..] {
            stops.push(token);
        }
    }
    Ok(model.stopped_by(stops))
}

/// Puts `problem` to `model`, which writes as `settings` say: what it wrote behind the prompt, up to its end token,
/// and what that is worth.
///
/// # Errors
/// As [`generate`], or what the tokenizer says.
pub fn answer(
    model: &mut LanguageModel,
    task: &dyn Task,
    problem: &Problem,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<(String, Tally)> {
    let segments = segments(model, task, problem)?;
    let generation = generate(model, &segments, settings, cancel)?;
    let written = model.tokenizer().decode(&generation.canvas.ids()[generation.answer.clone()]);
    let tally = Tally {
        problems: 1,
        sums: task.score(problem, &written),
        passes: generation.passes.len(),
        tokens: generation.tokens.emitted,
        time: generation.time,
    };
    Ok((written, tally))
}

/// Puts the held-out problems of these indices to `model`; tallies by [`Problem::group`].
///
/// # Errors
/// As [`answer`].
pub fn examine(
    model: &LanguageModel,
    task: &dyn Task,
    problems: Range<u64>,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<BTreeMap<&'static str, Tally>> {
    let mut model = answering(model.share(), task)?;
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for index in problems {
        let problem = task.problem(EXAM_SEED, Split::HeldOut, index);
        let (_, tally) = answer(&mut model, task, &problem, settings, cancel)?;
        *tallies.entry(problem.group).or_default() += &tally;
    }
    Ok(tallies)
}

/// The seed of all exams: everybody is asked the same.
pub const EXAM_SEED: u64 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        let tally = Tally { problems: 10, sums: vec![8.0], ..Tally::default() };
        let (low, high) = tally.interval(0);
        assert!((low - 0.4902).abs() < 1e-3 && (high - 0.9433).abs() < 1e-3, "{low} {high}");
        let (low, high) = Tally { problems: 50, sums: vec![50.0], ..Tally::default() }.interval(0);
        assert!((low - 0.9286).abs() < 1e-3 && (high - 1.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn only_a_rate_has_an_interval() {
        const MEASURES: [Measure; 2] = [
            Measure { name: "right", about: "", said: Some(["wrong", "right"]) },
            Measure { name: "cells", about: "", said: None },
        ];
        let tally = Tally {
            problems: 10,
            sums: vec![8.0, 5.5],
            passes: 40,
            tokens: 60,
            time: Duration::from_secs(5),
        };
        assert_eq!((tally.passes_per_problem(), tally.tokens_per_pass()), (4.0, 1.5));
        assert_eq!(tally.seconds_per_problem(), 0.5);
        let grade = TaskGrade { measures: &MEASURES, tally };
        assert_eq!(grade.cells(), ["80 % (49 to 94)", "55 %"]);
        let one = |right, cells| TaskGrade::of(&MEASURES, vec![right, cells]).in_words();
        assert_eq!((one(1.0, 1.0), one(0.0, 0.5)), ("right".into(), "wrong, cells 50 %".into()));
    }
}
