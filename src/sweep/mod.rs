//! A sweep: every combination of some knobs' values on the same texts, what each is worth and what it
//! costs, kept on disk as it goes.
//!
//! ```text
//!  Request (file, flags) ──▶ Plan ──▶ Grid (settings, trials) ──▶ run ──▶ Folder (rows, one by one)
//!                                                                            │
//!                         presets, plots, table ◀── front ◀── Standing ◀────┘
//! ```
//!
//! The rows stand in the order of the trials, so a sweep that was interrupted goes on behind its last
//! row, and comes to the same files as one that was not. Nothing here knows of a command line.

pub mod axis;
pub mod bench;
pub mod folder;
pub mod front;
pub mod outcome;
pub mod plan;
pub mod plot;
pub mod record;
pub mod request;
pub mod run;
pub mod standing;
