//! The sizes of a grid, and which cells see each other.

use std::sync::LazyLock;

/// Cells of the largest grid.
pub(super) const MOST_CELLS: usize = 81;

/// How large a grid is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// 4x4, boxes of 2x2.
    Four,
    /// 6x6, boxes of 2 rows and 3 columns.
    Six,
    /// 9x9, boxes of 3x3.
    Nine,
}

impl Size {
    /// All sizes, the smallest first.
    pub const ALL: [Self; 3] = [Self::Four, Self::Six, Self::Nine];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Four => "4x4",
            Self::Six => "6x6",
            Self::Nine => "9x9",
        }
    }

    /// Rows of a grid; columns, boxes and digits are as many.
    pub const fn side(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Six => 6,
            Self::Nine => 9,
        }
    }

    /// Cells of a grid.
    pub const fn cells(self) -> usize {
        self.side() * self.side()
    }

    /// Rows of a box.
    pub const fn box_rows(self) -> usize {
        match self {
            Self::Four | Self::Six => 2,
            Self::Nine => 3,
        }
    }

    /// Columns of a box.
    pub const fn box_columns(self) -> usize {
        self.side() / self.box_rows()
    }

    /// Whether boxes are square, so that rows and columns can change places.
    pub const fn has_square_boxes(self) -> bool {
        self.box_rows() == self.box_columns()
    }

    /// The size of a grid with so many cells.
    pub fn of_cells(cells: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.cells() == cells)
    }

    /// The row of a cell.
    pub const fn row(self, cell: usize) -> usize {
        cell / self.side()
    }

    /// The column of a cell.
    pub const fn column(self, cell: usize) -> usize {
        cell % self.side()
    }

    /// The box of a cell; boxes are counted in reading order.
    pub const fn box_of(self, cell: usize) -> usize {
        let boxes_a_band = self.side() / self.box_columns();
        self.row(cell) / self.box_rows() * boxes_a_band + self.column(cell) / self.box_columns()
    }

    /// The units, each the cells that hold every digit once: rows, then columns, then boxes.
    pub fn units(self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        self.layout().units.iter().map(|unit| members(*unit))
    }

    /// The cells that share a unit with `cell`, without it.
    pub fn peers(self, cell: usize) -> impl Iterator<Item = usize> {
        members(self.layout().peers[cell])
    }

    pub(super) fn layout(self) -> &'static CellLayout {
        static LAYOUTS: LazyLock<[CellLayout; 3]> =
            LazyLock::new(|| Size::ALL.map(CellLayout::new));
        &LAYOUTS[self as usize]
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = self.side();
        write!(f, "{side}x{side}")
    }
}

/// Sets of cells, a bit each.
pub(super) struct CellLayout {
    /// Every cell.
    pub all: u128,
    /// Rows, then columns, then boxes.
    pub units: Vec<u128>,
    /// For each cell those that it shares a unit with.
    pub peers: Vec<u128>,
}

impl CellLayout {
    fn new(size: Size) -> Self {
        let cells = 0..size.cells();
        let mut units = vec![0; 3 * size.side()];
        for cell in cells.clone() {
            for unit in units_of(size, cell) {
                units[unit] |= 1 << cell;
            }
        }
        let peers = cells.map(|cell| {
            let seen = units_of(size, cell).into_iter().fold(0, |seen, unit| seen | units[unit]);
            seen & !(1 << cell)
        });
        Self { all: (1 << size.cells()) - 1, peers: peers.collect(), units }
    }
}

/// Where the row, the column and the box of a cell stand among the units.
pub(super) fn units_of(size: Size, cell: usize) -> [usize; 3] {
    let side = size.side();
    [size.row(cell), side + size.column(cell), 2 * side + size.box_of(cell)]
}

/// The cells of a set, in reading order.
pub(super) fn members(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let cell = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(cell)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_a_cell_for_each_digit_and_every_cell_its_peers() {
        for (size, peers) in [(Size::Four, 7), (Size::Six, 12), (Size::Nine, 20)] {
            assert_eq!(size.units().count(), 3 * size.side());
            assert!(size.units().all(|unit| unit.count() == size.side()), "{size}");
            for cell in 0..size.cells() {
                assert_eq!(size.peers(cell).count(), peers, "{size}, cell {cell}");
                assert!(size.peers(cell).all(|peer| size.peers(peer).any(|back| back == cell)));
            }
            assert_eq!(Size::of_cells(size.cells()), Some(size));
        }
        assert_eq!(Size::of_cells(80), None);
    }

    #[test]
    fn boxes_of_a_six_by_six_are_two_rows_high() {
        let last: Vec<usize> = Size::Six.units().last().unwrap().collect();
        assert_eq!(last, [27, 28, 29, 33, 34, 35]);
        assert_eq!(Size::Six.to_string(), "6x6");
    }
}
