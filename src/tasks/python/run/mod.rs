//! Small Python programs, read and run: whether a function agrees with its asserts, on any machine and
//! without Python.
//!
//! What comes here was written by a model, so anything may stand in it. A run has budgets of steps,
//! memory and depth, reaches nothing outside of itself, and says so where it does not know what Python
//! would do. Integers are those of 64 bits; beyond them a program is not supported.
//!
//! Python does not say in which order the elements of a set come. A program that asks for it runs in
//! several orders, and is not supported if what comes of it differs.

mod attributes;
mod builtins;
mod calls;
mod compare;
mod construct;
mod evaluate;
mod exceptions;
mod format;
mod format_spec;
mod frames;
mod iterate;
mod iterate_own;
mod layout;
mod lower;
mod lower_definition;
mod lower_expr;
mod lower_stmt;
mod machine;
mod methods;
mod methods_container;
mod methods_str;
mod numbers;
mod objects;
mod operators;
mod patterns;
mod scope;
mod sequences;
mod sets;
mod statements;
mod subscripts;
mod tree;
mod value;

#[cfg(test)]
mod tests;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions};

use iterate::SetOrder;
use machine::{PythonMachine, Stop};
use tree::ProgramTree;

/// Bytes that a program may have.
const MAX_SOURCE: usize = 16 * 1024;

/// Bytes of stack for whoever goes through a program: what is nested deepest needs a small part of it,
/// and what is not touched costs nothing.
const STACK: usize = 128 << 20;

/// What keeps a text from being a Python program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Passed {
        /// How many asserts of the module held; those in functions are not counted.
        asserts: usize,
    },
    /// An assert did not hold: its line and what it says.
    AssertFailed(String),
    /// An exception was raised and not caught: its line, kind and words.
    Raised(String),
    /// It took too many steps, too much memory, or functions called each other too deep.
    OutOfBudget,
    /// It came to something outside of the subset: its line and what it is.
    NotSupported(String),
}

/// A program that Python would compile.
#[derive(Debug)]
pub struct Program(ProgramTree);

/// Reads a program, as Python 3.11 would.
///
/// # Errors
///
/// Says what is wrong with the first thing that Python would not compile. Texts of more than 16 KiB are
/// refused as well.
pub fn parse(source: &str) -> Result<Program, Mistake> {
    if source.len() > MAX_SOURCE {
        return Err(Mistake {
            line: 1,
            message: format!("the text is longer than {MAX_SOURCE} bytes"),
        });
    }
    let refused = |error| Mistake { line: 1, message: error };
    on_large_stack(|| lower(source)).map_err(refused)?.map(Program)
}

fn lower(source: &str) -> Result<ProgramTree, Mistake> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY311);
    let parsed = ruff_python_parser::parse_unchecked(source, options);
    let errors =
        parsed.errors().iter().map(|error| (error.location.start(), error.error.to_string()));
    let newer = parsed.unsupported_syntax_errors().iter();
    let newer = newer.map(|error| (error.range.start(), error.to_string()));
    if let Some((at, message)) = errors.chain(newer).min_by_key(|(at, _)| *at) {
        return Err(Mistake { line: line_at(source, at.to_usize()), message });
    }
    if let Some((at, message)) = layout::mistake(source, parsed.tokens()) {
        return Err(Mistake { line: line_at(source, at), message: message.to_owned() });
    }
    match parsed.try_into_module() {
        Some(module) => lower::lower(source, module.suite()),
        None => Err(Mistake { line: 1, message: "this is no module".to_owned() }),
    }
}

fn line_at(source: &str, offset: usize) -> u32 {
    source.get(..offset).unwrap_or(source).matches('\n').count() as u32 + 1
}

impl Program {
    /// Runs the program.
    pub fn run(&self) -> Outcome {
        on_large_stack(|| self.run_in_all_orders()).unwrap_or_else(Outcome::NotSupported)
    }

    fn run_in_all_orders(&self) -> Outcome {
        let (outcome, order_was_asked) = self.run_in_order(SetOrder::Inserted);
        if !order_was_asked {
            return outcome;
        }
        for order in [SetOrder::Reversed, SetOrder::Rotated, SetOrder::Sorted] {
            if self.run_in_order(order).0 != outcome {
                return Outcome::NotSupported("it hangs on the order of a set".to_owned());
            }
        }
        outcome
    }

    fn run_in_order(&self, order: SetOrder) -> (Outcome, bool) {
        let mut machine = PythonMachine::new(&self.0, order);
        let outcome = match machine.block(&self.0.body) {
            Ok(_) => Outcome::Passed { asserts: machine.asserts },
            Err(Stop::NotSupported(what)) => Outcome::NotSupported(what.into_string()),
            Err(Stop::Budget) => Outcome::OutOfBudget,
            Err(Stop::Raise(exception)) if machine.is_by_assert(exception) => {
                Outcome::AssertFailed(machine.report(exception))
            }
            Err(Stop::Raise(exception)) => Outcome::Raised(machine.report(exception)),
        };
        (outcome, machine.order_was_asked)
    }
}

/// Runs something on a thread whose stack is large enough for it; the error says why there is none.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| format!("there is no thread to run it on: {error}"))?;
        thread.join().map_err(|_| "the evaluator is broken".to_owned())
    })
}
