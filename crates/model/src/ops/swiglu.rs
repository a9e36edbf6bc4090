//! The gated unit of SwiGLU (arXiv 2002.05202).

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType};

use super::real::{Real, for_rows, vectorised};
use super::{for_dtype, slice, with2};

/// `silu(gate) * up` of `gate_up` (.., 2F), gate first: (.., F).
///
/// # Errors
/// When the last dimension is odd.
pub fn swiglu(gate_up: &Tensor) -> Result<Tensor> {
    gate_up.contiguous()?.apply_op1(SwiGlu)
}

struct SwiGlu;

/// `silu(gate) * up`, number by number, into `out`: as [`swiglu`], on plain numbers and one thread.
pub fn gate_rows(gate: &[f32], up: &[f32], out: &mut [f32]) {
    vectorised(
        pulp::Arch::new(),
        #[inline(always)]
        || gate_row(gate, up, out),
    );
}

#[inline(always)]
fn gate_row<T: Real>(gate: &[T], up: &[T], out: &mut [T]) {
    for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
        *out = *gate / (T::one() + (-*gate).exp()) * *up;
    }
}

fn forward<T: Real>(gate_up: &[T], inner: usize) -> Vec<T> {
    let mut out = vec![T::zero(); gate_up.len() / 2];
    for_rows(
        &mut out,
        inner,
        #[inline(always)]
        |first, rows| {
            let gate_up = gate_up[2 * first * inner..].chunks_exact(2 * inner);
            for (out, gate_up) in rows.chunks_exact_mut(inner).zip(gate_up) {
                let (gate, up) = gate_up.split_at(inner);
                gate_row(gate, up, out);
            }
        },
    );
    out
}

fn backward<T: Real>(gate_up: &[T], grad: &[T], inner: usize) -> Vec<T> {
    let mut out = vec![T::zero(); gate_up.len()];
    for_rows(
        &mut out,
        2 * inner,
        #[inline(always)]
        |first, rows| {
            let gate_up = gate_up[2 * first * inner..].chunks_exact(2 * inner);
            let grad = grad[first * inner..].chunks_exact(inner);
            for ((out, gate_up), grad) in rows.chunks_exact_mut(2 * inner).zip(gate_up).zip(grad) {
                let (gate, up) = gate_up.split_at(inner);
                let (dgate, dup) = out.split_at_mut(inner);
                let (dgate, dup) = (&mut dgate[..inner], &mut dup[..inner]);
                let (gate, up, grad) = (&gate[..inner], &up[..inner], &grad[..inner]);
                for i in 0..inner {
                    let open = T::one() / (T::one() + (-gate[i]).exp());
                    let silu = gate[i] * open;
                    dup[i] = grad[i] * silu;
                    dgate[i] = grad[i] * up[i] * (open + silu * (T::one() - open));
                }
            }
        },
    );
    out
}

impl CustomOp1 for SwiGlu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(&self, gate_up: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut dims = layout.dims().to_vec();
        let inner = match dims.last_mut() {
            Some(last) if last.is_multiple_of(2) => {
                *last /= 2;
                *last
            }
            _ => candle_core::bail!("swiglu halves the last dimension, which {dims:?} forbids"),
        };
        let storage = for_dtype!(gate_up.dtype(), T => {
            Ok(T::to_cpu_storage_owned(forward(slice::<T>(gate_up, layout)?, inner)))
        })?;
        Ok((storage, dims.into()))
    }

    fn bwd(&self, gate_up: &Tensor, res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let inner = res.dim(candle_core::D::Minus1)?;
        for_dtype!(gate_up.dtype(), T => {
            let out = with2::<T, _>(gate_up, grad, |gate_up, grad| Ok(backward(gate_up, grad, inner)))?;
            Ok(Some(Tensor::from_vec(out, gate_up.shape(), gate_up.device())?))
        })
    }
}
