//! The forward pass: a pre-norm transformer with RMSNorm, rotary positions, QK-norm and SwiGLU.
//!
//! Shapes: B canvases, T positions, D hidden width, H query heads, G key/value heads, E head width,
//! F inner width, V vocabulary. Follows Qwen3 (arXiv 2505.09388), with the attention mask chosen
//! per call instead of fixed to causal, and with QK-norm and QKV bias as the family has them.

use candle_core::{DType, Device, Tensor};

use super::attention::Attention;
use super::cache::{KvCache, LayerCache};
use super::config::ModelConfig;
use super::denoiser::Footprint;
use super::ops::{
    FEW_ROWS, Heads, attention_softmax, rms_norm, row_attention, row_product, split_heads, swiglu,
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
    /// By how many positions a row stands before the token that it predicts.
    shift: usize,
}

impl Transformer {
    /// Loads every tensor that `config` names.
    ///
    /// # Errors
    /// When a tensor is missing or has the wrong shape.
    pub fn load(config: &ModelConfig, weights: &dyn Weights) -> Result<Self> {
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
                .map(|index| Layer::load(config, weights, &format!("model.layers.{index}")))
                .collect::<Result<_>>()?,
            final_norm: Norm::load(config, weights, "model.norm", config.hidden_size)?,
            head,
            rotary: Rotary::new(config)?,
            shift: usize::from(config.shift_logits),
        })
    }

    /// Hidden states after the last norm, (B, T, D), of `ids` (B, T).
    ///
    /// `cancel` is looked at between layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or what the tensor library says.
    pub fn hidden(&self, ids: &Tensor, attention: Attention, cancel: &Cancel) -> Result<Tensor> {
        let (_, length) = ids.dims2()?;
        let (cos, sin) = match attention {
            // A model with shifted logits predicts a token at the position before it.
            Attention::Shadow { start, count } => {
                self.rotary.tables_with_shadow(length, start.saturating_sub(self.shift), count)?
            }
            _ => self.rotary.tables(0, length)?,
        };
        let mut x = self.embed(ids)?;
        for layer in &self.layers {
            cancel.check()?;
            x = layer.forward(&x, &cos, &sin, attention, None)?;
        }
        cancel.check()?;
        self.final_norm.forward(&x)
    }

    /// Hidden states (1, T, D) of `ids` (1, T) that stand behind what `cache` holds, each seeing those
    /// before it. Their keys and values are put into the cache.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), which leaves the cache as it was; or what the
    /// tensor library says, no room in the cache among it.
    pub fn extend(&self, ids: &Tensor, cache: &mut KvCache, cancel: &Cancel) -> Result<Tensor> {
        let (_, length) = ids.dims2()?;
        let (cos, sin) = self.rotary.tables(cache.length(), length)?;
        let mut x = self.embed(ids)?;
        for (index, layer) in self.layers.iter().enumerate() {
            cancel.check()?;
            x = layer.forward(&x, &cos, &sin, Attention::Causal, Some(cache.layer(index)))?;
        }
        cache.grow(length);
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
        linear(&picked, &self.head)
    }

    /// Logits (R, V) of the R `rows` of `hidden` (B, T, D), counted through all canvases: row t of
    /// canvas b is b * T + t.
    ///
    /// # Errors
    /// What the tensor library says, a row outside the canvases among it.
    pub fn logits_of_rows(&self, hidden: &Tensor, rows: &[u32]) -> Result<Tensor> {
        let rows = Tensor::new(rows, hidden.device())?;
        let picked = hidden.flatten_to(1)?.index_select(&rows, 0)?;
        linear(&picked, &self.head)
    }
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
}

impl Layer {
    fn load(config: &ModelConfig, weights: &dyn Weights, prefix: &str) -> Result<Self> {
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
        })
    }

    fn products(&self) -> [&Tensor; 4] {
        [&self.qkv, &self.output, &self.gate_up, &self.down]
    }

    fn forward(
        &self,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        attention: Attention,
        past: Option<LayerCache<'_>>,
    ) -> Result<Tensor> {
        let attended = self.attend(&self.attention_norm.forward(x)?, cos, sin, attention, past)?;
        let x = (x + attended)?;
        let mixed = self.mix(&self.mlp_norm.forward(&x)?)?;
        Ok((x + mixed)?)
    }

    /// Grouped-query attention, (B, T, D) to (B, T, D).
    fn attend(
        &self,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        attention: Attention,
        past: Option<LayerCache<'_>>,
    ) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let cut = Heads {
            queries: self.heads,
            keys: self.kv_heads,
            width: self.head_dim,
            eps: self.qk_norm_eps,
            cos: cos.clone(),
            sin: sin.clone(),
        };
        let mut qkv = linear(x, &self.qkv)?;
        if let Some(bias) = &self.qkv_bias {
            qkv = qkv.broadcast_add(bias)?;
        }
        // (H + 2G, B, T, E): with the heads in front, each of the three is one piece of memory.
        let heads = split_heads(&qkv, &self.query_norm, &self.key_norm, cut)?;
        let q = heads.narrow(0, 0, self.heads)?;
        let mut k = heads.narrow(0, self.heads, self.kv_heads)?;
        let mut v = heads.narrow(0, self.heads + self.kv_heads, self.kv_heads)?;
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        if let Some(past) = past {
            (k, v) = past.join(&k, &v)?;
            if length == 1 {
                return linear(&row_attention(&q, &k, &v, scale)?, &self.output);
            }
        }
        let (k, v) = (self.share(&k)?, self.share(&v)?);
        let weights = attention_softmax(&q.matmul(&k.t()?)?, scale, attention)?;
        // (H, B, T, E) -> (B, T, H*E)
        let mixed = weights.matmul(&v)?.permute((1, 2, 0, 3))?;
        let joined = mixed.reshape((batch, length, self.heads * self.head_dim))?;
        linear(&joined, &self.output)
    }

    /// Repeats each key or value head for the query heads that share it: (G, B, T, E) to (H, B, T, E).
    fn share(&self, x: &Tensor) -> Result<Tensor> {
        let times = self.heads / self.kv_heads;
        if times == 1 {
            return Ok(x.clone());
        }
        let (groups, batch, length, width) = x.dims4()?;
        Ok(x.unsqueeze(1)?
            .expand((groups, times, batch, length, width))?
            .reshape((self.heads, batch, length, width))?)
    }

    /// SwiGLU, (B, T, D) to (B, T, D).
    fn mix(&self, x: &Tensor) -> Result<Tensor> {
        linear(&swiglu(&linear(x, &self.gate_up)?)?, &self.down)
    }
}

/// x (.., in) times the transpose of `weight` (out, in): (.., out).
///
/// As one product of two matrices, whatever stands before the last dimension: its gradient is one too.
fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = weight.dim(0)?;
    }
    let rows = x.reshape(((), weight.dim(1)?))?;
    let trains = rows.track_op() || weight.track_op();
    if rows.dim(0)? <= FEW_ROWS && !trains && rows.dtype() == DType::F32 {
        return Ok(row_product(&rows.contiguous()?, weight)?.reshape(shape)?);
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
    /// (max positions, E/2)
    cos: Tensor,
    sin: Tensor,
}

impl Rotary {
    fn new(config: &ModelConfig) -> Result<Self> {
        let half = config.head_dim / 2;
        let frequencies: Vec<f32> = (0..half)
            .map(|i| {
                let exponent = (2 * i) as f64 / config.head_dim as f64;
                (1.0 / config.rope_theta.powf(exponent)) as f32
            })
            .collect();
        let frequencies = Tensor::from_vec(frequencies, (1, half), &Device::Cpu)?;
        let positions = Tensor::arange(0, config.max_positions as u32, &Device::Cpu)?
            .to_dtype(DType::F32)?
            .reshape((config.max_positions, 1))?;
        let angles = positions.matmul(&frequencies)?;
        Ok(Self { cos: angles.cos()?, sin: angles.sin()? })
    }

    /// Cosines and sines (`length`, E/2) of the positions from `start` on.
    fn tables(&self, start: usize, length: usize) -> Result<(Tensor, Tensor)> {
        Ok((self.cos.narrow(0, start, length)?, self.sin.narrow(0, start, length)?))
    }

    /// Those of `length` rows, the last `count` of which stand again where the `count` from `start`
    /// on stand.
    fn tables_with_shadow(
        &self,
        length: usize,
        start: usize,
        count: usize,
    ) -> Result<(Tensor, Tensor)> {
        let join = |table: &Tensor| -> Result<Tensor> {
            let parts = [table.narrow(0, 0, length - count)?, table.narrow(0, start, count)?];
            Ok(Tensor::cat(&parts, 0)?)
        };
        Ok((join(&self.cos)?, join(&self.sin)?))
    }
}
