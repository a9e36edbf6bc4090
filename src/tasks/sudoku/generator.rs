//! Puzzles without end: a random full grid, from which clues are taken as long as one solution is left.

use std::ops::RangeInclusive;

use super::board::BitBoard;
use super::grid::SudokuGrid;
use super::size::Size;
use super::solver::{is_solvable, place_singles};
use super::symmetry::{Symmetry, part_of, shuffle};
use super::technique::{Technique, hardest_needed};
use crate::rng::{Purpose, Stream};
use crate::tasks::{Document, Split};
use crate::{Error, Result};

/// Full grids that are tried for a bounded puzzle before it is said that there is none.
const MOST_TRIES: usize = 10_000;

/// A puzzle with one solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Puzzle {
    /// What is given.
    pub givens: SudokuGrid,
    /// The one grid that it can become.
    pub solution: SudokuGrid,
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
    /// All techniques up to `technique`, and from the fewest clues that are met often enough for it up to
    /// 60 % of the cells.
    pub fn up_to(technique: Technique, size: Size) -> Self {
        Self { technique, clues: fewest_clues(size, technique)..=size.cells() * 3 / 5 }
    }

    fn check(&self, size: Size) -> Result<()> {
        let (fewest, most) = (fewest_clues(size, self.technique), size.cells() - 1);
        let (first, last) = (*self.clues.start(), *self.clues.end());
        if first > last || first < fewest || last > most {
            return Err(Error::invalid(format!(
                "{first} to {last} clues for a {size} puzzle with at most {}; allow from {fewest} to {most}",
                self.technique
            )));
        }
        Ok(())
    }
}

/// The fewest clues that a tenth of the full grids come down to when clues are taken at random. There are puzzles
/// with fewer, but it is long until one is met.
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
pub fn puzzle(size: Size, seed: u64, part: Split, index: u64) -> Puzzle {
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
    part: Split,
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
fn draw(size: Size, part: Split, difficulty: &Difficulty, chance: &mut Stream) -> Option<Puzzle> {
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
    let technique = hardest_needed(BitBoard::of(&givens)?, Technique::HiddenPair);
    Some(Puzzle { givens, solution, technique: technique.unwrap_or(Technique::Guess) })
}

/// A random grid without empty cells: a search that tries digits in random order, and a random symmetry.
fn full_grid(size: Size, chance: &mut Stream) -> SudokuGrid {
    let grid = fill(BitBoard::empty(size), chance).unwrap_or(SudokuGrid::empty(size));
    Symmetry::random(size, chance).apply(&grid)
}

fn fill(mut board: BitBoard, chance: &mut Stream) -> Option<SudokuGrid> {
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
fn thin(
    solution: &SudokuGrid,
    clues: usize,
    most: Technique,
    chance: &mut Stream,
) -> Option<SudokuGrid> {
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
fn still_solved(givens: &SudokuGrid, cell: usize, digit: u8, most: Technique) -> bool {
    let Some(mut board) = BitBoard::of(givens) else { return false };
    if most < Technique::Guess {
        return hardest_needed(board, most).is_some();
    }
    board.forbid(usize::from(digit - 1), 1 << cell);
    !is_solvable(board)
}

#[cfg(test)]
mod tests {
    use super::super::{grade, solutions, solve};
    use super::*;

    #[test]
    fn a_puzzle_has_one_solution_its_grade_and_its_part() {
        for (size, count) in [(Size::Four, 200), (Size::Six, 200), (Size::Nine, 40)] {
            for index in 0..count {
                let part = if index % 8 == 0 { Split::HeldOut } else { Split::Training };
                let puzzle = puzzle(size, 1, part, index);
                let Puzzle { givens, solution, technique } = puzzle;
                assert_eq!(solutions(&givens, 2), 1, "{givens}");
                assert_eq!(solve(&givens), Some(solution));
                assert_eq!(grade(&givens), Some(technique), "{givens}");
                assert_eq!(part_of(&givens), part);
                let clues = fewest_clues(size, Technique::Guess)..=size.cells() * 3 / 5;
                assert!(clues.contains(&givens.filled()), "{givens}");
            }
        }
    }

    #[test]
    fn seed_and_index_make_a_puzzle_the_same_everywhere() {
        let text = |seed, part, index| puzzle(Size::Six, seed, part, index).document().text;
        assert_eq!(
            text(1, Split::Training, 0),
            "41.3..53614..216.465...3..3..626....\n412365536142321654654213143526265431"
        );
        assert_eq!(
            text(1, Split::HeldOut, 0),
            "..1...3...5....4.64.....1...35..3..2\n521364364251235416416523142635653142"
        );
        let others = [(2, 0), (1, 1), (1, 1 << 32)];
        for (seed, index) in others {
            assert_ne!(text(1, Split::Training, 0), text(seed, Split::Training, index));
        }
    }

    #[test]
    fn a_document_gives_the_puzzle_and_asks_for_the_solution() {
        for (size, given) in [(Size::Four, 17), (Size::Six, 37), (Size::Nine, 82)] {
            let puzzle = puzzle(size, 1, Split::Training, 3);
            let document = puzzle.document();
            assert_eq!((document.given, document.text.len()), (given, 2 * given - 1));
            let (givens, solution) = document.text.split_at(document.given);
            assert_eq!(givens.trim_end().parse::<SudokuGrid>().unwrap(), puzzle.givens);
            assert_eq!(solution.parse::<SudokuGrid>().unwrap(), puzzle.solution);
        }
    }

    #[test]
    fn every_number_of_clues_is_alike_likely() {
        let mut counts = [0; 22];
        let puzzles = (0..1300).map(|index| puzzle(Size::Six, 1, Split::Training, index));
        puzzles.for_each(|puzzle| counts[puzzle.givens.filled()] += 1);
        // 100 each are expected; 50 are five standard deviations away.
        assert!(counts[9..].iter().all(|count| (50..150).contains(count)), "{counts:?}");
    }

    #[test]
    fn bounds_are_kept() {
        for technique in Technique::ALL {
            let difficulty = Difficulty { technique, clues: 24..=28 };
            for index in 0..10 {
                let puzzle =
                    puzzle_within(Size::Nine, 1, Split::Training, index, &difficulty).unwrap();
                assert!(puzzle.technique <= technique);
                assert!((24..=28).contains(&puzzle.givens.filled()));
                assert_eq!(grade(&puzzle.givens), Some(puzzle.technique));
            }
        }
    }

    #[test]
    fn bounds_that_no_puzzle_meets_are_named() {
        let said = |size, part, clues| {
            let difficulty = Difficulty { technique: Technique::NakedSingle, clues };
            puzzle_within(size, 1, part, 0, &difficulty).unwrap_err().to_string()
        };
        assert_eq!(
            said(Size::Nine, Split::Training, 17..=30),
            "17 to 30 clues for a 9x9 puzzle with at most naked single; allow from 24 to 80"
        );
        assert!(said(Size::Four, Split::Training, 9..=16).contains("from 4 to 15"));
        #[expect(clippy::reversed_empty_ranges, reason = "this is what is to be told")]
        let empty = 12..=10;
        assert!(said(Size::Six, Split::Training, empty).starts_with("12 to 10 clues"));
        // None of the thirteen 4x4 puzzles with four clues is held out.
        assert!(said(Size::Four, Split::HeldOut, 4..=4).contains("in 10000 tries"));
    }
}
