//! What the rows of one head find among keys and values.
//!
//! Row by row: keys stand the other way round, so that a vector holds the same number of neighbouring keys, and the
//! scores of a row are sums that never cross a vector. Nothing is packed, nothing is made that no row sees, and a
//! row finds the same, to the last bit, whoever looks beside it.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::model::layout::PassLayout;
use crate::model::ops::Real;

/// Keys and values of a group.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// (E, room)
    pub keys: &'a [f32],
    /// (room, E)
    pub values: &'a [f32],
    /// Keys that there is room for.
    pub room: usize,
}

/// What the `queries` (T, E) of a head find among `seen`, where they look as `layout` says, into `out` (T, E).
/// `weights` is kept from one head to the next.
pub fn attend(
    layout: &PassLayout,
    queries: &[f32],
    seen: Seen<'_>,
    out: &mut [f32],
    weights: &mut Vec<f32>,
) {
    let width = queries.len() / layout.rows();
    weights.resize(layout.keys(), 0.0);
    Arch::new().dispatch(HeadRows { layout, queries, seen, out, weights, width });
}

/// All rows of a head.
struct HeadRows<'a> {
    layout: &'a PassLayout,
    queries: &'a [f32],
    seen: Seen<'a>,
    out: &'a mut [f32],
    weights: &'a mut [f32],
    width: usize,
}

impl WithSimd for HeadRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layout, queries, seen, out, weights, width } = self;
        let scale = (1.0 / (width as f64).sqrt()) as f32;
        let mut rows = queries.chunks_exact(width).zip(out.chunks_exact_mut(width));
        for span in &layout.spans {
            for (key, (query, out)) in span.rows.clone().zip(&mut rows) {
                let stretches = span.seen(key);
                let count = stretches[0].len() + stretches[1].len();
                let weights = &mut weights[..count];
                let unseen = span.unseen.map(|first| first + (key - span.rows.start));
                let unseen = unseen.map(|key| place(&stretches, key));
                let share = probabilities(simd, query, (seen, &stretches), unseen, scale, weights);
                sum_values(simd, weights, (seen.values, &stretches), share, out);
            }
        }
    }
}

/// Where the weight of `key` stands.
fn place([before, own]: &[Range<usize>; 2], key: usize) -> usize {
    if own.contains(&key) { before.len() + key - own.start } else { key - before.start }
}

/// The weights of what is seen, and what they are to be multiplied with so that they sum up to 1.
#[inline(always)]
fn probabilities<S: Simd>(
    simd: S,
    query: &[f32],
    (seen, [before, own]): (Seen<'_>, &[Range<usize>; 2]),
    unseen: Option<usize>,
    scale: f32,
    weights: &mut [f32],
) -> f32 {
    let (first, second) = weights.split_at_mut(before.len());
    scores(simd, query, seen, before.start, first);
    scores(simd, query, seen, own.start, second);
    if let Some(unseen) = unseen {
        weights[unseen] = f32::NEG_INFINITY;
    }
    let top = largest(simd, weights);
    for weight in &mut *weights {
        *weight = Real::exp((*weight - top) * scale);
    }
    if let Some(unseen) = unseen {
        weights[unseen] = 0.0;
    }
    1.0 / total(simd, weights)
}

/// The products of `query` with as many keys as there are `scores`, from key `start` on.
#[inline(always)]
fn scores<S: Simd>(simd: S, query: &[f32], seen: Seen<'_>, start: usize, scores: &mut [f32]) {
    /// Vectors of keys at a time: none waits for another's sum.
    const MANY: usize = 4;
    let lanes = size_of::<S::f32s>() / size_of::<f32>();
    let whole = scores.len() / (MANY * lanes) * (MANY * lanes);
    let (many, rest) = scores.split_at_mut(whole);
    for (index, scores) in many.chunks_exact_mut(MANY * lanes).enumerate() {
        let first = start + index * MANY * lanes;
        let mut sums = [simd.splat_f32s(0.0); MANY];
        for (query, keys) in query.iter().zip(seen.keys.chunks_exact(seen.room)) {
            let query = simd.splat_f32s(*query);
            let (keys, _) = S::as_simd_f32s(&keys[first..first + MANY * lanes]);
            for (sum, keys) in sums.iter_mut().zip(keys) {
                *sum = simd.mul_add_f32s(query, *keys, *sum);
            }
        }
        let (scores, _) = S::as_mut_simd_f32s(scores);
        scores.copy_from_slice(&sums);
    }
    for (index, scores) in rest.chunks_mut(lanes).enumerate() {
        let first = start + whole + index * lanes;
        let mut sum = simd.splat_f32s(0.0);
        for (query, keys) in query.iter().zip(seen.keys.chunks_exact(seen.room)) {
            let keys = simd.partial_load_f32s(&keys[first..first + scores.len()]);
            sum = simd.mul_add_f32s(simd.splat_f32s(*query), keys, sum);
        }
        simd.partial_store_f32s(scores, sum);
    }
}

/// The largest number.
#[inline(always)]
fn largest<S: Simd>(simd: S, numbers: &[f32]) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(numbers);
    let mut top = simd.splat_f32s(f32::NEG_INFINITY);
    for vector in vectors {
        top = simd.max_f32s(top, *vector);
    }
    let top = simd.reduce_max_f32s(top);
    rest.iter().fold(top, |top, number| if *number > top { *number } else { top })
}

/// The sum, one part for each of 16 places, whatever the vectors of the machine are.
#[inline(always)]
fn total<S: Simd>(_: S, numbers: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0f32; LANES];
    let mut chunks = numbers.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane += number;
        }
    }
    for (lane, number) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += number;
    }
    lanes.iter().sum()
}

/// The values of what is seen, each times its weight and `share`, summed up into `out` (E).
#[inline(always)]
fn sum_values<S: Simd>(
    simd: S,
    weights: &[f32],
    (values, [before, own]): (&[f32], &[Range<usize>; 2]),
    share: f32,
    out: &mut [f32],
) {
    /// Sums that do not wait for each other: keys in turn.
    const SUMS: usize = 4;
    let lanes = size_of::<S::f32s>() / size_of::<f32>();
    let width = out.len();
    let (first, second) = weights.split_at(before.len());
    for (index, out) in out.chunks_mut(lanes).enumerate() {
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        for (weights, start) in [(first, before.start), (second, own.start)] {
            let values = &values[start * width..(start + weights.len()) * width];
            let mut fours = weights.chunks_exact(SUMS).zip(values.chunks_exact(SUMS * width));
            for (weights, values) in &mut fours {
                for (at, sum) in sums.iter_mut().enumerate() {
                    let value = &values[at * width + index * lanes..][..out.len()];
                    let value = load(simd, value);
                    *sum = simd.mul_add_f32s(simd.splat_f32s(weights[at]), value, *sum);
                }
            }
            let done = weights.len() / SUMS * SUMS;
            let rest = weights[done..].iter().zip(values[done * width..].chunks_exact(width));
            for (sum, (weight, value)) in sums.iter_mut().zip(rest) {
                let value = load(simd, &value[index * lanes..][..out.len()]);
                *sum = simd.mul_add_f32s(simd.splat_f32s(*weight), value, *sum);
            }
        }
        let pairs = [simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3])];
        let sum = simd.mul_f32s(simd.add_f32s(pairs[0], pairs[1]), simd.splat_f32s(share));
        simd.partial_store_f32s(out, sum);
    }
}

/// Up to a vector of numbers.
#[inline(always)]
fn load<S: Simd>(simd: S, numbers: &[f32]) -> S::f32s {
    match S::as_simd_f32s(numbers) {
        ([whole], []) => *whole,
        _ => simd.partial_load_f32s(numbers),
    }
}
