//! Small Python as a task: a signature and a docstring in, a body that agrees with its asserts out.

use std::sync::LazyLock;

use super::beginnings::beginnings;
use super::run::{Outcome, parse};
use super::{Function, document};
use crate::Result;
use crate::beginnings::Beginning;
use crate::tasks::{CodeLanguage, Document, Measure, Problem, Shape, ShownAs, Split, Task, Way};

/// Docstrings in, bodies out.
pub struct Python;

impl Python {
    /// The line break behind the docstring belongs to the answer: in a whole text it is one token with the
    /// indentation behind it.
    fn problem_of(function: &Function) -> Problem {
        let (header, body) = (&function.header, &function.body);
        let prompt = header.trim_end();
        let between = &header[prompt.len()..];
        Problem {
            prompt: prompt.to_owned(),
            answer: format!("{between}{body}\n{}", function.asserts.join("\n")),
            group: "docstring to body",
        }
    }
}

/// The lines of a body at the beginning of `written`: all up to the first that is not indented.
fn body(written: &str) -> String {
    let lines = written.split_inclusive('\n');
    lines.take_while(|line| line.starts_with(' ') || line.trim().is_empty()).collect()
}

/// The asserts of an answer.
fn asserts(answer: &str) -> impl Iterator<Item = &str> {
    answer.lines().filter(|line| line.starts_with("assert "))
}

/// Whether `body` behind `problem`'s docstring does what `problem`'s asserts say.
fn agrees(problem: &Problem, body: &str) -> bool {
    let asserts: Vec<&str> = asserts(&problem.answer).collect();
    let program = format!("{}{body}\n\n{}\n", problem.prompt, asserts.join("\n"));
    let outcome = parse(&program).map(|program| program.run());
    matches!(outcome, Ok(Outcome::Passed { asserts: held }) if held == asserts.len() && held > 0)
}

impl Task for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn about(&self) -> &'static str {
        "writes the body of a small Python function that does what its docstring says"
    }

    fn document(&self, seed: u64, part: Split, index: u64) -> Document {
        let function = document(seed, part, index);
        // Half of them are answers alone, which is what is scored; the others are written from nothing too.
        let given = if index.is_multiple_of(2) { function.header.trim_end().len() } else { 0 };
        Document { text: function.text(), given }
    }

    fn problem(&self, seed: u64, part: Split, index: u64) -> Problem {
        Self::problem_of(&document(seed, part, index))
    }

    fn measures(&self) -> &'static [Measure] {
        const MEASURES: [Measure; 2] = [
            Measure {
                name: "passes",
                about: "the body agrees with its asserts",
                said: Some([
                    "fails the asserts that it was not shown",
                    "passes the asserts that it was not shown",
                ]),
            },
            Measure {
                name: "parses",
                about: "all that was written is Python",
                said: Some(["is not Python", "is Python"]),
            },
        ];
        &MEASURES
    }

    fn score(&self, problem: &Problem, written: &str) -> Vec<f64> {
        let rate = |holds: bool| f64::from(u8::from(holds));
        let whole = format!("{}{written}\n", problem.prompt);
        vec![rate(agrees(problem, &body(written))), rate(parse(&whole).is_ok())]
    }

    /// Whether Python would compile it, and whether what it does agrees with the asserts that stand in it.
    fn remark(&self, text: &str) -> Option<String> {
        Some(match parse(&format!("{text}\n")).map(|program| program.run()) {
            Err(mistake) => format!("is not Python: {mistake}"),
            Ok(Outcome::Passed { asserts: 1.. }) => {
                "is Python, and agrees with its asserts".to_owned()
            }
            Ok(Outcome::AssertFailed(_)) => "is Python, and fails one of its asserts".to_owned(),
            Ok(Outcome::Raised(what)) => format!("is Python, and raises: {what}"),
            Ok(Outcome::OutOfBudget) => "is Python, and does not come to an end".to_owned(),
            Ok(Outcome::Passed { asserts: 0 } | Outcome::NotSupported(_)) => "is Python".to_owned(),
        })
    }

    fn prompt_help(&self) -> &'static str {
        "the head of a function and its docstring; the body is written below it. [[12]] is a hole of 12 tokens"
    }

    /// The line break behind the head of a function belongs to the answer; behind any other line it says that the line is
    /// finished.
    fn prompt(&self, typed: &str) -> Result<String> {
        let text = typed.trim_end_matches(['\n', '\r']);
        let is_head = text.ends_with("\"\"\"") || text.ends_with(':');
        let finished = text.len() < typed.len() && !is_head;
        Ok(if finished { format!("{text}\n") } else { text.to_owned() })
    }

    fn room(&self, _answer: usize) -> usize {
        ROOM
    }

    /// Its answers are written in blocks.
    fn canvases(&self) -> f64 {
        0.2
    }

    /// A body is asked for, and no asserts.
    fn behind_answers(&self) -> &'static [&'static str] {
        &["assert"]
    }

    fn ways(&self) -> &'static [Way] {
        const WAYS: [Way; 4] = [
            Way {
                name: "autoregressive",
                knobs: &[("sampler", "autoregressive"), ("temperature", "0")],
            },
            Way {
                name: "blocks of 16, token editing",
                knobs: &[
                    ("sampler", "token-editing"),
                    ("block-length", "16"),
                    ("temperature", "0"),
                ],
            },
            Way {
                name: "blocks of 4, entropy bound",
                knobs: &[("sampler", "entropy-bound"), ("block-length", "4"), ("temperature", "0")],
            },
            Way {
                name: "whole canvas, 32 passes",
                knobs: &[("sampler", "low-confidence"), ("steps", "32"), ("temperature", "0")],
            },
        ];
        &WAYS
    }

    /// The least work for a token: passes over few positions cost little more than one.
    fn raced(&self) -> Way {
        self.ways()[2]
    }

    fn beginnings(&self) -> &'static [Beginning] {
        static ALL: LazyLock<Vec<Beginning>> = LazyLock::new(beginnings);
        &ALL
    }

    fn shown_as(&self) -> ShownAs {
        ShownAs::Code(CodeLanguage::PYTHON)
    }

    fn shape(&self) -> Shape {
        Shape { hidden: 192, layers: 6, heads: 6, vocab: 1024 }
    }
}

/// Tokens that a body and its asserts may take: more than nearly all do.
const ROOM: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::exam::EXAM_SEED;

    #[test]
    fn every_answer_passes_and_nonsense_does_not() {
        for index in 0..40 {
            for part in [Split::Training, Split::HeldOut] {
                let problem = Python.problem(5, part, index);
                assert_eq!(Python.score(&problem, &problem.answer), [1.0; 2], "{problem:?}");
                assert_eq!(Python.score(&problem, "\n    pass\n")[0], 0.0, "{problem:?}");
                assert_eq!(Python.score(&problem, "\n    return ((\n"), [0.0; 2]);
            }
        }
    }

    #[test]
    fn a_prompt_that_is_shown_is_a_known_problem_and_others_are_remarked_upon() {
        let problem = Python.problem(EXAM_SEED, Split::HeldOut, 7);
        assert_eq!(Python.problem_of(&problem.prompt), Some(problem.clone()));
        assert_eq!(Python.problem_of("def f():"), None);
        let said = |text: &str| Python.remark(text).unwrap();
        let whole = format!("{}{}", problem.prompt, problem.answer);
        assert_eq!(said(&whole), "is Python, and agrees with its asserts");
        assert_eq!(said("def f():\n    return 1"), "is Python");
        assert_eq!(said("assert 1 == 2"), "is Python, and fails one of its asserts");
        assert_eq!(
            said("f()"),
            "is Python, and raises: line 1: NameError: name 'f' is not defined"
        );
        assert_eq!(Python.prompt("def f():\n").unwrap(), "def f():");
        assert_eq!(
            Python.prompt("def f():\n    return 1\n\n").unwrap(),
            "def f():\n    return 1\n"
        );
        assert_eq!(Python.prompt("x = ").unwrap(), "x = ");
        assert!(said("def f(:").starts_with("is not Python: line 1: "), "{}", said("def f(:"));
    }

    #[test]
    fn what_is_scored_ends_where_the_body_ends() {
        assert_eq!(body("    return 1\n\nassert f() == 2"), "    return 1\n\n");
        assert_eq!(body("return 1"), "");
    }

    #[test]
    fn asserts_of_ones_own_do_not_help() {
        let problem = Python.problem(5, Split::HeldOut, 3);
        let body = "\n    return None\n\nassert True\nassert True";
        assert_eq!(Python.score(&problem, body), [0.0, 1.0]);
    }
}
