//! The values that functions take and give back, and how Python spells them.

use std::fmt::{Display, Formatter, Result};

/// A Python value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleValue {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `str` of ASCII, without quotes and backslashes.
    Text(String),
    /// A `list`.
    List(Vec<Self>),
    /// A `tuple` of two or more.
    Tuple(Vec<Self>),
    /// A `set`; its members are different.
    Set(Vec<Self>),
    /// A `dict`; its keys are different.
    Dict(Vec<(Self, Self)>),
}

/// Ints that an assert shows are no larger than this.
const LARGEST_INT: i64 = 9_999;

/// Texts that an assert shows are no longer than this, in bytes.
const LONGEST_TEXT: usize = 40;

impl ExampleValue {
    /// A `tuple` of two.
    pub fn pair(first: impl Into<Self>, second: impl Into<Self>) -> Self {
        Self::Tuple(vec![first.into(), second.into()])
    }

    /// A `set` of what is in `members`, in the order in which it comes first.
    pub fn set<T: Into<Self>>(members: impl IntoIterator<Item = T>) -> Self {
        let mut different = Vec::new();
        for member in members.into_iter().map(T::into) {
            if !different.contains(&member) {
                different.push(member);
            }
        }
        Self::Set(different)
    }

    /// A `dict` of `entries`; of two with the same key the later value counts, as in Python.
    pub fn dict<K: Into<Self>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut dict: Vec<(Self, Self)> = Vec::new();
        for (key, value) in entries {
            let (key, value) = (key.into(), value.into());
            match dict.iter_mut().find(|entry| entry.0 == key) {
                Some(entry) => entry.1 = value,
                None => dict.push((key, value)),
            }
        }
        Self::Dict(dict)
    }

    /// Whether an assert can show it in a few bytes.
    pub fn is_small(&self) -> bool {
        match self {
            Self::None | Self::Bool(_) => true,
            Self::Int(int) => (-LARGEST_INT..=LARGEST_INT).contains(int),
            Self::Text(text) => text.len() <= LONGEST_TEXT,
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => {
                items.len() <= 12 && items.iter().all(Self::is_small)
            }
            Self::Dict(entries) => {
                entries.len() <= 8
                    && entries.iter().all(|(key, value)| key.is_small() && value.is_small())
            }
        }
    }

    /// Whether a body that does nothing would often give it back.
    pub fn is_trivial(&self) -> bool {
        match self {
            Self::None | Self::Bool(false) | Self::Int(0 | -1) => true,
            Self::Text(text) => text.is_empty(),
            Self::Tuple(items) => items.iter().any(Self::is_trivial),
            Self::List(items) | Self::Set(items) => items.is_empty(),
            Self::Dict(entries) => entries.is_empty(),
            Self::Bool(true) | Self::Int(_) => false,
        }
    }

    /// Whether it is one of few values of its type, so that `is` compares it.
    pub fn is_single(&self) -> bool {
        matches!(self, Self::None | Self::Bool(_))
    }
}

impl Display for ExampleValue {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(true) => out.write_str("True"),
            Self::Bool(false) => out.write_str("False"),
            Self::Int(int) => write!(out, "{int}"),
            Self::Text(text) => write!(out, "\"{text}\""),
            Self::List(items) => write!(out, "[{}]", listed(items)),
            Self::Tuple(items) => write!(out, "({})", listed(items)),
            Self::Set(items) if items.is_empty() => out.write_str("set()"),
            Self::Set(items) => write!(out, "{{{}}}", listed(items)),
            Self::Dict(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(out, "{{{}}}", entries.join(", "))
            }
        }
    }
}

fn listed(items: &[ExampleValue]) -> String {
    items.iter().map(ExampleValue::to_string).collect::<Vec<_>>().join(", ")
}

impl From<bool> for ExampleValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for ExampleValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<usize> for ExampleValue {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<char> for ExampleValue {
    fn from(value: char) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<&str> for ExampleValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<String> for ExampleValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for ExampleValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, T::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for ExampleValue {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(T::into).collect())
    }
}

impl<A: Into<Self>, B: Into<Self>> From<(A, B)> for ExampleValue {
    fn from((first, second): (A, B)) -> Self {
        Self::pair(first, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_as_python_spells_them() {
        let spelled = |value: ExampleValue| value.to_string();
        assert_eq!(spelled(vec![1_i64, -2].into()), "[1, -2]");
        assert_eq!(spelled(ExampleValue::pair("sun", true)), "(\"sun\", True)");
        assert_eq!(spelled(ExampleValue::set([3_i64, 1, 3])), "{3, 1}");
        assert_eq!(spelled(ExampleValue::set(Vec::<i64>::new())), "set()");
        assert_eq!(
            spelled(ExampleValue::dict([("a", 1_i64), ("b", 2), ("a", 3)])),
            "{\"a\": 3, \"b\": 2}"
        );
        assert_eq!(spelled(None::<i64>.into()), "None");
    }
}
