//! Cross-entropy of rows of logits.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType};

use super::real::{Real, for_rows, largest, sum};
use super::{for_dtype, slice, with2};

/// Nats that each row of `logits` (R, V) gives its target: (R).
///
/// # Errors
/// When there is not one target a row, or a target is outside the vocabulary.
pub fn cross_entropy(logits: &Tensor, targets: Vec<u32>) -> Result<Tensor> {
    let (rows, vocab) = logits.dims2()?;
    if rows != targets.len() || targets.iter().any(|id| *id as usize >= vocab) {
        candle_core::bail!("{} targets do not fit logits of {rows} x {vocab}", targets.len());
    }
    logits.contiguous()?.apply_op1(CrossEntropy { targets, vocab })
}

struct CrossEntropy {
    targets: Vec<u32>,
    vocab: usize,
}

/// The largest logit, and the logarithm of the sum of the exponentials above it.
#[inline(always)]
fn normaliser<T: Real>(logits: &[T]) -> (T, T) {
    let top = largest(logits);
    (top, sum(logits.len(), |i| (logits[i] - top).exp()).ln())
}

impl CrossEntropy {
    fn forward<T: Real>(&self, logits: &[T]) -> Vec<T> {
        let mut out = vec![T::zero(); self.targets.len()];
        for_rows(
            &mut out,
            1,
            #[inline(always)]
            |first, rows| {
                let logits = logits[first * self.vocab..].chunks_exact(self.vocab);
                let targets = &self.targets[first..];
                for ((out, logits), target) in rows.iter_mut().zip(logits).zip(targets) {
                    let (top, log_sum) = normaliser(logits);
                    *out = log_sum - (logits[*target as usize] - top);
                }
            },
        );
        out
    }

    /// Softmax minus one at the target, times the gradient of the row.
    fn backward<T: Real>(&self, logits: &[T], grad: &[T]) -> Vec<T> {
        let mut out = vec![T::zero(); logits.len()];
        for_rows(
            &mut out,
            self.vocab,
            #[inline(always)]
            |first, rows| {
                let logits = logits[first * self.vocab..].chunks_exact(self.vocab);
                let rows = rows.chunks_exact_mut(self.vocab).zip(logits).enumerate();
                for (row, (out, logits)) in rows {
                    let grad = grad[first + row];
                    let (top, log_sum) = normaliser(logits);
                    let base = top + log_sum;
                    for (out, logit) in out.iter_mut().zip(logits) {
                        *out = (*logit - base).exp() * grad;
                    }
                    out[self.targets[first + row] as usize] -= grad;
                }
            },
        );
        out
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let storage = for_dtype!(logits.dtype(), T => {
            Ok(T::to_cpu_storage_owned(self.forward(slice::<T>(logits, layout)?)))
        })?;
        Ok((storage, self.targets.len().into()))
    }

    fn bwd(&self, logits: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(logits.dtype(), T => {
            let out = with2::<T, _>(logits, grad, |logits, grad| Ok(self.backward(logits, grad)))?;
            Ok(Some(Tensor::from_vec(out, logits.shape(), logits.device())?))
        })
    }
}
