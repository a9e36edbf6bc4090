//! The forward pass: a pre-norm transformer with RMSNorm, rotary positions, QK-norm and SwiGLU.
//!
//! Shapes: B canvases, T positions, D hidden width, H query heads, G key/value heads, E head width,
//! F inner width, V vocabulary. Follows Qwen3 (arXiv 2505.09388), with positions and attention given by
//! the [`PassLayout`] of each pass, and with QK-norm and QKV bias as the checkpoint has them.

mod partial;

pub(super) use partial::StoredFeatures;

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::backbone::WeightStats;
use super::cache::KvCache;
use super::config::ModelConfig;
use super::device;
use super::draft_head::{DraftHead, NO_DRAFT_HEAD, previous_tensor};
use super::layer::{Layer, LayerPass, Norm};
use super::layout::PassLayout;
use super::linear::Linear;
use super::matrix::Matrix;
use super::ops::{Precision, dropout};
use super::products::Products;
use super::rotary::Rotary;
use super::weights::Weights;
use remask_base::Result;
use remask_base::cancel::Cancel;

/// A checkpoint in memory, ready to run.
pub struct Transformer {
    /// (V, D)
    embedding: Matrix,
    layers: Vec<Layer>,
    final_norm: Norm,
    /// (V, D); the embedding itself where the head is tied.
    head: Linear,
    rotary: Rotary,
    draft_head: Option<DraftHead>,
    device: Device,
}

/// What a pass of training leaves out (Srivastava et al. 2014), of the embeddings and of what each layer
/// adds to them.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Share of the numbers.
    pub share: f64,
    /// Where chance comes from.
    pub seed: u64,
}

impl Dropout {
    /// `x`, less a share of it. `place` tells one use in a pass from another.
    pub(super) fn apply(dropout: Option<Self>, x: Tensor, place: usize) -> Result<Tensor> {
        match dropout {
            Some(Self { share, seed }) if share > 0.0 => {
                let salt = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                Ok(self::dropout(&x, share, seed ^ salt)?)
            }
            _ => Ok(x),
        }
    }
}

impl Transformer {
    /// Loads every tensor that `config` names.
    ///
    /// # Errors
    /// When a tensor is missing or has the wrong shape, or the weights are where the forward pass does not run.
    pub fn load(config: &ModelConfig, weights: &dyn Weights) -> Result<Self> {
        Self::load_with(config, weights, Precision::F32)
    }

    /// As [`Transformer::load`]; products that gradients flow through are made in `precision`.
    ///
    /// # Errors
    /// As [`Transformer::load`].
    pub fn load_with(
        config: &ModelConfig,
        weights: &dyn Weights,
        precision: Precision,
    ) -> Result<Self> {
        Self::load_kept(config, weights, Products::full(precision))
    }

    /// As [`Transformer::load`]; matrices are kept as `products` say.
    pub(super) fn load_kept(
        config: &ModelConfig,
        weights: &dyn Weights,
        products: Products,
    ) -> Result<Self> {
        device::check(weights.device())?;
        let table =
            |name| products.keep(weights.matrix(name, config.vocab_size, config.hidden_size)?);
        let embedding = table("model.embed_tokens.weight")?;
        let head = if config.tied_head { embedding.clone() } else { table("lm_head.weight")? };
        Ok(Self {
            embedding,
            layers: (0..config.layers)
                .map(|index| Layer::load(config, weights, index, products))
                .collect::<Result<_>>()?,
            final_norm: Norm::load(config, weights, "model.norm", config.hidden_size)?,
            head: Linear::new(head, None, products)?,
            rotary: Rotary::new(config),
            draft_head: config
                .draft_head
                .map(|inner| DraftHead::load(config, inner, weights, products))
                .transpose()?,
            device: weights.device().clone(),
        })
    }

    /// Where it is, and what it is given has to be.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Hidden states after the last norm, (B, T, D), of `ids` (B, T), which stand and see as `layout` says,
    /// all canvases alike. `cancel` is looked at between layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`](remask_base::Error::Cancelled), or what the tensor library says.
    pub fn hidden(
        &self,
        ids: &Tensor,
        layout: &Arc<PassLayout>,
        cancel: &Cancel,
    ) -> Result<Tensor> {
        self.run(ids, layout, None, cancel, None)
    }

    /// As [`Transformer::hidden`], for training: with dropout, and nothing to cancel.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn hidden_in_training(
        &self,
        ids: &Tensor,
        layout: &Arc<PassLayout>,
        dropout: Option<Dropout>,
    ) -> Result<Tensor> {
        self.run(ids, layout, dropout, &Cancel::never(), None)
    }

    /// Hidden states (1, T, D) of `ids` (1, T) behind what `cache` holds, as many keys as `layout` says.
    /// Keys and values of the first `keep` of them are put into the cache: of rows that see nothing behind
    /// them, which alone stay what they are.
    ///
    /// # Errors
    /// [`Error::Cancelled`](remask_base::Error::Cancelled), which leaves the cache as it was; or what the
    /// tensor library says, no room in the cache among it.
    pub fn extend(
        &self,
        ids: &Tensor,
        layout: &Arc<PassLayout>,
        keep: usize,
        cache: &mut KvCache,
        cancel: &Cancel,
    ) -> Result<Tensor> {
        if layout.cached != cache.length() || keep > layout.rows() {
            return Err(remask_base::Error::Internal(format!(
                "a layout of {} rows behind {} cannot extend a cache of {} by {keep}",
                layout.rows(),
                layout.cached,
                cache.length()
            )));
        }
        let hidden = self.run(ids, layout, None, cancel, Some(cache))?;
        cache.grow(keep);
        Ok(hidden)
    }

    fn run(
        &self,
        ids: &Tensor,
        layout: &Arc<PassLayout>,
        dropout: Option<Dropout>,
        cancel: &Cancel,
        mut cache: Option<&mut KvCache>,
    ) -> Result<Tensor> {
        let (cos, sin) = self.rotary.tables(&layout.positions, &self.device)?;
        let mut x = Dropout::apply(dropout, self.embed(ids)?, 0)?;
        for (index, layer) in self.layers.iter().enumerate() {
            cancel.check()?;
            let past = cache.as_deref_mut().map(|cache| cache.layer(index));
            let pass = LayerPass { cos: &cos, sin: &sin, layout, dropout, place: 2 * index + 1 };
            x = layer.forward(&x, &pass, past)?;
        }
        cancel.check()?;
        self.final_norm.forward(&x)
    }

    /// An empty cache for [`Transformer::extend`].
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn cache(&self, room: usize) -> Result<KvCache> {
        let first = &self.layers[0];
        KvCache::new(self.layers.len(), (first.kv_heads, room, first.head_dim), &self.device)
    }

    /// The weights of every product, the head's among them. The embedding of a separate head is looked
    /// up, not multiplied with, and does not count.
    pub fn weight_stats(&self) -> WeightStats {
        let layers = self.layers.iter().flat_map(Layer::products);
        layers.chain([&self.head]).fold(WeightStats::default(), |sum, product| WeightStats {
            weights: sum.weights + product.weights() as u64,
            bytes: sum.bytes + product.bytes() as u64,
        })
    }

    fn embed(&self, ids: &Tensor) -> Result<Tensor> {
        let (batch, length) = ids.dims2()?;
        Ok(self.embedding.rows(&ids.flatten_all()?)?.reshape((batch, length, ()))?)
    }

    /// Logits (B, R, V) of the R `rows` of `hidden` (B, T, D), and of no other.
    ///
    /// # Errors
    /// What the tensor library says, a row outside the sequence among it.
    pub fn logits(&self, hidden: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let rows = Tensor::new(rows, &self.device)?;
        let picked = hidden.index_select(&rows, 1)?;
        self.language_head(&picked)
    }

    /// Logits (R, V) of the R `rows` of `hidden` (B, T, D), counted through all canvases: row t of
    /// canvas b is b * T + t.
    ///
    /// # Errors
    /// What the tensor library says, a row outside the canvases among it.
    pub fn logits_of_rows(&self, hidden: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let rows = Tensor::new(rows, &self.device)?;
        let picked = hidden.flatten_to(1)?.index_select(&rows, 0)?;
        self.language_head(&picked)
    }

    /// Logits (R, V) of drafts: of the R `rows` of `hidden`, counted as in
    /// [`Transformer::logits_of_rows`], each told the tokens `previous` (R, 2) before the one it predicts,
    /// the nearest first.
    ///
    /// # Errors
    /// When the model has no draft head, or what the tensor library says.
    pub fn draft_logits(&self, hidden: &Tensor, rows: &[u32], previous: &[u32]) -> Result<Tensor> {
        let Some(draft_head) = &self.draft_head else {
            return Err(remask_base::Error::invalid(NO_DRAFT_HEAD));
        };
        let previous = self.embed(&previous_tensor(previous, rows.len(), &self.device)?)?;
        let rows = Tensor::new(rows, &self.device)?;
        let picked = hidden.flatten_to(1)?.index_select(&rows, 0)?;
        self.language_head(&draft_head.forward(&picked, &previous)?)
    }

    /// Whether there is a draft head.
    pub fn drafts(&self) -> bool {
        self.draft_head.is_some()
    }

    fn language_head(&self, hidden: &Tensor) -> Result<Tensor> {
        self.head.forward(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checkpoint;
    use crate::products::Kept;

    #[test]
    fn weights_kept_as_they_are_stored_say_what_they_say_in_full() {
        let bundled = Checkpoint::bundled().unwrap();
        let load = |kept| {
            let products = Products { precision: Precision::F32, kept };
            Transformer::load_kept(&bundled.config, &*bundled.weights, products).unwrap()
        };
        let (full, stored) = (load(Kept::Full), load(Kept::AsStored));
        let (in_full, as_stored) = (full.weight_stats(), stored.weight_stats());
        assert_eq!(in_full.weights, as_stored.weights);
        assert_eq!(in_full.bytes, 4 * in_full.weights);
        // Q8_0: 32 numbers in 34 bytes.
        assert_eq!(as_stored.bytes, as_stored.weights / 32 * 34);
        for length in [1, 24] {
            let ids: Vec<u32> = (0..length).map(|i| 40 + 7 * i).collect();
            let rows: Vec<u32> = (0..length).collect();
            let logits = |model: &Transformer| {
                let input = Tensor::from_slice(&ids, (1, ids.len()), model.device()).unwrap();
                let layout = Arc::new(PassLayout::causal(0, ids.len()));
                let hidden = model.hidden(&input, &layout, &Cancel::never()).unwrap();
                model.logits(&hidden, &rows).unwrap()
            };
            let square = |x: &Tensor| x.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>();
            let (full, stored) = (logits(&full), logits(&stored));
            let apart = square(&(&full - stored).unwrap()).unwrap() / square(&full).unwrap();
            assert!(apart.sqrt() < 0.02, "{} of {length} rows", apart.sqrt());
        }
    }
}
