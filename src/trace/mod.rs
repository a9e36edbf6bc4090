//! What a run did, kept so that any moment of it can be shown again.

mod history;

pub use history::{Cell, CellState, Frame, History, StepFacts};
