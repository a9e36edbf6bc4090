//! Training: from plain text to a folder that `--model` opens.
//!
//! One backbone learns every way of writing in every batch: the next token, text from noise in blocks of
//! any length behind clean text, and drafts. Row i of the logits scores token i + 1 in all of them, so one
//! head serves them all, and the same weights can be raced against themselves.
//!
//! [`corpus`] reads and splits text, [`parameters`] holds what is learned, [`objective`] makes batches out
//! of it, [`noising`] the noise in them, [`shard`] their loss, [`optimizer`] moves the parameters,
//! [`evaluation`] measures on held-out text, [`checkpoint`] keeps all of it,
//! [`state_file`] reads it again, [`Workers`] share the work,
//! [`Trainer`] puts them together.

pub mod checkpoint;
pub mod corpus;
pub mod evaluation;
pub mod noising;
pub mod objective;
pub mod optimizer;
pub mod parameters;
pub mod shard;
pub mod state_file;
pub mod text;
mod trainer;

use evaluation::Figures;

pub use crate::runtime::Workers;
pub use trainer::{Budget, Losses, Plan, PlanChanges, Trainer, losses};

/// What the answers of a model in training to held-out problems are worth.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Grade {
    /// How they were written.
    pub way: String,
    /// The kind of the problems.
    pub group: String,
    /// Mean scores, 0 to 1, by the names of the task's measures.
    pub scores: Vec<(String, f64)>,
}

/// What a model in training was measured at.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Report {
    /// Rows seen: tokens of documents, and of the noise behind them.
    pub tokens_seen: usize,
    /// Held-out documents that were looked at.
    pub documents: usize,
    /// Their figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// What it writes.
    pub samples: Vec<Sample>,
    /// What its answers are worth; nothing where it learns no task.
    pub grades: Vec<Grade>,
}

/// What a model in training writes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sample {
    /// How it was written.
    pub mode: String,
    /// The text.
    pub text: String,
}
