//! All kinds of functions, by what they are about.

pub mod arithmetic;
mod classes;
mod comprehensions;
mod conditions;
mod dicts;
mod lists;
mod loops;
mod numbers;
mod recursion;
mod sets;
mod strings;
mod texts;
mod tuples;
mod words;

use super::kind::FunctionKind;

/// Every kind.
pub fn all() -> impl Iterator<Item = &'static FunctionKind> {
    let rooms = [
        arithmetic::KINDS,
        numbers::KINDS,
        conditions::KINDS,
        loops::KINDS,
        comprehensions::KINDS,
        lists::KINDS,
        words::KINDS,
        strings::KINDS,
        texts::KINDS,
        dicts::KINDS,
        tuples::KINDS,
        sets::KINDS,
        recursion::KINDS,
        classes::KINDS,
    ];
    rooms.into_iter().flatten()
}
