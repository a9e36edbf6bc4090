//! Fused tensor operations with gradients, on the CPU.
//!
//! candle's own fused norms, softmax and rotary turn have no backward pass, and its composed ones
//! walk over memory a dozen times. Each of these walks over it once in either direction, for `f32`
//! and, so that gradients can be checked to many digits, for `f64`. Inference and training share
//! them, so the two cannot drift apart.

mod attention;
mod bf16_product;
mod cross_entropy;
mod dropout;
#[cfg(test)]
mod gradient_tests;
mod heads;
mod linear;
mod product;
mod real;
mod rms_norm;
mod softmax;
mod swiglu;
mod taken;
mod tiles;

use candle_core::{CpuStorage, DType, Layout, Result, Storage, Tensor, bail};

pub use attention::{attention, cached_attention};
pub use cross_entropy::cross_entropy;
pub use dropout::dropout;
pub use heads::{Heads, Turn, split_heads};
pub use linear::{Precision, bf16_linear};
pub use real::Real;
pub use rms_norm::{norm_rows, rms_norm};
pub use softmax::Softmax;
pub use swiglu::{gate_rows, swiglu};
pub use taken::into_vec;

/// Runs `$body` with `$real` standing for the Rust type of `$dtype`.
macro_rules! for_dtype {
    ($dtype:expr, $real:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $real = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $real = f64;
                $body
            }
            other => $crate::ops::unsupported(other),
        }
    };
}
use for_dtype;

fn unsupported<T>(dtype: DType) -> Result<T> {
    bail!("the fused operations know f32 and f64, not {dtype:?}")
}

/// The numbers of a contiguous operand.
fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&T::cpu_storage_as_slice(storage)?[start..end]),
        None => bail!("a fused operation was given a tensor that is not contiguous"),
    }
}

/// Lends the numbers of `tensor` to `work`, copying them only where they are not contiguous.
fn with<T: Real, R>(tensor: &Tensor, work: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => work(slice(storage, layout)?),
        _ => bail!("the fused operations run on the CPU only"),
    }
}

/// As [`with`], for two tensors.
fn with2<T: Real, R>(
    a: &Tensor,
    b: &Tensor,
    work: impl FnOnce(&[T], &[T]) -> Result<R>,
) -> Result<R> {
    with(a, |a| with(b, |b| work(a, b)))
}

/// As [`with`], for three tensors.
fn with3<T: Real, R>(
    a: &Tensor,
    b: &Tensor,
    c: &Tensor,
    work: impl FnOnce(&[T], &[T], &[T]) -> Result<R>,
) -> Result<R> {
    with(a, |a| with2(b, c, |b, c| work(a, b, c)))
}
