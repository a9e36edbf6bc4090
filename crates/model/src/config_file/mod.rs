//! `config.json`, read and written in each family's own words. Everything else speaks of the one
//! [`ModelConfig`].

mod experts;
mod llada;
mod qwen;
mod rope;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::llada::LladaFields;
use self::qwen::QwenFields;
use super::config::{Attention, ModelConfig};
use super::family::{Family, RND1};

/// Positions of a block where an SDAR does not say it (its own generation code).
const SDAR_BLOCK: usize = 4;
/// Positions of a block where a Fast-dLLM v2 does not say it (its model card).
const FAST_DLLM_BLOCK: usize = 32;
/// Positions of a block of LLaDA2, whose files do not say it (its model card).
const LLADA2_BLOCK: usize = 32;

/// What `config.json` says in so many words of tensors that a layer or a model has or has not. What it leaves
/// out, the tensors themselves tell.
pub(super) struct Stated {
    qkv_bias: Option<bool>,
    tied_head: Option<bool>,
}

impl Stated {
    /// Fills into `config` what was not stated; `holds` tells whether there is a tensor, by Qwen's name for it.
    pub fn complete(&self, config: &mut ModelConfig, holds: impl Fn(&str) -> bool) {
        config.qkv_bias =
            self.qkv_bias.unwrap_or_else(|| holds("model.layers.0.self_attn.q_proj.bias"));
        config.tied_head = self.tied_head.unwrap_or_else(|| !holds("lm_head.weight"));
        // No family's config says it.
        config.qk_norm = holds("model.layers.0.self_attn.q_norm.weight");
    }
}

/// Reads `config.json`; says what is missing or not understood. What is not stated is as the family usually
/// has it.
pub(super) fn read(json: &[u8]) -> Result<(ModelConfig, Stated), String> {
    let fields: Map<String, Value> =
        serde_json::from_slice(json).map_err(|e| format!("config.json: {e}"))?;
    let model_type = fields.get("model_type").and_then(Value::as_str);
    let model_type = model_type.ok_or("config.json has no model_type")?;
    let family = Family::of(model_type).ok_or_else(|| {
        format!(
            "model_type {model_type:?} is not supported yet; supported: llada, lladamoe, Dream, qwen2, qwen3, \
             qwen3_moe, a2d-qwen2, a2d-qwen3, sdar, sdar_moe, Fast_dLLM_Qwen, llada2_moe, rnd1, llama, mistral, phi3"
        )
    })?;
    // The authors' own files call both so.
    let has_experts = fields.get("num_experts").is_some_and(|experts| !experts.is_null());
    let family = if family == Family::Llada && has_experts { Family::LladaMoe } else { family };
    let is_rnd1 = model_type.eq_ignore_ascii_case(RND1);
    let usual = match model_type.to_ascii_lowercase().as_str() {
        "sdar" | "sdar_moe" => Some(Attention::BlockCausal(SDAR_BLOCK)),
        "llada2_moe" => Some(Attention::BlockCausal(LLADA2_BLOCK)),
        "fast_dllm_qwen" => Some(Attention::BlockCausal(FAST_DLLM_BLOCK)),
        _ => None,
    };
    // A row of Fast-dLLM v2 scores the token behind it, and so does one of RND1.
    let shifts = (family == Family::Qwen2 && usual.is_some()) || is_rnd1;
    let fields = Value::Object(fields);
    let (config, stated) = match family {
        Family::Llada => parse::<LladaFields>(fields)?.config()?,
        _ => parse::<QwenFields>(fields)?.config(family, usual)?,
    };
    Ok((ModelConfig { shift_logits: config.shift_logits || shifts, ..config }, stated))
}

/// `config.json` in the words of the family, as [`read`] reads it. What they have no word for is left out: the
/// training of a LLaDA.
pub(super) fn write(config: &ModelConfig) -> Value {
    let (model_type, class) = config.family.model_type();
    let mut fields = match config.family {
        Family::Llada => llada::words(config),
        _ => qwen::words(config),
    };
    fields["architectures"] = json!([class]);
    fields["model_type"] = model_type.into();
    fields["rms_norm_eps"] = config.norm_eps.into();
    fields["rope_theta"] = config.rope_theta.into();
    fields["vocab_size"] = config.vocab_size.into();
    fields["eos_token_id"] = json!(config.eos_ids);
    fields["pad_token_id"] = json!(config.eos_ids.first());
    fields["mask_token_id"] = json!(config.mask_id);
    fields
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
#[serde(untagged, expecting = "it takes a token id, or a list of them")]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

fn ids(ids: Option<OneOrMany>) -> Vec<u32> {
    match ids {
        None => Vec::new(),
        Some(OneOrMany::One(id)) => vec![id],
        Some(OneOrMany::Many(ids)) => ids,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_cannot_run() {
        let llada = serde_json::json!({
            "model_type": "llada", "d_model": 64, "n_layers": 2, "n_heads": 4, "vocab_size": 512,
            "max_sequence_length": 512, "rms_norm_eps": 1e-5, "mask_token_id": 510
        });
        assert_eq!(read(llada.to_string().as_bytes()).unwrap().0.intermediate_size, 256);
        for (field, value) in [
            ("alibi", Value::from(true)),
            ("block_type", Value::from("sequential")),
            ("include_bias", Value::from(true)),
        ] {
            let mut other = llada.clone();
            other[field] = value;
            let error = read(other.to_string().as_bytes()).err().unwrap();
            assert!(error.contains(field), "{error}");
        }
        assert!(read(b"{}").err().unwrap().contains("model_type"));
        assert!(read(br#"{"model_type": "mamba"}"#).err().unwrap().contains("\"mamba\""));
        assert!(read(br#"{"model_type": "Dream"}"#).err().unwrap().contains("hidden_size"));
    }

    #[test]
    fn every_family_is_written_in_its_own_words() {
        let ours = ModelConfig::for_training(32, 2, 2, 300).unwrap();
        let qwen2 =
            ModelConfig { family: Family::Qwen2, qk_norm: false, qkv_bias: true, ..ours.clone() };
        let dream =
            ModelConfig { family: Family::Dream, trained_on_next_token: false, ..qwen2.clone() };
        let llada = ModelConfig {
            family: Family::Llada,
            kv_heads: 1,
            bos_id: None,
            shift_logits: false,
            trained_on_uniform_noise: false,
            trained_on_next_token: false,
            attention: Attention::Bidirectional,
            draft_head: None,
            ..qwen2.clone()
        };
        for config in [ours, qwen2, dream, llada] {
            let written = write(&config).to_string();
            let (model_type, _) = config.family.model_type();
            assert!(written.contains(&format!("\"model_type\":\"{model_type}\"")), "{written}");
            assert_eq!(read(written.as_bytes()).unwrap().0, config);
        }
    }
}
