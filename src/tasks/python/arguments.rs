//! What functions take: types, names, and values that show what a function does.

use super::choice::DrawnChoice;
use super::names::WORDS;
use super::value::ExampleValue;
use crate::rng::Stream;

/// What values an argument has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// An int from the first to the last.
    Int(i64, i64),
    /// So many ints, at least and at most.
    Ints(usize, usize),
    /// A word.
    Word,
    /// A word, some capitals and digits among its letters.
    Code,
    /// So many words with spaces between them.
    Text(usize, usize),
    /// So many different words.
    Words(usize, usize),
    /// So many words with ints.
    Counts(usize, usize),
    /// So many pairs of a word and an int.
    Pairs(usize, usize),
    /// So many rows of two ints.
    Rows(usize, usize),
    /// A letter.
    Letter,
    /// True or false.
    Bool,
}

/// An argument: its values, and what it and a part of it may be called.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its values.
    pub domain: Domain,
    /// What it is called, and what one of its elements.
    pub names: &'static [(&'static str, &'static str)],
}

const INT_LISTS: &[(&str, &str)] = &[("values", "value"), ("numbers", "number"), ("items", "item")];
const WORD_LISTS: &[(&str, &str)] = &[("words", "word"), ("names", "name"), ("items", "item")];
const SCORES: &[(&str, &str)] = &[("scores", "score"), ("prices", "price"), ("ages", "age")];

/// Some ints or none.
pub const INTS: Argument = Argument { domain: Domain::Ints(0, 5), names: INT_LISTS };
/// Some ints.
pub const SOME_INTS: Argument = Argument { domain: Domain::Ints(1, 5), names: INT_LISTS };
/// Two ints or more.
pub const TWO_INTS: Argument = Argument { domain: Domain::Ints(2, 5), names: INT_LISTS };
/// Some words or none.
pub const STRINGS: Argument = Argument { domain: Domain::Words(0, 4), names: WORD_LISTS };
/// Some words.
pub const SOME_STRINGS: Argument = Argument { domain: Domain::Words(1, 4), names: WORD_LISTS };
/// A text of some words.
pub const TEXT: Argument =
    Argument { domain: Domain::Text(1, 3), names: &[("text", "char"), ("line", "char")] };
/// A word.
pub const WORD: Argument =
    Argument { domain: Domain::Word, names: &[("word", "letter"), ("name", "letter")] };
/// A word with capitals and digits.
pub const CODE: Argument =
    Argument { domain: Domain::Code, names: &[("text", "char"), ("code", "char")] };
/// Any int.
pub const N: Argument =
    Argument { domain: Domain::Int(-20, 60), names: &[("number", "number"), ("value", "value")] };
/// An int that is not negative.
pub const NATURAL: Argument =
    Argument { domain: Domain::Int(0, 100), names: &[("number", "number"), ("value", "value")] };
/// How often something is done.
pub const TIMES: Argument =
    Argument { domain: Domain::Int(0, 8), names: &[("n", "n"), ("count", "i"), ("limit", "i")] };
/// Ints by word.
pub const SCORES_BY_NAME: Argument = Argument { domain: Domain::Counts(0, 4), names: SCORES };
/// Ints by word, of one at least.
pub const SOME_SCORES: Argument = Argument { domain: Domain::Counts(1, 4), names: SCORES };
/// Words with ints.
pub const PAIRS: Argument =
    Argument { domain: Domain::Pairs(0, 4), names: &[("pairs", "value"), ("items", "value")] };
/// Rows of ints.
pub const ROWS: Argument =
    Argument { domain: Domain::Rows(1, 3), names: &[("rows", "row"), ("grid", "row")] };

/// An argument that has one name.
pub const fn named(domain: Domain, names: &'static [(&'static str, &'static str)]) -> Argument {
    Argument { domain, names }
}

impl Domain {
    /// The type hint.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Int(..) => "int",
            Self::Ints(..) => "list[int]",
            Self::Word | Self::Code | Self::Text(..) | Self::Letter => "str",
            Self::Words(..) => "list[str]",
            Self::Counts(..) => "dict[str, int]",
            Self::Pairs(..) => "list[tuple[str, int]]",
            Self::Rows(..) => "list[list[int]]",
            Self::Bool => "bool",
        }
    }

    /// A value by chance, often one that tells whether the body does what `choice` says.
    pub fn draw(self, choice: &DrawnChoice, rng: &mut Stream) -> ExampleValue {
        match self {
            Self::Int(first, last) => int(first, last, choice, rng).into(),
            Self::Ints(least, most) => ints(least, most, choice, rng).into(),
            Self::Word => word(choice, rng).into(),
            Self::Code => code(choice, rng).into(),
            Self::Text(least, most) => {
                let words: Vec<&str> =
                    (0..between(least, most, rng)).map(|_| word(choice, rng)).collect();
                words.join(" ").into()
            }
            Self::Words(least, most) => words(least, most, choice, rng).into(),
            Self::Counts(least, most) => ExampleValue::dict(
                words(least, most, choice, rng)
                    .into_iter()
                    .map(|word| (word, int(-9, 40, choice, rng))),
            ),
            Self::Pairs(least, most) => {
                let words = words(least, most, choice, rng).into_iter();
                words.map(|word| (word, int(-9, 40, choice, rng))).collect::<Vec<_>>().into()
            }
            Self::Rows(least, most) => {
                let rows = (0..between(least, most, rng)).map(|_| ints(2, 2, choice, rng));
                rows.collect::<Vec<_>>().into()
            }
            Self::Letter => match word(choice, rng).chars().next() {
                Some(letter) => letter.into(),
                None => ExampleValue::None,
            },
            Self::Bool => (rng.below(2) == 0).into(),
        }
    }
}

fn between(least: usize, most: usize, rng: &mut Stream) -> usize {
    let drawn = least + rng.below(most - least + 1);
    // None at all is what is easily got wrong, but several say more than one.
    if drawn <= 1 && rng.below(2) == 0 { most } else { drawn }
}

fn int(first: i64, last: i64, choice: &DrawnChoice, rng: &mut Stream) -> i64 {
    let telling = choice.telling();
    if !telling.is_empty() && rng.below(2) == 0 {
        let drawn = telling[rng.below(telling.len())];
        if (first..=last).contains(&drawn) {
            return drawn;
        }
    }
    // Small ints are what most lines of code have in them.
    let last = if rng.below(3) > 0 { last.min(first.max(0) + 12) } else { last };
    first + i64::try_from(rng.below(usize::try_from(last - first + 1).unwrap_or(1))).unwrap_or(0)
}

fn ints(least: usize, most: usize, choice: &DrawnChoice, rng: &mut Stream) -> Vec<i64> {
    let mut ints: Vec<i64> = Vec::new();
    for _ in 0..between(least, most, rng) {
        let again = !ints.is_empty() && rng.below(8) == 0;
        let fresh = int(-9, 30, choice, rng);
        ints.push(if again { ints[rng.below(ints.len())] } else { fresh });
    }
    ints
}

fn word(choice: &DrawnChoice, rng: &mut Stream) -> &'static str {
    let letters = choice.letters();
    let mut word = WORDS[rng.below(WORDS.len())];
    if !letters.is_empty() && rng.below(2) == 0 {
        let letter = letters[rng.below(letters.len())];
        for _ in 0..8 {
            if word.contains(letter) {
                break;
            }
            word = WORDS[rng.below(WORDS.len())];
        }
    }
    word
}

fn words(least: usize, most: usize, choice: &DrawnChoice, rng: &mut Stream) -> Vec<&'static str> {
    let mut words = Vec::new();
    let count = between(least, most, rng);
    while words.len() < count {
        let word = word(choice, rng);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// A word, some letters of which are capitals, with digits and spaces behind or before some.
fn code(choice: &DrawnChoice, rng: &mut Stream) -> String {
    let mut code = String::new();
    for char in word(choice, rng).chars() {
        let capital = rng.below(4) == 0;
        code.push(if capital { char.to_ascii_uppercase() } else { char });
        match rng.below(10) {
            0 | 1 => code.push_str(&rng.below(10).to_string()),
            2 => code.push(' '),
            _ => {}
        }
    }
    code.trim().to_string()
}

/// The values of a call, told by their place. What is not there is zero or empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(pub Vec<ExampleValue>);

impl Values {
    /// The int at `place`.
    pub fn int(&self, place: usize) -> i64 {
        self.0.get(place).map_or(0, as_int)
    }

    /// The int at `place`, to count with.
    pub fn count(&self, place: usize) -> usize {
        usize::try_from(self.int(place)).unwrap_or(0)
    }

    /// The text at `place`.
    pub fn text(&self, place: usize) -> &str {
        self.0.get(place).map_or("", as_text)
    }

    /// The truth at `place`.
    pub fn bool(&self, place: usize) -> bool {
        self.0.get(place) == Some(&ExampleValue::Bool(true))
    }

    /// The ints of the list at `place`.
    pub fn ints(&self, place: usize) -> Vec<i64> {
        self.items(place).iter().map(as_int).collect()
    }

    /// The words of the list at `place`.
    pub fn words(&self, place: usize) -> Vec<&str> {
        self.items(place).iter().map(as_text).collect()
    }

    /// Words and ints of the dict, or of the list of pairs, at `place`.
    pub fn counts(&self, place: usize) -> Vec<(&str, i64)> {
        match self.0.get(place) {
            Some(ExampleValue::Dict(entries)) => {
                entries.iter().map(|(key, value)| (as_text(key), as_int(value))).collect()
            }
            Some(ExampleValue::List(items)) => {
                let pairs = items.iter().filter_map(|item| match item {
                    ExampleValue::Tuple(pair) => {
                        Some((as_text(pair.first()?), as_int(pair.get(1)?)))
                    }
                    _ => None,
                });
                pairs.collect()
            }
            _ => Vec::new(),
        }
    }

    /// The rows of ints at `place`.
    pub fn rows(&self, place: usize) -> Vec<Vec<i64>> {
        let row = |item: &ExampleValue| match item {
            ExampleValue::List(ints) => ints.iter().map(as_int).collect(),
            _ => Vec::new(),
        };
        self.items(place).iter().map(row).collect()
    }

    fn items(&self, place: usize) -> &[ExampleValue] {
        match self.0.get(place) {
            Some(ExampleValue::List(items)) => items,
            _ => &[],
        }
    }
}

fn as_int(value: &ExampleValue) -> i64 {
    match value {
        ExampleValue::Int(int) => *int,
        _ => 0,
    }
}

fn as_text(value: &ExampleValue) -> &str {
    match value {
        ExampleValue::Text(text) => text,
        _ => "",
    }
}
