//! The product of a linear layer in bf16, with its gradient: for training on machines that multiply
//! pairs of bf16 twice as fast as single f32 (AVX-512 BF16).
//!
//! Operands are rounded as they are packed; sums, gradients and the weights themselves stay in f32, as in
//! mixed-precision training (arXiv 1710.03740).

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, WithDType, bail};

use super::bf16_product::{self, Bf16};
use super::product::MatrixView;
use super::{slice, with2};

/// What the products of a training pass are made in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// f32 throughout.
    #[default]
    F32,
    /// Operands rounded to bf16, sums in f32.
    Bf16,
}

impl Precision {
    /// bf16 where this machine multiplies it, f32 elsewhere.
    pub fn fastest() -> Self {
        if Bf16::new().is_some() { Self::Bf16 } else { Self::F32 }
    }
}

/// `x` (R, K) times the transpose of `weight` (N, K), both f32, with operands rounded to bf16: (R, N).
///
/// # Errors
/// When the shapes do not fit, or the machine has no such products.
pub fn bf16_linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let Some(bf16) = Bf16::new() else { bail!("this machine has no products of bf16") };
    x.contiguous()?.apply_op2(&weight.contiguous()?, Bf16Linear(bf16))
}

struct Bf16Linear(Bf16);

impl CustomOp2 for Bf16Linear {
    fn name(&self) -> &'static str {
        "bf16-linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, inner), (columns, width)) =
            (x_layout.shape().dims2()?, weight_layout.shape().dims2()?);
        if inner != width {
            bail!("rows of {inner} do not fit a matrix with rows of {width}")
        }
        let x = MatrixView::new(slice(x, x_layout)?, rows, inner, inner);
        let weight = MatrixView::new(slice(weight, weight_layout)?, columns, inner, inner);
        let out = bf16_product::product(self.0, x, weight.t());
        Ok((f32::to_cpu_storage_owned(out), (rows, columns).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((rows, inner), columns) = (x.dims2()?, weight.dim(0)?);
        let dx = with2::<f32, _>(grad, weight, |grad, weight| {
            let grad = MatrixView::new(grad, rows, columns, columns);
            let weight = MatrixView::new(weight, columns, inner, inner);
            Ok(bf16_product::product(self.0, grad, weight))
        })?;
        let dweight = with2::<f32, _>(grad, x, |grad, x| {
            let grad = MatrixView::new(grad, rows, columns, columns);
            let x = MatrixView::new(x, rows, inner, inner);
            Ok(bf16_product::product(self.0, grad.t(), x))
        })?;
        let dx = Tensor::from_vec(dx, x.shape(), x.device())?;
        Ok((Some(dx), Some(Tensor::from_vec(dweight, weight.shape(), weight.device())?)))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};

    use super::{Precision, bf16_linear};

    fn numbers(count: usize, salt: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + salt) % 101) as f32 / 50.0 - 1.0).collect()
    }

    /// The product, and the gradients of both operands, of a weighted sum of it.
    fn run(linear: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>) -> [Vec<f32>; 3] {
        let (rows, columns, inner) = (23, 35, 18);
        let var = |shape: (usize, usize), salt| {
            let values = numbers(shape.0 * shape.1, salt);
            Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
        };
        let (x, weight) = (var((rows, inner), 1), var((columns, inner), 2));
        let out = linear(x.as_tensor(), weight.as_tensor()).unwrap();
        let mix = Tensor::from_vec(numbers(rows * columns, 3), (rows, columns), &Device::Cpu);
        let gradients = (&out * mix.unwrap()).unwrap().sum_all().unwrap().backward().unwrap();
        let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        [flat(&out), flat(gradients.get(&x).unwrap()), flat(gradients.get(&weight).unwrap())]
    }

    #[test]
    fn product_and_gradients_are_those_of_f32_up_to_rounding() {
        if Precision::fastest() == Precision::F32 {
            return;
        }
        let rounded = run(bf16_linear);
        let exact = run(|x, weight| x.matmul(&weight.t()?));
        for (rounded, exact) in rounded.iter().zip(&exact) {
            let length = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>().sqrt();
            let apart = length(&mut rounded.iter().zip(exact).map(|(a, b)| a - b));
            let all = length(&mut exact.iter().copied());
            // Two operands of 8 bits each: 2^-8, and no more where errors are independent.
            assert!(apart < all / 256.0, "{apart} of {all}");
        }
    }
}
