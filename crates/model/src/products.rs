//! How the matrices of a model made of tensors are kept and multiplied with: decided once, when it is loaded.

use super::matrix::Matrix;
use super::ops::Precision;
use remask_base::Result;

/// How the matrices of a model are kept and multiplied with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Products {
    /// What products that gradients flow through are made in.
    pub precision: Precision,
    /// What matrices are kept as.
    pub kept: Kept,
}

/// What matrices are kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// In the format of their file.
    AsStored,
    /// In f32.
    Full,
}

impl Products {
    /// Those of a model that is trained or measured: in f32, in `precision` where gradients flow.
    pub fn full(precision: Precision) -> Self {
        Self { precision, kept: Kept::Full }
    }

    /// Those of a model too large for anything else.
    pub const AS_STORED: Self = Self { precision: Precision::F32, kept: Kept::AsStored };

    /// `matrix` as it is to be kept.
    pub fn keep(self, matrix: Matrix) -> Result<Matrix> {
        match self.kept {
            Kept::AsStored => Ok(matrix),
            Kept::Full => Ok(Matrix::Full(matrix.expanded()?)),
        }
    }
}
