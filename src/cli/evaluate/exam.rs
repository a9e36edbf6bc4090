//! What a model of a task is worth: held-out problems put to it in each of the task's ways of writing.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::cancel::Cancel;
use crate::model::LanguageModel;
use crate::tasks::exam::{EXAM_SEED, Tally, TaskGrade, answer, answering};
use crate::tasks::{Measure, Split, Task};
use crate::{Error, Result, visible};

/// The answers to the problems of one kind, written in one way.
struct ExamRow {
    way: &'static str,
    group: &'static str,
    grade: TaskGrade,
}

/// An [`ExamRow`] as a line of JSON.
#[derive(Serialize)]
struct ExamLine {
    way: &'static str,
    group: &'static str,
    problems: usize,
    /// Passes (NFE) and seconds are those of an answer.
    passes: f64,
    tokens_per_pass: f64,
    seconds: f64,
    scores: BTreeMap<&'static str, ScoreLine>,
}

#[derive(Serialize)]
struct ScoreLine {
    mean: f64,
    /// The 95 % interval (Wilson) of what is a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<(f64, f64)>,
}

impl ExamRow {
    fn line(&self) -> ExamLine {
        let TaskGrade { measures, tally } = &self.grade;
        let score = |(at, measure): (usize, &Measure)| {
            let interval = measure.is_rate().then(|| tally.interval(at));
            (measure.name, ScoreLine { mean: tally.mean(at), interval })
        };
        ExamLine {
            way: self.way,
            group: self.group,
            problems: tally.problems,
            passes: tally.passes_per_problem(),
            tokens_per_pass: tally.tokens_per_pass(),
            seconds: tally.seconds_per_problem(),
            scores: measures.iter().enumerate().map(score).collect(),
        }
    }

    fn cells(&self) -> String {
        let tally = &self.grade.tally;
        let mut cells = vec![self.way.to_owned(), self.group.to_owned()];
        cells.extend(self.grade.cells());
        cells.extend([
            format!("{:.1}", tally.passes_per_problem()),
            format!("{:.2}", tally.tokens_per_pass()),
            format!("{:.3}", tally.seconds_per_problem()),
        ]);
        cells.join(" | ")
    }
}

/// Puts the first `problems` held-out problems of `task` to `model`, and prints what its answers are worth: as
/// Markdown, or as lines of JSON.
///
/// # Errors
/// As [`answer`], or when nobody can be told.
pub(super) fn run(model: &LanguageModel, task: &dyn Task, problems: u32, json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut print = |line: &str| {
        writeln!(out, "{}", visible::text(line)).map_err(Error::file("standard output"))
    };
    if !json {
        let count = if problems == 1 { "1 problem".into() } else { format!("{problems} problems") };
        let names: Vec<&str> = task.measures().iter().map(|measure| measure.name).collect();
        print(&format!("{}: {count} of {}, held out\n", model.name(), task.name()))?;
        print(&format!(
            "| way | problems | {} | passes (NFE) | tokens/pass | s an answer |",
            names.join(" | ")
        ))?;
        print(&format!("|---|---|{}", "---|".repeat(names.len() + 3)))?;
    }
    for row in rows(model, task, problems) {
        for row in row? {
            match json {
                true => print(&visible::json(&serde_json::to_string(&row.line())?))?,
                false => print(&format!("| {} |", row.cells()))?,
            }
        }
    }
    if json {
        return Ok(());
    }
    print("")?;
    let meanings = task.measures().iter();
    meanings
        .map(|Measure { name, about, .. }| format!("{name}: {about}"))
        .try_for_each(|line| print(&line))
}

/// The rows of one way after the other, each as soon as they are there.
fn rows<'a>(
    model: &'a LanguageModel,
    task: &'a dyn Task,
    problems: u32,
) -> impl Iterator<Item = Result<Vec<ExamRow>>> + 'a {
    let shows_progress = std::io::stderr().is_terminal();
    let progress = move |text: &str| {
        if shows_progress {
            let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        }
    };
    task.ways().iter().map(move |way| {
        let settings = way.settings()?;
        let mut model = answering(model.share(), task)?;
        let mut groups: BTreeMap<&'static str, Tally> = BTreeMap::new();
        for index in 0..u64::from(problems) {
            progress(&format!("{}: {} of {problems}", way.name, index + 1));
            let problem = task.problem(EXAM_SEED, Split::HeldOut, index);
            let (_, tally) = answer(&mut model, task, &problem, &settings, &Cancel::never())?;
            *groups.entry(problem.group).or_default() += &tally;
        }
        progress("");
        let row = |(group, tally)| ExamRow {
            way: way.name,
            group,
            grade: TaskGrade { measures: task.measures(), tally },
        };
        Ok(groups.into_iter().map(row).collect())
    })
}
