//! Templates are filled with what was chosen.

use super::choice::{DrawnChoice, takes_operands};

/// What a document calls things.
pub struct Naming<'a> {
    /// What stands in the slots.
    pub choice: &'a DrawnChoice,
    /// The name of the function or class.
    pub name: String,
    /// What stands for `$a`, `$b`, `$c`.
    pub arguments: Vec<String>,
    /// What stands for `$x`, `$y`, `$z`.
    pub elements: Vec<String>,
}

impl Naming<'_> {
    /// `template` with its tokens replaced. A token that means nothing here stays, with its `$`.
    pub fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(2 * template.len());
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.find(|char: char| !char.is_ascii_lowercase()).unwrap_or(rest.len());
            let token = &rest[..end];
            rest = &rest[end..];
            let mut operands = String::new();
            if takes_operands(token)
                && let Some(length) = parenthesized(rest)
            {
                operands = self.fill(&rest[1..length - 1]);
                rest = &rest[length..];
            }
            match self.token(token, &operands) {
                Some(text) => filled.push_str(&text),
                None => filled.extend(["$", token]),
            }
        }
        filled.push_str(rest);
        filled
    }

    fn token(&self, token: &str, operands: &str) -> Option<String> {
        let place = |first: u8| match token.as_bytes() {
            [letter] => letter.checked_sub(first).map(usize::from),
            _ => None,
        };
        if token == "name" {
            return Some(self.name.clone());
        }
        if let Some(element) = place(b'x').and_then(|place| self.elements.get(place)) {
            return Some(element.clone());
        }
        if let Some(argument) = place(b'a').and_then(|place| self.arguments.get(place)) {
            return Some(argument.clone());
        }
        let of_element = operands.is_empty() && takes_operands(token);
        let operands =
            if of_element { self.elements.first().map_or("", String::as_str) } else { operands };
        let operands: Vec<&str> = operands.split(", ").collect();
        self.choice.token(token, &operands)
    }
}

/// How long the parentheses are that `text` begins with.
fn parenthesized(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            _ if depth == 0 => return None,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}
