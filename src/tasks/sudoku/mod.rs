//! Sudoku: puzzles without end, with one solution each, graded by what a human needs for them.
//!
//! Here the order of writing is everything: cells that are forced can be written at once, the others only
//! when those are (Kim et al. 2025, arXiv 2502.06768).
//!
//! - [`SudokuGrid`]: cells, rules, what people paste. [`Size`]: 4x4, 6x6, 9x9.
//! - [`solve`], [`solutions`]: exact. [`grade`]: by human techniques ([`Technique`]).
//! - [`puzzle`], [`puzzle_within`]: the puzzle of a seed and an index, of any or of bounded [`Difficulty`].
//! - [`part_of`]: training and held out, the same for puzzles that are one up to symmetry ([`Symmetry`]).
//! - [`GridScore`]: a written grid against its puzzle.

mod board;
mod generator;
mod grid;
mod measure;
mod parse;
mod size;
mod solver;
mod symmetry;
mod task;
mod technique;

pub use generator::{Difficulty, Puzzle, puzzle, puzzle_within};
pub use grid::SudokuGrid;
pub use measure::{GridScore, broken_cells};
pub use size::Size;
pub use solver::{solutions, solve};
pub use symmetry::{Symmetry, invariant, part_of};
pub use task::Sudoku;
pub use technique::{Technique, grade};
