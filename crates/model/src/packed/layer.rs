//! A layer, as the threads of a pass go through it. Shapes as in [`transformer`](crate::transformer).

mod partial;

pub use partial::PackedFeatures;
pub(super) use partial::PackedPartialPass;

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use super::attention::{Seen, attend};
use super::cache::KeysAndValues;
use super::matrix::PackedMatrix;
use super::mlp::PackedMlp;
use super::slabs::{SharedColumns, Slabs};
use super::workspace::{Scratch, Shared};
use crate::compute::Compute;
use crate::config::ModelConfig;
use crate::layout::PassLayout;
use crate::ops::{Turn, norm_rows};
use crate::weights::Weights;
use remask_base::Result;
use remask_base::runtime::Member;

/// What all layers of a pass have in common.
pub(super) struct PackedPass<'a> {
    pub layout: &'a PassLayout,
    /// (T, E/2), as `sin`.
    pub cos: &'a [f32],
    pub sin: &'a [f32],
    /// ProductRows T.
    pub length: usize,
    /// Positions that the cache holds, and those that it has room for.
    pub cached: usize,
    pub room: usize,
    pub shared: &'a Shared,
}

pub(super) struct PackedLayer {
    attention_norm: Vec<f32>,
    /// Q, K and V side by side.
    qkv: PackedMatrix,
    bias: Option<Vec<f32>>,
    /// (E); ones that go unused where the checkpoint has no QK-norm.
    query_norm: Vec<f32>,
    key_norm: Vec<f32>,
    qk_norm_eps: Option<f64>,
    output: PackedMatrix,
    mlp_norm: Vec<f32>,
    mlp: PackedMlp,
    eps: f64,
    heads: usize,
    groups: usize,
    width: usize,
}

impl PackedLayer {
    pub fn load(
        config: &ModelConfig,
        weights: &dyn Weights,
        prefix: &str,
        compute: Compute,
    ) -> Result<Self> {
        let hidden = config.hidden_size;
        let width = config.head_dim;
        let norm =
            |name: &str, width: usize| numbers(weights, &format!("{prefix}.{name}.weight"), width);
        let qk_norm = |name: &str| match config.qk_norm {
            true => norm(name, width),
            false => Ok(vec![1.0; width]),
        };
        let projections =
            [("q_proj", config.heads), ("k_proj", config.kv_heads), ("v_proj", config.kv_heads)];
        let mut qkv = Vec::new();
        let mut bias = Vec::new();
        for (name, heads) in projections {
            let name = format!("{prefix}.self_attn.{name}");
            qkv.push(weights.matrix(&format!("{name}.weight"), heads * width, hidden)?);
            if config.qkv_bias {
                bias.extend(numbers(weights, &format!("{name}.bias"), heads * width)?);
            }
        }
        let output = format!("{prefix}.self_attn.o_proj.weight");
        let output = weights.matrix(&output, hidden, config.heads * width)?;
        let mlp = (hidden, config.intermediate_size, hidden);
        Ok(Self {
            attention_norm: norm("input_layernorm", hidden)?,
            qkv: PackedMatrix::pack(&qkv, compute)?,
            bias: config.qkv_bias.then_some(bias),
            query_norm: qk_norm("self_attn.q_norm")?,
            key_norm: qk_norm("self_attn.k_norm")?,
            qk_norm_eps: config.qk_norm.then_some(config.norm_eps),
            output: PackedMatrix::pack(&[output], compute)?,
            mlp_norm: norm("post_attention_layernorm", hidden)?,
            mlp: PackedMlp::load(weights, &format!("{prefix}.mlp."), mlp, compute)?,
            eps: config.norm_eps,
            heads: config.heads,
            groups: config.kv_heads,
            width,
        })
    }

    pub fn products(&self) -> impl Iterator<Item = &PackedMatrix> {
        [&self.qkv, &self.output].into_iter().chain(self.mlp.products())
    }

    /// Adds to the residual stream what attention makes of it.
    pub fn attend(
        &self,
        member: &Member<'_>,
        pass: &PackedPass<'_>,
        cache: &[RwLock<KeysAndValues>],
        scratch: &mut Scratch,
    ) {
        let shared = pass.shared;
        norm_rows(&scratch.x, &self.attention_norm, self.eps, scratch.rows.filled(scratch.x.len()));
        let qkv = product(member, &self.qkv, scratch, &shared.qkv);
        member.meet();
        for group in member.share(self.groups) {
            let places = pass.cached..pass.cached + pass.length;
            self.read_group(group, qkv, pass, places, &cache[group], scratch);
        }
        member.meet();
        let attended = self.attended(member, qkv, pass, cache, scratch);
        member.meet();
        shared.attended.add_to(attended, 0..pass.length, &mut scratch.x);
    }

    /// What attention makes of the rows of a pass whose queries stand in `qkv`: in the slabs `attended` when all have met.
    fn attended(
        &self,
        member: &Member<'_>,
        qkv: SharedColumns,
        pass: &PackedPass<'_>,
        cache: &[RwLock<KeysAndValues>],
        scratch: &mut Scratch,
    ) -> SharedColumns {
        self.look(member, qkv, pass, cache, scratch);
        member.meet();
        let found =
            SharedColumns { units: self.heads, width: self.width, used: self.heads * self.width };
        let rows = scratch.rows.filled(pass.length * found.used);
        pass.shared.found.gather(found, 0..pass.length, rows);
        product(member, &self.output, scratch, &pass.shared.attended)
    }

    /// Adds to the residual stream what the feed-forward part makes of it.
    pub fn mix(&self, member: &Member<'_>, pass: &PackedPass<'_>, scratch: &mut Scratch) {
        norm_rows(&scratch.x, &self.mlp_norm, self.eps, scratch.rows.filled(scratch.x.len()));
        let mixed = self.mlp.run(member, pass.shared, pass.length, scratch);
        pass.shared.mixed.add_to(mixed, 0..pass.length, &mut scratch.x);
    }

    /// Cuts the head at `index` of Q, K and V out of `qkv`, its bias added, into the first of the scratch's heads.
    fn cut(
        &self,
        index: usize,
        (qkv, columns): (&Slabs, SharedColumns),
        length: usize,
        head: &mut Vec<f32>,
    ) {
        let at = index * self.width..(index + 1) * self.width;
        head.resize(length * self.width, 0.0);
        qkv.cut(columns, at.clone(), length, head);
        self.add_bias(at.start, head);
    }

    /// Adds the bias of the columns of Q, K and V from `first` on to rows of a head.
    fn add_bias(&self, first: usize, head: &mut [f32]) {
        if let Some(bias) = &self.bias {
            for row in head.chunks_exact_mut(self.width) {
                row.iter_mut().zip(&bias[first..]).for_each(|(x, bias)| *x += bias);
            }
        }
    }

    fn turn<'a>(&self, weight: &'a [f32], pass: &PackedPass<'a>) -> Turn<'a, f32> {
        Turn { weight, cos: pass.cos, sin: pass.sin, eps: self.qk_norm_eps }
    }

    /// Puts keys and values of a group where the cache has `places` for them.
    fn read_group(
        &self,
        group: usize,
        qkv: SharedColumns,
        pass: &PackedPass<'_>,
        places: impl Iterator<Item = usize> + Clone,
        cache: &RwLock<KeysAndValues>,
        scratch: &mut Scratch,
    ) {
        let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
        let [head, turned, _] = &mut scratch.head;
        let qkv = (&pass.shared.qkv, qkv);
        self.cut(self.heads + group, qkv, pass.length, head);
        turned.resize(head.len(), 0.0);
        self.turn(&self.key_norm, pass).rows(head, self.width, turned);
        for (place, key) in places.clone().zip(turned.chunks_exact(self.width)) {
            cache.put_key(place, pass.room, key);
        }
        self.cut(self.heads + self.groups + group, qkv, pass.length, head);
        for (place, value) in places.zip(head.chunks_exact(self.width)) {
            cache.values[place * self.width..][..self.width].copy_from_slice(value);
        }
    }

    /// Lets the queries of this thread's heads look.
    fn look(
        &self,
        member: &Member<'_>,
        qkv: SharedColumns,
        pass: &PackedPass<'_>,
        cache: &[RwLock<KeysAndValues>],
        scratch: &mut Scratch,
    ) {
        let heads = member.share(self.heads);
        let wide = heads.len() * self.width;
        let mut slab = pass.shared.found.write(member.index);
        slab.resize(pass.length * wide, 0.0);
        if pass.length == 0 {
            return;
        }
        let [head, turned, found] = &mut scratch.head;
        for (place, index) in heads.enumerate() {
            self.cut(index, (&pass.shared.qkv, qkv), pass.length, head);
            turned.resize(head.len(), 0.0);
            self.turn(&self.query_norm, pass).rows(head, self.width, turned);
            found.resize(head.len(), 0.0);
            let group = &cache[index / (self.heads / self.groups)];
            let group = group.read().unwrap_or_else(PoisonError::into_inner);
            let seen = Seen { keys: &group.keys, values: &group.values, room: pass.room };
            attend(pass.layout, turned, seen, found, &mut scratch.weights);
            let rows = slab.chunks_exact_mut(wide).zip(found.chunks_exact(self.width));
            for (out, found) in rows {
                out[place * self.width..][..self.width].copy_from_slice(found);
            }
        }
    }
}

/// This thread's columns of the product of `scratch.rows` with `matrix`, into its slab.
pub(super) fn product(
    member: &Member<'_>,
    matrix: &PackedMatrix,
    scratch: &mut Scratch,
    slabs: &Slabs,
) -> SharedColumns {
    product_of(member, (matrix, 0..matrix.count()), scratch, slabs)
}

/// As [`product`], of some `panels` of the matrix alone.
fn product_of(
    member: &Member<'_>,
    (matrix, panels): (&PackedMatrix, Range<usize>),
    scratch: &mut Scratch,
    slabs: &Slabs,
) -> SharedColumns {
    let own = member.share(panels.len());
    let own = panels.start + own.start..panels.start + own.end;
    matrix.product(&mut scratch.rows, own, &mut slabs.write(member.index));
    let used = matrix.columns() - panels.start * matrix.width();
    SharedColumns { units: panels.len(), width: matrix.width(), used }
}

/// How the columns of products with `matrix` are shared out.
pub(super) fn columns(matrix: &PackedMatrix) -> SharedColumns {
    SharedColumns { units: matrix.count(), width: matrix.width(), used: matrix.columns() }
}

/// A vector of `width` numbers.
pub(super) fn numbers(weights: &dyn Weights, name: &str, width: usize) -> Result<Vec<f32>> {
    Ok(weights.tensor(name, &[width])?.to_dtype(candle_core::DType::F32)?.to_vec1()?)
}
