//! Which tasks there are.
//!
//! As that of the samplers, the registry is open until it is first used: a program of one's own adds its tasks at
//! its start, and `train --task`, `evaluate`, `race`, `sweep` and the playground know them like any other.

use std::sync::{Mutex, OnceLock};

use super::{Task, python, sudoku};
use crate::{Error, Result};

/// Those of this crate.
static BUILT_IN: [&dyn Task; 2] = [&python::Python, &sudoku::Sudoku];

static TASKS: OnceLock<Vec<&'static dyn Task>> = OnceLock::new();
/// Tasks that were added; nothing once they are in use, and it is too late.
static ADDED: Mutex<Option<Vec<&'static dyn Task>>> = Mutex::new(Some(Vec::new()));

/// Adds a task of one's own. It has to be done before anything asks what tasks there are: at the start of `main`, as
/// `examples/own_task.rs` does.
///
/// ```
/// use remask::beginnings::{Beginning, STORIES};
/// use remask::tasks::{self, Document, Measure, Problem, Shape, Split, Task, Way};
///
/// /// Writes what is given once more.
/// struct Echo;
///
/// impl Task for Echo {
///     fn name(&self) -> &'static str {
///         "echo"
///     }
///     fn about(&self) -> &'static str {
///         "writes a number once more"
///     }
///     fn document(&self, seed: u64, part: Split, index: u64) -> Document {
///         let Problem { prompt, answer, .. } = self.problem(seed, part, index);
///         Document { text: format!("{prompt}{answer}"), given: prompt.len() }
///     }
///     fn problem(&self, seed: u64, part: Split, index: u64) -> Problem {
///         // Even numbers are learned, odd ones held out: they never meet.
///         let number = 2 * (index + seed) + u64::from(part == Split::HeldOut);
///         Problem { prompt: format!("{number}="), answer: number.to_string(), group: "numbers" }
///     }
///     fn measures(&self) -> &'static [Measure] {
///         const SAID: [&str; 2] = ["not the same", "the same"];
///         &[Measure { name: "right", about: "the same number", said: Some(SAID) }]
///     }
///     fn score(&self, problem: &Problem, written: &str) -> Vec<f64> {
///         vec![f64::from(u8::from(written == problem.answer))]
///     }
///     fn prompt_help(&self) -> &'static str {
///         "a number and ="
///     }
///     fn room(&self, answer: usize) -> usize {
///         answer
///     }
///     fn ways(&self) -> &'static [Way] {
///         const WAYS: [Way; 2] = [
///             Way { name: "autoregressive", knobs: &[("sampler", "autoregressive")] },
///             Way { name: "8 passes", knobs: &[("steps", "8")] },
///         ];
///         &WAYS
///     }
///     fn beginnings(&self) -> &'static [Beginning] {
///         &STORIES
///     }
///     fn shape(&self) -> Shape {
///         Shape { hidden: 32, layers: 2, heads: 2, vocab: 258 }
///     }
/// }
///
/// tasks::add(&Echo)?;
/// let echo = tasks::by_name("echo")?;
/// let problem = echo.problem(0, Split::HeldOut, 3);
/// assert_eq!(echo.score(&problem, &problem.answer), [1.0]);
/// assert!(tasks::all().iter().any(|task| task.name() == "echo"));
/// assert!(tasks::add(&Echo).is_err(), "it is in use now");
/// # Ok::<(), remask::Error>(())
/// ```
///
/// # Errors
/// When it comes too late, there is a task of that name, or it lacks what whoever runs it relies on: a measure, a
/// way of writing the next token, one that denoises, and a text to try.
pub fn add(task: &'static dyn Task) -> Result<()> {
    check(task)?;
    let mut added = ADDED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some(added) = added.as_mut() else {
        return Err(Error::invalid(format!(
            "task {} comes too late: tasks are in use already; add it at the start of the program",
            task.name()
        )));
    };
    if BUILT_IN.iter().chain(added.iter()).any(|known| known.name() == task.name()) {
        return Err(Error::invalid(format!(
            "there is a task {} already; call yours something else",
            task.name()
        )));
    }
    added.push(task);
    Ok(())
}

/// All tasks, in the order in which they are shown; from the first call on nothing can be added.
pub fn all() -> &'static [&'static dyn Task] {
    TASKS.get_or_init(|| {
        let mut added = ADDED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        BUILT_IN.into_iter().chain(added.take().into_iter().flatten()).collect()
    })
}

/// What its ways say of knobs is left unread: after that no sampler could be added any more.
fn check(task: &dyn Task) -> Result<()> {
    let lacks = |what| {
        Err(Error::invalid(format!("task {} has no {what}; give it at least one", task.name())))
    };
    match (task.measures().len(), task.ways().len(), task.beginnings().len()) {
        (0, ..) => lacks("measure"),
        (_, 0, _) => lacks("way of writing the next token"),
        (_, 1, _) => lacks("way of denoising"),
        (.., 0) => lacks("text to try"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_ones_are_whole_and_come_first() {
        assert!(all().len() >= BUILT_IN.len());
        for (task, known) in BUILT_IN.iter().zip(all()) {
            assert_eq!(task.name(), known.name());
            check(*task).unwrap();
            task.ways().iter().for_each(|way| assert!(way.settings().is_ok(), "{}", way.name));
        }
    }

    #[test]
    fn a_task_that_comes_too_late_is_refused() {
        let error = add(all()[0]).unwrap_err().to_string();
        assert!(error.starts_with("task python comes too late"), "{error}");
    }
}
