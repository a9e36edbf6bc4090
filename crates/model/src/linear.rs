//! Linear layers: a matrix as checkpoints store it; and several of them that read the same rows.

use candle_core::{D, Tensor};

use super::matrix::Matrix;
use super::ops::{Precision, bf16_linear};
use super::products::Products;
use remask_base::Result;

/// `x` (.., K) times the transpose of a matrix (N, K), and a bias where there is one: (.., N).
pub(super) struct Linear {
    /// (N, K)
    matrix: Matrix,
    /// (N)
    bias: Option<Tensor>,
    precision: Precision,
}

impl Linear {
    /// `matrix` is (N, K), `bias` (N).
    pub fn new(matrix: Matrix, bias: Option<Tensor>, products: Products) -> Result<Self> {
        Ok(Self { matrix: products.keep(matrix)?, bias, precision: products.precision })
    }

    /// Numbers of the matrix.
    pub fn weights(&self) -> usize {
        self.matrix.weights()
    }

    /// Bytes that a product reads of it.
    pub fn bytes(&self) -> usize {
        self.matrix.bytes()
    }

    /// As one product of two matrices, whatever stands before the last dimension: its gradient is one too.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (columns, width) = self.matrix.dims()?;
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
        let Matrix::Full(full) = &self.matrix else { return self.matrix.product(rows) };
        let trains = rows.track_op() || full.track_op();
        if trains && self.precision == Precision::Bf16 {
            return Ok(bf16_linear(rows, full)?);
        }
        self.matrix.product(rows)
    }
}

/// Several linear layers of the same `x` (.., K), whose results stand side by side: (.., N_1 + N_2 + ..).
///
/// Matrices of one floating-point type become one, and their products one product; others stay what they are.
pub(super) struct Stacked(Vec<Linear>);

impl Stacked {
    /// Each matrix is (N_i, K), its bias (N_i); they come with a bias all, or none of them.
    pub fn new(parts: Vec<(Matrix, Option<Tensor>)>, products: Products) -> Result<Self> {
        let parts = parts.into_iter().map(|(matrix, bias)| Ok((products.keep(matrix)?, bias)));
        let parts: Vec<(Matrix, Option<Tensor>)> = parts.collect::<Result<_>>()?;
        let matrices: Option<Vec<&Tensor>> =
            parts.iter().map(|(matrix, _)| dense(matrix)).collect();
        let alike = |matrices: &Vec<&Tensor>| {
            matrices.windows(2).all(|pair| pair[0].dtype() == pair[1].dtype())
        };
        if let Some(matrices) = matrices.filter(alike) {
            let biases: Option<Vec<&Tensor>> =
                parts.iter().map(|(_, bias)| bias.as_ref()).collect();
            let bias = biases.map(|biases| Tensor::cat(&biases, 0)).transpose()?;
            let matrix = Matrix::new(Tensor::cat(&matrices, 0)?);
            return Ok(Self(vec![Linear::new(matrix, bias, products)?]));
        }
        let parts = parts.into_iter().map(|(matrix, bias)| Linear::new(matrix, bias, products));
        Ok(Self(parts.collect::<Result<_>>()?))
    }

    /// The products that it is made of.
    pub fn products(&self) -> &[Linear] {
        &self.0
    }

    /// The last `columns` of [`Stacked::forward`]: of several products the last alone, of one that is all of them a part.
    pub fn forward_last(&self, x: &Tensor, columns: usize) -> Result<Tensor> {
        if let [_, .., last] = self.0.as_slice() {
            return last.forward(x);
        }
        let all = self.forward(x)?;
        Ok(all.narrow(D::Minus1, all.dim(D::Minus1)? - columns, columns)?)
    }

    /// `x` is (.., K).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if let [one] = self.0.as_slice() {
            return one.forward(x);
        }
        let parts = self.0.iter().map(|part| part.forward(x));
        Ok(Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, D::Minus1)?)
    }
}

/// The tensor of a matrix that is one.
fn dense(matrix: &Matrix) -> Option<&Tensor> {
    match matrix {
        Matrix::Full(tensor) | Matrix::Half(tensor) => Some(tensor),
        Matrix::Quantised(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use candle_core::quantized::{GgmlDType, QTensor};
    use candle_core::{DType, Device};

    use crate::products::Kept;

    fn matrix(rows: usize, columns: usize) -> Tensor {
        let numbers: Vec<f32> =
            (0..rows * columns).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    }

    fn vector(length: usize) -> Tensor {
        matrix(1, length).flatten_all().unwrap()
    }

    fn products(kept: Kept) -> Products {
        Products { precision: Precision::F32, kept }
    }

    fn apart(a: &Tensor, b: &Tensor) -> f32 {
        (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
    }

    /// Stacked or not, in the format of the file or expanded, the layers say the same.
    #[test]
    fn layers_side_by_side_are_the_layers_one_by_one() {
        let half = |dtype| move |full: &Tensor| Matrix::new(full.to_dtype(dtype).unwrap());
        let quantised = |kind| {
            move |full: &Tensor| Matrix::Quantised(Arc::new(QTensor::quantize(full, kind).unwrap()))
        };
        let (f16, bf16) = (half(DType::F16), half(DType::BF16));
        let (q4, q8) = (quantised(GgmlDType::Q4K), quantised(GgmlDType::Q8_0));
        type Format<'a> = &'a dyn Fn(&Tensor) -> Matrix;
        let cases: [(Format<'_>, Format<'_>, usize); 5] =
            [(&f16, &f16, 1), (&bf16, &bf16, 1), (&f16, &bf16, 2), (&q8, &q8, 2), (&q4, &bf16, 2)];
        let (one, other) = (matrix(48, 256), matrix(24, 256));
        for (first, second, count) in cases {
            let stacked = |kept| {
                let parts = [(first(&one), Some(vector(48))), (second(&other), Some(vector(24)))];
                Stacked::new(parts.into(), products(kept)).unwrap()
            };
            let (full, stored) = (stacked(Kept::Full), stacked(Kept::AsStored));
            assert_eq!((full.products().len(), stored.products().len()), (1, count));
            let bytes =
                |stacked: &Stacked| -> usize { stacked.products().iter().map(Linear::bytes).sum() };
            assert!(bytes(&full) == 4 * 72 * 256 && bytes(&stored) <= bytes(&full) / 2);
            for rows in [1, 40] {
                let x = matrix(rows, 256).reshape((1, rows, 256)).unwrap();
                let (a, b) = (full.forward(&x).unwrap(), stored.forward(&x).unwrap());
                assert_eq!(b.dims(), [1, rows, 72]);
                let most = a.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
                assert!(apart(&a, &b) < 1e-2 * most, "{} of {most}", apart(&a, &b));
            }
        }
    }
}
