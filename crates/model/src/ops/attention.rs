//! Attention over what a [`PassLayout`] lets each row see, with its gradient, in one operation.
//!
//! Scores are made for a tile of rows at a time, against nothing but the keys that one of them sees, and
//! are gone before the next tile begins (after FlashAttention, arXiv 2205.14135; the softmax is the plain
//! one, since a row of scores fits the cache). The backward pass makes them anew.

use std::sync::Arc;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout as Strides, Result, Shape, Tensor};
use candle_core::{WithDType, bail};
use rayon::prelude::*;

use super::product::{MatrixView, Panels, add_product};
use super::real::{Real, largest, sum, vectorised};
use super::tiles::{Tile, Visible, tiles};
use super::{for_dtype, slice, with2};
use crate::layout::PassLayout;

/// Below this many scores a second thread costs more than it saves.
const WORTH_SHARING: usize = 1 << 12;

/// What the rows of `heads` (H + 2G, B, T, E: queries, keys, values) find, as `layout` lets them look:
/// (B, T, H*E). Scores are multiplied by `scale` before the softmax; `queries` is H.
///
/// # Errors
/// When the layout is not one of T rows without a cache.
pub fn attention(
    heads: &Tensor,
    queries: usize,
    layout: &Arc<PassLayout>,
    scale: f64,
) -> Result<Tensor> {
    let (all, _, length, _) = heads.dims4()?;
    let keys = all.saturating_sub(queries) / 2;
    check(layout, (queries, keys), (length, length))?;
    heads.contiguous()?.apply_op1(Attend { layout: Arc::clone(layout), scale, queries })
}

/// As [`attention`], for `q` (H, B, T, E) over keys and values (G, B, K, E) some of which stand in a cache.
/// Has no gradient.
///
/// # Errors
/// When the shapes and the layout do not fit each other.
pub fn cached_attention(
    q: &Tensor,
    keys: &Tensor,
    values: &Tensor,
    layout: &Arc<PassLayout>,
    scale: f64,
) -> Result<Tensor> {
    let (heads, _, rows, _) = q.dims4()?;
    let (groups, _, length, _) = keys.dims4()?;
    check(layout, (heads, groups), (rows, length))?;
    let attend = Attend { layout: Arc::clone(layout), scale, queries: heads };
    q.contiguous()?.apply_op3_no_bwd(keys, values, &attend)
}

fn check(
    layout: &PassLayout,
    (heads, groups): (usize, usize),
    (rows, keys): (usize, usize),
) -> Result<()> {
    if (layout.rows(), layout.keys()) != (rows, keys) {
        let (wanted, all) = (layout.rows(), layout.keys());
        bail!("{rows} rows and {keys} keys do not fit a layout of {wanted} and {all}")
    }
    if groups == 0 || !heads.is_multiple_of(groups) {
        bail!("{heads} heads cannot share {groups} groups of keys")
    }
    layout.check().map_err(candle_core::Error::msg)
}

struct Attend {
    layout: Arc<PassLayout>,
    scale: f64,
    queries: usize,
}

/// The scores of `tile`, and then their softmax, 0 where a row sees nothing: rows x width, left in `work`.
fn weights<T: Real>(
    layout: &PassLayout,
    scale: T,
    tile: &Tile,
    (q, e): (&[T], usize),
    keys: &[T],
    work: &mut HeadWork<T>,
) {
    let (rows, width) = (tile.rows.len(), tile.width());
    work.weights.clear();
    work.weights.resize(rows * width, T::zero());
    let q = MatrixView::new(&q[(tile.rows.start - layout.cached) * e..], rows, e, e);
    let mut column = 0;
    for stretch in &tile.stretches {
        let keys = MatrixView::new(&keys[stretch.start * e..], stretch.len(), e, e);
        add_product(&mut work.weights[column..], width, q, keys.t(), &mut work.panels);
        column += stretch.len();
    }
    let visible = tile.visible(layout);
    vectorised(
        pulp::Arch::new(),
        #[inline(always)]
        || {
            for (row, visible) in work.weights.chunks_exact_mut(width).zip(visible) {
                softmax(row, &visible, scale);
            }
        },
    );
}

/// What the queries of one head, `q` (T, E), find among its keys and values (K, E), where they look as `layout`
/// says, whose `tiles` are: added to `out` (T, E).
fn attend_tiles<T: Real>(
    layout: &PassLayout,
    tiles: &[Tile],
    scale: T,
    q: &[T],
    (keys, values): (&[T], &[T]),
    out: &mut [T],
    work: &mut HeadWork<T>,
) {
    let e = q.len() / layout.rows();
    for tile in tiles {
        weights(layout, scale, tile, (q, e), keys, work);
        let (rows, width) = (tile.rows.len(), tile.width());
        let out = &mut out[(tile.rows.start - layout.cached) * e..][..rows * e];
        let mut column = 0;
        for stretch in &tile.stretches {
            let weights = MatrixView::new(&work.weights[column..], rows, stretch.len(), width);
            let values = MatrixView::new(&values[stretch.start * e..], stretch.len(), e, e);
            add_product(out, e, weights, values, &mut work.panels);
            column += stretch.len();
        }
    }
}

impl Attend {
    /// Adds one head's gradients to `dq`, `dkeys` and `dvalues`, given that of what it found.
    #[allow(clippy::too_many_arguments)] // three inputs, their gradients, and the one that comes in
    fn backward<T: Real>(
        &self,
        tiles: &[Tile],
        [q, keys, values]: [&[T]; 3],
        grad: &[T],
        dq: &mut [T],
        dkeys: &mut [T],
        dvalues: &mut [T],
        e: usize,
    ) {
        let mut work = HeadWork::default();
        let mut dweights = Vec::new();
        for tile in tiles {
            weights(&self.layout, T::from_f64(self.scale), tile, (q, e), keys, &mut work);
            let (rows, width) = (tile.rows.len(), tile.width());
            let first = tile.rows.start - self.layout.cached;
            let grad = MatrixView::new(&grad[first * e..], rows, e, e);
            dweights.clear();
            dweights.resize(rows * width, T::zero());
            let mut column = 0;
            for stretch in &tile.stretches {
                let len = stretch.len();
                let values = MatrixView::new(&values[stretch.start * e..], len, e, e);
                add_product(&mut dweights[column..], width, grad, values.t(), &mut work.panels);
                let weights = MatrixView::new(&work.weights[column..], rows, len, width);
                let dvalues = &mut dvalues[stretch.start * e..];
                add_product(dvalues, e, weights.t(), grad, &mut work.panels);
                column += len;
            }
            let scale = T::from_f64(self.scale);
            vectorised(
                pulp::Arch::new(),
                #[inline(always)]
                || softmax_gradient(&work.weights, &mut dweights, width, scale),
            );
            let q = MatrixView::new(&q[first * e..], rows, e, e);
            let mut column = 0;
            for stretch in &tile.stretches {
                let len = stretch.len();
                let dscores = MatrixView::new(&dweights[column..], rows, len, width);
                let keys = MatrixView::new(&keys[stretch.start * e..], len, e, e);
                add_product(&mut dq[first * e..], e, dscores, keys, &mut work.panels);
                let dkeys = &mut dkeys[stretch.start * e..];
                add_product(dkeys, e, dscores.t(), q, &mut work.panels);
                column += len;
            }
        }
    }
}

/// What one thread needs for one head; kept from one to the next.
struct HeadWork<T> {
    /// The weights of the keys that are seen.
    weights: Vec<T>,
    panels: Panels<T>,
}

impl<T> Default for HeadWork<T> {
    fn default() -> Self {
        Self { weights: Vec::new(), panels: Panels::default() }
    }
}

/// In place; 0 where nothing is seen.
#[inline(always)]
fn softmax<T: Real>(row: &mut [T], visible: &Visible, scale: T) {
    let lowest = T::from_f64(f64::NEG_INFINITY);
    if let Some(unseen) = visible.unseen {
        row[unseen] = lowest;
    }
    let [first, second] = &visible.stretches;
    let (a, b) = (largest(&row[first.clone()]), largest(&row[second.clone()]));
    let top = if a > b { a } else { b };
    let mut total = T::zero();
    for seen in [first, second] {
        for x in &mut row[seen.clone()] {
            *x = ((*x - top) * scale).exp();
        }
    }
    if let Some(unseen) = visible.unseen {
        row[unseen] = T::zero();
    }
    for seen in [first, second] {
        let row = &row[seen.clone()];
        total += sum(row.len(), |i| row[i]);
    }
    let share = T::one() / total;
    row[first.end..second.start].fill(T::zero());
    row[second.end..].fill(T::zero());
    for seen in [first, second] {
        for x in &mut row[seen.clone()] {
            *x *= share;
        }
    }
}

/// From the gradient of the weights to that of the scores, in place.
#[inline(always)]
fn softmax_gradient<T: Real>(weights: &[T], grad: &mut [T], width: usize, scale: T) {
    for (weights, grad) in weights.chunks_exact(width).zip(grad.chunks_exact_mut(width)) {
        let mean = sum(width, |i| weights[i] * grad[i]);
        for (grad, weight) in grad.iter_mut().zip(weights) {
            *grad = *weight * (*grad - mean) * scale;
        }
    }
}

/// Planes (T, E) of a tensor (N, B, T, E), whose planes may stand apart.
struct Planes<'a, T> {
    data: &'a [T],
    strides: [usize; 2],
    batch: usize,
    length: usize,
}

impl<'a, T: Real> Planes<'a, T> {
    fn of(storage: &'a CpuStorage, strides: &Strides) -> Result<Self> {
        let ([_, batch, rows, width], [plane, canvas, row, 1]) = (strides.dims(), strides.stride())
        else {
            bail!("keys and values are (G, B, K, E) with rows in one piece, not {strides:?}")
        };
        if row != width {
            bail!("keys and values have their rows one behind the other, not {strides:?}")
        }
        let data = &T::cpu_storage_as_slice(storage)?[strides.start_offset()..];
        Ok(Self { data, strides: [*plane, *canvas], batch: *batch, length: rows * width })
    }

    /// The `head`-th plane of canvas `canvas`.
    fn get(&self, head: usize, canvas: usize) -> &'a [T] {
        let [plane, each] = self.strides;
        &self.data[head * plane + canvas * each..][..self.length]
    }
}

impl Attend {
    /// All heads of all canvases: (B, T, H*E).
    fn all<T: Real>(
        &self,
        q: &Planes<'_, T>,
        keys: &Planes<'_, T>,
        values: &Planes<'_, T>,
        (groups, e): (usize, usize),
    ) -> Vec<T> {
        let (heads, batch, length) = (self.queries, q.batch, q.length);
        let tiles = tiles(&self.layout);
        let mut planes = vec![T::zero(); heads * batch * length];
        let attend = |(plane, out): (usize, &mut [T])| {
            let (head, canvas) = (plane / batch, plane % batch);
            let group = head / (heads / groups);
            let (keys, values) = (keys.get(group, canvas), values.get(group, canvas));
            let (q, scale) = (q.get(head, canvas), T::from_f64(self.scale));
            attend_tiles(
                &self.layout,
                &tiles,
                scale,
                q,
                (keys, values),
                out,
                &mut HeadWork::default(),
            );
        };
        let scores = length / e * keys.length / e;
        if rayon::current_num_threads() == 1 || scores * heads * batch < WORTH_SHARING {
            planes.chunks_mut(length.max(1)).enumerate().for_each(attend);
        } else {
            planes.par_chunks_mut(length.max(1)).enumerate().for_each(attend);
        }
        joined(&planes, (heads, batch, length / e, e))
    }
}

/// (H, B, T, E) to (B, T, H*E).
fn joined<T: Real>(
    planes: &[T],
    (heads, batch, length, e): (usize, usize, usize, usize),
) -> Vec<T> {
    let mut out = Vec::with_capacity(planes.len());
    for canvas in 0..batch {
        for row in 0..length {
            for head in 0..heads {
                let start = ((head * batch + canvas) * length + row) * e;
                out.extend_from_slice(&planes[start..start + e]);
            }
        }
    }
    out
}

/// (B, T, H*E) to (H, B, T, E).
fn apart<T: Real>(rows: &[T], (heads, batch, length, e): (usize, usize, usize, usize)) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len());
    for head in 0..heads {
        for row in 0..batch * length {
            out.extend_from_slice(&rows[(row * heads + head) * e..][..e]);
        }
    }
    out
}

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, heads: &CpuStorage, strides: &Strides) -> Result<(CpuStorage, Shape)> {
        let (all, batch, length, e) = strides.shape().dims4()?;
        let groups = (all - self.queries) / 2;
        let plane = batch * length * e;
        let storage = for_dtype!(heads.dtype(), T => {
            let data = slice::<T>(heads, strides)?;
            let planes = |first: usize| Planes {
                data: &data[first * plane..],
                strides: [plane, length * e],
                batch,
                length: length * e,
            };
            let (q, keys) = (planes(0), planes(self.queries));
            let out = self.all(&q, &keys, &planes(self.queries + groups), (groups, e));
            Ok(T::to_cpu_storage_owned(out))
        })?;
        Ok((storage, (batch, length, self.queries * e).into()))
    }

    fn bwd(&self, heads: &Tensor, _found: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (all, batch, length, e) = heads.dims4()?;
        let groups = (all - self.queries) / 2;
        let plane = length * e;
        for_dtype!(heads.dtype(), T => {
            let out = with2::<T, _>(heads, grad, |heads, grad| {
                let tiles = tiles(&self.layout);
                let grad = apart(grad, (self.queries, batch, length, e));
                let mut out = vec![T::from_f64(0.0); heads.len()];
                let (dq, rest) = out.split_at_mut(self.queries * batch * plane);
                let (dkeys, dvalues) = rest.split_at_mut(groups * batch * plane);
                for index in 0..self.queries * batch {
                    let (head, canvas) = (index / batch, index % batch);
                    let group = head / (self.queries / groups) * batch + canvas;
                    let get = |at: usize| &heads[at * plane..][..plane];
                    let keys = get(self.queries * batch + group);
                    let values = get((self.queries + groups) * batch + group);
                    self.backward(
                        &tiles,
                        [get(index), keys, values],
                        &grad[index * plane..][..plane],
                        &mut dq[index * plane..][..plane],
                        &mut dkeys[group * plane..][..plane],
                        &mut dvalues[group * plane..][..plane],
                        e,
                    );
                }
                Ok(out)
            })?;
            Ok(Some(Tensor::from_vec(out, heads.shape(), heads.device())?))
        })
    }
}

impl CustomOp3 for Attend {
    fn name(&self) -> &'static str {
        "cached-attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_strides: &Strides,
        keys: &CpuStorage,
        keys_strides: &Strides,
        values: &CpuStorage,
        values_strides: &Strides,
    ) -> Result<(CpuStorage, Shape)> {
        let (heads, batch, rows, e) = q_strides.shape().dims4()?;
        if keys_strides.dims() != values_strides.dims() || keys_strides.dims()[3] != e {
            bail!("{q_strides:?} cannot look at {keys_strides:?} and {values_strides:?}")
        }
        let groups = keys_strides.dims()[0];
        let storage = for_dtype!(q.dtype(), T => {
            let keys = Planes::<T>::of(keys, keys_strides)?;
            let values = Planes::<T>::of(values, values_strides)?;
            let out = self.all(&Planes::of(q, q_strides)?, &keys, &values, (groups, e));
            Ok(T::to_cpu_storage_owned(out))
        })?;
        Ok((storage, (batch, rows, heads * e).into()))
    }
}
