//! Tasks: kinds of text that are made without end, and scored exactly.
//!
//! Training text and held-out text come from the same generator and never meet: which part something
//! belongs to hangs on what it asks, so that nothing held out can be drawn for training under any seed.

pub mod exam;
pub mod python;
mod registry;
mod shown_as;
pub mod sudoku;
mod verdict;

pub use registry::{add, all};
pub use shown_as::{CodeLanguage, ShownAs};
pub use verdict::TaskVerdict;

use crate::beginnings::Beginning;
use crate::knobs::Settings;
use crate::model::ModelConfig;
use crate::{Error, Result};

/// Which part of a task's texts is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
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
    /// The kind that it is counted under.
    pub group: &'static str,
}

impl Problem {
    /// The prompt with a hole of `room` tokens behind it, as whoever types a prompt writes it.
    pub fn with_hole(&self, room: usize) -> String {
        format!("{}[[{room}]]", self.prompt)
    }
}

/// What an answer is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What it is called.
    pub name: &'static str,
    /// What 1 means.
    pub about: &'static str,
    /// Where it is 0 or 1, so that its mean is a rate: what is said of an answer that has 0, and of one that has 1.
    pub said: Option<[&'static str; 2]>,
}

impl Measure {
    /// Whether its mean is a rate; else it is a share of each answer.
    pub fn is_rate(&self) -> bool {
        self.said.is_some()
    }
}

/// A way of answering that an exam tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    /// Knobs and their values.
    pub knobs: &'static [(&'static str, &'static str)],
}

impl Way {
    /// The knobs, turned.
    ///
    /// # Errors
    /// When one of them is not a knob, or its value none.
    pub fn settings(&self) -> Result<Settings> {
        let knobs = self.knobs.iter();
        knobs
            .copied()
            .try_fold(Settings::default(), |settings, (knob, value)| settings.with(knob, value))
    }
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

/// Share of the texts whose noise is one canvas, unless a task says otherwise.
pub const CANVASES: f64 = 0.65;

/// A task: text that is made as it is asked for, and answers that are scored exactly.
pub trait Task: Sync {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;

    /// What is written in it, in a sentence.
    fn about(&self) -> &'static str;

    /// The `index`-th text of `part` under `seed`.
    fn document(&self, seed: u64, part: Split, index: u64) -> Document;

    /// The `index`-th problem of `part` under `seed`.
    fn problem(&self, seed: u64, part: Split, index: u64) -> Problem;

    /// What an answer is scored by; the first is what the task is about.
    fn measures(&self) -> &'static [Measure];

    /// What is written behind the prompt of `problem`, scored: a number from 0 to 1 for each of
    /// [`measures`](Task::measures).
    fn score(&self, problem: &Problem, written: &str) -> Vec<f64>;

    /// The problem whose prompt is `given`, where its right answer is known, so that any answer can be scored. Those
    /// that exams and the playground show first are, unless a task knows more.
    fn problem_of(&self, given: &str) -> Option<Problem> {
        const SHOWN: u64 = 128;
        let mut problems =
            (0..SHOWN).map(|index| self.problem(exam::EXAM_SEED, Split::HeldOut, index));
        problems.find(|problem| problem.prompt == given)
    }

    /// What can be said of a whole text whose right answer is not known, in a few words; nothing where nothing can.
    fn remark(&self, _text: &str) -> Option<String> {
        None
    }

    /// Whether `typed` can be repaired: some of it becomes noise, and is written anew.
    ///
    /// # Errors
    /// When it cannot; says why.
    fn repaired(&self, typed: &str) -> Result<()> {
        let _ = typed;
        Ok(())
    }

    /// What a person may type for a prompt, in a sentence.
    fn prompt_help(&self) -> &'static str;

    /// What is given to the model where a person typed `typed` for a prompt.
    ///
    /// # Errors
    /// When that is nothing that the task can make a problem of; says why.
    fn prompt(&self, typed: &str) -> Result<String> {
        Ok(typed.to_owned())
    }

    /// Tokens that are left for an answer whose right one has `answer` tokens.
    fn room(&self, answer: usize) -> usize;

    /// Share of its texts that teach a whole canvas of noise; the others teach blocks and drafts.
    fn canvases(&self) -> f64 {
        CANVASES
    }

    /// Words behind an answer: where one of them begins, it is over, and what follows was not asked for.
    fn behind_answers(&self) -> &'static [&'static str] {
        &[]
    }

    /// The ways of answering that are tried while it is learned: next-token writing first, and at least one that
    /// denoises.
    fn ways(&self) -> &'static [Way];

    /// The way of answering that is shown first: the best of [`ways`](Task::ways) to look at.
    fn shown(&self) -> Way {
        self.ways()[1]
    }

    /// The way of answering that is raced against autoregression: the one that denoises fastest, and still well.
    fn raced(&self) -> Way {
        self.shown()
    }

    /// Texts to try, made of what is held out: kind by kind.
    fn beginnings(&self) -> &'static [Beginning];

    /// What its texts are shown as.
    fn shown_as(&self) -> ShownAs {
        ShownAs::Prose
    }

    /// The shape of the network that learns it.
    fn shape(&self) -> Shape;
}

/// The task that a model of `config` was trained for; nothing where that was text, or a task that is not known here.
pub fn of(config: &ModelConfig) -> Option<&'static dyn Task> {
    by_name(config.task.as_deref()?).ok()
}

/// The task of a name.
///
/// # Errors
/// When there is none; says which there are.
pub fn by_name(name: &str) -> Result<&'static dyn Task> {
    all().iter().copied().find(|task| task.name() == name).ok_or_else(|| {
        let names: Vec<&str> = all().iter().map(|task| task.name()).collect();
        Error::invalid(format!("there is no task {name:?}; there is {}", names.join(", ")))
    })
}
