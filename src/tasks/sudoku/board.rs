//! Where each digit may still stand: what solver and grading work on.

use super::grid::SudokuGrid;
use super::size::{Size, members};

/// A cell without candidates, or a unit without a place for a digit.
pub(super) struct Contradiction;

/// For each digit the cells where it may stand, a bit a cell. Cells that are decided have one digit left.
#[derive(Clone)]
pub(super) struct BitBoard {
    size: Size,
    /// One less than the digit is its index.
    possible: [u128; 9],
    open: u128,
}

impl BitBoard {
    /// Nothing decided.
    pub fn empty(size: Size) -> Self {
        let all = size.layout().all;
        let mut possible = [0; 9];
        possible[..size.side()].fill(all);
        Self { size, possible, open: all }
    }

    /// What is left beside the digits of a grid; nothing where they break a rule.
    pub fn of(grid: &SudokuGrid) -> Option<Self> {
        let mut board = Self::empty(grid.size());
        for (cell, digit) in grid.cells().iter().enumerate().filter(|(_, digit)| **digit != 0) {
            let digit = usize::from(*digit - 1);
            if !board.allows(cell, digit) {
                return None;
            }
            board.place(cell, digit);
        }
        Some(board)
    }

    /// The size of its grid.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The cells that are not decided.
    pub fn open(&self) -> u128 {
        self.open
    }

    /// Where a digit, counted from 0, may stand.
    pub fn possible(&self, digit: usize) -> u128 {
        self.possible[digit]
    }

    /// Whether a digit, counted from 0, may stand in a cell.
    pub fn allows(&self, cell: usize, digit: usize) -> bool {
        self.possible[digit] >> cell & 1 == 1
    }

    /// The digits, counted from 0, that may stand in a cell.
    pub fn candidates(&self, cell: usize) -> impl Iterator<Item = usize> {
        (0..self.size.side()).filter(move |digit| self.allows(cell, *digit))
    }

    /// Decides a cell.
    pub fn place(&mut self, cell: usize, digit: usize) {
        let here = 1 << cell;
        let stays = self.possible[digit] & !self.size.layout().peers[cell];
        for possible in &mut self.possible {
            *possible &= !here;
        }
        self.possible[digit] = stays;
        self.open &= !here;
    }

    /// Takes a digit out of cells; whether it was in one of them.
    pub fn forbid(&mut self, digit: usize, cells: u128) -> bool {
        let found = self.possible[digit] & cells != 0;
        self.possible[digit] &= !cells;
        found
    }

    /// Decides the cells that have one candidate; whether there was one.
    pub fn place_naked_singles(&mut self) -> Result<bool, Contradiction> {
        let [one, two, _] = self.at_least();
        if one != self.size.layout().all {
            return Err(Contradiction);
        }
        let single = one & !two & self.open;
        for cell in members(single) {
            // The one before may have taken its last candidate.
            let digit = self.candidates(cell).next().ok_or(Contradiction)?;
            self.place(cell, digit);
        }
        Ok(single != 0)
    }

    /// Decides the cells that are the only place for a digit in a unit; whether there was one.
    pub fn place_hidden_singles(&mut self) -> Result<bool, Contradiction> {
        let mut placed = false;
        for digit in 0..self.size.side() {
            if self.possible[digit] & self.open == 0
                && self.possible[digit].count_ones() as usize == self.size.side()
            {
                continue;
            }
            for unit in &self.size.layout().units {
                let places = self.possible[digit] & unit;
                if places == 0 {
                    return Err(Contradiction);
                }
                if places & (places - 1) == 0 && places & self.open != 0 {
                    self.place(places.trailing_zeros() as usize, digit);
                    placed = true;
                }
            }
        }
        Ok(placed)
    }

    /// The cells that have at least one, two and three candidates.
    fn at_least(&self) -> [u128; 3] {
        self.possible.iter().fold([0; 3], |[one, two, three], possible| {
            [one | possible, two | one & possible, three | two & possible]
        })
    }

    /// The undecided cells that have two candidates.
    pub fn with_two_candidates(&self) -> u128 {
        let [_, two, three] = self.at_least();
        two & !three & self.open
    }

    /// The first of the undecided cells with the fewest candidates; nothing when all are decided.
    pub fn most_constrained(&self) -> Option<usize> {
        match self.with_two_candidates() {
            0 => members(self.open).min_by_key(|cell| self.candidates(*cell).count()),
            two => Some(two.trailing_zeros() as usize),
        }
    }

    /// The decided cells as a grid.
    pub fn grid(&self) -> SudokuGrid {
        let mut grid = SudokuGrid::empty(self.size);
        for (digit, possible) in self.possible.iter().enumerate() {
            members(possible & !self.open).for_each(|cell| grid.set(cell, digit as u8 + 1));
        }
        grid
    }
}
