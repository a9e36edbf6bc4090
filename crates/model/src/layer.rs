//! A layer of the transformer: attention and feed-forward, each behind a norm. Shapes as in
//! [`transformer`](super::transformer).

mod partial;

pub(super) use partial::{LayerFeatures, PartialPass};

use std::sync::Arc;

use candle_core::{DType, Tensor};

use super::cache::LayerCache;
use super::config::ModelConfig;
use super::experts::Experts;
use super::layout::PassLayout;
use super::linear::{Linear, Stacked};
use super::matrix::Matrix;
use super::mlp::{Mlp, MlpShape};
use super::ops::{Heads, attention, cached_attention, rms_norm, split_heads};
use super::products::Products;
use super::transformer::Dropout;
use super::weights::Weights;
use remask_base::Result;

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
    /// Q, K and V side by side: (H*E + 2*G*E, D), with a bias where the checkpoint has one.
    qkv: Stacked,
    /// (E); ones that go unused where the checkpoint has no QK-norm.
    query_norm: Tensor,
    key_norm: Tensor,
    qk_norm_eps: Option<f64>,
    output: Linear,
    mlp_norm: Norm,
    mlp: FeedForward,
    heads: usize,
    pub(super) kv_heads: usize,
    pub(super) head_dim: usize,
}

impl Layer {
    pub(super) fn load(
        config: &ModelConfig,
        weights: &dyn Weights,
        index: usize,
        products: Products,
    ) -> Result<Self> {
        let prefix = &format!("model.layers.{index}");
        let hidden = config.hidden_size;
        let q_width = config.heads * config.head_dim;
        let kv_width = config.kv_heads * config.head_dim;
        let norm = |name: &str, width: usize| {
            Norm::load(config, weights, &format!("{prefix}.{name}"), width)
        };
        let qk_norm = |name: &str| -> Result<Tensor> {
            if config.qk_norm {
                return Ok(norm(name, config.head_dim)?.weight);
            }
            Ok(Tensor::ones(config.head_dim, DType::F32, weights.device())?)
        };
        let projection = |name: &str, width: usize| -> Result<(Matrix, Option<Tensor>)> {
            let name = format!("{prefix}.self_attn.{name}");
            let matrix = weights.matrix(&format!("{name}.weight"), width, hidden)?;
            let bias = || weights.tensor(&format!("{name}.bias"), &[width]);
            Ok((matrix, config.qkv_bias.then(bias).transpose()?))
        };
        let qkv = vec![
            projection("q_proj", q_width)?,
            projection("k_proj", kv_width)?,
            projection("v_proj", kv_width)?,
        ];
        // Asked for in this order always: it numbers the draws of the fresh matrices of training.
        let mlp = FeedForward::load(config, weights, index, products)?;
        let output =
            weights.matrix(&format!("{prefix}.self_attn.o_proj.weight"), hidden, q_width)?;
        Ok(Self {
            attention_norm: norm("input_layernorm", hidden)?,
            qkv: Stacked::new(qkv, products)?,
            query_norm: qk_norm("self_attn.q_norm")?,
            key_norm: qk_norm("self_attn.k_norm")?,
            qk_norm_eps: config.qk_norm.then_some(config.norm_eps),
            output: Linear::new(output, None, products)?,
            mlp_norm: norm("post_attention_layernorm", hidden)?,
            mlp,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
        })
    }

    pub(super) fn products(&self) -> impl Iterator<Item = &Linear> {
        self.qkv.products().iter().chain([&self.output]).chain(self.mlp.products())
    }

    pub(super) fn forward(
        &self,
        x: &Tensor,
        pass: &LayerPass<'_>,
        past: Option<LayerCache<'_>>,
    ) -> Result<Tensor> {
        let attended = self.attend(&self.attention_norm.forward(x)?, pass, past)?;
        let x = (x + Dropout::apply(pass.dropout, attended, pass.place)?)?;
        let mixed = self.mlp.forward(&self.mlp_norm.forward(&x)?)?;
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
        let qkv = self.qkv.forward(x)?;
        // (H + 2G, B, T, E): with the heads in front, each of the three is one piece of memory.
        let heads = split_heads(&qkv, &self.query_norm, &self.key_norm, cut)?;
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        let Some(past) = past else {
            let found = attention(&heads, self.heads, pass.layout, scale)?;
            return self.output.forward(&found);
        };
        let q = heads.narrow(0, 0, self.heads)?;
        let k = heads.narrow(0, self.heads, self.kv_heads)?;
        let v = heads.narrow(0, self.heads + self.kv_heads, self.kv_heads)?;
        let (k, v) = past.join(&k, &v)?;
        let found = cached_attention(&q, &k, &v, pass.layout, scale)?;
        self.output.forward(&found)
    }
}

/// What mixes the numbers of a position: one network, or those of many that are chosen for it.
enum FeedForward {
    Dense(Mlp),
    Experts(Experts),
}

impl FeedForward {
    fn load(
        config: &ModelConfig,
        weights: &dyn Weights,
        layer: usize,
        products: Products,
    ) -> Result<Self> {
        let (inner, routing) = config.feed_forward(layer);
        let shape = MlpShape { input: config.hidden_size, inner, output: config.hidden_size };
        let prefix = format!("model.layers.{layer}.mlp.");
        Ok(match routing {
            None => Self::Dense(Mlp::load(weights, &prefix, shape, products)?),
            Some(routing) => {
                Self::Experts(Experts::load(weights, &prefix, shape, routing, products)?)
            }
        })
    }

    fn products(&self) -> Box<dyn Iterator<Item = &Linear> + '_> {
        match self {
            Self::Dense(mlp) => Box::new(mlp.products()),
            Self::Experts(experts) => Box::new(experts.products()),
        }
    }

    /// `x` is (.., D).
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(mlp) => mlp.forward(x),
            Self::Experts(experts) => experts.forward(x),
        }
    }
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
