//! What goes through the public interface, in one program: it links once.

mod support;

mod autoregressive;
mod checkpoints;
mod cli;
mod distribution;
mod edits;
mod engine;
mod golden;
mod hands;
mod hostile;
mod lanes;
mod layouts;
mod model_picker;
mod moments;
mod motion;
mod official;
mod overlays;
mod palette;
mod panels;
mod playground;
mod prompt_editor;
mod protocol;
mod rivals;
mod sampler;
mod screens;
mod side_by_side;
mod sizes;
mod soak;
mod sudoku;
mod sweep;
mod terminal;
mod themes;
mod train;
mod ui_loop;
mod why;
