//! The forward pass: a pre-norm transformer with RMSNorm, rotary positions, QK-norm and SwiGLU.
//!
//! Shapes: B canvases, T positions, D hidden width, H query heads, G key/value heads, E head width,
//! F inner width, V vocabulary. Follows Qwen3 (arXiv 2505.09388), with the attention mask chosen
//! per call instead of fixed to causal.

use candle_core::{DType, Device, Tensor};

use super::attention::Attention;
use super::config::ModelConfig;
use super::ops::{Heads, attention_softmax, rms_norm, split_heads, swiglu};
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
        })
    }

    /// Hidden states after the last norm, (B, T, D), of `ids` (B, T).
    ///
    /// `cancel` is looked at between layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or what the tensor library says.
    pub fn hidden(&self, ids: &Tensor, attention: Attention, cancel: &Cancel) -> Result<Tensor> {
        let (batch, length) = ids.dims2()?;
        let (cos, sin) = self.rotary.tables(length)?;
        let mut x =
            self.embedding.index_select(&ids.flatten_all()?, 0)?.reshape((batch, length, ()))?;
        for layer in &self.layers {
            cancel.check()?;
            x = layer.forward(&x, &cos, &sin, attention)?;
        }
        cancel.check()?;
        self.final_norm.forward(&x)
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
    query_norm: Norm,
    key_norm: Norm,
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
            query_norm: norm("self_attn.q_norm", config.head_dim)?,
            key_norm: norm("self_attn.k_norm", config.head_dim)?,
            output: get("self_attn.o_proj", hidden, q_width)?,
            mlp_norm: norm("post_attention_layernorm", hidden)?,
            gate_up,
            down: get("mlp.down_proj", hidden, inner)?,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        attention: Attention,
    ) -> Result<Tensor> {
        let attended = self.attend(&self.attention_norm.forward(x)?, cos, sin, attention)?;
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
    ) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let cut = Heads {
            queries: self.heads,
            keys: self.kv_heads,
            width: self.head_dim,
            eps: self.query_norm.eps,
            cos: cos.clone(),
            sin: sin.clone(),
        };
        let norms = (&self.query_norm.weight, &self.key_norm.weight);
        // (H + 2G, B, T, E): with the heads in front, each of the three is one piece of memory.
        let heads = split_heads(&linear(x, &self.qkv)?, norms.0, norms.1, cut)?;
        let q = heads.narrow(0, 0, self.heads)?;
        let k = self.share(&heads.narrow(0, self.heads, self.kv_heads)?)?;
        let v = self.share(&heads.narrow(0, self.heads + self.kv_heads, self.kv_heads)?)?;
        let scale = 1.0 / (self.head_dim as f64).sqrt();
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

    fn tables(&self, length: usize) -> Result<(Tensor, Tensor)> {
        Ok((self.cos.narrow(0, 0, length)?, self.sin.narrow(0, 0, length)?))
    }
}
