//! A linear layer: a matrix as checkpoints store it, and as a product of many rows reads it fastest.

use candle_core::{DType, Tensor};

use super::config::ModelConfig;
use super::ops::{FEW_ROWS, Precision, bf16_linear, row_product};
use super::tensors::expected;
use crate::{Result, memory};

/// How the matrices of a model are kept and multiplied with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Products {
    /// What products that gradients flow through are made in.
    pub precision: Precision,
    /// Whether each matrix is kept transposed, too.
    pub transposed: bool,
}

impl Products {
    /// Those of a model of `config`. A product of many rows with a matrix that is already transposed needs no
    /// packing: from 10 GFLOP/s at 8 rows and 97 at 128 to 109 and 190 (1024 x 3072, two cores with AVX-512).
    /// It takes the memory twice, so there must be plenty.
    pub fn of(config: &ModelConfig, precision: Precision) -> Self {
        /// Of what there is, the part that both may take together.
        const SHARE: u64 = 4;
        let shapes = expected(config).into_iter();
        let numbers = shapes
            .map(|(_, shape)| shape.iter().fold(1u64, |all, side| all.saturating_mul(*side as u64)))
            .fold(0, u64::saturating_add);
        let bytes = numbers.saturating_mul(2 * size_of::<f32>() as u64);
        let transposed = memory::available().is_none_or(|available| bytes < available / SHARE);
        Self { precision, transposed }
    }
}

/// `x` (.., K) times the transpose of a matrix (N, K), and a bias where there is one: (.., N).
pub(super) struct Linear {
    /// (N, K)
    weight: Tensor,
    /// (K, N): for many rows, where gradients do not flow.
    transposed: Option<Tensor>,
    /// (N)
    bias: Option<Tensor>,
    precision: Precision,
}

impl Linear {
    /// `weight` is (N, K), `bias` (N).
    pub fn new(weight: Tensor, bias: Option<Tensor>, products: Products) -> Result<Self> {
        // What is trained changes, and a copy would not.
        let transposed = (products.transposed && !weight.track_op())
            .then(|| weight.t().and_then(|turned| turned.contiguous()))
            .transpose()?;
        Ok(Self { weight, transposed, bias, precision: products.precision })
    }

    /// Several matrices (N_i, K) as one: one product in place of several.
    pub fn stacked(weights: &[Tensor], bias: Option<Tensor>, products: Products) -> Result<Self> {
        Self::new(Tensor::cat(weights, 0)?, bias, products)
    }

    /// Numbers of the matrix.
    pub fn weights(&self) -> usize {
        self.weight.elem_count()
    }

    /// As one product of two matrices, whatever stands before the last dimension: its gradient is one too.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (columns, width) = self.weight.dims2()?;
        let mut shape = x.dims().to_vec();
        if let Some(last) = shape.last_mut() {
            *last = columns;
        }
        let out = self.product(&x.reshape(((), width))?)?;
        let out = match &self.bias {
            Some(bias) => out.broadcast_add(bias)?,
            None => out,
        };
        Ok(out.reshape(shape)?)
    }

    /// `rows` is (R, K).
    fn product(&self, rows: &Tensor) -> Result<Tensor> {
        let trains = rows.track_op() || self.weight.track_op();
        if trains && self.precision == Precision::Bf16 {
            return Ok(bf16_linear(rows, &self.weight)?);
        }
        if rows.dim(0)? <= FEW_ROWS && !trains && rows.dtype() == DType::F32 {
            return Ok(row_product(&rows.contiguous()?, &self.weight)?);
        }
        match &self.transposed {
            Some(transposed) if !trains => Ok(rows.matmul(transposed)?),
            _ => Ok(rows.matmul(&self.weight.t()?)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn matrix(rows: usize, columns: usize) -> Tensor {
        let numbers: Vec<f32> =
            (0..rows * columns).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    }

    #[test]
    fn both_layouts_say_the_same_at_any_number_of_rows() {
        let products = |transposed| Products { precision: Precision::F32, transposed };
        let (weight, bias) = (matrix(24, 16), matrix(1, 24).flatten_all().unwrap());
        let both = Linear::new(weight.clone(), Some(bias.clone()), products(true)).unwrap();
        let stored = Linear::new(weight, Some(bias), products(false)).unwrap();
        assert!(both.transposed.is_some() && stored.transposed.is_none());
        for rows in [1, 2, FEW_ROWS, FEW_ROWS + 1, 40] {
            let x = matrix(rows, 16).reshape((1, rows, 16)).unwrap();
            let (a, b) = (both.forward(&x).unwrap(), stored.forward(&x).unwrap());
            assert_eq!(a.dims(), [1, rows, 24]);
            let apart = (a - b).unwrap().abs().unwrap().max_all().unwrap();
            assert!(apart.to_scalar::<f32>().unwrap() < 1e-4);
        }
    }

    #[test]
    fn what_is_trained_is_not_copied() {
        let variable = Var::from_tensor(&matrix(8, 4)).unwrap();
        let products = Products { precision: Precision::F32, transposed: true };
        let linear = Linear::new(variable.as_tensor().clone(), None, products).unwrap();
        assert!(linear.transposed.is_none());
        let loss = linear.forward(&matrix(20, 4)).unwrap().sum_all().unwrap();
        assert!(loss.backward().unwrap().get(&variable).is_some());
    }
}
