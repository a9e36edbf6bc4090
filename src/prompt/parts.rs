//! What a person types as a prompt: text, and holes in it.
//!
//! `[[12]]` is a hole of 12 tokens; blanks inside are allowed. Other brackets in pairs are a mistake, which
//! is said, unless a backslash stands before them: `\[[` is two brackets and nothing else, `\\[[5]]` a
//! backslash and a hole.

use std::ops::Range;

use crate::visible;

/// All holes of a prompt together: longer than any context, and short enough to be laid out.
pub const MAX_HOLES: usize = 32_768;

/// A stretch of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// It stands as it is.
    Given,
    /// So many tokens are to be written here.
    Hole(usize),
}

/// A stretch of a prompt, and which bytes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptPart {
    /// What it is.
    pub kind: PartKind,
    /// Where it stands.
    pub span: Range<usize>,
}

/// Brackets that are no hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoleMistake {
    /// Where they stand, in bytes.
    pub span: Range<usize>,
    /// What is wrong, and how it is mended, in one line.
    pub message: String,
}

/// A prompt, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptParts {
    /// From left to right. Bytes between them are backslashes that only say what the brackets mean.
    pub parts: Vec<PromptPart>,
    /// The first mistake. What it is about counts as text.
    pub mistake: Option<HoleMistake>,
}

impl PromptParts {
    /// Takes `text` apart. Looks at every byte a few times, however many brackets there are.
    pub fn of(text: &str) -> Self {
        let mut found = Self::default();
        let (mut from, mut at, mut room) = (0, 0, MAX_HOLES);
        while let Some(open) = text[at..].find("[[").map(|brackets| at + brackets) {
            let slashes = text[from..open].bytes().rev().take_while(|byte| *byte == b'\\').count();
            let text_ends = open - slashes.div_ceil(2);
            if slashes % 2 == 1 {
                found.give(from..text_ends);
                (from, at) = (open, open + 2);
                continue;
            }
            // Of many brackets the last two are those of the hole.
            if text[open + 2..].starts_with('[') {
                at = open + 1;
                continue;
            }
            match hole(text, open, room) {
                Ok((tokens, span)) => {
                    room -= tokens;
                    found.give(from..text_ends);
                    (from, at) = (span.end, span.end);
                    found.parts.push(PromptPart { kind: PartKind::Hole(tokens), span });
                }
                Err(mistake) => {
                    at = mistake.span.end;
                    found.mistake.get_or_insert(mistake);
                }
            }
        }
        found.give(from..text.len());
        found
    }

    fn give(&mut self, span: Range<usize>) {
        if !span.is_empty() {
            self.parts.push(PromptPart { kind: PartKind::Given, span });
        }
    }

    /// How long the holes are, from left to right.
    pub fn holes(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().filter_map(|part| match part.kind {
            PartKind::Hole(tokens) => Some(tokens),
            PartKind::Given => None,
        })
    }
}

/// The hole whose brackets open at `open`, where there is `room` for so many tokens: its length, and where it
/// stands.
fn hole(text: &str, open: usize, room: usize) -> Result<(usize, Range<usize>), HoleMistake> {
    let inside = &text[open + 2..];
    let end = inside
        .as_bytes()
        .windows(2)
        .position(|pair| pair == b"]]" || pair == b"[[" || pair[0] == b'\n');
    let Some(end) = end.filter(|end| inside[*end..].starts_with("]]")) else {
        return Err(unfinished(inside, open));
    };
    let span = open..open + 2 + end + 2;
    let content = inside[..end].trim_matches([' ', '\t']);
    let shown = excerpt(&text[span.clone()]);
    let mistake = |what: &str| {
        let remedy = r"write how many tokens, as in [[5]], or \[[ for two brackets in the text";
        HoleMistake { span: span.clone(), message: format!("{shown} {what}; {remedy}") }
    };
    if content.is_empty() {
        return Err(mistake("does not say how long the hole is"));
    }
    if !content.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(mistake("is no hole"));
    }
    match content.parse().ok().filter(|tokens| (1..=room).contains(tokens)) {
        Some(tokens) => Ok((tokens, span)),
        None => Err(HoleMistake {
            message: format!(
                "{shown}: a hole in the prompt can be [[1]] to [[{MAX_HOLES}]] tokens long, all of them together no more"
            ),
            span,
        }),
    }
}

/// Brackets that open at `open` and never close; `inside` is what follows them.
fn unfinished(inside: &str, open: usize) -> HoleMistake {
    let typed = inside.find(|c: char| c.is_whitespace() || c == '[').unwrap_or(inside.len());
    let shown = excerpt(&format!("[[{}", &inside[..typed]));
    HoleMistake {
        span: open..open + 2 + typed,
        message: format!(
            r"{shown} has no end; write a whole hole, as in [[5]], or \[[ for two brackets in the text"
        ),
    }
}

/// As much of it as tells which one is meant.
fn excerpt(brackets: &str) -> String {
    const MOST: usize = 20;
    let shown = visible::line(brackets);
    match shown.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts as text, holes as numbers.
    fn told(text: &str) -> Vec<String> {
        let parts = PromptParts::of(text);
        let told = parts.parts.iter().map(|part| match part.kind {
            PartKind::Given => format!("{:?}", &text[part.span.clone()]),
            PartKind::Hole(tokens) => tokens.to_string(),
        });
        told.collect()
    }

    #[test]
    fn holes_are_told_from_text() {
        for (text, expected) in [
            ("", &[][..]),
            ("Once", &["\"Once\""]),
            ("a [[5]] b", &["\"a \"", "5", "\" b\""]),
            ("[[ 5 ]][[\t12]]", &["5", "12"]),
            ("[[[5]]]", &["\"[\"", "5", "\"]\""]),
            (r"a\[[5]] b", &["\"a\"", "\"[[5]] b\""]),
            (r"\[[[5]]", &["\"[[[5]]\""]),
            (r"a\\[[5]]", &["\"a\\\\\"", "5"]),
            (r"\\\[[", &["\"\\\\\"", "\"[[\""]),
            (r"a\b [x] ]]", &[r#""a\\b [x] ]]""#]),
        ] {
            assert_eq!(told(text), expected, "{text}");
            assert_eq!(PromptParts::of(text).mistake, None, "{text}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_mend_and_its_place() {
        for (text, span, message) in [
            ("a [[abc]]", 2..9, "[[abc]] is no hole; write how many tokens, as in [[5]]"),
            ("[[-3]]", 0..6, "[[-3]] is no hole"),
            ("[[]]", 0..4, "[[]] does not say how long"),
            ("[[ ]]", 0..5, "[[ ]] does not say how long"),
            ("[[0]]", 0..5, "[[0]]: a hole in the prompt can be [[1]] to [[32768]]"),
            ("[[99999999999999999999999]]", 0..27, "[[999999999999999999...: a hole"),
            ("[[5", 0..3, r"[[5 has no end; write a whole hole, as in [[5]], or \[[ for"),
            ("[[5]", 0..4, "[[5] has no end"),
            ("a [[", 2..4, "[[ has no end"),
            ("[[5 and [[6]]", 0..3, "[[5 has no end"),
            ("[[5\n]]", 0..3, "[[5 has no end"),
            ("[[\u{1b}[2J", 0..3, "[[\u{241b} has no end"),
        ] {
            let mistake = PromptParts::of(text).mistake.unwrap();
            assert!(mistake.message.starts_with(message), "{text:?}: {}", mistake.message);
            assert_eq!(mistake.span, span, "{text:?}");
        }
        // What is right behind it counts all the same.
        assert_eq!(told("[[x]] [[6]]"), ["\"[[x]] \"", "6"]);
    }

    #[test]
    fn brackets_without_end_and_holes_without_end_cost_nothing() {
        let began = std::time::Instant::now();
        assert!(PromptParts::of(&"[".repeat(2_000_000)).mistake.is_some());
        assert!(PromptParts::of(&"[[1".repeat(500_000)).mistake.is_some());
        assert!(PromptParts::of(&r"\[[".repeat(500_000)).mistake.is_none());
        let many = PromptParts::of(&"[[32768]]".repeat(14_000));
        assert_eq!(many.holes().count(), 1);
        assert!(many.mistake.unwrap().message.contains("all of them together no more"));
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
