//! One mistake in a body, such as people make.

use crate::rng::Stream;

/// What is easily written for what; each also the other way round.
const MIXED_UP: [(&str, &str); 22] = [
    (" + ", " - "),
    (" * ", " + "),
    (" // ", " % "),
    (" == ", " != "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" > ", " < "),
    (" += ", " -= "),
    (" += ", " = "),
    (" *= ", " += "),
    (" and ", " or "),
    ("True", "False"),
    ("min(", "max("),
    ("any(", "all("),
    (" in ", " not in "),
    ("if not ", "if "),
    (".upper()", ".lower()"),
    (".startswith(", ".endswith("),
    (".values()", ".keys()"),
    ("[0]", "[-1]"),
    ("sorted(", "list("),
    (" ** ", " * "),
];

/// `body` with one mistake in it; nothing where there is nothing to get wrong.
pub fn of(body: &str, rng: &mut Stream) -> Option<String> {
    let mut edits = mixed_up(body);
    edits.extend(off_by_one(body));
    edits.extend(other_names(body));
    if edits.is_empty() {
        return None;
    }
    let edit = &edits[rng.below(edits.len())];
    Some(format!("{}{}{}", &body[..edit.at], edit.by, &body[edit.at + edit.length..]))
}

/// What is put in place of what.
struct Edit {
    at: usize,
    length: usize,
    by: String,
}

fn mixed_up(body: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let both = MIXED_UP.iter().flat_map(|&(one, other)| [(one, other), (other, one)]);
    for (from, to) in both {
        for (at, _) in body.match_indices(from) {
            let line = body[..at].rsplit('\n').next().unwrap_or_default();
            // The `in` of a loop takes no `not`, and a name that is first written here cannot be added to.
            let of_loop = from == " in " && line.contains("for ");
            let first = from == " = ";
            if !of_loop && !first && !line.trim_start().starts_with("def ") {
                edits.push(Edit { at, length: from.len(), by: to.to_string() });
            }
        }
    }
    edits
}

fn off_by_one(body: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for part in body.split_inclusive(|char: char| !char.is_ascii_digit()) {
        let digits = part.trim_end_matches(|char: char| !char.is_ascii_digit());
        let in_name =
            body[..at].ends_with(|char: char| char.is_ascii_alphanumeric() || char == '_');
        if let (Ok(number), false) = (digits.parse::<i64>(), in_name) {
            edits.push(Edit { at, length: digits.len(), by: (number + 1).to_string() });
            if number > 0 {
                edits.push(Edit { at, length: digits.len(), by: (number - 1).to_string() });
            }
        }
        at += part.len();
    }
    edits
}

/// A name that the body gives something, for another one.
fn other_names(body: &str) -> Vec<Edit> {
    let names = given_names(body);
    let mut edits = Vec::new();
    let mut at = 0;
    for part in body.split_inclusive(|char: char| !char.is_ascii_alphanumeric() && char != '_') {
        let word = part.trim_end_matches(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let line = body[..at].rsplit('\n').next().unwrap_or_default();
        let is_read = !line.trim().is_empty() && !line.trim_end().ends_with("for");
        if names.contains(&word) && is_read && !line.trim_start().starts_with("def ") {
            let others = names.iter().filter(|name| **name != word);
            edits.extend(others.map(|name| Edit {
                at,
                length: word.len(),
                by: (*name).to_string(),
            }));
        }
        at += part.len();
    }
    edits
}

/// Names that are written by assignments and loops, and names that loops go over.
fn given_names(body: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for line in body.lines() {
        let words: Vec<&str> = line.trim().trim_end_matches(':').split(' ').collect();
        let found: &[&str] = match words.as_slice() {
            ["for", element, "in", list] => &[element, list],
            ["for", element, "in", ..] => &[element],
            [name, "=", ..] => &[name],
            _ => &[],
        };
        for name in found {
            let is_name = name.chars().all(|char| char.is_ascii_lowercase() || char == '_');
            if is_name && !names.contains(name) {
                names.push(*name);
            }
        }
    }
    names
}
