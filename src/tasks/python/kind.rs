//! A kind of function: templates of its texts, and what it computes.

use super::arguments::{Argument, Values};
use super::choice::{Choice, Slot};
use super::value::Value;

/// What a call gives back.
pub type Eval = fn(&Choice, &Values) -> Value;

/// What the asserts of a kind call.
#[derive(Clone, Copy)]
pub enum Answer {
    /// The function with all arguments.
    Function(Eval),
    /// Expressions on an instance of the class; `$name`, `$a`, `$b` and `$c` are its name and the values.
    Methods(&'static [(&'static str, Eval)]),
}

/// A kind of function or class.
///
/// In the templates stand tokens: `$a`, `$b`, `$c` for the arguments, `$x`, `$y`, `$z` for an element of each,
/// and those of [`Choice::token`]. A condition or an expression is said of what stands in parentheses behind
/// it: `$cond(i)`. One level of indentation is a tab.
pub struct Kind {
    /// What it does, but for what stands in the slots. Kinds that do the same have the same.
    pub id: &'static str,
    /// What is open.
    pub slots: &'static [Slot],
    /// Names of the function or class.
    pub names: &'static [&'static str],
    /// Docstrings, each of which says all that the body does.
    pub docs: &'static [&'static str],
    /// What it takes.
    pub arguments: &'static [Argument],
    /// The type hint of what it gives back.
    pub returns: &'static str,
    /// Bodies.
    pub bodies: &'static [&'static str],
    /// What it computes.
    pub answer: Answer,
}

impl Kind {
    /// How often it is drawn: the more is open in it, the more there is to learn.
    pub fn weight(&self) -> usize {
        let of_slot = |slot: &Slot| match slot {
            Slot::TwoIntTests | Slot::TwoIntMaps | Slot::IntMapChain => 5,
            Slot::Number(..)
            | Slot::Operation
            | Slot::Comparison
            | Slot::Separator
            | Slot::Greeting => 1,
            _ => 2,
        };
        2 + self.slots.iter().map(of_slot).sum::<usize>()
    }
}
