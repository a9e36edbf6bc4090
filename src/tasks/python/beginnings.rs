//! Texts to try with a model of small functions: every part of one is asked for once, given the others.

use std::borrow::Cow;

use super::{Function, document};
use crate::beginnings::{Beginning, BeginningKind};
use crate::tasks::Split;
use crate::tasks::exam::EXAM_SEED;

/// A way to ask for a part of a function; nothing where it has no such part.
type Asks = fn(&Function, u64) -> Option<String>;

/// What is asked for, how, and of which held-out functions.
const ASKED: [(BeginningKind, &str, Asks, [u64; 2]); 5] = [
    (BeginningKind::Continuation, "docstring to body", body, [7, 11]),
    (BeginningKind::Infilling, "body to docstring", docstring, [2, 4]),
    (BeginningKind::Infilling, "asserts to body", body_for_asserts, [7, 8]),
    (BeginningKind::Infilling, "a hole in the middle", line, [10, 12]),
    (BeginningKind::Repair, "a bug to repair", bug, [1, 6]),
];

/// All of them, kind by kind.
pub fn beginnings() -> Vec<Beginning> {
    let asked = ASKED.into_iter().flat_map(|(kind, about, asks, indices)| {
        let texts = indices.into_iter().filter_map(move |first| {
            // The first function from there on that has such a part.
            (first..first + 20)
                .find_map(|index| asks(&document(EXAM_SEED, Split::HeldOut, index), index))
        });
        texts.map(move |text| Beginning { kind, about, text: Cow::Owned(text) })
    });
    asked.collect()
}

fn body(function: &Function, _: u64) -> Option<String> {
    // The line break behind it belongs to the answer.
    Some(function.header.trim_end().to_owned())
}

fn docstring(function: &Function, _: u64) -> Option<String> {
    const TOKENS: usize = 16;
    const QUOTES: &str = "\"\"\"";
    let text = function.text();
    let (before, rest) = text.split_once(QUOTES)?;
    let (_, behind) = rest.split_once(QUOTES)?;
    Some(format!("{before}{QUOTES}[[{TOKENS}]]{QUOTES}{behind}"))
}

fn body_for_asserts(function: &Function, _: u64) -> Option<String> {
    const TOKENS: usize = 40;
    let signature = function.header.lines().next().filter(|line| line.starts_with("def "))?;
    Some(format!("{signature}[[{TOKENS}]]\n\n{}", function.asserts.join("\n")))
}

/// A line in the middle of the body.
fn line(function: &Function, _: u64) -> Option<String> {
    const TOKENS: usize = 12;
    let lines: Vec<&str> = function.body.lines().collect();
    let middle = lines.len() / 2;
    let line = lines.get(middle).filter(|line| lines.len() >= 4 && !line.trim().is_empty())?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let hole = format!("{indent}[[{TOKENS}]]");
    let body: Vec<&str> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| if at == middle { &hole } else { *line })
        .collect();
    let asserts = function.asserts.join("\n");
    Some(format!("{}{}\n\n{asserts}", function.header, body.join("\n")))
}

fn bug(function: &Function, index: u64) -> Option<String> {
    function.mistaken(EXAM_SEED, index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_function_is_asked_for_twice() {
        let all = beginnings();
        assert_eq!(all.len(), 2 * ASKED.len(), "{all:#?}");
        for beginning in &all {
            let holes =
                beginning.text.matches("[[").count() - beginning.text.matches("[[[").count();
            assert_eq!(holes > 0, beginning.kind == BeginningKind::Infilling, "{}", beginning.text);
        }
    }
}
