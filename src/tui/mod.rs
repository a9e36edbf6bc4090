//! The playground: state and update ([`app`]), input, and a view that is a pure function of the state.

pub mod action;
pub mod app;
pub mod attract;
mod begin;
pub mod clock;
mod code_layout;
pub mod display;
mod engine_events;
mod flow;
mod fuzzy;
pub mod glyphs;
mod hands;
pub mod highlight;
pub mod hit_map;
pub mod host;
pub mod keymap;
mod knob_edit;
pub mod knob_groups;
pub mod lane;
mod last_text;
pub mod mode;
pub mod mouse;
mod notice;
pub mod opening;
pub mod overlays;
pub mod panel_focus;
mod playback;
mod race_stage;
mod side_by_side;
mod sweep_values;
mod tally;
mod task_desk;
pub mod task_verdict;

pub(crate) mod terminal;
mod terminal_events;
pub mod theme;
mod theme_reload;
pub mod token_layout;
pub mod token_text;
pub mod training;
mod ui_loop;
mod verdict;
pub mod view;
pub mod zen;

pub use ui_loop::{draw, run, run_on, serve};
