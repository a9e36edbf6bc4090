//! The draft head, packed: see [`draft_head`](crate::draft_head).
//!
//! Drafts are verified, so that what is lost by rounding costs now and then a draft, and never another text: where the
//! machine has instructions for it they are made in Q8_0, whatever the passes compute in. In f32 three drafts took half
//! as long as the pass that they were made for.

use super::layer::numbers;
use super::matrix::PackedMatrix;
use super::mlp::PackedMlp;
use super::workspace::{Scratch, Shared};
use crate::compute::Compute;
use crate::config::ModelConfig;
use crate::draft_head::{PREFIX, PREVIOUS};
use crate::ops::norm_rows;
use crate::weights::Weights;
use remask_base::Result;
use remask_base::runtime::Member;

pub(super) struct PackedDraftHead {
    /// (D)
    embedding_norm: Vec<f32>,
    mlp: PackedMlp,
    /// (D)
    norm: Vec<f32>,
    eps: f64,
}

impl PackedDraftHead {
    pub fn load(
        config: &ModelConfig,
        inner: usize,
        weights: &dyn Weights,
        compute: Compute,
    ) -> Result<Self> {
        let width = config.hidden_size;
        let norm = |name: &str| numbers(weights, &format!("{PREFIX}{name}.weight"), width);
        Ok(Self {
            embedding_norm: norm("embedding_norm")?,
            mlp: PackedMlp::load(weights, PREFIX, ((1 + PREVIOUS) * width, inner, width), compute)?,
            norm: norm("norm")?,
            eps: config.norm_eps,
        })
    }

    /// Bytes that it reads for a draft.
    pub fn bytes(&self) -> usize {
        self.mlp.products().into_iter().map(PackedMatrix::bytes).sum()
    }

    /// Puts into `scratch.rows` what the language head makes drafts of: of the hidden states of rows (R, D), and the
    /// embeddings (R, 2, D) of the tokens before the one that each predicts, the nearest first.
    pub fn run(
        &self,
        member: &Member<'_>,
        (hidden, embeddings): (&[f32], &[f32]),
        shared: &Shared,
        scratch: &mut Scratch,
    ) {
        let width = self.norm.len();
        let length = hidden.len() / width;
        let told = scratch.rows.filled(length * (1 + PREVIOUS) * width);
        let rows = hidden.chunks_exact(width).zip(embeddings.chunks_exact(PREVIOUS * width));
        for (out, (hidden, embeddings)) in told.chunks_exact_mut((1 + PREVIOUS) * width).zip(rows) {
            let (to_hidden, to_embeddings) = out.split_at_mut(width);
            to_hidden.copy_from_slice(hidden);
            norm_rows(embeddings, &self.embedding_norm, self.eps, to_embeddings);
        }
        let mixed = self.mlp.run(member, shared, length, scratch);
        scratch.x.clear();
        scratch.x.extend_from_slice(hidden);
        shared.mixed.add_to(mixed, 0..length, &mut scratch.x);
        norm_rows(&scratch.x, &self.norm, self.eps, scratch.rows.filled(length * width));
    }
}
