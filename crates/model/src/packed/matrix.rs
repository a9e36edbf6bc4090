//! A matrix of either format, packed for products.

use std::ops::Range;

use super::full_panels::FullPanels;
use super::q8_panels::{PANEL, Q8Panels};
use super::q8_rows::Q8Rows;
use crate::compute::Compute;
use crate::matrix::Matrix;
use remask_base::{Error, Result};

/// A matrix (N, K) that products are made with.
pub enum PackedMatrix {
    /// In f32.
    Full(FullPanels),
    /// In Q8_0.
    Q8(Q8Panels),
}

impl PackedMatrix {
    /// The rows of `parts`, one matrix after the other, in the format that passes compute in; in f32 where rows are
    /// no whole number of blocks.
    ///
    /// # Errors
    /// When they are of different widths, or what the tensor library says.
    pub fn pack(parts: &[Matrix], compute: Compute) -> Result<Self> {
        let dims = parts.iter().map(Matrix::dims).collect::<Result<Vec<_>>>()?;
        let columns = dims.iter().map(|(columns, _)| columns).sum();
        let depth = dims.first().map_or(0, |(_, depth)| *depth);
        if dims.iter().any(|dims| dims.1 != depth) {
            return Err(Error::Internal("matrices of different widths cannot be one".into()));
        }
        if compute == Compute::F32 || !Q8Panels::takes(depth) {
            let full = parts.iter().map(full).collect::<Result<Vec<_>>>()?.concat();
            return Ok(Self::Full(FullPanels::pack(&full, columns, depth)));
        }
        let mut packed = Q8Panels::zeros(columns, depth);
        let mut first = 0;
        for (part, (columns, _)) in parts.iter().zip(dims) {
            let stored = match part {
                Matrix::Quantised(stored) => packed.put_stored(first, stored)?,
                Matrix::Full(_) | Matrix::Half(_) => false,
            };
            if !stored {
                packed.put_full(first, &full(part)?);
            }
            first += columns;
        }
        Ok(Self::Q8(packed))
    }

    /// N.
    pub fn columns(&self) -> usize {
        match self {
            Self::Full(panels) => panels.columns(),
            Self::Q8(panels) => panels.columns(),
        }
    }

    /// K.
    pub fn depth(&self) -> usize {
        match self {
            Self::Full(panels) => panels.depth(),
            Self::Q8(panels) => panels.depth(),
        }
    }

    /// Columns of a panel.
    pub fn width(&self) -> usize {
        match self {
            Self::Full(panels) => panels.width(),
            Self::Q8(_) => PANEL,
        }
    }

    /// How many panels there are; the last may have columns that the matrix has not.
    pub fn count(&self) -> usize {
        self.columns().div_ceil(self.width())
    }

    /// Numbers of the matrix.
    pub fn weights(&self) -> usize {
        self.columns() * self.depth()
    }

    /// Bytes that a product reads of it.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Full(panels) => panels.bytes(),
            Self::Q8(panels) => panels.bytes(),
        }
    }

    /// Row `index` of the matrix (K).
    pub fn row(&self, index: usize, out: &mut [f32]) {
        match self {
            Self::Full(panels) => panels.row(index, out),
            Self::Q8(panels) => panels.row(index, out),
        }
    }

    /// `x` times the transpose of the rows that `panels` have, into `out`: as many rows, of all the columns of
    /// those panels. What `out` had is gone.
    pub fn product(&self, x: &mut ProductRows, panels: Range<usize>, out: &mut Vec<f32>) {
        let rows = x.numbers.len() / self.depth();
        out.resize(rows * panels.len() * self.width(), 0.0);
        match self {
            Self::Full(matrix) => matrix.product(&x.numbers, panels, out),
            Self::Q8(matrix) => matrix.product(x.in_q8(), rows, panels, out),
        }
    }
}

/// The numbers of `matrix` in f32, row by row.
fn full(matrix: &Matrix) -> Result<Vec<f32>> {
    Ok(matrix.expanded()?.flatten_all()?.to_vec1()?)
}

/// Rows that products are made of.
#[derive(Default)]
pub struct ProductRows {
    /// Row by row.
    numbers: Vec<f32>,
    q8: Q8Rows,
    /// Whether `q8` is made of `numbers`.
    in_q8: bool,
}

impl ProductRows {
    /// To be written: `length` numbers, whatever they were.
    pub fn filled(&mut self, length: usize) -> &mut [f32] {
        self.in_q8 = false;
        self.numbers.resize(length, 0.0);
        &mut self.numbers
    }

    fn in_q8(&mut self) -> &Q8Rows {
        if !self.in_q8 {
            self.q8.fill(&self.numbers);
            self.in_q8 = true;
        }
        &self.q8
    }
}
