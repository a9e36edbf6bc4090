//! Tasks: kinds of text that are made without end, and scored exactly.
//!
//! Training text and held-out text come from the same generator and never meet: which part something
//! belongs to hangs on what it asks, so that nothing held out can be drawn for training under any seed.

pub mod sudoku;

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

/// Something to be answered, and what it is scored by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is given: the text that the answer stands behind.
    pub prompt: String,
    /// A right answer; there may be others.
    pub answer: String,
}

/// What an answer is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What it is called.
    pub name: &'static str,
    /// What 1 means.
    pub about: &'static str,
    /// Whether it is 0 or 1, so that its mean is a rate.
    pub is_rate: bool,
}

/// The shape of the network that learns a task, unless another is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Width.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Tokens of the vocabulary, at most.
    pub vocab: usize,
}

/// A task: text that is made as it is asked for, and answers that are scored exactly.
pub trait Generator: Sync {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// What is written in it, in a sentence.
    fn about(&self) -> &'static str;

    /// The `index`-th text of `part` under `seed`.
    fn document(&self, seed: u64, part: Part, index: u64) -> Document;

    /// The `index`-th problem of `part` under `seed`.
    fn problem(&self, seed: u64, part: Part, index: u64) -> Problem;

    /// What an answer is scored by; the first is what the task is about.
    fn measures(&self) -> &'static [Measure];

    /// What is written behind the prompt of `problem`, scored: a number from 0 to 1 for each of
    /// [`measures`](Generator::measures).
    fn score(&self, problem: &Problem, written: &str) -> Vec<f64>;

    /// Tokens that an answer may take, its end included.
    fn room(&self) -> usize;

    /// The shape of the network that learns it.
    fn shape(&self) -> Shape;
}

/// All of them.
pub static ALL: [&dyn Generator; 0] = [];
