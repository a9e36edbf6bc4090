//! Puzzles that are one up to symmetry, and a number that is the same for all of them.
//!
//! Relabelling digits, permuting bands and stacks, and the rows and columns within them, make another puzzle of
//! a puzzle without changing how it is solved; so does exchanging rows and columns where boxes are square.
//! Training and held-out puzzles are kept apart by a number that none of this changes.

use super::grid::SudokuGrid;
use super::size::{MOST_CELLS, Size, units_of};
use crate::rng::Stream;
use crate::tasks::Split;

/// One in so many puzzles, up to symmetry, is held out.
const HELD_OUT_ONE_IN: u64 = 20;

/// Rounds of colour refinement. Three tell apart all that differ, up to symmetry, of 100,000 6x6 puzzles with
/// nine clues, and two do not; the fourth is for larger grids.
const ROUNDS: usize = 4;

/// What takes puzzles to puzzles and solutions to solutions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symmetry {
    size: Size,
    /// For each row the one that is taken for it.
    rows: Vec<usize>,
    columns: Vec<usize>,
    transposed: bool,
    /// For each digit, and 0 for none, the one that is written for it.
    digits: Vec<u8>,
}

impl Symmetry {
    /// Any of them, all alike likely.
    pub fn random(size: Size, chance: &mut Stream) -> Self {
        let mut labels: Vec<u8> = (1..=size.side() as u8).collect();
        shuffle(&mut labels, chance);
        let rows = lines(size.side(), size.box_rows(), chance);
        let columns = lines(size.side(), size.box_columns(), chance);
        let transposed = size.has_square_boxes() && chance.below(2) == 1;
        let digits = std::iter::once(0).chain(labels).collect();
        Self { size, rows, columns, transposed, digits }
    }

    /// What becomes of a grid of the same size; one of another size stays as it is.
    pub fn apply(&self, grid: &SudokuGrid) -> SudokuGrid {
        if grid.size() != self.size {
            return *grid;
        }
        let taken = |cell: usize| {
            let (row, column) =
                (self.rows[self.size.row(cell)], self.columns[self.size.column(cell)]);
            let (row, column) = if self.transposed { (column, row) } else { (row, column) };
            let digit = grid.cells()[row * self.size.side() + column];
            self.digits[usize::from(digit)]
        };
        SudokuGrid::of(self.size, (0..self.size.cells()).map(taken))
    }
}

/// Rows or columns in an order that keeps together those that share boxes, `width` each.
fn lines(side: usize, width: usize, chance: &mut Stream) -> Vec<usize> {
    let mut bands: Vec<usize> = (0..side / width).collect();
    shuffle(&mut bands, chance);
    let within = |band: usize| {
        let mut lines: Vec<usize> = (band * width..(band + 1) * width).collect();
        shuffle(&mut lines, chance);
        lines
    };
    bands.into_iter().flat_map(within).collect()
}

/// Puts items into any order, all alike likely (Fisher and Yates).
pub(super) fn shuffle<T>(items: &mut [T], chance: &mut Stream) {
    for last in (1..items.len()).rev() {
        items.swap(last, chance.below(last + 1));
    }
}

/// A number that is the same for all puzzles that are one up to symmetry, and nearly always another one for
/// any other.
///
/// Colour refinement (Weisfeiler and Leman 1968): cells, units and digits are the vertices of a graph, where a
/// cell is joined to its row, its column, its box and the digit that it holds. In every round a vertex takes a
/// new colour from its own and from the multiset of its neighbours'. Nothing in it depends on where a cell
/// stands or what a digit is called.
pub fn invariant(givens: &SudokuGrid) -> u64 {
    let size = givens.size();
    let mut cells = [0; MOST_CELLS];
    for (colour, digit) in cells.iter_mut().zip(givens.cells()) {
        *colour = if *digit == 0 { EMPTY } else { GIVEN };
    }
    for _ in 0..ROUNDS {
        refine(givens, &mut cells);
    }
    multiset(&cells[..size.cells()]).wrapping_add(size.side() as u64)
}

/// The part that a puzzle belongs to: by its givens up to symmetry, whatever the seed that it is drawn with.
pub fn part_of(givens: &SudokuGrid) -> Split {
    if invariant(givens) < u64::MAX / HELD_OUT_ONE_IN { Split::HeldOut } else { Split::Training }
}

/// First colours, and what keeps apart the kinds of neighbours; any numbers would do.
const EMPTY: u64 = 1;
const GIVEN: u64 = 2;
const ROW: u64 = 3;
const COLUMN: u64 = 4;
const BOX: u64 = 5;
const DIGIT: u64 = 6;

/// One round of refinement.
fn refine(givens: &SudokuGrid, cells: &mut [u64; MOST_CELLS]) {
    let size = givens.size();
    let side = size.side();
    let mut units = [0u64; 27];
    let mut digits = [0u64; 10];
    for (cell, digit) in givens.cells().iter().enumerate() {
        let colour = mix(cells[cell]);
        for unit in units_of(size, cell) {
            units[unit] = units[unit].wrapping_add(colour);
        }
        digits[usize::from(*digit)] = digits[usize::from(*digit)].wrapping_add(colour);
    }
    let column = if size.has_square_boxes() { ROW } else { COLUMN };
    for (index, unit) in units[..3 * side].iter_mut().enumerate() {
        *unit = mix(unit.wrapping_add(mix([ROW, column, BOX][index / side])));
    }
    // Empty cells have no digit in common.
    digits[0] = 0;
    for digit in &mut digits[1..] {
        *digit = mix(digit.wrapping_add(mix(DIGIT)));
    }
    for (cell, digit) in givens.cells().iter().enumerate() {
        let seen = units_of(size, cell)
            .into_iter()
            .fold(digits[usize::from(*digit)], |seen, unit| seen.wrapping_add(units[unit]));
        cells[cell] = mix(mix(cells[cell]).wrapping_mul(3).wrapping_add(seen));
    }
}

/// A number for colours in any order.
fn multiset(colours: &[u64]) -> u64 {
    mix(colours.iter().fold(0, |sum: u64, colour| sum.wrapping_add(mix(*colour))))
}

/// Every bit of the result depends on every bit given (the finalizer of SplitMix64, Steele et al. 2014).
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::{puzzle, solutions};
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn symmetric_puzzles_have_one_number_and_one_part() {
        for size in Size::ALL {
            for index in 0..40 {
                let part = if index % 4 == 0 { Split::HeldOut } else { Split::Training };
                let givens = puzzle(size, 3, part, index).givens;
                let mut chance = Stream::new(4, 0, Purpose::Task, index as usize);
                for _ in 0..20 {
                    let other = Symmetry::random(size, &mut chance).apply(&givens);
                    assert_eq!(invariant(&other), invariant(&givens), "{givens} {other}");
                    assert_eq!(part_of(&other), part);
                }
            }
        }
    }

    #[test]
    fn a_symmetry_takes_solutions_to_solutions() {
        for size in Size::ALL {
            let puzzle = puzzle(size, 5, Split::Training, 0);
            let symmetry = Symmetry::random(size, &mut Stream::new(6, 0, Purpose::Task, 0));
            let (givens, solution) =
                (symmetry.apply(&puzzle.givens), symmetry.apply(&puzzle.solution));
            assert_eq!(solutions(&givens, 2), 1);
            assert_eq!(super::super::solve(&givens), Some(solution));
        }
        let symmetry = Symmetry::random(Size::Six, &mut Stream::new(6, 0, Purpose::Task, 0));
        let other = SudokuGrid::of(Size::Nine, [1, 2, 3]);
        assert_eq!(symmetry.apply(&other), other);
    }

    /// Every order of lines that [`lines`] may draw.
    fn all_lines(side: usize, width: usize) -> BTreeSet<Vec<usize>> {
        let mut chance = Stream::new(7, 0, Purpose::Task, 0);
        (0..2000).map(|_| lines(side, width, &mut chance)).collect()
    }

    /// The first in the dictionary of all 6x6 grids that are one with a grid up to symmetry.
    fn canonical(
        grid: &SudokuGrid,
        orders: &(BTreeSet<Vec<usize>>, BTreeSet<Vec<usize>>),
    ) -> Vec<u8> {
        let mut first = Vec::new();
        for rows in &orders.0 {
            for columns in &orders.1 {
                let mut names = [0; 7];
                let mut next = 1;
                let cells = rows.iter().flat_map(|row| columns.iter().map(move |c| row * 6 + c));
                let renamed = cells.map(|cell| {
                    let digit = usize::from(grid.cells()[cell]);
                    if digit != 0 && names[digit] == 0 {
                        names[digit] = next;
                        next += 1;
                    }
                    names[digit]
                });
                let renamed: Vec<u8> = renamed.collect();
                if first.is_empty() || renamed < first {
                    first = renamed;
                }
            }
        }
        first
    }

    #[test]
    fn the_number_tells_puzzles_apart_that_differ_up_to_symmetry() {
        let orders = (all_lines(6, 2), all_lines(6, 3));
        assert_eq!((orders.0.len(), orders.1.len()), (48, 72));
        let mut by_number: BTreeMap<u64, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for index in 0..100 {
            let givens = puzzle(Size::Six, 8, Split::Training, index).givens;
            let same = by_number.entry(invariant(&givens)).or_default();
            same.insert(canonical(&givens, &orders));
        }
        assert!(by_number.len() > 95, "{}", by_number.len());
        assert!(by_number.values().all(|same| same.len() == 1));
    }
}
