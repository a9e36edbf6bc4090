//! Code in colours: which class of a syntax every part of a text belongs to, told by the grammars of syntect.
//!
//! A line that was read is kept with the state that the grammar was in before it. The next frame reads only what
//! is new: a line whose text changed, and those behind it as far as it changed what they begin in.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::tasks::CodeLanguage;

/// What a part of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxClass {
    /// Names, brackets, and whatever is nothing else.
    Plain,
    /// A comment.
    Comment,
    /// Text in quotation marks, that of documentation among it.
    String,
    /// A word of the language.
    Keyword,
    /// A number, or another value that has a word of its own.
    Number,
    /// The name of a function where it is declared or called.
    Function,
    /// The name of a type.
    Type,
    /// A sign that computes or compares.
    Operator,
}

/// Scopes by their beginnings, and what they mean; of those that fit one scope the first counts.
static SCOPES: LazyLock<Vec<(Scope, SyntaxClass)>> = LazyLock::new(|| {
    use SyntaxClass::{Comment, Function, Keyword, Number, Operator, Plain, String, Type};
    let scopes = [
        ("comment.block.documentation", String),
        ("comment", Comment),
        ("string", String),
        ("constant.numeric", Number),
        ("constant.language", Number),
        ("keyword.operator.logical", Keyword),
        ("keyword.operator", Operator),
        ("keyword", Keyword),
        ("storage", Keyword),
        ("entity.name.function", Function),
        ("variable.function", Function),
        ("support.function", Function),
        ("entity.name", Type),
        ("entity.other.inherited-class", Type),
        ("support.type", Type),
        ("support.class", Type),
        // Code within a string is code again.
        ("source", Plain),
    ];
    let known =
        scopes.into_iter().filter_map(|(name, class)| Some((Scope::new(name).ok()?, class)));
    known.collect()
});

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Lines that are kept before all are forgotten: many more than the moments of a run have between them.
const KEPT: usize = 8192;

/// A line that is longer, in bytes, is no line of a program, and would be read for too long.
const LONGEST: usize = 2000;

/// Tells the classes of texts in one language.
pub struct Highlighter {
    begins: LineState,
    /// Lines that were read, by their text; there is one for each state that it was read in.
    lines: HashMap<String, Vec<ReadLine>>,
    kept: usize,
}

/// Where a grammar stands between two lines.
#[derive(Clone, PartialEq)]
struct LineState {
    parse: ParseState,
    scopes: ScopeStack,
}

struct ReadLine {
    before: LineState,
    /// One a byte.
    classes: Arc<[SyntaxClass]>,
    after: LineState,
}

impl Highlighter {
    /// For texts in `language`; nothing where its grammar is not known.
    pub fn new(language: CodeLanguage) -> Option<Self> {
        let syntax = SYNTAXES.find_syntax_by_extension(language.extension)?;
        let begins = LineState { parse: ParseState::new(syntax), scopes: ScopeStack::new() };
        let mut highlighter = Self { begins, lines: HashMap::new(), kept: 0 };
        // Rules of a grammar are made ready when they are met first, which takes longer than a frame may.
        highlighter.classes(language.sample);
        Some(highlighter)
    }

    /// The class of each byte of `text`.
    pub fn classes(&mut self, text: &str) -> Vec<SyntaxClass> {
        if self.kept > KEPT {
            self.lines.clear();
            self.kept = 0;
        }
        let mut all = Vec::with_capacity(text.len() + 1);
        let mut state = self.begins.clone();
        for line in text.split('\n') {
            let (classes, after) = self.line(line, state);
            all.extend_from_slice(&classes);
            state = after;
        }
        // The last line has no break.
        all.truncate(text.len());
        all
    }

    /// The classes of `line` and of the break behind it, and the state that is left.
    fn line(&mut self, line: &str, before: LineState) -> (Arc<[SyntaxClass]>, LineState) {
        let known = self.lines.get(line).into_iter().flatten();
        if let Some(read) = known.into_iter().find(|read| read.before == before) {
            return (Arc::clone(&read.classes), read.after.clone());
        }
        if line.len() > LONGEST {
            return (vec![SyntaxClass::Plain; line.len() + 1].into(), before);
        }
        let mut after = before.clone();
        let classes: Arc<[SyntaxClass]> = after.read(&format!("{line}\n")).into();
        let read = ReadLine { before, classes: Arc::clone(&classes), after: after.clone() };
        self.lines.entry(line.to_owned()).or_default().push(read);
        self.kept += 1;
        (classes, after)
    }
}

impl LineState {
    /// Goes past `line`: the class of each of its bytes. What the grammar cannot read is plain.
    fn read(&mut self, line: &str) -> Vec<SyntaxClass> {
        let mut classes = Vec::with_capacity(line.len());
        let ops = self.parse.parse_line(line, &SYNTAXES).unwrap_or_default();
        for (at, op) in ops {
            classes.resize(at.max(classes.len()), class_of(self.scopes.as_slice()));
            if self.scopes.apply(&op).is_err() {
                self.scopes = ScopeStack::new();
            }
        }
        classes.resize(line.len(), class_of(self.scopes.as_slice()));
        classes
    }
}

/// What the innermost scope that means something says.
fn class_of(scopes: &[Scope]) -> SyntaxClass {
    let meant = |scope: &Scope| {
        let known = SCOPES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
        known.map(|(_, class)| *class)
    };
    scopes.iter().rev().find_map(meant).unwrap_or(SyntaxClass::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "def head(items: list[int]) -> int:\n    \"\"\"The first.\"\"\"\n    \
                           return items[0] + 1  # not the last\n\nassert head([1]) is not None";

    fn python() -> Highlighter {
        Highlighter::new(CodeLanguage::PYTHON).unwrap()
    }

    /// The class of the first place where `part` stands in [`PROGRAM`].
    fn class(part: &str) -> SyntaxClass {
        let classes = python().classes(PROGRAM);
        let at = PROGRAM.find(part).unwrap();
        let all = &classes[at..at + part.len()];
        assert!(all.iter().all(|class| *class == all[0]), "{part}: {all:?}");
        all[0]
    }

    #[test]
    fn parts_of_a_program_are_told_apart() {
        for (part, expected) in [
            ("def", SyntaxClass::Keyword),
            ("head", SyntaxClass::Function),
            ("items", SyntaxClass::Plain),
            ("int", SyntaxClass::Type),
            ("\"\"\"The first.\"\"\"", SyntaxClass::String),
            ("return", SyntaxClass::Keyword),
            ("0", SyntaxClass::Number),
            ("+", SyntaxClass::Operator),
            ("# not the last", SyntaxClass::Comment),
            ("assert", SyntaxClass::Keyword),
            ("None", SyntaxClass::Number),
        ] {
            assert_eq!(class(part), expected, "{part}");
        }
    }

    #[test]
    fn every_byte_has_a_class_whatever_the_text() {
        for text in ["", "\n", "\n\n", "x = '", "\"\"\"\n日本\n", "def\u{301} ((((\n\t)"] {
            assert_eq!(python().classes(text).len(), text.len(), "{text:?}");
        }
        let long = format!("x = {}\nreturn", "(".repeat(1_000_000));
        let classes = python().classes(&long);
        assert_eq!((classes.len(), classes[long.len() - 1]), (long.len(), SyntaxClass::Keyword));
    }

    #[test]
    fn what_is_kept_says_the_same_as_what_is_read_anew() {
        let mut kept = python();
        let lines: Vec<&str> = PROGRAM.split('\n').collect();
        for changed in 0..lines.len() {
            let mut lines = lines.clone();
            for line in ["x = '''", "'''", "return 1"] {
                lines[changed] = line;
                let text = lines.join("\n");
                assert_eq!(kept.classes(&text), python().classes(&text), "{text}");
            }
        }
    }
}
