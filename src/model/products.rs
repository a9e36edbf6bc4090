//! How the matrices of a model are kept and multiplied with: decided once, when it is loaded.

use super::config::ModelConfig;
use super::matrix::Matrix;
use super::ops::Precision;
use super::tensors::expected;
use crate::{Result, memory};

/// How the matrices of a model are kept and multiplied with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Products {
    /// What products that gradients flow through are made in.
    pub precision: Precision,
    /// What matrices are kept as.
    pub kept: Kept,
}

/// What matrices are kept as: the more memory, the faster the products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// In the format of their file.
    AsStored,
    /// In f32.
    Full,
    /// In f32, and once more transposed. A product of many rows with a matrix that is already transposed needs no
    /// packing: from 10 GFLOP/s at 8 rows and 97 at 128 to 109 and 190 (1024 x 3072, two cores with AVX-512).
    FullTwice,
}

impl Kept {
    /// For weights that take `bytes` in f32, where there are `available`; where that is not known, there is
    /// plenty.
    fn within(bytes: u64, available: Option<u64>) -> Self {
        /// Of what there is, the part that both copies may take together.
        const SHARE_OF_BOTH: u64 = 4;
        /// Of what there is, the part that one may take: passes take some, too.
        const SHARE_OF_ONE: u64 = 2;
        match available {
            Some(available) if bytes >= available / SHARE_OF_ONE => Self::AsStored,
            Some(available) if bytes.saturating_mul(2) >= available / SHARE_OF_BOTH => Self::Full,
            _ => Self::FullTwice,
        }
    }
}

impl Products {
    /// Those of a model of `config` on this machine.
    pub fn of(config: &ModelConfig, precision: Precision) -> Self {
        let shapes = expected(config).into_iter();
        let numbers = shapes
            .map(|(_, shape)| shape.iter().fold(1u64, |all, side| all.saturating_mul(*side as u64)))
            .fold(0, u64::saturating_add);
        let bytes = numbers.saturating_mul(size_of::<f32>() as u64);
        Self { precision, kept: Kept::within(bytes, memory::available()) }
    }

    /// `matrix` as it is to be kept.
    pub fn keep(self, matrix: Matrix) -> Result<Matrix> {
        match self.kept {
            Kept::AsStored => Ok(matrix),
            Kept::Full | Kept::FullTwice => Ok(Matrix::Full(matrix.expanded()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_memory_the_more_is_kept() {
        let kept = |available| Kept::within(1 << 30, available);
        assert_eq!(kept(None), Kept::FullTwice);
        for (gigabytes, expected) in [
            (0, Kept::AsStored),
            (1, Kept::AsStored),
            (2, Kept::AsStored),
            (3, Kept::Full),
            (8, Kept::Full),
            (9, Kept::FullTwice),
        ] {
            assert_eq!(kept(Some(gigabytes << 30)), expected, "{gigabytes} GB");
        }
        assert_eq!(Kept::within(u64::MAX, Some(1 << 40)), Kept::AsStored);
    }
}
