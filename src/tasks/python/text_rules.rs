//! What is asked of a word or a character, and what is made of a word.

use super::names::LETTERS;
use super::phrase::{MapPhrase, TestPhrase};
use crate::rng::Stream;

/// A condition on a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// More letters than this.
    Longer(usize),
    /// Fewer letters than this.
    Shorter(usize),
    /// As many letters.
    Long(usize),
    /// This letter in front.
    Starts(char),
    /// This letter at the end.
    Ends(char),
    /// This letter somewhere.
    Contains(char),
}

impl TextTest {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        match rng.below(10) {
            0..2 => Self::Longer(2 + rng.below(4)),
            2..4 => Self::Shorter(3 + rng.below(4)),
            4 => Self::Long(3 + rng.below(4)),
            5..7 => Self::Starts(letter(rng)),
            7 => Self::Ends(letter(rng)),
            _ => Self::Contains(letter(rng)),
        }
    }

    /// Whether `text` is so.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Longer(length) => text.len() > length,
            Self::Shorter(length) => text.len() < length,
            Self::Long(length) => text.len() == length,
            Self::Starts(letter) => text.starts_with(letter),
            Self::Ends(letter) => text.ends_with(letter),
            Self::Contains(letter) => text.contains(letter),
        }
    }

    fn said(self, be: &str, s: &str) -> String {
        match self {
            Self::Longer(length) => format!("{be} longer than {length} letters"),
            Self::Shorter(length) => format!("{be} shorter than {length} letters"),
            Self::Long(length) => format!("{be} {length} letters long"),
            Self::Starts(letter) => format!("start{s} with '{letter}'"),
            Self::Ends(letter) => format!("end{s} with '{letter}'"),
            Self::Contains(letter) => format!("contain{s} '{letter}'"),
        }
    }
}

impl TestPhrase for TextTest {
    fn name(&self) -> String {
        match *self {
            Self::Longer(length) => format!("longer_than_{length}"),
            Self::Shorter(length) => format!("shorter_than_{length}"),
            Self::Long(length) => format!("with_{length}_letters"),
            Self::Starts(letter) => format!("starting_with_{letter}"),
            Self::Ends(letter) => format!("ending_with_{letter}"),
            Self::Contains(letter) => format!("with_{letter}"),
        }
    }

    fn singular(&self) -> String {
        self.said("is", "s")
    }

    fn plural(&self) -> String {
        self.said("are", "")
    }

    fn condition(&self, x: &str) -> String {
        match *self {
            Self::Longer(length) => format!("len({x}) > {length}"),
            Self::Shorter(length) => format!("len({x}) < {length}"),
            Self::Long(length) => format!("len({x}) == {length}"),
            Self::Starts(letter) => format!("{x}.startswith(\"{letter}\")"),
            Self::Ends(letter) => format!("{x}.endswith(\"{letter}\")"),
            Self::Contains(letter) => format!("\"{letter}\" in {x}"),
        }
    }

    fn negated(&self, x: &str) -> String {
        match *self {
            Self::Longer(length) => format!("len({x}) <= {length}"),
            Self::Shorter(length) => format!("len({x}) >= {length}"),
            Self::Long(length) => format!("len({x}) != {length}"),
            Self::Contains(letter) => format!("\"{letter}\" not in {x}"),
            Self::Starts(_) | Self::Ends(_) => format!("not {}", self.condition(x)),
        }
    }

    fn meaning(&self, so: bool) -> String {
        match (*self, so) {
            (Self::Longer(length), true) => format!("len>{length}"),
            (Self::Longer(length), false) => format!("len<{}", length + 1),
            (Self::Shorter(length), true) => format!("len<{length}"),
            (Self::Shorter(length), false) => format!("len>{}", length.saturating_sub(1)),
            (_, true) => self.plural(),
            (_, false) => format!("not {}", self.plural()),
        }
    }
}

/// A condition on a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharTest {
    /// One of a, e, i, o, u.
    Vowel,
    /// One of 0 to 9.
    Digit,
    /// A space.
    Space,
    /// An upper-case letter.
    Upper,
    /// A lower-case letter.
    Lower,
    /// This letter.
    Is(char),
    /// This letter or that.
    Either(char, char),
}

impl CharTest {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        match rng.below(10) {
            0 => Self::Vowel,
            1 => Self::Digit,
            2 => Self::Space,
            3 => Self::Upper,
            4 => Self::Lower,
            5..7 => Self::Is(letter(rng)),
            _ => {
                let (first, second) = (rng.below(LETTERS.len() - 1), rng.below(LETTERS.len()));
                let second = second.max(first + 1);
                Self::Either(LETTERS[first], LETTERS[second])
            }
        }
    }

    /// Whether `char` is so.
    pub fn holds(self, char: char) -> bool {
        match self {
            Self::Vowel => "aeiou".contains(char),
            Self::Digit => char.is_ascii_digit(),
            Self::Space => char == ' ',
            Self::Upper => char.is_ascii_uppercase(),
            Self::Lower => char.is_ascii_lowercase(),
            Self::Is(letter) => char == letter,
            Self::Either(first, second) => char == first || char == second,
        }
    }
}

impl TestPhrase for CharTest {
    fn name(&self) -> String {
        match *self {
            Self::Vowel => "vowels".to_string(),
            Self::Digit => "digits".to_string(),
            Self::Space => "spaces".to_string(),
            Self::Upper => "upper".to_string(),
            Self::Lower => "lower".to_string(),
            Self::Is(letter) => letter.to_string(),
            Self::Either(first, second) => format!("{first}_or_{second}"),
        }
    }

    fn singular(&self) -> String {
        match *self {
            Self::Vowel => "is a vowel".to_string(),
            Self::Digit => "is a digit".to_string(),
            Self::Space => "is a space".to_string(),
            Self::Upper => "is an upper-case letter".to_string(),
            Self::Lower => "is a lower-case letter".to_string(),
            Self::Is(letter) => format!("is '{letter}'"),
            Self::Either(first, second) => format!("is '{first}' or '{second}'"),
        }
    }

    fn plural(&self) -> String {
        match *self {
            Self::Vowel => "are vowels".to_string(),
            Self::Digit => "are digits".to_string(),
            Self::Space => "are spaces".to_string(),
            Self::Upper => "are upper-case letters".to_string(),
            Self::Lower => "are lower-case letters".to_string(),
            Self::Is(letter) => format!("are '{letter}'"),
            Self::Either(first, second) => format!("are '{first}' or '{second}'"),
        }
    }

    fn condition(&self, x: &str) -> String {
        match *self {
            Self::Vowel => format!("{x} in \"aeiou\""),
            Self::Digit => format!("{x}.isdigit()"),
            Self::Space => format!("{x} == \" \""),
            Self::Upper => format!("{x}.isupper()"),
            Self::Lower => format!("{x}.islower()"),
            Self::Is(letter) => format!("{x} == \"{letter}\""),
            Self::Either(first, second) => format!("{x} in \"{first}{second}\""),
        }
    }

    fn negated(&self, x: &str) -> String {
        match *self {
            Self::Vowel => format!("{x} not in \"aeiou\""),
            Self::Space => format!("{x} != \" \""),
            Self::Is(letter) => format!("{x} != \"{letter}\""),
            Self::Either(first, second) => format!("{x} not in \"{first}{second}\""),
            Self::Digit | Self::Upper | Self::Lower => format!("not {}", self.condition(x)),
        }
    }

    fn meaning(&self, so: bool) -> String {
        format!("{}{}", if so { "" } else { "not " }, self.plural())
    }
}

/// A word made of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMap {
    /// In capitals.
    Upper,
    /// The first letter a capital, all others small.
    Capitalized,
    /// From the last letter to the first.
    Reversed,
    /// So many times.
    Repeated(usize),
    /// This letter behind it.
    FollowedBy(char),
    /// This letter before it.
    PrecededBy(char),
    /// Without so many letters in front.
    WithoutFirst(usize),
    /// Without so many letters at the end.
    WithoutLast(usize),
    /// Only so many letters.
    CutTo(usize),
    /// With the second letter wherever the first stood.
    Replaced(char, char),
}

impl TextMap {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        match rng.below(16) {
            0..2 => Self::Upper,
            2 => Self::Capitalized,
            3..5 => Self::Reversed,
            5..7 => Self::Repeated(2 + rng.below(3)),
            7..9 => Self::FollowedBy(letter(rng)),
            9 => Self::PrecededBy(letter(rng)),
            10 => Self::WithoutFirst(1 + rng.below(3)),
            11 => Self::WithoutLast(1 + rng.below(3)),
            12 => Self::CutTo(2 + rng.below(3)),
            _ => {
                let old = rng.below(LETTERS.len());
                let new = (old + 1 + rng.below(LETTERS.len() - 1)) % LETTERS.len();
                Self::Replaced(LETTERS[old], LETTERS[new])
            }
        }
    }

    /// What becomes of `text`.
    pub fn of(self, text: &str) -> String {
        let chars = text.chars();
        match self {
            Self::Upper => text.to_ascii_uppercase(),
            Self::Capitalized => capitalized(text),
            Self::Reversed => chars.rev().collect(),
            Self::Repeated(times) => text.repeat(times),
            Self::FollowedBy(letter) => format!("{text}{letter}"),
            Self::PrecededBy(letter) => format!("{letter}{text}"),
            Self::WithoutFirst(count) => chars.skip(count).collect(),
            Self::WithoutLast(count) => chars.take(text.len().saturating_sub(count)).collect(),
            Self::CutTo(count) => chars.take(count).collect(),
            Self::Replaced(old, new) => {
                chars.map(|char| if char == old { new } else { char }).collect()
            }
        }
    }
}

impl MapPhrase for TextMap {
    fn name(&self) -> String {
        match *self {
            Self::Upper => "upper".to_string(),
            Self::Capitalized => "capitalized".to_string(),
            Self::Reversed => "reversed".to_string(),
            Self::Repeated(times) => format!("repeated_{times}"),
            Self::FollowedBy(letter) => format!("followed_by_{letter}"),
            Self::PrecededBy(letter) => format!("preceded_by_{letter}"),
            Self::WithoutFirst(count) => format!("without_first_{count}"),
            Self::WithoutLast(count) => format!("without_last_{count}"),
            Self::CutTo(count) => format!("cut_to_{count}"),
            Self::Replaced(old, new) => format!("{old}_to_{new}"),
        }
    }

    fn participle(&self) -> String {
        let letters = |count: usize| match count {
            1 => "letter".to_string(),
            _ => format!("{count} letters"),
        };
        match *self {
            Self::Upper => "in upper case".to_string(),
            Self::Capitalized => "capitalized".to_string(),
            Self::Reversed => "reversed".to_string(),
            Self::Repeated(2) => "repeated twice".to_string(),
            Self::Repeated(times) => format!("repeated {times} times"),
            Self::FollowedBy(letter) => format!("followed by '{letter}'"),
            Self::PrecededBy(letter) => format!("preceded by '{letter}'"),
            Self::WithoutFirst(count) => format!("without the first {}", letters(count)),
            Self::WithoutLast(count) => format!("without the last {}", letters(count)),
            Self::CutTo(count) => format!("cut to {count} letters"),
            Self::Replaced(old, new) => format!("with '{new}' for '{old}'"),
        }
    }

    fn expression(&self, x: &str) -> String {
        match *self {
            Self::Upper => format!("{x}.upper()"),
            Self::Capitalized => format!("{x}.capitalize()"),
            Self::Reversed => format!("{x}[::-1]"),
            Self::Repeated(times) => format!("{x} * {times}"),
            Self::FollowedBy(letter) => format!("{x} + \"{letter}\""),
            Self::PrecededBy(letter) => format!("\"{letter}\" + {x}"),
            Self::WithoutFirst(count) => format!("{x}[{count}:]"),
            Self::WithoutLast(count) => format!("{x}[:-{count}]"),
            Self::CutTo(count) => format!("{x}[:{count}]"),
            Self::Replaced(old, new) => format!("{x}.replace(\"{old}\", \"{new}\")"),
        }
    }
}

/// The first letter a capital, all others small, as `str.capitalize` has it.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars.map(|char| char.to_ascii_lowercase())).collect()
}

fn letter(rng: &mut Stream) -> char {
    LETTERS[rng.below(LETTERS.len())]
}
