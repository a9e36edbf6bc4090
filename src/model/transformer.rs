//! The forward pass: a pre-norm transformer with RMSNorm, rotary positions, QK-norm and SwiGLU.
//!
//! Shapes: B canvases, T positions, D hidden width, H query heads, G key/value heads, E head width,
//! F inner width, V vocabulary. Follows Qwen3 (arXiv 2505.09388), with positions and attention given by
//! the [`PassLayout`] of each pass, and with QK-norm and QKV bias as the family has them.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::cache::{KvCache, LayerCache};
use super::config::ModelConfig;
use super::denoiser::Footprint;
use super::draft_head::{DraftHead, previous_tensor};
use super::layout::{Inside, PassLayout};
use super::ops::{
    FEW_ROWS, Heads, Precision, attention, bf16_linear, cached_attention, dropout, rms_norm,
    row_attention, row_product, split_heads, swiglu,
};
use super::weights::Weights;
use crate::Result;
use crate::cancel::Cancel;

/// A checkpoint in memory, ready to run.
pub struct Transformer {
    embedding: Tensor,
    layers: Vec<Layer>,
    final_norm: Norm,
    /// (V, D); the embedding itself where the head is tied.
    head: Tensor,
    rotary: Rotary,
    draft_head: Option<DraftHead>,
    precision: Precision,
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
    fn apply(dropout: Option<Self>, x: Tensor, place: usize) -> Result<Tensor> {
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
    /// When a tensor is missing or has the wrong shape.
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
        let table = [config.vocab_size, config.hidden_size];
        let embedding = weights.tensor("model.embed_tokens.weight", &table)?;
        let head = if config.tied_head {
            embedding.clone()
        } else {
            weights.tensor("lm_head.weight", &table)?
        };
        Ok(Self {
            embedding,
            layers: (0..config.layers)
                .map(|index| {
                    Layer::load(config, weights, &format!("model.layers.{index}"), precision)
                })
                .collect::<Result<_>>()?,
            final_norm: Norm::load(config, weights, "model.norm", config.hidden_size)?,
            head,
            rotary: Rotary::new(config),
            draft_head: config
                .draft_head
                .map(|inner| DraftHead::load(config, inner, weights, precision))
                .transpose()?,
            precision,
        })
    }

    /// Hidden states after the last norm, (B, T, D), of `ids` (B, T), which stand and see as `layout` says,
    /// all canvases alike. `cancel` is looked at between layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or what the tensor library says.
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
    /// [`Error::Cancelled`](crate::Error::Cancelled), which leaves the cache as it was; or what the
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
            return Err(crate::Error::Internal(format!(
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
        let (cos, sin) = self.rotary.tables(&layout.positions)?;
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
        KvCache::new(self.layers.len(), (first.kv_heads, room, first.head_dim))
    }

    /// The weights of every product, the head's among them. The embedding of a separate head is looked
    /// up, not multiplied with, and does not count.
    pub fn footprint(&self) -> Footprint {
        let layers = self.layers.iter().flat_map(Layer::products);
        let weights: usize = layers.chain([&self.head]).map(Tensor::elem_count).sum();
        Footprint { weights: weights as u64, bytes: (weights * size_of::<f32>()) as u64 }
    }

    fn embed(&self, ids: &Tensor) -> Result<Tensor> {
        let (batch, length) = ids.dims2()?;
        Ok(self.embedding.index_select(&ids.flatten_all()?, 0)?.reshape((batch, length, ()))?)
    }

    /// Logits (B, R, V) of the R `rows` of `hidden` (B, T, D), and of no other.
    ///
    /// # Errors
    /// What the tensor library says, a row outside the sequence among it.
    pub fn logits(&self, hidden: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let rows = Tensor::new(rows, hidden.device())?;
        let picked = hidden.index_select(&rows, 1)?;
        self.language_head(&picked)
    }

    /// Logits (R, V) of the R `rows` of `hidden` (B, T, D), counted through all canvases: row t of
    /// canvas b is b * T + t.
    ///
    /// # Errors
    /// What the tensor library says, a row outside the canvases among it.
    pub fn logits_of_rows(&self, hidden: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let rows = Tensor::new(rows, hidden.device())?;
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
            return Err(crate::Error::invalid(
                "this model has no draft head; one comes with training by remask train",
            ));
        };
        let previous = self.embed(&previous_tensor(previous, rows.len())?)?;
        let rows = Tensor::new(rows, hidden.device())?;
        let picked = hidden.flatten_to(1)?.index_select(&rows, 0)?;
        self.language_head(&draft_head.forward(&picked, &previous)?)
    }

    /// Whether there is a draft head.
    pub fn drafts(&self) -> bool {
        self.draft_head.is_some()
    }

    fn language_head(&self, hidden: &Tensor) -> Result<Tensor> {
        linear(hidden, &self.head, self.precision)
    }
}

/// What all layers of a pass have in common, and the place of one among them.
struct LayerPass<'a> {
    cos: &'a Tensor,
    sin: &'a Tensor,
    layout: &'a Arc<PassLayout>,
    dropout: Option<Dropout>,
    place: usize,
}

struct Layer {
    attention_norm: Norm,
    /// Q, K and V stacked: (H*E + 2*G*E, D). One product instead of three.
    qkv: Tensor,
    /// (H*E + 2*G*E), where the family has one.
    qkv_bias: Option<Tensor>,
    /// (E); ones that go unused where the family has no QK-norm.
    query_norm: Tensor,
    key_norm: Tensor,
    qk_norm_eps: Option<f64>,
    output: Tensor,
    mlp_norm: Norm,
    /// Gate and up stacked: (2F, D).
    gate_up: Tensor,
    down: Tensor,
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    precision: Precision,
}

impl Layer {
    fn load(
        config: &ModelConfig,
        weights: &dyn Weights,
        prefix: &str,
        precision: Precision,
    ) -> Result<Self> {
        let hidden = config.hidden_size;
        let inner = config.intermediate_size;
        let q_width = config.heads * config.head_dim;
        let kv_width = config.kv_heads * config.head_dim;
        let get = |name: &str, rows: usize, columns: usize| {
            weights.tensor(&format!("{prefix}.{name}.weight"), &[rows, columns])
        };
        let norm = |name: &str, width: usize| {
            Norm::load(config, weights, &format!("{prefix}.{name}"), width)
        };
        let qk_norm = |name: &str| -> Result<Tensor> {
            if config.qk_norm {
                return Ok(norm(name, config.head_dim)?.weight);
            }
            Ok(Tensor::ones(config.head_dim, DType::F32, &Device::Cpu)?)
        };
        let qkv_bias = || -> Result<Tensor> {
            let get = |name: &str, width| {
                weights.tensor(&format!("{prefix}.self_attn.{name}.bias"), &[width])
            };
            let parts =
                [get("q_proj", q_width)?, get("k_proj", kv_width)?, get("v_proj", kv_width)?];
            Ok(Tensor::cat(&parts, 0)?)
        };
        let qkv = Tensor::cat(
            &[
                get("self_attn.q_proj", q_width, hidden)?,
                get("self_attn.k_proj", kv_width, hidden)?,
                get("self_attn.v_proj", kv_width, hidden)?,
            ],
            0,
        )?;
        let gate_up = Tensor::cat(
            &[get("mlp.gate_proj", inner, hidden)?, get("mlp.up_proj", inner, hidden)?],
            0,
        )?;
        Ok(Self {
            attention_norm: norm("input_layernorm", hidden)?,
            qkv,
            qkv_bias: config.qkv_bias.then(qkv_bias).transpose()?,
            query_norm: qk_norm("self_attn.q_norm")?,
            key_norm: qk_norm("self_attn.k_norm")?,
            qk_norm_eps: config.qk_norm.then_some(config.norm_eps),
            output: get("self_attn.o_proj", hidden, q_width)?,
            mlp_norm: norm("post_attention_layernorm", hidden)?,
            gate_up,
            down: get("mlp.down_proj", hidden, inner)?,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            precision,
        })
    }

    fn products(&self) -> [&Tensor; 4] {
        [&self.qkv, &self.output, &self.gate_up, &self.down]
    }

    fn forward(
        &self,
        x: &Tensor,
        pass: &LayerPass<'_>,
        past: Option<LayerCache<'_>>,
    ) -> Result<Tensor> {
        let attended = self.attend(&self.attention_norm.forward(x)?, pass, past)?;
        let x = (x + Dropout::apply(pass.dropout, attended, pass.place)?)?;
        let mixed = self.mix(&self.mlp_norm.forward(&x)?)?;
        Ok((x + Dropout::apply(pass.dropout, mixed, pass.place + 1)?)?)
    }

    /// Grouped-query attention, (B, T, D) to (B, T, D).
    fn attend(
        &self,
        x: &Tensor,
        pass: &LayerPass<'_>,
        past: Option<LayerCache<'_>>,
    ) -> Result<Tensor> {
        let cut = Heads {
            queries: self.heads,
            keys: self.kv_heads,
            width: self.head_dim,
            eps: self.qk_norm_eps,
            cos: pass.cos.clone(),
            sin: pass.sin.clone(),
        };
        let mut qkv = self.linear(x, &self.qkv)?;
        if let Some(bias) = &self.qkv_bias {
            qkv = qkv.broadcast_add(bias)?;
        }
        // (H + 2G, B, T, E): with the heads in front, each of the three is one piece of memory.
        let heads = split_heads(&qkv, &self.query_norm, &self.key_norm, cut)?;
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        let Some(past) = past else {
            let found = attention(&heads, self.heads, pass.layout, scale)?;
            return self.linear(&found, &self.output);
        };
        let q = heads.narrow(0, 0, self.heads)?;
        let k = heads.narrow(0, self.heads, self.kv_heads)?;
        let v = heads.narrow(0, self.heads + self.kv_heads, self.kv_heads)?;
        let (k, v) = past.join(&k, &v)?;
        let found = if is_next_token(pass.layout) {
            row_attention(&q, &k, &v, scale)?
        } else {
            cached_attention(&q, &k, &v, pass.layout, scale)?
        };
        self.linear(&found, &self.output)
    }

    fn linear(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        linear(x, weight, self.precision)
    }

    /// SwiGLU, (B, T, D) to (B, T, D).
    fn mix(&self, x: &Tensor) -> Result<Tensor> {
        self.linear(&swiglu(&self.linear(x, &self.gate_up)?)?, &self.down)
    }
}

/// Whether it is one row that sees everything before it: what a next token takes.
fn is_next_token(layout: &PassLayout) -> bool {
    let [span] = layout.spans.as_slice() else { return false };
    layout.rows() == 1 && span.inside == Inside::Causal && span.context == (0..layout.cached)
}

/// x (.., in) times the transpose of `weight` (out, in): (.., out).
///
/// As one product of two matrices, whatever stands before the last dimension: its gradient is one too.
pub(super) fn linear(x: &Tensor, weight: &Tensor, precision: Precision) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = weight.dim(0)?;
    }
    let rows = x.reshape(((), weight.dim(1)?))?;
    let trains = rows.track_op() || weight.track_op();
    if rows.dim(0)? <= FEW_ROWS && !trains && rows.dtype() == DType::F32 {
        return Ok(row_product(&rows.contiguous()?, weight)?.reshape(shape)?);
    }
    if trains && precision == Precision::Bf16 {
        return Ok(bf16_linear(&rows, weight)?.reshape(shape)?);
    }
    Ok(rows.matmul(&weight.t()?)?.reshape(shape)?)
}

struct Norm {
    weight: Tensor,
    eps: f64,
}

impl Norm {
    fn load(config: &ModelConfig, weights: &dyn Weights, name: &str, width: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor(&format!("{name}.weight"), &[width])?,
            eps: config.norm_eps,
        })
    }

    /// Over the last dimension, whatever stands before it.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(rms_norm(x, &self.weight, self.eps)?)
    }
}

/// Rotary positions (arXiv 2104.09864), half-split: the first half of a head turns with the second.
struct Rotary {
    /// (E/2), in radians a position.
    frequencies: Vec<f32>,
}

impl Rotary {
    fn new(config: &ModelConfig) -> Self {
        let frequency = |i: usize| {
            let exponent = (2 * i) as f64 / config.head_dim as f64;
            (1.0 / config.rope_theta.powf(exponent)) as f32
        };
        Self { frequencies: (0..config.head_dim / 2).map(frequency).collect() }
    }

    /// Cosines and sines (R, E/2) of R `positions`: made when they are asked for, since a table for a
    /// context that a file only claims would cost what the file does not.
    fn tables(&self, positions: &[u32]) -> Result<(Tensor, Tensor)> {
        let frequencies = &self.frequencies;
        let angles = positions
            .iter()
            .flat_map(|position| frequencies.iter().map(|frequency| *position as f32 * frequency));
        let (cos, sin): (Vec<f32>, Vec<f32>) =
            angles.map(|angle| (angle.cos(), angle.sin())).unzip();
        let shape = (positions.len(), frequencies.len());
        Ok((
            Tensor::from_vec(cos, shape, &Device::Cpu)?,
            Tensor::from_vec(sin, shape, &Device::Cpu)?,
        ))
    }
}
