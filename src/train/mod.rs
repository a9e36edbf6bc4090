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

pub use crate::runtime::Workers;
pub use trainer::{Budget, Losses, Plan, PlanChanges, Trainer, losses};

/// What a model in training writes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sample {
    /// How it was written.
    pub mode: String,
    /// The text.
    pub text: String,
}
