//! What is asked of an int, and what is made of one: the parts that kinds of functions combine.

use super::phrase::{MapPhrase, TestPhrase};
use crate::rng::Stream;

/// A condition on an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntTest {
    /// Divisible by this; by 2 is called even.
    Multiple(i64),
    /// Not divisible by this; not by 2 is called odd.
    NotMultiple(i64),
    /// Greater than this; than 0 is called positive.
    Above(i64),
    /// Less than this; than 0 is called negative.
    Below(i64),
    /// This or greater.
    AtLeast(i64),
    /// This or less.
    AtMost(i64),
    /// Not this.
    NotEqual(i64),
    /// One of the ints from the first to the second.
    FromTo(i64, i64),
}

impl IntTest {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        if rng.below(100) < 45 { Self::draw_divisibility(rng) } else { Self::draw_order(rng) }
    }

    /// One on what divides the int.
    pub fn draw_divisibility(rng: &mut Stream) -> Self {
        match rng.below(20) {
            0..5 => Self::Multiple(2),
            5..10 => Self::NotMultiple(2),
            10..17 => Self::Multiple(3 + small(rng, 10)),
            _ => Self::NotMultiple(3 + small(rng, 8)),
        }
    }

    /// One on how great the int is.
    pub fn draw_order(rng: &mut Stream) -> Self {
        match rng.below(20) {
            0..3 => Self::Above(0),
            3..6 => Self::Below(0),
            6..9 => Self::Above(1 + small(rng, 20)),
            9..12 => Self::Below(1 + small(rng, 20)),
            12..14 => Self::AtLeast(2 + small(rng, 19)),
            14..16 => Self::AtMost(small(rng, 20)),
            16..18 => Self::NotEqual(small(rng, 13)),
            _ => {
                let first = small(rng, 10);
                Self::FromTo(first, first + 2 + small(rng, 10))
            }
        }
    }

    /// Whether `value` is so.
    pub fn holds(self, value: i64) -> bool {
        match self {
            Self::Multiple(by) => value.rem_euclid(by) == 0,
            Self::NotMultiple(by) => value.rem_euclid(by) != 0,
            Self::Above(bound) => value > bound,
            Self::Below(bound) => value < bound,
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::NotEqual(other) => value != other,
            Self::FromTo(first, last) => (first..=last).contains(&value),
        }
    }

    /// Ints on which a wrong test is likely to be found out.
    pub fn telling(self) -> Vec<i64> {
        match self {
            Self::Multiple(by) | Self::NotMultiple(by) => {
                vec![by, 2 * by, 3 * by, 5 * by, -by, by + 1, 2 * by + 1, 3 * by - 1]
            }
            Self::Above(at) | Self::Below(at) | Self::AtLeast(at) | Self::AtMost(at) => {
                vec![at - 1, at, at + 1, at + 5, at - 4]
            }
            Self::NotEqual(at) => vec![at, at, at + 1],
            Self::FromTo(first, last) => vec![first - 1, first, last, last + 1, first + 1],
        }
    }

    /// The sign between the int and its bound.
    fn comparison(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Above(_) => (">", "<=", "greater than"),
            Self::Below(_) => ("<", ">=", "less than"),
            Self::AtLeast(_) => (">=", "<", "at least"),
            Self::AtMost(_) => ("<=", ">", "at most"),
            _ => ("!=", "==", "not equal to"),
        }
    }

    fn adjective(self) -> String {
        match self {
            Self::Multiple(2) => "even".to_string(),
            Self::NotMultiple(2) => "odd".to_string(),
            Self::Above(0) => "positive".to_string(),
            Self::Below(0) => "negative".to_string(),
            Self::Multiple(by) => format!("divisible by {by}"),
            Self::NotMultiple(by) => format!("not divisible by {by}"),
            Self::FromTo(first, last) => format!("from {first} to {last}"),
            Self::Above(at)
            | Self::Below(at)
            | Self::AtLeast(at)
            | Self::AtMost(at)
            | Self::NotEqual(at) => format!("{} {at}", self.comparison().2),
        }
    }

    fn spelled(self, x: &str, so: bool) -> String {
        match self {
            Self::Multiple(by) => format!("{x} % {by} {} 0", if so { "==" } else { "!=" }),
            Self::NotMultiple(2) => format!("{x} % 2 {} 1", if so { "==" } else { "!=" }),
            Self::NotMultiple(by) => format!("{x} % {by} {} 0", if so { "!=" } else { "==" }),
            Self::FromTo(first, last) => {
                format!("{}{first} <= {x} <= {last}", if so { "" } else { "not " })
            }
            Self::Above(at)
            | Self::Below(at)
            | Self::AtLeast(at)
            | Self::AtMost(at)
            | Self::NotEqual(at) => {
                let (sign, opposite, _) = self.comparison();
                format!("{x} {} {at}", if so { sign } else { opposite })
            }
        }
    }
}

impl TestPhrase for IntTest {
    fn name(&self) -> String {
        match *self {
            Self::Above(at) if at != 0 => format!("above_{at}"),
            Self::Below(at) if at != 0 => format!("below_{at}"),
            Self::NotEqual(at) => format!("not_{at}"),
            _ => self.adjective().replace(' ', "_"),
        }
    }

    fn singular(&self) -> String {
        format!("is {}", self.adjective())
    }

    fn plural(&self) -> String {
        format!("are {}", self.adjective())
    }

    fn condition(&self, x: &str) -> String {
        self.spelled(x, true)
    }

    fn negated(&self, x: &str) -> String {
        self.spelled(x, false)
    }

    fn meaning(&self, so: bool) -> String {
        match (*self, so) {
            (Self::Multiple(by), true) | (Self::NotMultiple(by), false) => format!("%{by}=0"),
            (Self::Multiple(by), false) | (Self::NotMultiple(by), true) => format!("%{by}!0"),
            (Self::Above(at), true) | (Self::AtMost(at), false) => format!(">{at}"),
            (Self::AtLeast(at), true) | (Self::Below(at), false) => format!(">{}", at - 1),
            (Self::Below(at), true) | (Self::AtLeast(at), false) => format!("<{at}"),
            (Self::AtMost(at), true) | (Self::Above(at), false) => format!("<{}", at + 1),
            (Self::NotEqual(at), true) => format!("!{at}"),
            (Self::NotEqual(at), false) => format!("={at}"),
            (Self::FromTo(first, last), true) => format!("{first}..{last}"),
            (Self::FromTo(first, last), false) => format!("!{first}..{last}"),
        }
    }
}

/// An int made of an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntMap {
    /// Plus this.
    Plus(i64),
    /// Minus this.
    Minus(i64),
    /// Times this; times 2 is called doubled.
    Times(i64),
    /// The remainder by this, which has the sign of the divisor.
    Modulo(i64),
    /// Divided by this and rounded down.
    DividedBy(i64),
    /// Subtracted from this.
    From(i64),
    /// To the power of two.
    Squared,
    /// To the power of three.
    Cubed,
    /// With the other sign.
    Negated,
}

impl IntMap {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        match rng.below(20) {
            0..4 => Self::Plus(1 + small(rng, 12)),
            4..7 => Self::Minus(1 + small(rng, 12)),
            7..9 => Self::Times(2),
            9..12 => Self::Times(3 + small(rng, 8)),
            12..14 => Self::Modulo(2 + small(rng, 9)),
            14..16 => Self::DividedBy(2 + small(rng, 9)),
            16 => Self::From(1 + small(rng, 20)),
            17 => Self::Squared,
            18 => Self::Cubed,
            _ => Self::Negated,
        }
    }

    /// What becomes of `value`.
    pub fn of(self, value: i64) -> i64 {
        match self {
            Self::Plus(by) => value.saturating_add(by),
            Self::Minus(by) => value.saturating_sub(by),
            Self::Times(by) => value.saturating_mul(by),
            Self::Modulo(by) => value.rem_euclid(by),
            Self::DividedBy(by) => value.div_euclid(by),
            Self::From(whole) => whole.saturating_sub(value),
            Self::Squared => value.saturating_pow(2),
            Self::Cubed => value.saturating_pow(3),
            Self::Negated => value.saturating_neg(),
        }
    }

    /// Whether one after the other may be said as a single one.
    pub fn merges_with(self, other: Self) -> bool {
        let family = |map: Self| match map {
            Self::Plus(_) | Self::Minus(_) | Self::From(_) | Self::Negated => 0,
            Self::Times(_) => 1,
            Self::Modulo(_) => 2,
            Self::DividedBy(_) => 3,
            Self::Squared | Self::Cubed => 4,
        };
        let of_times = [1, 3].contains(&family(self)) && [1, 3].contains(&family(other));
        let of_sign = [self, other].contains(&Self::Negated);
        family(self) == family(other) || of_times || of_sign
    }

    /// Ints on which a wrong one is likely to be found out.
    pub fn telling(self) -> Vec<i64> {
        match self {
            Self::Modulo(by) | Self::DividedBy(by) => {
                vec![by, by + 1, 2 * by, 3 * by - 1, 4 * by + 1]
            }
            Self::From(whole) => vec![whole, whole - 2, whole + 3],
            Self::Squared | Self::Cubed | Self::Times(_) => vec![2, 3, 4, 5, -3],
            Self::Plus(_) | Self::Minus(_) | Self::Negated => vec![4, 7, -2],
        }
    }
}

impl MapPhrase for IntMap {
    fn name(&self) -> String {
        match *self {
            Self::DividedBy(by) => format!("divided_by_{by}"),
            _ => self.participle().replace(' ', "_"),
        }
    }

    fn participle(&self) -> String {
        match *self {
            Self::Plus(by) => format!("plus {by}"),
            Self::Minus(by) => format!("minus {by}"),
            Self::Times(2) => "doubled".to_string(),
            Self::Times(by) => format!("times {by}"),
            Self::Modulo(by) => format!("modulo {by}"),
            Self::DividedBy(by) => format!("divided by {by} and rounded down"),
            Self::From(whole) => format!("subtracted from {whole}"),
            Self::Squared => "squared".to_string(),
            Self::Cubed => "cubed".to_string(),
            Self::Negated => "negated".to_string(),
        }
    }

    fn expression(&self, x: &str) -> String {
        match *self {
            Self::Plus(by) => format!("{x} + {by}"),
            Self::Minus(by) => format!("{x} - {by}"),
            Self::Times(by) => format!("{x} * {by}"),
            Self::Modulo(by) => format!("{x} % {by}"),
            Self::DividedBy(by) => format!("{x} // {by}"),
            Self::From(whole) => format!("{whole} - {x}"),
            Self::Squared => format!("{x} ** 2"),
            Self::Cubed => format!("{x} ** 3"),
            Self::Negated => format!("-{x}"),
        }
    }
}

/// Uniform in `0..bound`.
fn small(rng: &mut Stream, bound: usize) -> i64 {
    i64::try_from(rng.below(bound)).unwrap_or(0)
}
