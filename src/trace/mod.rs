//! What a run did, kept so that any moment of it can be shown again, and gone on from.

pub mod file;
mod history;
mod tree;

pub use history::{Cell, CellState, Frame, History, StepFacts};
pub use tree::{NodeId, Tree};
