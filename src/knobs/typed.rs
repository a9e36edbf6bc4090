//! Knobs that say as what their value is read.

use std::marker::PhantomData;
use std::ops::Deref;

use super::{Choice, Kind, Knob, Value};

/// A knob whose value is a `T`.
#[derive(Debug)]
pub struct Typed<T> {
    /// The declaration.
    pub knob: Knob,
    read: PhantomData<fn() -> T>,
}

impl<T> Typed<T> {
    pub(super) const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { knob: Knob::new(name, kind, help), read: PhantomData }
    }
}

impl<T> Deref for Typed<T> {
    type Target = Knob;

    fn deref(&self) -> &Knob {
        &self.knob
    }
}

/// What a value can be read as.
pub trait FromValue: Sized {
    /// The value; nothing where it is of another kind.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Real(x) = value { Some(x) } else { None }
    }
}

impl FromValue for u64 {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Count(n) = value { Some(n) } else { None }
    }
}

impl FromValue for usize {
    fn from_value(value: Value) -> Option<Self> {
        u64::from_value(value).and_then(|n| n.try_into().ok())
    }
}

/// `None` where the knob is off.
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        if value == Value::Off { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// One of the words of a knob whose words are only known when the program runs: names of samplers and of
/// their parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub &'static str);

impl FromValue for Word {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Choice(word) = value { Some(Self(word)) } else { None }
    }
}

impl Word {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// An enum whose variants are the words of a knob, each with a line of help. The first is the default.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal: $help:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// Every word and what it does.
            pub const CHOICES: &'static [$crate::knobs::Choice] =
                &[$($crate::knobs::Choice { name: $word, help: $help },)+];

            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word.
            pub const fn word(self) -> &'static str {
                Self::CHOICES[self as usize].name
            }

            /// It as a value of its knob.
            pub const fn value(self) -> $crate::knobs::Value {
                $crate::knobs::Value::Choice(self.word())
            }

            /// A knob that holds one of them, the first one at first.
            pub const fn knob(name: &'static str, help: &'static str) -> $crate::knobs::Typed<Self> {
                $crate::knobs::Typed::of_words(name, || Self::CHOICES, Self::CHOICES[0].name, help)
            }
        }

        impl $crate::knobs::FromValue for $name {
            fn from_value(value: $crate::knobs::Value) -> Option<Self> {
                let $crate::knobs::Value::Choice(word) = value else { return None };
                Self::CHOICES.iter().position(|choice| choice.name == word).map(|at| Self::ALL[at])
            }
        }
    };
}
pub(crate) use words;

impl<T> Typed<T> {
    /// One of the words of an enum.
    pub(crate) const fn of_words(
        name: &'static str,
        options: fn() -> &'static [Choice],
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, Kind::Choice { options, default }, help)
    }
}
