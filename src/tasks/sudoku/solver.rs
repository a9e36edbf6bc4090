//! Exact solving: singles as far as they go, then both ways at the cell with the fewest candidates.

use super::board::{BitBoard, Contradiction};
use super::grid::SudokuGrid;

/// A solution; nothing where there is none. Which one, where there are several, is always the same.
pub fn solve(grid: &SudokuGrid) -> Option<SudokuGrid> {
    let mut solution = None;
    search(BitBoard::of(grid)?, &mut |board| {
        solution = Some(board.grid());
        true
    });
    solution
}

/// How many solutions there are, counted up to `most`.
pub fn solutions(grid: &SudokuGrid, most: usize) -> usize {
    let mut count = 0;
    if let Some(board) = BitBoard::of(grid).filter(|_| most > 0) {
        search(board, &mut |_| {
            count += 1;
            count == most
        });
    }
    count
}

/// Whether there is a solution.
pub(super) fn is_solvable(board: BitBoard) -> bool {
    search(board, &mut |_| true)
}

/// Shows every solution to `found` until that says that it is enough; whether it did.
fn search(mut board: BitBoard, found: &mut impl FnMut(&BitBoard) -> bool) -> bool {
    if place_singles(&mut board).is_err() {
        return false;
    }
    let Some(cell) = board.most_constrained() else { return found(&board) };
    board.candidates(cell).any(|digit| {
        let mut guess = board.clone();
        guess.place(cell, digit);
        search(guess, found)
    })
}

/// Decides what is forced by one rule at a time, until nothing is.
pub(super) fn place_singles(board: &mut BitBoard) -> Result<(), Contradiction> {
    while board.place_naked_singles()? || board.place_hidden_singles()? {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::size::Size;
    use super::*;
    use crate::rng::{Purpose, Stream};

    /// Every solution, by trying each digit in each empty cell.
    fn brute_force(grid: SudokuGrid, found: &mut Vec<SudokuGrid>) {
        let Some(cell) = grid.cells().iter().position(|digit| *digit == 0) else {
            found.push(grid);
            return;
        };
        for digit in grid.candidates(cell) {
            let mut next = grid;
            next.set(cell, digit);
            brute_force(next, found);
        }
    }

    #[test]
    fn there_are_288_grids_of_four_by_four() {
        assert_eq!(solutions(&SudokuGrid::empty(Size::Four), usize::MAX), 288);
        assert_eq!(solutions(&SudokuGrid::empty(Size::Four), 2), 2);
        assert_eq!(solutions(&SudokuGrid::empty(Size::Nine), 2), 2);
    }

    #[test]
    fn solutions_are_those_of_brute_force() {
        let mut unique = 0;
        for index in 0..2000 {
            let mut chance = Stream::new(1, 0, Purpose::Task, index);
            let mut grid = SudokuGrid::empty(Size::Four);
            for _ in 0..3 + chance.below(5) {
                grid.set(chance.below(16), chance.below(4) as u8 + 1);
            }
            let mut all = Vec::new();
            if !grid.conflicts().contains(&true) {
                brute_force(grid, &mut all);
            }
            assert_eq!(solutions(&grid, usize::MAX), all.len(), "{grid}");
            assert_eq!(solve(&grid).is_some(), !all.is_empty(), "{grid}");
            assert!(solve(&grid).is_none_or(|solution| all.contains(&solution)), "{grid}");
            unique += usize::from(all.len() == 1);
        }
        assert!(unique > 50, "{unique}");
    }

    #[test]
    fn a_puzzle_that_needs_a_search_is_solved() {
        let puzzle =
            "..7.4.32.2...63.......1.8...4.....5..16394.....3..2....3.....8....1....547...5.3.";
        let grid: SudokuGrid = puzzle.parse().unwrap();
        assert_eq!(solutions(&grid, 2), 1);
        let solution = solve(&grid).unwrap();
        assert_eq!(solution.filled(), 81);
        assert!(!solution.conflicts().contains(&true));
        assert!(grid.cells().iter().zip(solution.cells()).all(|(a, b)| *a == 0 || a == b));
    }
}
