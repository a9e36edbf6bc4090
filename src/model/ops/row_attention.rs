//! Attention of one query over keys and values that stand in a cache, in one go.
//!
//! As composed of products and a softmax, this is a dozen operations on little matrices, each of which
//! costs more to begin than to do.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::real::{Real, largest, sum};
use super::row_product::dots;
use super::slice;

/// What the query of each head, `q` (H, 1, 1, E), finds among `keys` and `values` (G, 1, T, E), all `f32`
/// and each row in one piece: (1, 1, H*E). Scores are multiplied by `scale` before the softmax. Has no
/// gradient.
///
/// # Errors
/// When the shapes do not fit.
pub fn row_attention(q: &Tensor, keys: &Tensor, values: &Tensor, scale: f64) -> Result<Tensor> {
    q.contiguous()?.apply_op3_no_bwd(keys, values, &RowAttention { scale: scale as f32 })
}

struct RowAttention {
    scale: f32,
}

/// Below this many numbers in keys and values a second thread costs more than it saves.
const WORTH_SHARING: usize = 1 << 14;
/// Keys at a time: each has a sum of its own.
const KEYS: usize = 4;

/// One head.
struct Head<'a> {
    /// (E)
    query: &'a [f32],
    /// (T, E)
    keys: &'a [f32],
    /// (T, E)
    values: &'a [f32],
    scale: f32,
    /// (E)
    out: &'a mut [f32],
}

impl WithSimd for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.query.len();
        let mut weights = vec![0.0f32; self.keys.len() / width];
        for (weights, keys) in weights.chunks_mut(KEYS).zip(self.keys.chunks(KEYS * width)) {
            if let Ok(weights) = <&mut [f32; KEYS]>::try_from(&mut *weights) {
                *weights = dots(simd, self.query, keys);
            } else {
                for (weight, key) in weights.iter_mut().zip(keys.chunks_exact(width)) {
                    *weight = dots::<S, 1>(simd, self.query, key)[0];
                }
            }
        }
        let top = largest(&weights);
        for weight in &mut weights {
            *weight = Real::exp((*weight - top) * self.scale);
        }
        let share = 1.0 / sum(weights.len(), |i| weights[i]);
        for (weight, value) in weights.iter().zip(self.values.chunks_exact(width)) {
            let weight = weight * share;
            for (out, value) in self.out.iter_mut().zip(value) {
                *out += weight * value;
            }
        }
    }
}

/// The rows (T, E) of each group.
struct Groups<'a> {
    data: &'a [f32],
    stride: usize,
    length: usize,
}

impl<'a> Groups<'a> {
    fn of(storage: &'a CpuStorage, layout: &Layout) -> Result<Self> {
        let ([groups, 1, rows, width], [stride, _, row, 1]) = (layout.dims(), layout.stride())
        else {
            bail!("keys and values must be (G, 1, T, E) with rows in one piece, not {layout:?}")
        };
        let length = rows * width;
        if row != width || *groups == 0 || length == 0 {
            bail!("keys and values must be some, with rows one behind the other, not {layout:?}")
        }
        let all: &[f32] = slice_from(storage, layout.start_offset())?;
        Ok(Self { data: &all[..(groups - 1) * stride + length], stride: *stride, length })
    }

    fn get(&self, group: usize) -> &'a [f32] {
        &self.data[group * self.stride..][..self.length]
    }
}

fn slice_from(storage: &CpuStorage, start: usize) -> Result<&[f32]> {
    Ok(&f32::cpu_storage_as_slice(storage)?[start..])
}

impl CustomOp3 for RowAttention {
    fn name(&self) -> &'static str {
        "row-attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        keys: &CpuStorage,
        keys_layout: &Layout,
        values: &CpuStorage,
        values_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let [heads, 1, 1, width] = q_layout.dims() else {
            bail!("one query a head is (H, 1, 1, E), not {q_layout:?}")
        };
        let (heads, width, groups) = (*heads, *width, keys_layout.dims()[0]);
        if keys_layout.dims() != values_layout.dims() || keys_layout.dims().last() != Some(&width) {
            bail!("{q_layout:?} cannot look at {keys_layout:?} and {values_layout:?}")
        }
        if heads % groups.max(1) != 0 || [q, keys, values].iter().any(|x| x.dtype() != DType::F32) {
            bail!("{heads} heads of f32 cannot share {groups} groups of {:?}", keys.dtype())
        }
        let query = slice::<f32>(q, q_layout)?;
        let (keys, values) = (Groups::of(keys, keys_layout)?, Groups::of(values, values_layout)?);
        let mut out = vec![0.0f32; heads * width];
        let arch = Arch::new();
        let attend = |(head, out): (usize, &mut [f32])| {
            let group = head / (heads / groups);
            let query = &query[head * width..][..width];
            let (keys, values) = (keys.get(group), values.get(group));
            arch.dispatch(Head { query, keys, values, scale: self.scale, out });
        };
        if 2 * heads * keys.length < WORTH_SHARING {
            out.chunks_mut(width).enumerate().for_each(attend);
        } else {
            out.par_chunks_mut(width).enumerate().for_each(attend);
        }
        Ok((f32::to_cpu_storage_owned(out), (1, 1, heads * width).into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candle_core::{Device, Tensor};

    use super::row_attention;
    use crate::model::PassLayout;
    use crate::model::ops::cached_attention;

    #[test]
    fn it_is_the_attention_of_many_rows() {
        for (heads, groups, keys, width) in [(6, 6, 1, 32), (6, 2, 37, 5), (4, 1, 130, 48)] {
            let random = |shape| Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap();
            let q = random((heads, 1, 1, width));
            // As in a cache: more room than there are keys.
            let (k, v) =
                (random((groups, 1, keys + 9, width)), random((groups, 1, keys + 9, width)));
            let (k, v) = (k.narrow(2, 0, keys).unwrap(), v.narrow(2, 0, keys).unwrap());
            let layout = Arc::new(PassLayout::causal(keys - 1, 1));
            let expected = cached_attention(&q, &k, &v, &layout, 0.3).unwrap();
            let apart = (row_attention(&q, &k, &v, 0.3).unwrap() - expected).unwrap();
            let apart = apart.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(apart < 1e-5, "{heads} heads, {keys} keys: {apart}");
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let zeros = |shape: (usize, usize, usize, usize)| {
            Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).unwrap()
        };
        let (q, k) = (zeros((6, 1, 1, 8)), zeros((4, 1, 3, 8)));
        assert!(row_attention(&q, &k, &k, 1.0).is_err(), "6 heads, 4 groups");
        let k = zeros((6, 1, 3, 4));
        assert!(row_attention(&q, &k, &k, 1.0).is_err(), "other widths");
    }
}
