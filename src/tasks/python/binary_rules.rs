//! What is made of two ints, and how two ints are compared.

use crate::rng::Stream;

/// An int made of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `a + b`
    Sum,
    /// `a - b`
    Difference,
    /// `a * b`
    Product,
    /// `max(a, b)`
    Larger,
    /// `min(a, b)`
    Smaller,
}

impl Operation {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        let all = [Self::Sum, Self::Difference, Self::Product, Self::Larger, Self::Smaller];
        all[rng.below(all.len())]
    }

    /// What is made of `a` and `b`.
    pub fn of(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Sum => a.saturating_add(b),
            Self::Difference => a.saturating_sub(b),
            Self::Product => a.saturating_mul(b),
            Self::Larger => a.max(b),
            Self::Smaller => a.min(b),
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Difference => "difference",
            Self::Product => "product",
            Self::Larger => "larger",
            Self::Smaller => "smaller",
        }
    }

    /// As an expression.
    pub fn expression(self, a: &str, b: &str) -> String {
        match self {
            Self::Sum => format!("{a} + {b}"),
            Self::Difference => format!("{a} - {b}"),
            Self::Product => format!("{a} * {b}"),
            Self::Larger => format!("max({a}, {b})"),
            Self::Smaller => format!("min({a}, {b})"),
        }
    }
}

/// How one int stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Comparison {
    /// Any of them.
    pub fn draw(rng: &mut Stream) -> Self {
        let all =
            [Self::Greater, Self::Less, Self::AtLeast, Self::AtMost, Self::Equal, Self::Unequal];
        all[rng.below(all.len())]
    }

    /// Whether `a` stands so to `b`.
    pub fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        match self {
            Self::Greater => a > b,
            Self::Less => a < b,
            Self::AtLeast => a >= b,
            Self::AtMost => a <= b,
            Self::Equal => a == b,
            Self::Unequal => a != b,
        }
    }

    /// As Python writes it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::Less => "<",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::Unequal => "!=",
        }
    }

    /// Behind "is".
    pub fn said(self) -> &'static str {
        match self {
            Self::Greater => "greater than",
            Self::Less => "less than",
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Equal => "equal to",
            Self::Unequal => "not equal to",
        }
    }

    /// As part of a name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Greater => "above",
            Self::Less => "below",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
            Self::Equal => "equal",
            Self::Unequal => "unequal",
        }
    }
}
