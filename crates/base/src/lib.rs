//! What all of [remask](https://docs.rs/remask) rests on: errors, files and texts of strangers made harmless, calling
//! off, seeded chance, and the threads of the process.

#![warn(clippy::unwrap_used, clippy::expect_used)]

pub mod cancel;
mod error;
mod error_record;
pub mod files;
pub mod fnv;
pub mod memory;
pub mod nearest;
pub mod rng;
pub mod runtime;
pub mod split_name;
pub mod unwind;
pub mod visible;

pub use error::{Error, Result};
