//! A sweep: every combination of some knobs' values on the same texts, what each is worth and what it
//! costs, kept on disk as it goes.
//!
//! ```text
//!  SweepRequest (file, flags) ──▶ SweepPlan ──▶ Grid (settings, jobs) ──▶ run ──▶ Folder (rows, one by one)
//!                                                                            │
//!                         presets, plots, table ◀── front ◀── SettingSummary ◀────┘
//! ```
//!
//! The rows stand in the order of the jobs, so a sweep that was interrupted goes on behind its last
//! row, and comes to the same files as one that was not. Nothing here knows of a command line.

pub mod axis;
pub mod evaluator;
pub mod folder;
pub mod pareto;
pub mod plan;
pub mod plot;
pub mod record;
pub mod report;
pub mod request;
pub mod run;
pub mod setting_summary;
pub mod yardstick;
