//! A grid of digits, and what the rules say of it.

use super::size::{MOST_CELLS, Size, members};

/// A grid; a cell that holds 0 is empty. It may break the rules: [`SudokuGrid::conflicts`] says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SudokuGrid {
    size: Size,
    /// Cells beyond the size stay 0.
    cells: [u8; MOST_CELLS],
}

impl SudokuGrid {
    /// A grid without digits.
    pub fn empty(size: Size) -> Self {
        Self { size, cells: [0; MOST_CELLS] }
    }

    /// A grid of these cells in reading order. Those that are missing, and digits that the size does not have,
    /// are empty cells; those beyond the last are left out.
    pub fn of(size: Size, cells: impl IntoIterator<Item = u8>) -> Self {
        let mut grid = Self::empty(size);
        for (cell, digit) in (0..size.cells()).zip(cells) {
            if usize::from(digit) <= size.side() {
                grid.cells[cell] = digit;
            }
        }
        grid
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The cells in reading order; 0 is an empty one.
    pub fn cells(&self) -> &[u8] {
        &self.cells[..self.size.cells()]
    }

    /// Cells that hold a digit.
    pub fn filled(&self) -> usize {
        self.cells().iter().filter(|digit| **digit != 0).count()
    }

    /// Writes a digit of this size, or 0 for none, into a cell.
    pub(super) fn set(&mut self, cell: usize, digit: u8) {
        self.cells[cell] = digit;
    }

    /// For each cell whether its digit stands twice in a row, a column or a box.
    pub fn conflicts(&self) -> Vec<bool> {
        let clashes = |cell: usize| {
            let digit = self.cells[cell];
            digit != 0 && self.size.peers(cell).any(|peer| self.cells[peer] == digit)
        };
        (0..self.size.cells()).map(clashes).collect()
    }

    /// The digits that an empty cell may hold, as far as no peer holds them; none for a filled one.
    pub fn candidates(&self, cell: usize) -> impl Iterator<Item = u8> {
        let digits = (1 << (self.size.side() + 1)) - 2;
        let taken = |taken, peer: usize| taken | 1u128 << self.cells[peer];
        let free = match self.cells[cell] {
            0 => digits & !self.size.peers(cell).fold(0, taken),
            _ => 0,
        };
        members(free).map(|digit| digit as u8)
    }
}

/// All cells in reading order without anything between them, `.` for an empty one.
impl std::fmt::Display for SudokuGrid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cells().iter().try_for_each(|digit| match digit {
            0 => f.write_str("."),
            digit => write!(f, "{digit}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_twice_in_a_unit_is_a_conflict_of_both_cells() {
        let grid = SudokuGrid::of(Size::Four, [1, 0, 0, 1, 0, 2, 0, 0, 0, 2, 0, 0, 3, 4]);
        let conflicts = grid.conflicts();
        let which: Vec<usize> = (0..16).filter(|cell| conflicts[*cell]).collect();
        assert_eq!(which, [0, 3, 5, 9]);
        assert_eq!(grid.to_string(), "1..1.2...2..34..");
    }

    #[test]
    fn candidates_are_what_no_peer_holds() {
        let grid = SudokuGrid::of(Size::Six, [1, 0, 0, 2, 0, 0, 0, 3]);
        assert_eq!(grid.candidates(1).collect::<Vec<_>>(), [4, 5, 6]);
        assert_eq!(grid.candidates(35).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(grid.candidates(0).count(), 0, "a filled cell");
    }

    #[test]
    fn cells_that_no_grid_has_are_left_out() {
        let grid = SudokuGrid::of(Size::Four, [5, 4].into_iter().chain([1; 40]));
        assert_eq!((grid.cells()[0], grid.cells()[1], grid.filled()), (0, 4, 15));
    }
}
