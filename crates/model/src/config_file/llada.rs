//! `config.json` in LLaDA's own words.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rope::RopeFields;
use super::{OneOrMany, Stated, ids, refuse};
use crate::config::{Attention, ModelConfig};
use crate::family::Family;

/// `config` as such a file has it.
pub(super) fn words(config: &ModelConfig) -> Value {
    json!({
        "d_model": config.hidden_size,
        "mlp_hidden_size": config.intermediate_size,
        "n_layers": config.layers,
        "n_heads": config.heads,
        "n_kv_heads": config.kv_heads,
        "embedding_size": config.vocab_size,
        "max_sequence_length": config.max_positions,
        "weight_tying": config.tied_head,
        "include_qkv_bias": config.qkv_bias,
        "layer_norm_type": "rms",
        "activation_type": "silu",
        "block_type": "llama",
    })
}

#[derive(Deserialize)]
pub(super) struct LladaFields {
    d_model: usize,
    n_layers: usize,
    n_heads: usize,
    n_kv_heads: Option<usize>,
    mlp_hidden_size: Option<usize>,
    mlp_ratio: Option<usize>,
    vocab_size: usize,
    embedding_size: Option<usize>,
    max_sequence_length: usize,
    rms_norm_eps: f64,
    #[serde(flatten)]
    rope: RopeFields,
    weight_tying: Option<bool>,
    #[serde(default)]
    include_bias: bool,
    include_qkv_bias: Option<bool>,
    #[serde(default)]
    alibi: bool,
    #[serde(default)]
    scale_logits: bool,
    #[serde(default)]
    input_emb_norm: bool,
    #[serde(default)]
    attention_layer_norm: bool,
    layer_norm_type: Option<String>,
    activation_type: Option<String>,
    block_type: Option<String>,
    eos_token_id: Option<OneOrMany>,
    mask_token_id: Option<u32>,
}

impl LladaFields {
    pub fn config(self) -> Result<(ModelConfig, Stated), String> {
        let stated = Stated { qkv_bias: self.include_qkv_bias, tied_head: self.weight_tying };
        let other = |field: Option<String>, known: &str| field.is_some_and(|value| value != known);
        refuse(&[
            (self.alibi, "alibi"),
            (self.include_bias, "include_bias"),
            (self.scale_logits, "scale_logits"),
            (self.input_emb_norm, "input_emb_norm"),
            (self.attention_layer_norm, "attention_layer_norm"),
            (other(self.layer_norm_type, "rms"), "layer_norm_type other than rms"),
            (other(self.activation_type, "silu"), "activation_type other than silu"),
            (other(self.block_type, "llama"), "block_type other than llama"),
        ])?;
        let head_dim = self.d_model / self.n_heads.max(1);
        let rope = self.rope.read(head_dim, self.max_sequence_length)?;
        let config = ModelConfig {
            family: Family::Llada,
            hidden_size: self.d_model,
            intermediate_size: self
                .mlp_hidden_size
                .unwrap_or(self.mlp_ratio.unwrap_or(4).saturating_mul(self.d_model)),
            routing: None,
            layers: self.n_layers,
            heads: self.n_heads,
            kv_heads: self.n_kv_heads.unwrap_or(self.n_heads),
            head_dim,
            vocab_size: self.embedding_size.unwrap_or(self.vocab_size),
            max_positions: self.max_sequence_length,
            norm_eps: self.rms_norm_eps,
            rope_theta: rope.theta,
            rotary_dim: rope.turned,
            rope_scaling: rope.scaling,
            tied_head: self.weight_tying.unwrap_or(false),
            qk_norm: false,
            qkv_bias: self.include_qkv_bias.unwrap_or(false),
            mask_id: self.mask_token_id,
            eos_ids: ids(self.eos_token_id),
            bos_id: None,
            shift_logits: false,
            trained_on_uniform_noise: false,
            trained_on_next_token: false,
            attention: Attention::Bidirectional,
            draft_head: None,
            tokens_seen: None,
            task: None,
        };
        Ok((config, stated))
    }
}
