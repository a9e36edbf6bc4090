//! A kind of function: templates of its texts, and what it computes.

use super::arguments::{Argument, Values};
use super::choice::{DrawnChoice, TemplateSlot};
use super::value::ExampleValue;

/// What a call gives back.
pub type Eval = fn(&DrawnChoice, &Values) -> ExampleValue;

/// What the asserts of a kind call.
#[derive(Clone, Copy)]
pub enum ExpectedAnswer {
    /// The function with all arguments.
    Function(Eval),
    /// Expressions on an instance of the class; `$name`, `$a`, `$b` and `$c` are its name and the values.
    Methods(&'static [(&'static str, Eval)]),
}

/// A kind of function or class.
///
/// In the templates stand tokens: `$a`, `$b`, `$c` for the arguments, `$x`, `$y`, `$z` for an element of each,
/// and those of [`DrawnChoice::token`]. A condition or an expression is said of what stands in parentheses behind
/// it: `$cond(i)`. One level of indentation is a tab.
pub struct FunctionKind {
    /// What it does, but for what stands in the slots. Kinds that do the same have the same.
    pub id: &'static str,
    /// What is open.
    pub slots: &'static [TemplateSlot],
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
    pub answer: ExpectedAnswer,
}

impl FunctionKind {
    /// How often it is drawn: the more is open in it, the more there is to learn.
    pub fn weight(&self) -> usize {
        let of_slot = |slot: &TemplateSlot| match slot {
            TemplateSlot::TwoIntTests | TemplateSlot::TwoIntMaps | TemplateSlot::IntMapChain => 5,
            TemplateSlot::Number(..)
            | TemplateSlot::Operation
            | TemplateSlot::Comparison
            | TemplateSlot::Separator
            | TemplateSlot::Greeting => 1,
            _ => 2,
        };
        2 + self.slots.iter().map(of_slot).sum::<usize>()
    }
}
