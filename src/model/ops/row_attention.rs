//! Attention of one query over keys and values that stand in a cache, in one go.
//!
//! As composed of products and a softmax, this is a dozen operations on little matrices, each of which
//! costs more to begin than to do.

use std::ops::Range;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::attention::HeadWork;
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

/// What one query (E) finds among those of `keys` and `values` (K, E) that it sees, two stretches of them but one
/// that is unseen, into `out` (E), which is nothing yet. Whoever else looks beside it, it finds the same, to the
/// last bit.
pub fn attend_row(
    query: &[f32],
    (keys, values): (&[f32], &[f32]),
    (stretches, unseen): ([Range<usize>; 2], Option<usize>),
    scale: f32,
    out: &mut [f32],
    work: &mut HeadWork<f32>,
) {
    let width = query.len();
    let [before, own] = &stretches;
    let unseen = unseen.map(|key| if own.contains(&key) { key - own.start + before.len() } else { key - before.start });
    let cut = |all, stretch: &Range<usize>| cut(all, stretch.start * width..stretch.end * width);
    let weights = &mut work.weights;
    weights.clear();
    weights.resize(before.len() + own.len(), 0.0);
    Arch::new().dispatch(Head {
        query,
        keys: [cut(keys, before), cut(keys, own)],
        values: [cut(values, before), cut(values, own)],
        unseen,
        scale,
        weights,
        out,
    });
}

fn cut(all: &[f32], at: Range<usize>) -> &[f32] {
    &all[at]
}

/// One head.
struct Head<'a> {
    /// (E)
    query: &'a [f32],
    /// (T, E) in two pieces.
    keys: [&'a [f32]; 2],
    /// (T, E) in two pieces.
    values: [&'a [f32]; 2],
    /// Of T, one that does not count.
    unseen: Option<usize>,
    scale: f32,
    /// (T)
    weights: &'a mut [f32],
    /// (E)
    out: &'a mut [f32],
}

impl WithSimd for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { query, keys, values, unseen, scale, weights, out } = self;
        let width = query.len();
        let first = keys[0].len() / width;
        let (of_first, of_second) = weights.split_at_mut(first);
        for (weights, keys) in [(of_first, keys[0]), (of_second, keys[1])] {
            scores(simd, query, keys, weights);
        }
        if let Some(unseen) = unseen {
            weights[unseen] = f32::NEG_INFINITY;
        }
        let top = largest(weights);
        for weight in &mut *weights {
            *weight = Real::exp((*weight - top) * scale);
        }
        if let Some(unseen) = unseen {
            weights[unseen] = 0.0;
        }
        let share = 1.0 / sum(weights.len(), |i| weights[i]);
        let values = values.into_iter().flat_map(|values| values.chunks_exact(width));
        for (weight, value) in weights.iter().zip(values) {
            let weight = weight * share;
            for (out, value) in out.iter_mut().zip(value) {
                *out += weight * value;
            }
        }
    }
}

/// The products of `query` with each of `keys`.
#[inline(always)]
fn scores<S: Simd>(simd: S, query: &[f32], keys: &[f32], weights: &mut [f32]) {
    let width = query.len();
    for (weights, keys) in weights.chunks_mut(KEYS).zip(keys.chunks(KEYS * width)) {
        if let Ok(weights) = <&mut [f32; KEYS]>::try_from(&mut *weights) {
            *weights = dots(simd, query, keys);
        } else {
            for (weight, key) in weights.iter_mut().zip(keys.chunks_exact(width)) {
                *weight = dots::<S, 1>(simd, query, key)[0];
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
        let attend = |(head, out): (usize, &mut [f32])| {
            let group = head / (heads / groups);
            let query = &query[head * width..][..width];
            let (keys, values) = (keys.get(group), values.get(group));
            let stretches = [0..0, 0..keys.len() / width];
            let mut work = HeadWork::default();
            attend_row(query, (keys, values), (stretches, None), self.scale, out, &mut work);
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
