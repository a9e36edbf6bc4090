//! RMSNorm (arXiv 1910.07467).

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::real::{Real, for_rows, sum, vectorised};
use super::{for_dtype, slice, with3};

/// `x` over the root of the mean square of its last dimension, times `weight` (D).
///
/// # Errors
/// When the last dimension of `x` is not that of `weight`.
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    if x.dims().last() != weight.dims().last() {
        candle_core::bail!("a norm of {:?} cannot scale {:?}", weight.dims(), x.dims());
    }
    x.contiguous()?.apply_op2(&weight.contiguous()?, RmsNorm { eps })
}

struct RmsNorm {
    eps: f64,
}

/// One over the root of the mean square of `x`.
#[inline(always)]
pub(super) fn inverse_rms<T: Real>(x: &[T], eps: f64) -> T {
    let mean = sum(x.len(), |i| x[i] * x[i]) / T::from_f64(x.len() as f64);
    T::one() / (mean + T::from_f64(eps)).sqrt()
}

/// The gradient of one row: writes that of `x` into `dx` and adds that of the weight to `dweight`.
#[inline(always)]
pub(super) fn row_gradient<T: Real>(
    x: &[T],
    weight: &[T],
    grad: &[T],
    eps: f64,
    dx: &mut [T],
    dweight: &mut [T],
) {
    let width = x.len();
    let (weight, grad) = (&weight[..width], &grad[..width]);
    let (dx, dweight) = (&mut dx[..width], &mut dweight[..width]);
    let inverse = inverse_rms(x, eps);
    let along = sum(width, |i| grad[i] * weight[i] * x[i]);
    let pull = along * inverse * inverse * inverse / T::from_f64(width as f64);
    for i in 0..width {
        dx[i] = grad[i] * weight[i] * inverse - x[i] * pull;
        dweight[i] += grad[i] * x[i] * inverse;
    }
}

/// Rows of `x` (.., D) normed and scaled by `weight` (D), into `out`: as [`rms_norm`], on plain numbers and one
/// thread.
pub fn norm_rows(x: &[f32], weight: &[f32], eps: f64, out: &mut [f32]) {
    let width = weight.len();
    vectorised(
        pulp::Arch::new(),
        #[inline(always)]
        || {
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                norm_row(x, weight, eps, out);
            }
        },
    );
}

#[inline(always)]
fn norm_row<T: Real>(x: &[T], weight: &[T], eps: f64, out: &mut [T]) {
    let inverse = inverse_rms(x, eps);
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out = *x * inverse * *weight;
    }
}

impl RmsNorm {
    fn forward<T: Real>(&self, x: &[T], weight: &[T]) -> Vec<T> {
        let width = weight.len();
        let mut out = vec![T::zero(); x.len()];
        for_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, rows| {
                let x = x[first * width..].chunks_exact(width);
                for (out, x) in rows.chunks_exact_mut(width).zip(x) {
                    norm_row(x, weight, self.eps, out);
                }
            },
        );
        out
    }

    fn backward<T: Real>(&self, x: &[T], weight: &[T], grad: &[T]) -> (Vec<T>, Vec<T>) {
        let width = weight.len();
        let mut dx = vec![T::zero(); x.len()];
        let mut dweight = vec![T::zero(); width];
        vectorised(
            pulp::Arch::new(),
            #[inline(always)]
            || {
                let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
                for ((x, grad), dx) in rows.zip(dx.chunks_exact_mut(width)) {
                    row_gradient(x, weight, grad, self.eps, dx, &mut dweight);
                }
            },
        );
        (dx, dweight)
    }
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let storage = for_dtype!(x.dtype(), T => {
            let out = self.forward::<T>(slice(x, x_layout)?, slice(weight, weight_layout)?);
            Ok(<T as candle_core::WithDType>::to_cpu_storage_owned(out))
        })?;
        Ok((storage, x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        for_dtype!(x.dtype(), T => {
            let (dx, dweight) =
                with3::<T, _>(x, weight, grad, |x, weight, grad| Ok(self.backward(x, weight, grad)))?;
            Ok((
                Some(Tensor::from_vec(dx, x.shape(), x.device())?),
                Some(Tensor::from_vec(dweight, weight.shape(), x.device())?),
            ))
        })
    }
}
