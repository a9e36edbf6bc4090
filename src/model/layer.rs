//! A layer of the transformer: attention and feed-forward, each behind a norm. Shapes as in
//! [`transformer`](super::transformer).

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::cache::LayerCache;
use super::config::ModelConfig;
use super::layout::{Inside, PassLayout};
use super::ops::{
    FEW_ROWS, Heads, Precision, attention, bf16_linear, cached_attention, rms_norm, row_attention,
    row_product, split_heads, swiglu,
};
use super::transformer::Dropout;
use super::weights::Weights;
use crate::Result;

/// What all layers of a pass have in common, and the place of one among them.
pub(super) struct LayerPass<'a> {
    /// (T, E/2), as `sin`.
    pub cos: &'a Tensor,
    pub sin: &'a Tensor,
    pub layout: &'a Arc<PassLayout>,
    pub dropout: Option<Dropout>,
    pub place: usize,
}

pub(super) struct Layer {
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
    pub(super) kv_heads: usize,
    pub(super) head_dim: usize,
    precision: Precision,
}

impl Layer {
    pub(super) fn load(
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

    pub(super) fn products(&self) -> [&Tensor; 4] {
        [&self.qkv, &self.output, &self.gate_up, &self.down]
    }

    pub(super) fn forward(
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

pub(super) struct Norm {
    weight: Tensor,
    eps: f64,
}

impl Norm {
    pub(super) fn load(
        config: &ModelConfig,
        weights: &dyn Weights,
        name: &str,
        width: usize,
    ) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor(&format!("{name}.weight"), &[width])?,
            eps: config.norm_eps,
        })
    }

    /// Over the last dimension, whatever stands before it.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(rms_norm(x, &self.weight, self.eps)?)
    }
}
