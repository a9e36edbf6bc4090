//! What a task says of a text that its model has finished.

use super::Task;
use super::exam::TaskGrade;
use crate::visible;

/// What a task says of a finished text.
#[derive(Clone, Debug)]
pub enum TaskVerdict {
    /// What it is worth as an answer to a problem whose right answer is known.
    Graded(TaskGrade),
    /// What can be said without a right answer.
    Remark(String),
}

impl TaskVerdict {
    /// What `task` says of `written` behind `given`; nothing where nothing can be said. Only what `answers` is scored:
    /// where something was given behind it, something else was asked for.
    pub fn of(task: &dyn Task, given: &str, written: &str, answers: bool) -> Option<Self> {
        if let Some(problem) = answers.then(|| task.problem_of(given)).flatten() {
            let scores = task.score(&problem, written);
            return Some(Self::Graded(TaskGrade::of(task.measures(), scores)));
        }
        // It may quote what the model wrote.
        let remark = task.remark(&format!("{given}{written}"))?;
        Some(Self::Remark(visible::line(&remark).into_owned()))
    }

    /// It, in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Graded(grade) => grade.in_words(),
            Self::Remark(words) => words.clone(),
        }
    }
}
