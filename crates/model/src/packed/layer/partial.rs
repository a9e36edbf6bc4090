//! A packed layer that computes some positions, and takes what it made of the others from earlier passes: see
//! [`FeatureRefresh`].

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use super::super::cache::{KeysAndValues, PackedCache};
use super::super::slabs::{SharedColumns, Slabs};
use super::super::workspace::{Scratch, Shared};
use super::{PackedLayer, PackedPass, product, product_of};
use crate::features::{FeatureRefresh, Likeness, most_turned};
use crate::layout::PassLayout;
use crate::ops::norm_rows;
use remask_base::runtime::Member;

/// What every layer made of every position.
pub struct PackedFeatures {
    /// Of all positions, in their order.
    cache: PackedCache,
    /// What attention and feed-forward of each layer add to the residual stream (T, D).
    added: Vec<[RwLock<Vec<f32>>; 2]>,
}

impl PackedFeatures {
    /// Room for those of `length` positions in `layers` that are `width` wide; `cache` is one of theirs.
    pub fn new(mut cache: PackedCache, layers: usize, length: usize, width: usize) -> Self {
        cache.make_room(length);
        let none = || RwLock::new(vec![0.0; length * width]);
        Self { cache, added: (0..layers).map(|_| [none(), none()]).collect() }
    }
}

/// What all layers of such a pass have in common.
pub(in crate::packed) struct PackedPartialPass<'a> {
    /// Positions of the canvas.
    pub length: usize,
    /// (T, E/2), as `sin`.
    pub cos: &'a [f32],
    pub sin: &'a [f32],
    pub refresh: FeatureRefresh,
    pub features: &'a PackedFeatures,
    pub shared: &'a Shared,
}

impl PackedLayer {
    /// Adds to the residual stream what the `place`-th layer makes of every position; says which were computed.
    pub fn update(
        &self,
        member: &Member<'_>,
        pass: &PackedPartialPass<'_>,
        place: usize,
        scratch: &mut Scratch,
    ) -> Vec<usize> {
        let mut rows = pass.refresh.always(place, pass.length);
        let looked = pass.refresh.looked_through(place, pass.length);
        let values = looked.map(|positions| {
            let values = self.values(member, positions, pass.shared, scratch);
            member.meet();
            let likenesses = self.likenesses(&values, place, pass, scratch);
            rows.extend(most_turned(values.positions.start, &likenesses, pass.refresh.share));
            values
        });
        self.attend_some(member, pass, place, (&rows, values), scratch);
        let [_, mixed] = &pass.features.added[place];
        norm_some(&rows, &self.mlp_norm, self.eps, scratch);
        let columns = self.mlp.run(member, pass.shared, rows.len(), scratch);
        renew(member, (&pass.shared.mixed, columns), &rows, mixed, &mut scratch.x);
        rows
    }

    /// Adds what attention makes of every position, new at `rows`; `values` are new ones of others.
    fn attend_some(
        &self,
        member: &Member<'_>,
        pass: &PackedPartialPass<'_>,
        place: usize,
        (rows, values): (&[usize], Option<Values>),
        scratch: &mut Scratch,
    ) {
        let cache = pass.features.cache.layer(place);
        norm_some(rows, &self.attention_norm, self.eps, scratch);
        let qkv = product(member, &self.qkv, scratch, &pass.shared.qkv);
        member.meet();
        // Rows that see every key: where their own stand does not matter to them.
        let layout = PassLayout::finished(pass.length - rows.len(), 0, rows.len());
        let (cos, sin) = (picked(pass.cos, pass.length, rows), picked(pass.sin, pass.length, rows));
        let some = PackedPass {
            layout: &layout,
            cos: &cos,
            sin: &sin,
            length: rows.len(),
            cached: layout.cached,
            room: pass.features.cache.room(),
            shared: pass.shared,
        };
        for group in member.share(self.groups) {
            self.read_group(group, qkv, &some, rows.iter().copied(), &cache[group], scratch);
            if let Some(values) = &values {
                let mut cache = cache[group].write().unwrap_or_else(PoisonError::into_inner);
                self.put_values(group, values, pass.shared, &mut cache, scratch);
            }
        }
        member.meet();
        let columns = self.attended(member, qkv, &some, cache, scratch);
        member.meet();
        let [attended, _] = &pass.features.added[place];
        renew(member, (&pass.shared.attended, columns), rows, attended, &mut scratch.x);
    }

    /// Values of `positions`, and of no queries or keys but those that share a panel with them; in the slabs `attended`
    /// when all have met.
    fn values(
        &self,
        member: &Member<'_>,
        positions: Range<usize>,
        shared: &Shared,
        scratch: &mut Scratch,
    ) -> Values {
        let rows: Vec<usize> = positions.clone().collect();
        norm_some(&rows, &self.attention_norm, self.eps, scratch);
        let first = (self.heads + self.groups) * self.width / self.qkv.width();
        let panels = first..self.qkv.count();
        let columns = product_of(member, (&self.qkv, panels), scratch, &shared.attended);
        Values { positions, columns, skipped: first * self.qkv.width() }
    }

    /// Those of a group (R, E), into `out`.
    fn cut_values(&self, group: usize, values: &Values, shared: &Shared, out: &mut Vec<f32>) {
        let start = (self.heads + self.groups + group) * self.width - values.skipped;
        let rows = values.positions.len();
        out.resize(rows * self.width, 0.0);
        shared.attended.cut(values.columns, start..start + self.width, rows, out);
        self.add_bias(values.skipped + start, out);
    }

    /// How alike `values` are to those that are kept.
    fn likenesses(
        &self,
        values: &Values,
        place: usize,
        pass: &PackedPartialPass<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Likeness> {
        let mut all = vec![Likeness::default(); values.positions.len()];
        for (group, kept) in pass.features.cache.layer(place).iter().enumerate() {
            let kept = kept.read().unwrap_or_else(PoisonError::into_inner);
            let [new, ..] = &mut scratch.head;
            self.cut_values(group, values, pass.shared, new);
            let kept = kept.values[values.positions.start * self.width..].chunks_exact(self.width);
            for ((likeness, new), kept) in
                all.iter_mut().zip(new.chunks_exact(self.width)).zip(kept)
            {
                likeness.add(new, kept);
            }
        }
        all
    }

    fn put_values(
        &self,
        group: usize,
        values: &Values,
        shared: &Shared,
        cache: &mut KeysAndValues,
        scratch: &mut Scratch,
    ) {
        let [new, ..] = &mut scratch.head;
        self.cut_values(group, values, shared, new);
        let Range { start, end } = values.positions;
        cache.values[start * self.width..end * self.width].copy_from_slice(new);
    }
}

/// Values that were computed for themselves.
struct Values {
    positions: Range<usize>,
    /// Of the product, and how many columns of the whole one it leaves out.
    columns: SharedColumns,
    skipped: usize,
}

/// The `rows` of the residual stream, normed, into the rows of the next product.
fn norm_some(rows: &[usize], weight: &[f32], eps: f64, scratch: &mut Scratch) {
    let width = weight.len();
    let out = scratch.rows.filled(rows.len() * width);
    for (row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
        norm_rows(&scratch.x[row * width..][..width], weight, eps, out);
    }
}

/// The `rows` of a table of `length` rows.
fn picked(table: &[f32], length: usize, rows: &[usize]) -> Vec<f32> {
    let width = table.len() / length;
    rows.iter().flat_map(|row| &table[row * width..][..width]).copied().collect()
}

/// Adds to the residual stream `x` what was computed of `rows` and what is `kept` of the others; what was computed is kept
/// then. Whoever comes late reads no row that has changed by now.
fn renew(
    member: &Member<'_>,
    (slabs, columns): (&Slabs, SharedColumns),
    rows: &[usize],
    kept: &RwLock<Vec<f32>>,
    x: &mut [f32],
) {
    let width = columns.used;
    {
        let kept = kept.read().unwrap_or_else(PoisonError::into_inner);
        let all = x.chunks_exact_mut(width).zip(kept.chunks_exact(width)).enumerate();
        for (_, (x, kept)) in all.filter(|(row, _)| rows.binary_search(row).is_err()) {
            x.iter_mut().zip(kept).for_each(|(x, kept)| *x += kept);
        }
    }
    slabs.for_stretches(columns, 0..rows.len(), |row, at, numbers| {
        let x = &mut x[rows[row] * width..][..width];
        x[at].iter_mut().zip(numbers).for_each(|(x, number)| *x += number);
    });
    if member.index == 0 {
        let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
        slabs.for_stretches(columns, 0..rows.len(), |row, at, numbers| {
            kept[rows[row] * width..][..width][at].copy_from_slice(numbers);
        });
    }
}
