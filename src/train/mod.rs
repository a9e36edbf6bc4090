//! Training: from plain text to a folder that `--model` opens.
//!
//! One backbone learns two things in every batch: the next token, under causal attention, and text
//! from noise, under bidirectional attention. Row i of the logits scores token i + 1 in both, so one
//! head serves both, and the same weights can be raced against themselves.
//!
//! [`corpus`] reads and splits text, [`parameters`] holds what is learned, [`objective`] makes
//! batches and their loss, [`optimizer`] moves the parameters, [`evaluation`] measures on held-out
//! text, [`checkpoint`] keeps all of it, [`workers`] share the work, [`Trainer`] puts them together.

pub mod checkpoint;
pub mod corpus;
pub mod evaluation;
pub mod objective;
pub mod optimizer;
pub mod parameters;
mod trainer;
pub mod workers;

pub use trainer::{Budget, Losses, Plan, Trainer};
pub use workers::Workers;
