//! What a recipe fills the slots of its kind with.

use super::binary_rules::{Comparison, Operation};
use super::int_rules::{IntMap, IntTest};
use super::names::{ANSWERS, GREETINGS, LETTERS, SEPARATORS};
use super::phrase::{MapPhrase, TestPhrase};
use super::text_rules::{CharTest, TextMap, TextTest};
use crate::rng::Stream;

/// What a kind leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateSlot {
    /// A condition on an int.
    IntTest,
    /// A condition on an int, of which the opposite is meant.
    NotIntTest,
    /// Two conditions on an int: on what divides it, and on how great it is.
    TwoIntTests,
    /// An int made of an int.
    IntMap,
    /// Two that differ.
    TwoIntMaps,
    /// Two, one after the other, that cannot be said as one.
    IntMapChain,
    /// A condition on a word.
    TextTest,
    /// A condition on a word, of which the opposite is meant.
    NotTextTest,
    /// A word made of a word.
    TextMap,
    /// A condition on a character.
    CharTest,
    /// A condition on a character, of which the opposite is meant.
    NotCharTest,
    /// An int made of two.
    Operation,
    /// How an int stands to another.
    Comparison,
    /// A constant, from the first to the last.
    Number(i64, i64),
    /// A letter.
    Letter,
    /// Two different answers.
    Answers,
    /// What stands between things.
    Separator,
    /// A word in front of a name.
    Greeting,
}

/// What stands in a slot.
#[derive(Clone, Debug, PartialEq)]
enum Rule {
    IntTest(IntTest, bool),
    IntMap(IntMap),
    TextTest(TextTest, bool),
    TextMap(TextMap),
    CharTest(CharTest, bool),
    Operation(Operation),
    Comparison(Comparison),
    Number(i64),
    Letter(char),
    Word(&'static str),
    Separator(usize),
}

impl Rule {
    /// The same for all that mean the same.
    fn meaning(&self) -> String {
        match self {
            Self::IntTest(test, so) => test.meaning(*so),
            Self::TextTest(test, so) => test.meaning(*so),
            Self::CharTest(test, so) => test.meaning(*so),
            Self::IntMap(map) => map.participle(),
            Self::TextMap(map) => map.participle(),
            Self::Operation(operation) => operation.name().to_string(),
            Self::Comparison(comparison) => comparison.sign().to_string(),
            Self::Number(number) => number.to_string(),
            Self::Letter(letter) => letter.to_string(),
            Self::Word(word) => (*word).to_string(),
            Self::Separator(index) => SEPARATORS[*index].0.to_string(),
        }
    }
}

/// The rules in the slots of a kind. What is asked for and is not there, is false, zero or empty.
#[derive(Clone, Debug)]
pub struct DrawnChoice(Vec<Rule>);

impl DrawnChoice {
    /// Fills `slots` by chance.
    pub fn draw(slots: &[TemplateSlot], rng: &mut Stream) -> Self {
        let mut rules = Vec::new();
        for slot in slots {
            fill(*slot, rng, &mut rules);
        }
        Self(rules)
    }

    /// The same for all choices that mean the same.
    pub fn meaning(&self) -> String {
        self.0.iter().map(Rule::meaning).collect::<Vec<_>>().join(" | ")
    }

    /// Ints on which a wrong body is likely to be found out.
    pub fn telling(&self) -> Vec<i64> {
        let mut telling = Vec::new();
        for rule in &self.0 {
            match rule {
                Rule::IntTest(test, _) => telling.extend(test.telling()),
                Rule::IntMap(map) => telling.extend(map.telling()),
                Rule::Number(number) => {
                    telling.extend([number - 1, *number, number + 1, 2 * number])
                }
                _ => {}
            }
        }
        telling
    }

    /// Letters that it names.
    pub fn letters(&self) -> Vec<char> {
        let mut letters = Vec::new();
        for rule in &self.0 {
            match *rule {
                Rule::Letter(letter)
                | Rule::TextTest(
                    TextTest::Starts(letter) | TextTest::Ends(letter) | TextTest::Contains(letter),
                    _,
                )
                | Rule::TextMap(TextMap::Replaced(letter, _))
                | Rule::CharTest(CharTest::Is(letter), _) => letters.push(letter),
                Rule::CharTest(CharTest::Either(first, second), _) => {
                    letters.extend([first, second])
                }
                _ => {}
            }
        }
        letters
    }

    fn int_tests(&self) -> impl Iterator<Item = IntTest> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::IntTest(test, _) => Some(*test),
            _ => None,
        })
    }

    fn int_maps(&self) -> impl Iterator<Item = IntMap> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::IntMap(map) => Some(*map),
            _ => None,
        })
    }

    fn numbers(&self) -> impl Iterator<Item = i64> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::Number(number) => Some(*number),
            _ => None,
        })
    }

    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::Word(word) => Some(*word),
            Rule::Separator(index) => Some(SEPARATORS[*index].0),
            _ => None,
        })
    }

    /// Whether the first condition on an int holds.
    pub fn test(&self, value: i64) -> bool {
        self.int_tests().next().is_some_and(|test| test.holds(value))
    }

    /// Whether the second condition on an int holds.
    pub fn second_test(&self, value: i64) -> bool {
        self.int_tests().nth(1).is_some_and(|test| test.holds(value))
    }

    /// What the first map makes of an int.
    pub fn map(&self, value: i64) -> i64 {
        self.int_maps().next().map_or(0, |map| map.of(value))
    }

    /// What the second map makes of an int.
    pub fn second_map(&self, value: i64) -> i64 {
        self.int_maps().nth(1).map_or(0, |map| map.of(value))
    }

    /// Whether the condition on a word holds.
    pub fn text_test(&self, text: &str) -> bool {
        self.0.iter().any(|rule| matches!(rule, Rule::TextTest(test, _) if test.holds(text)))
    }

    /// Whether the condition on a character holds.
    pub fn char_test(&self, char: char) -> bool {
        self.0.iter().any(|rule| matches!(rule, Rule::CharTest(test, _) if test.holds(char)))
    }

    /// What is made of a word.
    pub fn text_map(&self, text: &str) -> String {
        let map = self.0.iter().find_map(|rule| match rule {
            Rule::TextMap(map) => Some(map.of(text)),
            _ => None,
        });
        map.unwrap_or_default()
    }

    /// What is made of two ints.
    pub fn operation(&self, a: i64, b: i64) -> i64 {
        let operation = self.0.iter().find_map(|rule| match rule {
            Rule::Operation(operation) => Some(operation.of(a, b)),
            _ => None,
        });
        operation.unwrap_or_default()
    }

    /// Whether `a` stands to `b` as is asked.
    pub fn compare<T: PartialOrd>(&self, a: T, b: T) -> bool {
        let compared = self.0.iter().find_map(|rule| match rule {
            Rule::Comparison(comparison) => Some(comparison.holds(&a, &b)),
            _ => None,
        });
        compared.unwrap_or_default()
    }

    /// The first constant.
    pub fn k(&self) -> i64 {
        self.numbers().next().unwrap_or_default()
    }

    /// The second constant.
    pub fn j(&self) -> i64 {
        self.numbers().nth(1).unwrap_or_default()
    }

    /// The first constant, to count with.
    pub fn count(&self) -> usize {
        usize::try_from(self.k()).unwrap_or_default()
    }

    /// The letter.
    pub fn letter(&self) -> char {
        let letter = self.0.iter().find_map(|rule| match rule {
            Rule::Letter(letter) => Some(*letter),
            _ => None,
        });
        letter.unwrap_or_default()
    }

    /// The `nth` word, or what stands between things.
    pub fn word(&self, nth: usize) -> &'static str {
        self.words().nth(nth).unwrap_or_default()
    }

    /// What stands in a template for `token`, said of `operands`; nothing for tokens that are not the choice's.
    pub fn token(&self, token: &str, operands: &[&str]) -> Option<String> {
        let x = operands.first().copied().unwrap_or_default();
        match token {
            "test" | "is" | "are" | "cond" | "not" => tell(self.test_phrases().next()?, token, x),
            "testb" | "isb" | "areb" | "condb" | "notb" => {
                tell(self.test_phrases().nth(1)?, token.trim_end_matches('b'), x)
            }
            "map" | "by" | "expr" => tell_map(self.map_phrases().next()?, token, x),
            "mapb" | "byb" | "exprb" => tell_map(
                self.map_phrases().nth(1)?,
                if token == "byb" { "by" } else { token.trim_end_matches('b') },
                x,
            ),
            "k" => self.numbers().next().map(|number| number.to_string()),
            "next" => self.numbers().next().map(|number| (number + 1).to_string()),
            "j" => self.numbers().nth(1).map(|number| number.to_string()),
            "i" => self.numbers().nth(2).map(|number| number.to_string()),
            "l" => Some(self.letter().to_string()),
            "w" => self.words().next().map(str::to_string),
            "u" => self.words().nth(1).map(str::to_string),
            _ => self.binary_token(token, x, operands.get(1).copied().unwrap_or_default()),
        }
    }

    fn binary_token(&self, token: &str, a: &str, b: &str) -> Option<String> {
        self.0.iter().find_map(|rule| match (token, rule) {
            ("opname", Rule::Operation(operation)) => Some(operation.name().to_string()),
            ("op", Rule::Operation(operation)) => Some(operation.expression(a, b)),
            ("cmp", Rule::Comparison(comparison)) => Some(comparison.sign().to_string()),
            ("cmpname", Rule::Comparison(comparison)) => Some(comparison.name().to_string()),
            ("than", Rule::Comparison(comparison)) => Some(comparison.said().to_string()),
            ("seps", Rule::Separator(index)) => Some(SEPARATORS[*index].1.to_string()),
            ("asep", Rule::Separator(index)) => Some(SEPARATORS[*index].2.to_string()),
            ("sepname", Rule::Separator(index)) => Some(SEPARATORS[*index].1.replace(' ', "_")),
            _ => None,
        })
    }

    fn test_phrases(&self) -> impl Iterator<Item = &dyn TestPhrase> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::IntTest(test, _) => Some(test as &dyn TestPhrase),
            Rule::TextTest(test, _) => Some(test as &dyn TestPhrase),
            Rule::CharTest(test, _) => Some(test as &dyn TestPhrase),
            _ => None,
        })
    }

    fn map_phrases(&self) -> impl Iterator<Item = &dyn MapPhrase> {
        self.0.iter().filter_map(|rule| match rule {
            Rule::IntMap(map) => Some(map as &dyn MapPhrase),
            Rule::TextMap(map) => Some(map as &dyn MapPhrase),
            _ => None,
        })
    }
}

/// Whether `token` is said of what stands in parentheses behind it.
pub fn takes_operands(token: &str) -> bool {
    matches!(token, "cond" | "condb" | "not" | "notb" | "expr" | "exprb" | "op")
}

fn tell(test: &dyn TestPhrase, token: &str, x: &str) -> Option<String> {
    Some(match token {
        "test" => test.name(),
        "is" => test.singular(),
        "are" => test.plural(),
        "cond" => test.condition(x),
        _ => test.negated(x),
    })
}

fn tell_map(map: &dyn MapPhrase, token: &str, x: &str) -> Option<String> {
    Some(match token {
        "map" => map.name(),
        "by" => map.participle(),
        _ => map.expression(x),
    })
}

fn fill(slot: TemplateSlot, rng: &mut Stream, rules: &mut Vec<Rule>) {
    let rule = match slot {
        TemplateSlot::IntTest => Rule::IntTest(IntTest::draw(rng), true),
        TemplateSlot::NotIntTest => Rule::IntTest(IntTest::draw(rng), false),
        TemplateSlot::TwoIntTests => {
            rules.push(Rule::IntTest(IntTest::draw_divisibility(rng), true));
            Rule::IntTest(IntTest::draw_order(rng), true)
        }
        TemplateSlot::IntMap => Rule::IntMap(IntMap::draw(rng)),
        TemplateSlot::TwoIntMaps => {
            let (first, second) = two_maps(rng, |first, second| first != second);
            rules.push(Rule::IntMap(first));
            Rule::IntMap(second)
        }
        TemplateSlot::IntMapChain => {
            let (first, second) = two_maps(rng, |first, second| !first.merges_with(second));
            rules.push(Rule::IntMap(first));
            Rule::IntMap(second)
        }
        TemplateSlot::TextTest => Rule::TextTest(TextTest::draw(rng), true),
        TemplateSlot::NotTextTest => Rule::TextTest(TextTest::draw(rng), false),
        TemplateSlot::TextMap => Rule::TextMap(TextMap::draw(rng)),
        TemplateSlot::CharTest => Rule::CharTest(CharTest::draw(rng), true),
        TemplateSlot::NotCharTest => Rule::CharTest(CharTest::draw(rng), false),
        TemplateSlot::Operation => Rule::Operation(Operation::draw(rng)),
        TemplateSlot::Comparison => Rule::Comparison(Comparison::draw(rng)),
        TemplateSlot::Number(first, last) => {
            let span = usize::try_from(last - first + 1).unwrap_or(1);
            Rule::Number(first + i64::try_from(rng.below(span)).unwrap_or(0))
        }
        TemplateSlot::Letter => Rule::Letter(LETTERS[rng.below(LETTERS.len())]),
        TemplateSlot::Answers => {
            let (first, second) = ANSWERS[rng.below(ANSWERS.len())];
            let turned = rng.below(2) == 1;
            rules.push(Rule::Word(if turned { second } else { first }));
            Rule::Word(if turned { first } else { second })
        }
        TemplateSlot::Separator => Rule::Separator(rng.below(SEPARATORS.len())),
        TemplateSlot::Greeting => Rule::Word(GREETINGS[rng.below(GREETINGS.len())]),
    };
    rules.push(rule);
}

/// Two maps that go with each other.
fn two_maps(rng: &mut Stream, fit: impl Fn(IntMap, IntMap) -> bool) -> (IntMap, IntMap) {
    loop {
        let (first, second) = (IntMap::draw(rng), IntMap::draw(rng));
        if fit(first, second) {
            return (first, second);
        }
    }
}
