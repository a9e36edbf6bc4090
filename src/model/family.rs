//! The families of checkpoints: `config.json` in each one's own words, and what its tensors are
//! called. Everything else speaks of the one [`ModelConfig`] and of Qwen's tensor names.
//!
//! LLaDA: arXiv 2502.09992. Dream: arXiv 2508.15487, the shape of Qwen2 (arXiv 2407.10671). Qwen3:
//! arXiv 2505.09388. A model of LLaDA's shape that was not trained by its authors loads all the same.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::{Attention, CAUSAL_PREFIX, ModelConfig};

/// A way of naming tensors and of filling layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// LLaDA's own names; no bias, no QK-norm.
    Llada,
    /// Qwen2's names and QKV bias; diffusion with shifted logits.
    Dream,
    /// QKV bias.
    Qwen2,
    /// QK-norm.
    Qwen3,
}

impl Family {
    /// What `model_type` calls it.
    fn of(model_type: &str) -> Option<Self> {
        match model_type.to_ascii_lowercase().as_str() {
            "llada" => Some(Self::Llada),
            "dream" => Some(Self::Dream),
            "qwen2" | "a2d-qwen2" => Some(Self::Qwen2),
            "qwen3" | "a2d-qwen3" => Some(Self::Qwen3),
            _ => None,
        }
    }

    /// What a reader calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llada => "LLaDA",
            Self::Dream => "Dream",
            Self::Qwen2 => "Qwen2",
            Self::Qwen3 => "Qwen3",
        }
    }

    /// What GGUF calls it; nothing where the rows of its files stand in an order that is not ours.
    pub fn gguf_architecture(self) -> Option<&'static str> {
        match self {
            Self::Llada => None,
            Self::Dream => Some("dream"),
            Self::Qwen2 => Some("qwen2"),
            Self::Qwen3 => Some("qwen3"),
        }
    }

    /// What this family calls the tensor that Qwen calls `name`.
    pub fn tensor_name(self, name: &str) -> String {
        if self != Self::Llada {
            return name.to_owned();
        }
        let outside = match name {
            "model.embed_tokens.weight" => Some("wte"),
            "model.norm.weight" => Some("ln_f"),
            "lm_head.weight" => Some("ff_out"),
            _ => None,
        };
        if let Some(outside) = outside {
            return format!("model.transformer.{outside}.weight");
        }
        const INSIDE: [(&str, &str); 9] = [
            ("input_layernorm", "attn_norm"),
            ("self_attn.q_proj", "q_proj"),
            ("self_attn.k_proj", "k_proj"),
            ("self_attn.v_proj", "v_proj"),
            ("self_attn.o_proj", "attn_out"),
            ("post_attention_layernorm", "ff_norm"),
            ("mlp.gate_proj", "ff_proj"),
            ("mlp.up_proj", "up_proj"),
            ("mlp.down_proj", "ff_out"),
        ];
        let renamed = name.replacen("model.layers.", "model.transformer.blocks.", 1);
        let pair = INSIDE.iter().find(|(theirs, _)| name.contains(theirs));
        pair.map_or_else(|| renamed.clone(), |(theirs, ours)| renamed.replace(theirs, ours))
    }
}

/// Reads `config.json`; says what is missing or not understood.
pub(super) fn read(json: &[u8]) -> Result<ModelConfig, String> {
    let fields: Map<String, Value> =
        serde_json::from_slice(json).map_err(|e| format!("config.json: {e}"))?;
    let model_type = fields.get("model_type").and_then(Value::as_str);
    let model_type = model_type.ok_or("config.json has no model_type")?;
    let family = Family::of(model_type).ok_or_else(|| {
        format!(
            "model_type {model_type:?} is not supported yet; supported: llada, Dream, qwen2, qwen3, \
             a2d-qwen2, a2d-qwen3"
        )
    })?;
    let fields = Value::Object(fields);
    match family {
        Family::Llada => parse::<LladaFields>(fields)?.config(),
        _ => parse::<QwenFields>(fields)?.config(family),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(fields: Value) -> Result<T, String> {
    serde_json::from_value(fields).map_err(|e| format!("config.json: {e}"))
}

/// Refuses the first setting that the forward pass does not do.
fn refuse(settings: &[(bool, &str)]) -> Result<(), String> {
    match settings.iter().find(|(set, _)| *set) {
        Some((_, what)) => {
            Err(format!("config.json sets {what}, which the forward pass does not do"))
        }
        None => Ok(()),
    }
}

#[derive(Deserialize)]
struct QwenFields {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    vocab_size: usize,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    #[serde(default = "default_rope_theta")]
    rope_theta: f64,
    rope_scaling: Option<Value>,
    attention_bias: Option<bool>,
    #[serde(default)]
    use_sliding_window: bool,
    #[serde(default)]
    tie_word_embeddings: bool,
    hidden_act: Option<String>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    mask_token_id: Option<u32>,
    #[serde(default)]
    remask: RemaskFields,
}

/// What remask's own checkpoints say of their training.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RemaskFields {
    objectives: Vec<String>,
    noise: Vec<String>,
    shift_logits: bool,
    starts_with_bos: bool,
    attention: Option<String>,
    draft_head: Option<usize>,
    tokens_seen: Option<u64>,
}

impl RemaskFields {
    fn attention(&self) -> Result<Attention, String> {
        match self.attention.as_deref() {
            None | Some("bidirectional") => Ok(Attention::Bidirectional),
            Some(CAUSAL_PREFIX) => Ok(Attention::CausalPrefix),
            Some(other) => Err(format!(
                "config.json sets remask.attention to {other:?}; it takes \"bidirectional\" or \
                 \"{CAUSAL_PREFIX}\""
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

fn default_rope_theta() -> f64 {
    10_000.0
}

fn ids(ids: Option<OneOrMany>) -> Vec<u32> {
    match ids {
        None => Vec::new(),
        Some(OneOrMany::One(id)) => vec![id],
        Some(OneOrMany::Many(ids)) => ids,
    }
}

impl QwenFields {
    fn config(self, family: Family) -> Result<ModelConfig, String> {
        let bias = family != Family::Qwen3;
        refuse(&[
            (self.rope_scaling.is_some_and(|scaling| !scaling.is_null()), "rope_scaling"),
            (self.attention_bias.is_some_and(|set| set != bias), "attention_bias"),
            (self.use_sliding_window, "use_sliding_window"),
            (self.hidden_act.is_some_and(|act| act != "silu"), "hidden_act other than silu"),
        ])?;
        let names = |list: &[String], name: &str| list.iter().any(|item| item == name);
        Ok(ModelConfig {
            family,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim: self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1)),
            vocab_size: self.vocab_size,
            max_positions: self.max_position_embeddings,
            norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
            tied_head: self.tie_word_embeddings,
            qk_norm: family == Family::Qwen3,
            qkv_bias: bias,
            mask_id: self.mask_token_id,
            eos_ids: ids(self.eos_token_id),
            bos_id: self.bos_token_id.filter(|_| self.remask.starts_with_bos),
            shift_logits: self.remask.shift_logits || family == Family::Dream,
            trained_on_uniform_noise: names(&self.remask.noise, "uniform"),
            // What has no mask token can have been trained on nothing else.
            trained_on_next_token: names(&self.remask.objectives, "next_token")
                || self.mask_token_id.is_none(),
            attention: self.remask.attention()?,
            draft_head: self.remask.draft_head,
            tokens_seen: self.remask.tokens_seen,
        })
    }
}

#[derive(Deserialize)]
struct LladaFields {
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
    #[serde(default = "default_rope_theta")]
    rope_theta: f64,
    #[serde(default)]
    weight_tying: bool,
    #[serde(default)]
    include_bias: bool,
    #[serde(default)]
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
    fn config(self) -> Result<ModelConfig, String> {
        let other = |field: Option<String>, known: &str| field.is_some_and(|value| value != known);
        refuse(&[
            (self.alibi, "alibi"),
            (self.include_bias, "include_bias"),
            (self.include_qkv_bias == Some(true), "include_qkv_bias"),
            (self.scale_logits, "scale_logits"),
            (self.input_emb_norm, "input_emb_norm"),
            (self.attention_layer_norm, "attention_layer_norm"),
            (other(self.layer_norm_type, "rms"), "layer_norm_type other than rms"),
            (other(self.activation_type, "silu"), "activation_type other than silu"),
            (other(self.block_type, "llama"), "block_type other than llama"),
        ])?;
        Ok(ModelConfig {
            family: Family::Llada,
            hidden_size: self.d_model,
            intermediate_size: self
                .mlp_hidden_size
                .unwrap_or(self.mlp_ratio.unwrap_or(4) * self.d_model),
            layers: self.n_layers,
            heads: self.n_heads,
            kv_heads: self.n_kv_heads.unwrap_or(self.n_heads),
            head_dim: self.d_model / self.n_heads.max(1),
            vocab_size: self.embedding_size.unwrap_or(self.vocab_size),
            max_positions: self.max_sequence_length,
            norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
            tied_head: self.weight_tying,
            qk_norm: false,
            qkv_bias: false,
            mask_id: self.mask_token_id,
            eos_ids: ids(self.eos_token_id),
            bos_id: None,
            shift_logits: false,
            trained_on_uniform_noise: false,
            trained_on_next_token: false,
            attention: Attention::Bidirectional,
            draft_head: None,
            tokens_seen: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llada_has_names_of_its_own() {
        for (theirs, ours) in [
            ("model.embed_tokens.weight", "model.transformer.wte.weight"),
            ("lm_head.weight", "model.transformer.ff_out.weight"),
            ("model.layers.3.mlp.down_proj.weight", "model.transformer.blocks.3.ff_out.weight"),
            (
                "model.layers.12.self_attn.o_proj.weight",
                "model.transformer.blocks.12.attn_out.weight",
            ),
            (
                "model.layers.0.input_layernorm.weight",
                "model.transformer.blocks.0.attn_norm.weight",
            ),
        ] {
            assert_eq!(Family::Llada.tensor_name(theirs), ours);
            assert_eq!(Family::Dream.tensor_name(theirs), theirs);
        }
    }

    #[test]
    fn names_what_it_cannot_run() {
        let llada = serde_json::json!({
            "model_type": "llada", "d_model": 64, "n_layers": 2, "n_heads": 4, "vocab_size": 512,
            "max_sequence_length": 512, "rms_norm_eps": 1e-5, "mask_token_id": 510
        });
        assert_eq!(read(llada.to_string().as_bytes()).unwrap().intermediate_size, 256);
        for (field, value) in [
            ("alibi", Value::from(true)),
            ("block_type", Value::from("sequential")),
            ("include_qkv_bias", Value::from(true)),
        ] {
            let mut other = llada.clone();
            other[field] = value;
            let error = read(other.to_string().as_bytes()).unwrap_err();
            assert!(error.contains(field), "{error}");
        }
        assert!(read(b"{}").unwrap_err().contains("model_type"));
        assert!(read(br#"{"model_type": "mamba"}"#).unwrap_err().contains("\"mamba\""));
        assert!(read(br#"{"model_type": "Dream"}"#).unwrap_err().contains("hidden_size"));
    }
}
