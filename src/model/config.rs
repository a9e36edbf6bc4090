//! `config.json` of a Hugging Face folder, read into the one shape that the forward pass knows.

use serde::Deserialize;

use crate::{Error, Result};

/// Everything the forward pass and the sampler need to know about a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width inside the SwiGLU.
    pub intermediate_size: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of one head; not always `hidden_size / heads`.
    pub head_dim: usize,
    /// Rows of the embedding, padding included.
    pub vocab_size: usize,
    /// Longest sequence the checkpoint admits, in tokens.
    pub max_positions: usize,
    /// Epsilon of every RMSNorm.
    pub norm_eps: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Whether the head is the transposed embedding.
    pub tied_head: bool,
    /// The token that stands for "not written yet".
    pub mask_id: u32,
    /// Tokens that end a text. Instruct checkpoints pad with the first.
    pub eos_ids: Vec<u32>,
    /// Put in front of every prompt text, where the checkpoint was trained so.
    pub bos_id: Option<u32>,
    /// Row i of the logits scores token i + 1 (Dream, and remask's own models).
    pub shift_logits: bool,
    /// Whether random tokens as noise were part of the training.
    pub trained_on_uniform_noise: bool,
}

#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
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
    rope_scaling: Option<serde_json::Value>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    use_sliding_window: bool,
    #[serde(default)]
    tie_word_embeddings: bool,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    mask_token_id: Option<u32>,
    #[serde(default)]
    remask: RemaskSection,
}

/// What remask's own checkpoints say of their training.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RemaskSection {
    noise: Vec<String>,
    shift_logits: bool,
    starts_with_bos: bool,
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

impl ModelConfig {
    /// Reads `config.json`. `name` is what errors call the checkpoint.
    ///
    /// # Errors
    /// When the JSON is not a configuration, or describes something the forward pass does not do.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self> {
        let fail = |reason: String| Error::Model { name: name.to_owned(), reason };
        let raw: RawConfig =
            serde_json::from_slice(json).map_err(|e| fail(format!("config.json: {e}")))?;
        if !matches!(raw.model_type.as_str(), "qwen3" | "a2d-qwen3") {
            return Err(fail(format!(
                "model_type {:?} is not supported yet; supported: qwen3, a2d-qwen3",
                raw.model_type
            )));
        }
        let unsupported = [
            (raw.rope_scaling.is_some(), "rope_scaling"),
            (raw.attention_bias, "attention_bias"),
            (raw.use_sliding_window, "use_sliding_window"),
        ];
        if let Some((_, what)) = unsupported.iter().find(|(set, _)| *set) {
            return Err(fail(format!(
                "config.json sets {what}, which the forward pass does not do"
            )));
        }
        let mask_id = raw.mask_token_id.ok_or_else(|| {
            fail("config.json has no mask_token_id, so there is nothing to denoise from".into())
        })?;
        let eos_ids = match raw.eos_token_id {
            None => Vec::new(),
            Some(OneOrMany::One(id)) => vec![id],
            Some(OneOrMany::Many(ids)) => ids,
        };
        let config = Self {
            hidden_size: raw.hidden_size,
            intermediate_size: raw.intermediate_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            kv_heads: raw.num_key_value_heads.unwrap_or(raw.num_attention_heads),
            head_dim: raw.head_dim.unwrap_or(raw.hidden_size / raw.num_attention_heads.max(1)),
            vocab_size: raw.vocab_size,
            max_positions: raw.max_position_embeddings,
            norm_eps: raw.rms_norm_eps,
            rope_theta: raw.rope_theta,
            tied_head: raw.tie_word_embeddings,
            mask_id,
            eos_ids,
            bos_id: raw.bos_token_id.filter(|_| raw.remask.starts_with_bos),
            shift_logits: raw.remask.shift_logits,
            trained_on_uniform_noise: raw.remask.noise.iter().any(|n| n == "uniform"),
        };
        config.check().map_err(fail)?;
        Ok(config)
    }

    /// A configuration for training: this width, these layers and heads, a vocabulary whose first
    /// two ids are the end and the mask token.
    ///
    /// # Errors
    /// When heads do not divide the width evenly into even parts.
    pub fn for_training(hidden: usize, layers: usize, heads: usize, vocab: usize) -> Result<Self> {
        if heads == 0 || !hidden.is_multiple_of(2 * heads) {
            return Err(Error::invalid(format!(
                "a width of {hidden} does not make {heads} heads of even width; choose a multiple of {}",
                2 * heads.max(1)
            )));
        }
        let config = Self {
            hidden_size: hidden,
            intermediate_size: 3 * hidden,
            layers,
            heads,
            kv_heads: heads,
            head_dim: hidden / heads.max(1),
            vocab_size: vocab,
            max_positions: 1024,
            norm_eps: 1e-6,
            rope_theta: default_rope_theta(),
            tied_head: true,
            mask_id: 1,
            eos_ids: vec![0],
            bos_id: Some(0),
            shift_logits: true,
            trained_on_uniform_noise: true,
        };
        config.check().map_err(Error::Invalid)?;
        Ok(config)
    }

    /// `config.json`, as [`ModelConfig::from_json`] reads it.
    pub fn to_json(&self) -> String {
        let json = serde_json::json!({
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "rms_norm_eps": self.norm_eps,
            "rope_theta": self.rope_theta,
            "attention_bias": false,
            "tie_word_embeddings": self.tied_head,
            "vocab_size": self.vocab_size,
            "max_position_embeddings": self.max_positions,
            "bos_token_id": self.bos_id,
            "eos_token_id": self.eos_ids,
            "pad_token_id": self.eos_ids.first(),
            "mask_token_id": self.mask_id,
            "torch_dtype": "float32",
            "remask": {
                "objectives": ["diffusion", "next_token"],
                "noise": if self.trained_on_uniform_noise { vec!["mask", "uniform"] } else { vec!["mask"] },
                "shift_logits": self.shift_logits,
                "starts_with_bos": self.bos_id.is_some(),
            },
        });
        format!("{json:#}\n")
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.heads == 0 || self.kv_heads == 0 || !self.heads.is_multiple_of(self.kv_heads) {
            return Err(format!(
                "{} attention heads cannot share {} key/value heads",
                self.heads, self.kv_heads
            ));
        }
        if self.head_dim == 0 || !self.head_dim.is_multiple_of(2) {
            return Err(format!(
                "head_dim is {}; rotary positions need an even width",
                self.head_dim
            ));
        }
        if self.mask_id as usize >= self.vocab_size {
            return Err(format!(
                "mask_token_id {} is outside the vocabulary of {}",
                self.mask_id, self.vocab_size
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORIES: &str = include_str!("../../assets/stories/config.json");

    #[test]
    fn reads_the_bundled_configuration() {
        let config = ModelConfig::from_json("stories", STORIES.as_bytes()).unwrap();
        assert_eq!((config.hidden_size, config.layers), (128, 6));
        assert_eq!((config.mask_id, config.bos_id), (1, Some(0)));
        assert!(config.shift_logits && config.tied_head && config.trained_on_uniform_noise);
    }

    #[test]
    fn what_is_written_is_read() {
        let config = ModelConfig::for_training(32, 2, 2, 300).unwrap();
        let json = config.to_json();
        assert_eq!(ModelConfig::from_json("m", json.as_bytes()).unwrap(), config);
        assert!(ModelConfig::for_training(32, 2, 0, 300).is_err());
    }

    #[test]
    fn names_what_it_cannot_run() {
        for (from, to, expected) in [
            ("\"qwen3\"", "\"mamba\"", "\"mamba\""),
            ("\"rope_scaling\": null", "\"rope_scaling\": {}", "rope_scaling"),
            ("\"mask_token_id\": 1", "\"mask_token_id\": 9999", "9999"),
            ("\"mask_token_id\": 1,", "", "mask_token_id"),
            ("\"head_dim\": 32", "\"head_dim\": 31", "31"),
            ("\"num_key_value_heads\": 4", "\"num_key_value_heads\": 3", "3"),
        ] {
            assert!(STORIES.contains(from), "{from}");
            let error = ModelConfig::from_json("m", STORIES.replace(from, to).as_bytes());
            let message = error.unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
