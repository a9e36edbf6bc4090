//! The transformer with its matrices packed. Shapes as in [`transformer`](crate::transformer).

mod partial;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::PackedCache;
use super::draft_head::PackedDraftHead;
use super::layer::{PackedLayer, PackedPass, columns, numbers, product};
use super::matrix::PackedMatrix;
use super::q8_panels::Q8Panels;
use super::workspace::{Scratch, Shared, Workspace};
use crate::backbone::WeightStats;
use crate::compute::Compute;
use crate::config::ModelConfig;
use crate::draft_head::PREVIOUS;
use crate::layout::PassLayout;
use crate::ops::norm_rows;
use crate::rotary::Rotary;
use crate::weights::Weights;
use remask_base::cancel::Cancel;
use remask_base::runtime::{Member, Threads};
use remask_base::{Error, Result};

/// A checkpoint in memory, ready to run on this machine's cores.
pub struct PackedTransformer {
    /// (V, D), where the head is another matrix.
    embedding: Option<PackedMatrix>,
    layers: Vec<PackedLayer>,
    final_norm: Vec<f32>,
    /// (V, D)
    head: PackedMatrix,
    draft_head: Option<PackedDraftHead>,
    /// (V, D): the head for drafts, where these compute in another format.
    draft_table: Option<PackedMatrix>,
    rotary: Rotary,
    eps: f64,
    /// Groups of keys and values, and the width of a head.
    cached: (usize, usize),
}

/// What is asked of a pass.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// A token for each row (T).
    pub ids: &'a [u32],
    /// Where they stand, and what they see.
    pub layout: &'a Arc<PassLayout>,
    /// How many rows, from the first on, keep their keys and values in the cache: rows that see nothing behind
    /// them, which alone stay what they are.
    pub keep: usize,
    /// ProductRows whose logits are wanted.
    pub logits: &'a [u32],
    /// ProductRows whose hidden states are wanted.
    pub hidden: &'a [u32],
    /// Looked at between layers.
    pub cancel: &'a Cancel,
}

/// What a pass came to.
pub struct Passed {
    /// Of the rows that were asked for (R, V).
    pub logits: Vec<f32>,
    /// Of the rows that were asked for, after the last norm (R, D).
    pub hidden: Vec<f32>,
}

impl PackedTransformer {
    /// Loads and packs every tensor that `config` names, for products in `compute`.
    ///
    /// # Errors
    /// When a tensor is missing or has the wrong shape.
    pub fn load(config: &ModelConfig, weights: &dyn Weights, compute: Compute) -> Result<Self> {
        let (vocab, hidden) = (config.vocab_size, config.hidden_size);
        const EMBEDDING: &str = "model.embed_tokens.weight";
        let table =
            |name, compute| PackedMatrix::pack(&[weights.matrix(name, vocab, hidden)?], compute);
        let head = if config.tied_head { EMBEDDING } else { "lm_head.weight" };
        let embedding = if config.tied_head { None } else { Some(table(EMBEDDING, compute)?) };
        let of_drafts = if Q8Panels::is_fast() { Compute::Q8_0 } else { compute };
        let other_head = config.draft_head.is_some() && of_drafts != compute;
        let layer =
            |index| PackedLayer::load(config, weights, &format!("model.layers.{index}"), compute);
        let draft_head = |inner| PackedDraftHead::load(config, inner, weights, of_drafts);
        Ok(Self {
            embedding,
            layers: (0..config.layers).map(layer).collect::<Result<_>>()?,
            final_norm: numbers(weights, "model.norm.weight", hidden)?,
            head: table(head, compute)?,
            draft_head: config.draft_head.map(draft_head).transpose()?,
            draft_table: other_head.then(|| table(head, of_drafts)).transpose()?,
            rotary: Rotary::new(config),
            eps: config.norm_eps,
            cached: (config.kv_heads, config.head_dim),
        })
    }

    /// An empty cache for its passes.
    pub fn cache(&self) -> PackedCache {
        PackedCache::new(self.layers.len(), self.cached.0, self.cached.1)
    }

    /// What its passes on `threads` write in.
    pub fn workspace(&self, threads: &Threads) -> Workspace {
        Workspace::new(threads.count().get(), self.cache())
    }

    /// The weights of every product of a pass, the head's among them.
    pub fn weight_stats(&self) -> WeightStats {
        let layers = self.layers.iter().flat_map(PackedLayer::products);
        layers.chain([&self.head]).fold(WeightStats::default(), |sum, matrix| WeightStats {
            weights: sum.weights + matrix.weights() as u64,
            bytes: sum.bytes + matrix.bytes() as u64,
        })
    }

    /// One pass behind what `cache` holds, or, without one, behind nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], which leaves the cache as it was; or when the layout does not fit.
    pub fn pass(
        &self,
        asked: &Asked<'_>,
        cache: Option<&mut PackedCache>,
        workspace: &mut Workspace,
        threads: &Threads,
    ) -> Result<Passed> {
        let Workspace { scratch, shared, passing, .. } = workspace;
        passing.truncate(0);
        let cache = cache.unwrap_or(passing);
        let Asked { layout, ids, keep, .. } = *asked;
        layout.check().map_err(Error::Internal)?;
        if layout.cached != cache.length() || layout.rows() != ids.len() || keep > ids.len() {
            return Err(Error::Internal(format!(
                "a layout of {} rows behind {} cannot extend a cache of {} by {keep}",
                layout.rows(),
                layout.cached,
                cache.length()
            )));
        }
        cache.make_room(layout.keys());
        let mut passed = Passed {
            logits: vec![0.0; asked.logits.len() * self.head.columns()],
            hidden: vec![0.0; asked.hidden.len() * self.final_norm.len()],
        };
        let (cos, sin) = self.rotary.angles(&layout.positions);
        let pass = PackedPass {
            layout,
            cos: &cos,
            sin: &sin,
            length: ids.len(),
            cached: cache.length(),
            room: cache.room(),
            shared,
        };
        let stop = AtomicBool::new(false);
        let members = threads.count().get();
        let logits = SharedRows::new(&mut passed.logits, self.head.columns(), members);
        let hidden = Mutex::new(&mut passed.hidden);
        let finished = threads.together(|member| {
            let mut scratch = lock(&scratch[member.index]);
            if !self.through_layers(member, asked, (&pass, cache), &stop, &mut scratch) {
                return false;
            }
            if member.index == 0 {
                self.norm_picked(&scratch.x, asked.hidden, &mut lock(&hidden));
            }
            let Scratch { x, rows, .. } = &mut *scratch;
            let picked = rows.filled(asked.logits.len() * self.final_norm.len());
            self.norm_picked(x, asked.logits, picked);
            let length = asked.logits.len();
            language_head(member, (&self.head, length), shared, &mut scratch, &logits);
            true
        });
        if finished.contains(&false) {
            return Err(Error::Cancelled);
        }
        cache.grow(keep);
        Ok(passed)
    }

    /// Logits (R, V) of drafts: `hidden` (R, D) are the hidden states of their rows, `previous` (R, 2) the tokens
    /// before the one that each predicts, the nearest first.
    ///
    /// # Errors
    /// When there is no draft head.
    pub fn draft(
        &self,
        hidden: &[f32],
        previous: &[u32],
        workspace: &mut Workspace,
        threads: &Threads,
    ) -> Result<Vec<f32>> {
        /// Bytes of weights up to which calling other threads takes longer than they would save.
        const ALONE: usize = 2 << 20;
        let Some(draft_head) = &self.draft_head else {
            return Err(Error::invalid(crate::draft_head::NO_DRAFT_HEAD));
        };
        let width = self.final_norm.len();
        let length = hidden.len() / width;
        let mut embeddings = vec![0.0; length * PREVIOUS * width];
        self.embed(previous, &mut embeddings);
        let mut out = vec![0.0; length * self.head.columns()];
        let table = self.draft_table.as_ref().unwrap_or(&self.head);
        let alone = draft_head.bytes() + table.bytes() <= ALONE;
        let members = if alone { 1 } else { threads.count().get() };
        let logits = SharedRows::new(&mut out, table.columns(), members);
        let run = |member: &Member<'_>, scratch: &Mutex<Scratch>, shared| {
            let scratch = &mut lock(scratch);
            draft_head.run(member, (hidden, &embeddings), shared, scratch);
            language_head(member, (table, length), shared, scratch, &logits);
        };
        if alone {
            let (scratch, shared) = &workspace.alone;
            Member::alone(|member| run(member, scratch, shared));
        } else {
            let Workspace { scratch, shared, .. } = workspace;
            threads.together(|member| run(member, &scratch[member.index], shared));
        }
        Ok(out)
    }

    /// Whether there is a draft head.
    pub fn drafts(&self) -> bool {
        self.draft_head.is_some()
    }

    /// Whether it went through all of them: all threads agree.
    fn through_layers(
        &self,
        member: &Member<'_>,
        asked: &Asked<'_>,
        (pass, cache): (&PackedPass<'_>, &PackedCache),
        stop: &AtomicBool,
        scratch: &mut Scratch,
    ) -> bool {
        scratch.x.resize(asked.ids.len() * self.final_norm.len(), 0.0);
        self.embed(asked.ids, &mut scratch.x);
        for (index, layer) in self.layers.iter().enumerate() {
            if member.index == 0 && asked.cancel.check().is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            layer.attend(member, pass, cache.layer(index), scratch);
            // It was said before they met above, and cannot be said again before they meet below.
            let stopped = stop.load(Ordering::Relaxed);
            layer.mix(member, pass, scratch);
            if stopped {
                return false;
            }
        }
        true
    }

    fn embed(&self, ids: &[u32], out: &mut [f32]) {
        let table = self.embedding.as_ref().unwrap_or(&self.head);
        for (id, out) in ids.iter().zip(out.chunks_exact_mut(table.depth())) {
            table.row(*id as usize, out);
        }
    }

    /// The rows `picked` of `x`, normed, into `out`.
    fn norm_picked(&self, x: &[f32], picked: &[u32], out: &mut [f32]) {
        let width = self.final_norm.len();
        for (row, out) in picked.iter().zip(out.chunks_exact_mut(width)) {
            norm_rows(&x[*row as usize * width..][..width], &self.final_norm, self.eps, out);
        }
    }
}

/// Logits by `head` (V, D) of the `length` rows in `scratch.rows`, into `out`.
fn language_head(
    member: &Member<'_>,
    (head, length): (&PackedMatrix, usize),
    shared: &Shared,
    scratch: &mut Scratch,
    out: &SharedRows<'_>,
) {
    if length == 0 {
        return;
    }
    product(member, head, scratch, &shared.logits);
    member.meet();
    let mut out = lock(&out.0[member.index]);
    shared.logits.gather(columns(head), member.share(length), &mut out);
}

/// Rows that threads fill in at the same time, each its share.
struct SharedRows<'a>(Vec<Mutex<&'a mut [f32]>>);

impl<'a> SharedRows<'a> {
    fn new(mut rows: &'a mut [f32], width: usize, members: usize) -> Self {
        let length = rows.len() / width;
        let mut parts = Vec::with_capacity(members);
        for index in 0..members {
            let own = remask_base::runtime::share(length, index, members).len() * width;
            let (part, rest) = rows.split_at_mut(own);
            parts.push(Mutex::new(part));
            rows = rest;
        }
        Self(parts)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
