//! remask
pub mod cancel;
pub mod diffusion;
mod error;
pub mod knobs;
pub mod model;

pub use error::{Error, Result};
