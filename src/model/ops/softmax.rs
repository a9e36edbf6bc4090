//! The softmax of attention: scaled, and over the keys that a query may see.

use std::ops::Range;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, WithDType};

use super::real::{Real, for_rows, largest, sum};
use super::{for_dtype, slice, with2};
use crate::model::Attention;

/// Attention weights (.., Q, K) of `scores` (.., Q, K): each row the softmax of `scale` times the
/// scores of the keys that `attention` lets its query see, and 0 for the others.
///
/// The queries are the last Q of the K positions.
///
/// # Errors
/// When there are more queries than keys.
pub fn attention_softmax(scores: &Tensor, scale: f64, attention: Attention) -> Result<Tensor> {
    let (queries, keys) = (scores.dim(D::Minus2)?, scores.dim(D::Minus1)?);
    if queries > keys {
        candle_core::bail!("{queries} queries cannot be the last of {keys} keys");
    }
    scores.contiguous()?.apply_op1(Softmax { scale, attention, queries, keys })
}

struct Softmax {
    scale: f64,
    attention: Attention,
    queries: usize,
    keys: usize,
}

impl Softmax {
    /// The keys that the query of the `row`-th row sees.
    #[inline(always)]
    fn visible(&self, row: usize) -> [Range<usize>; 3] {
        let position = self.keys - self.queries + row % self.queries;
        self.attention.visible(position, self.keys)
    }

    fn forward<T: Real>(&self, scores: &[T]) -> Vec<T> {
        let scale = T::from_f64(self.scale);
        let mut out = vec![T::zero(); scores.len()];
        for_rows(
            &mut out,
            self.keys,
            #[inline(always)]
            |first, rows| {
                let scores = scores[first * self.keys..].chunks_exact(self.keys);
                for (row, (out, scores)) in rows.chunks_exact_mut(self.keys).zip(scores).enumerate()
                {
                    let visible = self.visible(first + row);
                    let mut top = T::from_f64(f64::NEG_INFINITY);
                    for keys in visible.clone() {
                        let best = largest(&scores[keys]);
                        top = if best > top { best } else { top };
                    }
                    let mut total = T::zero();
                    for keys in visible.clone() {
                        let (out, scores) = (&mut out[keys.clone()], &scores[keys]);
                        for (out, score) in out.iter_mut().zip(scores) {
                            *out = ((*score - top) * scale).exp();
                        }
                        total += sum(out.len(), |i| out[i]);
                    }
                    let share = T::one() / total;
                    for keys in visible {
                        for out in &mut out[keys] {
                            *out *= share;
                        }
                    }
                }
            },
        );
        out
    }

    fn backward<T: Real>(&self, weights: &[T], grad: &[T]) -> Vec<T> {
        let scale = T::from_f64(self.scale);
        let mut out = vec![T::zero(); weights.len()];
        for_rows(
            &mut out,
            self.keys,
            #[inline(always)]
            |first, rows| {
                let weights = weights[first * self.keys..].chunks_exact(self.keys);
                let grad = grad[first * self.keys..].chunks_exact(self.keys);
                let rows = rows.chunks_exact_mut(self.keys).zip(weights).zip(grad);
                for (row, ((out, weights), grad)) in rows.enumerate() {
                    let visible = self.visible(first + row);
                    let mut mean = T::zero();
                    for keys in visible.clone() {
                        let (weights, grad) = (&weights[keys.clone()], &grad[keys]);
                        mean += sum(weights.len(), |i| weights[i] * grad[i]);
                    }
                    for keys in visible {
                        let pairs = weights[keys.clone()].iter().zip(&grad[keys.clone()]);
                        for (out, (weight, grad)) in out[keys].iter_mut().zip(pairs) {
                            *out = *weight * (*grad - mean) * scale;
                        }
                    }
                }
            },
        );
        out
    }
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "attention-softmax"
    }

    fn cpu_fwd(&self, scores: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let storage = for_dtype!(scores.dtype(), T => {
            Ok(T::to_cpu_storage_owned(self.forward(slice::<T>(scores, layout)?)))
        })?;
        Ok((storage, layout.shape().clone()))
    }

    fn bwd(&self, scores: &Tensor, weights: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(scores.dtype(), T => {
            let out = with2::<T, _>(weights, grad, |weights, grad| Ok(self.backward(weights, grad)))?;
            Ok(Some(Tensor::from_vec(out, scores.shape(), scores.device())?))
        })
    }
}
