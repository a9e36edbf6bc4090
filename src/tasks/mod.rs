//! Tasks: kinds of text that are made without end, and scored exactly.
//!
//! Training text and held-out text come from the same generator and never meet: which part something
//! belongs to hangs on what it asks, so that nothing held out can be drawn for training under any seed.

pub mod python;

/// Which part of a task's texts is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What may be learned from.
    Training,
    /// What is measured on.
    HeldOut,
}

/// A text to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The text.
    pub text: String,
    /// Bytes at its beginning that are always given and never asked for.
    pub given: usize,
}
