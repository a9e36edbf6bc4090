//! The playground: state and update ([`app`]), input, and a view that is a pure function of the state.

pub mod action;
pub mod app;
pub mod arrangement;
pub mod clock;
mod events;
pub mod glyphs;
pub mod hits;
mod input;
pub mod keymap;
pub mod lane;
mod presets;
mod run;
mod runs;
pub mod show;
mod sides;
pub mod sweep;
pub(crate) mod terminal;
pub mod theme;
mod time;
pub mod token_text;
pub mod training;
mod turning;
pub mod view;
mod why;

pub use run::{run, run_on};
