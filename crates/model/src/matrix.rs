//! A matrix of weights in whatever format it is kept.

use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::quantized::ggml_file::qtensor_from_ggml;
use candle_core::{DType, Tensor};
use rayon::prelude::*;

use remask_base::{Error, Result};

/// A matrix (N, K). Copies share its numbers.
#[derive(Clone, Debug)]
pub enum Matrix {
    /// In f32, or in the f64 that gradients are checked in.
    Full(Tensor),
    /// In f16 or bf16.
    Half(Tensor),
    /// In blocks of few bits with a scale, as GGUF has them.
    Quantised(Arc<QTensor>),
}

impl Matrix {
    /// Wraps `tensor` (N, K) of floating-point numbers.
    pub fn new(tensor: Tensor) -> Self {
        match tensor.dtype() {
            DType::F16 | DType::BF16 => Self::Half(tensor),
            _ => Self::Full(tensor),
        }
    }

    /// Rows N and columns K.
    ///
    /// # Errors
    /// When it is no matrix.
    pub fn dims(&self) -> Result<(usize, usize)> {
        Ok(match self {
            Self::Full(tensor) | Self::Half(tensor) => tensor.dims2()?,
            Self::Quantised(tensor) => tensor.shape().dims2()?,
        })
    }

    /// How many numbers it is of.
    pub fn weights(&self) -> usize {
        match self {
            Self::Full(tensor) | Self::Half(tensor) => tensor.elem_count(),
            Self::Quantised(tensor) => tensor.shape().elem_count(),
        }
    }

    /// The bytes that they are kept in, which a product reads all of.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Full(tensor) | Self::Half(tensor) => {
                tensor.elem_count() * tensor.dtype().size_in_bytes()
            }
            Self::Quantised(tensor) => tensor.storage_size_in_bytes(),
        }
    }

    /// The same numbers in full.
    ///
    /// # Errors
    /// What the tensor library says.
    pub(super) fn expanded(&self) -> Result<Tensor> {
        Ok(match self {
            Self::Full(tensor) => tensor.clone(),
            Self::Half(tensor) => tensor.to_dtype(DType::F32)?,
            Self::Quantised(tensor) => tensor.dequantize(&tensor.device())?,
        })
    }

    /// The rows `ids` (R) in full: (R, K).
    ///
    /// # Errors
    /// What the tensor library says, a row that there is not among it.
    pub(super) fn rows(&self, ids: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Full(tensor) => tensor.index_select(ids, 0)?,
            Self::Half(tensor) => tensor.index_select(ids, 0)?.to_dtype(DType::F32)?,
            Self::Quantised(tensor) => tensor.embedding(ids)?,
        })
    }

    /// The rows `order` (R), in the format that they are kept in: (R, K).
    ///
    /// # Errors
    /// What the tensor library says, a row that there is not among it.
    pub(super) fn ordered(&self, order: &Tensor) -> Result<Self> {
        Ok(match self {
            Self::Full(tensor) => Self::Full(tensor.index_select(order, 0)?),
            Self::Half(tensor) => Self::Half(tensor.index_select(order, 0)?),
            Self::Quantised(tensor) => {
                let (rows, columns) = tensor.shape().dims2()?;
                let (bytes, order) = (tensor.data()?, order.to_vec1::<u32>()?);
                let width = bytes.len() / rows.max(1);
                let row = |row: &u32| bytes.get(*row as usize * width..)?.get(..width);
                let ordered: Option<Vec<&[u8]>> = order.iter().map(row).collect();
                let ordered =
                    ordered.ok_or_else(|| Error::Internal("a row beyond a matrix".into()))?;
                let shape = vec![order.len(), columns];
                let (kind, device) = (tensor.dtype(), tensor.device());
                Self::Quantised(Arc::new(qtensor_from_ggml(
                    kind,
                    &ordered.concat(),
                    shape,
                    &device,
                )?))
            }
        })
    }

    /// `x` (R, K) times the transpose: (R, N). Only a full matrix has a gradient.
    ///
    /// # Errors
    /// When the widths differ, or what the tensor library says.
    pub(super) fn product(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(tensor) => Ok(x.matmul(&tensor.t()?)?),
            Self::Half(tensor) => half_product(x, tensor),
            Self::Quantised(tensor) => Ok(x.contiguous()?.apply_op1_no_bwd(tensor.as_ref())?),
        }
    }
}

/// `x` (R, K) times the transpose of a `matrix` (N, K) of half precision, some rows of which are widened at a time:
/// the products are those of f32, and what is widened stays in the cache.
fn half_product(x: &Tensor, matrix: &Tensor) -> Result<Tensor> {
    /// Numbers that are widened at a time.
    const WIDENED: usize = 1 << 18;
    let (rows, columns) = matrix.dims2()?;
    let tile = (WIDENED / columns.max(1)).max(1);
    let starts: Vec<usize> = (0..rows).step_by(tile).collect();
    let parts = starts.into_par_iter().map(|start| {
        let tile = matrix.narrow(0, start, tile.min(rows - start))?;
        Ok(x.matmul(&tile.to_dtype(DType::F32)?.t()?)?)
    });
    Ok(Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use candle_core::quantized::GgmlDType;

    fn numbers(rows: usize, columns: usize) -> Tensor {
        let number = |i: usize| ((i * 7919 + rows * 104_729) % 1009) as f32 / 504.0 - 1.0;
        let numbers: Vec<f32> = (0..rows * columns).map(number).collect();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    }

    /// How far `a` is from `b`, as a share of how large `b` is.
    fn apart(a: &Tensor, b: &Tensor) -> f32 {
        let norm = |x: &Tensor| x.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
        (norm(&(a - b).unwrap()) / norm(b)).sqrt()
    }

    /// The same numbers in every format that is kept.
    fn formats(full: &Tensor) -> Vec<Matrix> {
        use GgmlDType::{Q2K, Q3K, Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};
        let kinds = [Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2K, Q3K, Q4K, Q5K, Q6K];
        let quantised = kinds
            .iter()
            .map(|kind| Matrix::Quantised(Arc::new(QTensor::quantize(full, *kind).unwrap())));
        let half =
            [DType::F16, DType::BF16].map(|dtype| Matrix::new(full.to_dtype(dtype).unwrap()));
        half.into_iter().chain(quantised).collect()
    }

    #[test]
    fn every_format_says_what_its_numbers_say_in_full() {
        // More numbers than are widened at a time.
        let full = numbers(1100, 256);
        let whole = Matrix::new(full.clone());
        assert_eq!((whole.weights(), whole.bytes()), (1100 * 256, 4 * 1100 * 256));
        for matrix in formats(&full) {
            let expanded = matrix.expanded().unwrap();
            assert_eq!(matrix.dims().unwrap(), (1100, 256));
            assert!(matrix.weights() == whole.weights() && matrix.bytes() <= whole.bytes() / 2);
            for rows in [1, 8, 40] {
                let x = numbers(rows, 256);
                let found = matrix.product(&x).unwrap();
                let expected = x.matmul(&expanded.t().unwrap()).unwrap();
                // What a quantised product rounds `x` to.
                let most = if matches!(matrix, Matrix::Half(_)) { 1e-5 } else { 1e-2 };
                let apart = apart(&found, &expected);
                assert!(apart < most, "{matrix:?} of {rows} rows: {apart}");
            }
        }
    }

    #[test]
    fn rows_are_looked_up_in_every_format() {
        let full = numbers(12, 256);
        let ids = Tensor::new(&[3u32, 11, 3], &Device::Cpu).unwrap();
        for matrix in formats(&full) {
            let expected = matrix.expanded().unwrap().index_select(&ids, 0).unwrap();
            assert!(apart(&matrix.rows(&ids).unwrap(), &expected) < 1e-6, "{matrix:?}");
        }
    }
}
