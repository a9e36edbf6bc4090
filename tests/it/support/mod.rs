//! Shared by the tests: fixtures and fake models, a playground without a terminal, the loop that ships,
//! snapshots with styles.

pub mod bench;
pub mod harness;
pub mod models;
pub mod program;
#[cfg(unix)]
pub mod pty;
pub mod readers;
pub mod shipped;
pub mod snapshots;

pub use models::*;
