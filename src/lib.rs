//! remask
pub mod cancel;
pub mod cli;
pub mod config;
pub mod diffusion;
pub mod engine;
mod error;
pub mod knobs;
pub mod model;
pub mod prompt;
pub mod summary;
pub mod trace;
pub mod tui;

pub use error::{Error, Result};
