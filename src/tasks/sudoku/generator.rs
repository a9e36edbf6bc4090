//! Puzzles without end: a random full grid, from which clues are taken as long as one solution is left.

use std::ops::RangeInclusive;

use super::board::Board;
use super::grid::Grid;
use super::size::Size;
use super::solver::{is_solvable, place_singles};
use super::symmetry::{Symmetry, part_of, shuffle};
use super::technique::{Technique, hardest_needed};
use crate::rng::{Purpose, Stream};
use crate::tasks::{Document, Part};
use crate::{Error, Result};

/// Full grids that are tried for a bounded puzzle before it is said that there is none.
const MOST_TRIES: usize = 10_000;

/// A puzzle with one solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Puzzle {
    /// What is given.
    pub givens: Grid,
    /// The one grid that it can become.
    pub solution: Grid,
    /// The hardest technique that solving it takes.
    pub technique: Technique,
}

impl Puzzle {
    /// The text to learn from: givens, a line break, the solution; a character a cell, `.` for an empty one.
    pub fn document(&self) -> Document {
        let text = format!("{}\n{}", self.givens, self.solution);
        Document { text, given: self.givens.cells().len() + 1 }
    }
}

/// Bounds on a puzzle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difficulty {
    /// The hardest technique that solving may take.
    pub technique: Technique,
    /// How many cells are given, each number alike likely.
    pub clues: RangeInclusive<usize>,
}

impl Difficulty {
    /// All techniques up to `technique`, and from the fewest clues that are found for it at once up to 60 % of
    /// the cells.
    pub fn up_to(technique: Technique, size: Size) -> Self {
        Self { technique, clues: fewest_clues(size, technique)..=size.cells() * 3 / 5 }
    }

    fn check(&self, size: Size) -> Result<()> {
        let (fewest, most) = (fewest_clues(size, self.technique), size.cells() - 1);
        let (first, last) = (*self.clues.start(), *self.clues.end());
        if first > last || first < fewest || last > most {
            return Err(Error::invalid(format!(
                "{first} to {last} clues; a {size} puzzle that takes no more than {} has from {fewest} to {most}",
                self.technique
            )));
        }
        Ok(())
    }
}

/// The fewest clues that are left, in one full grid of ten or more often, when taking them at random ends. There
/// are puzzles with fewer, but it is long until one is met.
fn fewest_clues(size: Size, technique: Technique) -> usize {
    match (size, technique) {
        (Size::Four, _) => 4,
        (Size::Six, _) => 9,
        (Size::Nine, Technique::NakedSingle) => 24,
        (Size::Nine, _) => 23,
    }
}

/// The puzzle of an index: the same for the same arguments, of this part, with any difficulty and any number of
/// clues from few to 60 % of the cells.
pub fn puzzle(size: Size, seed: u64, part: Part, index: u64) -> Puzzle {
    let difficulty = Difficulty::up_to(Technique::Guess, size);
    let mut chance = stream(seed, index);
    loop {
        if let Some(puzzle) = draw(size, part, &difficulty, &mut chance) {
            return puzzle;
        }
    }
}

/// The puzzle of an index within bounds: the same for the same arguments, of this part.
///
/// # Errors
/// When the bounds leave no number of clues that the technique can do with, or no such puzzle of this part is met.
pub fn puzzle_within(
    size: Size,
    seed: u64,
    part: Part,
    index: u64,
    difficulty: &Difficulty,
) -> Result<Puzzle> {
    difficulty.check(size)?;
    let mut chance = stream(seed, index);
    let found = (0..MOST_TRIES).find_map(|_| draw(size, part, difficulty, &mut chance));
    found.ok_or_else(|| {
        let (first, last) = (difficulty.clues.start(), difficulty.clues.end());
        Error::invalid(format!(
            "{first} to {last} clues: no {size} puzzle of this part in {MOST_TRIES} tries; allow more numbers of clues"
        ))
    })
}

/// The chance that makes the puzzle of an index, the same where a `usize` is short.
fn stream(seed: u64, index: u64) -> Stream {
    Stream::new(seed, (index >> 32) as usize, Purpose::Task, index as u32 as usize)
}

/// Tries one number of clues: a puzzle, unless it is of the other part.
fn draw(size: Size, part: Part, difficulty: &Difficulty, chance: &mut Stream) -> Option<Puzzle> {
    let (first, last) = (*difficulty.clues.start(), *difficulty.clues.end());
    let clues = first + chance.below(last - first + 1);
    // A number of clues is not given up when a grid does not get there: few would be rarer than many.
    let (solution, givens) = (0..MOST_TRIES).find_map(|_| {
        let solution = full_grid(size, chance);
        let givens = thin(&solution, clues, difficulty.technique, chance)?;
        Some((solution, givens))
    })?;
    if part_of(&givens) != part {
        return None;
    }
    let technique = hardest_needed(Board::of(&givens)?, Technique::HiddenPair);
    Some(Puzzle { givens, solution, technique: technique.unwrap_or(Technique::Guess) })
}

/// A random grid without empty cells: a search that tries digits in random order, and a random symmetry.
fn full_grid(size: Size, chance: &mut Stream) -> Grid {
    let grid = fill(Board::empty(size), chance).unwrap_or(Grid::empty(size));
    Symmetry::random(size, chance).apply(&grid)
}

fn fill(mut board: Board, chance: &mut Stream) -> Option<Grid> {
    place_singles(&mut board).ok()?;
    let Some(cell) = board.most_constrained() else { return Some(board.grid()) };
    let mut digits: Vec<usize> = board.candidates(cell).collect();
    shuffle(&mut digits, chance);
    digits.into_iter().find_map(|digit| {
        let mut next = board.clone();
        next.place(cell, digit);
        fill(next, chance)
    })
}

/// Takes digits out of a full grid in random order, each if what is left can still be solved in one way and with
/// no technique beyond `most`, until so many clues are left; nothing if it ends before.
fn thin(solution: &Grid, clues: usize, most: Technique, chance: &mut Stream) -> Option<Grid> {
    let mut order: Vec<usize> = (0..solution.size().cells()).collect();
    shuffle(&mut order, chance);
    let mut givens = *solution;
    let mut to_take = order.len() - clues;
    for (tried, cell) in order.iter().enumerate() {
        if to_take == 0 || order.len() - tried < to_take {
            break;
        }
        let digit = givens.cells()[*cell];
        givens.set(*cell, 0);
        if still_solved(&givens, *cell, digit, most) {
            to_take -= 1;
        } else {
            givens.set(*cell, digit);
        }
    }
    (to_take == 0).then_some(givens)
}

/// Whether givens that had one solution with `digit` in `cell` still have one, found with no technique beyond
/// `most`.
fn still_solved(givens: &Grid, cell: usize, digit: u8, most: Technique) -> bool {
    let Some(mut board) = Board::of(givens) else { return false };
    if most < Technique::Guess {
        return hardest_needed(board, most).is_some();
    }
    board.forbid(usize::from(digit - 1), 1 << cell);
    !is_solvable(board)
}
