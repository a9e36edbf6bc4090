//! `config.json`, read and written in each family's own words. Everything else speaks of the one
//! [`ModelConfig`].

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::config::{Attention, ModelConfig, Routing};
use super::family::Family;

/// What `config.json` calls [`Attention::CausalPrefix`].
const CAUSAL_PREFIX: &str = "causal_prefix";
/// What it calls [`Attention::BlockCausal`]; how long its blocks are, another field says.
const BLOCK_CAUSAL: &str = "block_causal";
/// Positions of a block where an SDAR does not say it (its own generation code).
const SDAR_BLOCK: usize = 4;
/// Positions of a block where a Fast-dLLM v2 does not say it (its model card).
const FAST_DLLM_BLOCK: usize = 32;

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
             qwen3_moe, a2d-qwen2, a2d-qwen3, sdar, sdar_moe, Fast_dLLM_Qwen, llama"
        )
    })?;
    // The authors' own files call both so.
    let has_experts = fields.get("num_experts").is_some_and(|experts| !experts.is_null());
    let family = if family == Family::Llada && has_experts { Family::LladaMoe } else { family };
    let usual = match model_type.to_ascii_lowercase().as_str() {
        "sdar" | "sdar_moe" => Some(Attention::BlockCausal(SDAR_BLOCK)),
        "fast_dllm_qwen" => Some(Attention::BlockCausal(FAST_DLLM_BLOCK)),
        _ => None,
    };
    // A row of Fast-dLLM v2 scores the token behind it.
    let shifts = family == Family::Qwen2 && usual.is_some();
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
        Family::Llada => llada_words(config),
        _ => qwen_words(config),
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

fn qwen_words(config: &ModelConfig) -> Value {
    let mut objectives = vec!["diffusion"];
    if config.trained_on_next_token {
        objectives.push("next_token");
    }
    let mut noise = vec!["mask"];
    if config.trained_on_uniform_noise {
        noise.push("uniform");
    }
    json!({
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "moe_intermediate_size": config.routing.map(|_| config.intermediate_size),
        "num_experts": config.routing.map(|routing| routing.experts),
        "num_experts_per_tok": config.routing.map(|routing| routing.chosen),
        "norm_topk_prob": config.routing.map(|routing| routing.normalised),
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "attention_bias": config.qkv_bias,
        "tie_word_embeddings": config.tied_head,
        "max_position_embeddings": config.max_positions,
        "bos_token_id": config.bos_id,
        "remask": {
            "objectives": objectives,
            "noise": noise,
            "shift_logits": config.shift_logits,
            "starts_with_bos": config.bos_id.is_some(),
            "attention": match config.attention {
                Attention::Bidirectional => "bidirectional",
                Attention::CausalPrefix => CAUSAL_PREFIX,
                Attention::BlockCausal(_) => BLOCK_CAUSAL,
            },
            "block_length": match config.attention {
                Attention::BlockCausal(length) => Some(length),
                _ => None,
            },
            "draft_head": config.draft_head,
            "tokens_seen": config.tokens_seen,
            "task": config.task,
        },
    })
}

fn llada_words(config: &ModelConfig) -> Value {
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
    intermediate_size: Option<usize>,
    #[serde(flatten)]
    experts: ExpertFields,
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
    tie_word_embeddings: Option<bool>,
    hidden_act: Option<String>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    mask_token_id: Option<u32>,
    /// SDAR's word for the positions of a block.
    block_size: Option<usize>,
    /// Fast-dLLM v2's.
    bd_size: Option<usize>,
    #[serde(default)]
    remask: RemaskFields,
}

/// What configs say of experts: LLaDA-MoE's words, and Qwen3-MoE's.
#[derive(Deserialize)]
struct ExpertFields {
    num_experts: Option<usize>,
    num_experts_per_tok: Option<usize>,
    norm_topk_prob: Option<bool>,
    expert_intermediate_size: Option<usize>,
    moe_intermediate_size: Option<usize>,
    shared_expert_intermediate_size: Option<i64>,
    routed_scaling_factor: Option<f64>,
    score_function: Option<String>,
    router_num_group: Option<usize>,
    partial_rotary_factor: Option<f64>,
    decoder_sparse_step: Option<usize>,
    mlp_only_layers: Option<Vec<usize>>,
    moe_layer_freq: Option<Value>,
}

impl ExpertFields {
    /// How a position finds its experts, and the width inside each; nothing where there are none.
    fn routing(&self, family: Family) -> Result<Option<(Routing, usize)>, String> {
        let sparse = matches!(family, Family::LladaMoe | Family::Qwen3Moe);
        let Some(experts) = self.num_experts.filter(|_| sparse) else {
            return match sparse {
                true => Err("config.json has no num_experts".into()),
                false => Ok(None),
            };
        };
        let every_layer = match &self.moe_layer_freq {
            Some(Value::Array(all)) => all.iter().all(|one| one.as_u64() == Some(1)),
            Some(Value::Number(one)) => one.as_u64() == Some(1),
            _ => true,
        };
        refuse(&[
            (
                self.shared_expert_intermediate_size.is_some_and(|width| width > 0),
                "a shared expert",
            ),
            (self.routed_scaling_factor.is_some_and(|by| by != 1.0), "routed_scaling_factor"),
            (
                self.score_function.as_deref().is_some_and(|by| by != "softmax"),
                "score_function other than softmax",
            ),
            (self.router_num_group.is_some_and(|groups| groups > 1), "router_num_group"),
            (self.partial_rotary_factor.is_some_and(|share| share != 1.0), "partial_rotary_factor"),
            (self.decoder_sparse_step.is_some_and(|step| step != 1), "decoder_sparse_step"),
            (self.mlp_only_layers.as_ref().is_some_and(|all| !all.is_empty()), "mlp_only_layers"),
            (!every_layer, "moe_layer_freq"),
        ])?;
        let chosen = self.num_experts_per_tok.ok_or("config.json has no num_experts_per_tok")?;
        let inner = self.expert_intermediate_size.or(self.moe_intermediate_size);
        let inner = inner.ok_or("config.json does not say how wide an expert is: it has neither expert_intermediate_size nor moe_intermediate_size")?;
        // LLaDA-MoE's own code does not sum them to one, whatever its file says.
        let normalised = family == Family::Qwen3Moe && self.norm_topk_prob == Some(true);
        Ok(Some((Routing { experts, chosen, normalised }, inner)))
    }
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
    block_length: Option<usize>,
    draft_head: Option<usize>,
    tokens_seen: Option<u64>,
    task: Option<String>,
}

impl RemaskFields {
    /// What it says of attention; nothing where it says nothing.
    fn attention(&self) -> Result<Option<Attention>, String> {
        match (self.attention.as_deref(), self.block_length) {
            (None, None) => Ok(None),
            (Some("bidirectional"), None) => Ok(Some(Attention::Bidirectional)),
            (Some(CAUSAL_PREFIX), None) => Ok(Some(Attention::CausalPrefix)),
            (Some(BLOCK_CAUSAL), Some(length)) => Ok(Some(Attention::BlockCausal(length))),
            (Some(BLOCK_CAUSAL), None) => Err(format!(
                "config.json sets remask.attention to \"{BLOCK_CAUSAL}\", and not how many positions a block has: set \
                 remask.block_length"
            )),
            (None | Some("bidirectional" | CAUSAL_PREFIX), Some(length)) => Err(format!(
                "config.json sets remask.block_length to {length}; only \"{BLOCK_CAUSAL}\" for remask.attention has \
                 blocks"
            )),
            (Some(other), _) => Err(format!(
                "config.json sets remask.attention to {other:?}; it takes \"bidirectional\", \
                 \"{CAUSAL_PREFIX}\" or \"{BLOCK_CAUSAL}\""
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "it takes a token id, or a list of them")]
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
    /// `usual` is the attention of its model type, where that is not LLaDA's.
    fn config(
        self,
        family: Family,
        usual: Option<Attention>,
    ) -> Result<(ModelConfig, Stated), String> {
        let stated = Stated { qkv_bias: self.attention_bias, tied_head: self.tie_word_embeddings };
        refuse(&[
            (self.rope_scaling.is_some_and(|scaling| !scaling.is_null()), "rope_scaling"),
            (self.use_sliding_window, "use_sliding_window"),
            (self.hidden_act.is_some_and(|act| act != "silu"), "hidden_act other than silu"),
        ])?;
        let routed = self.experts.routing(family)?;
        let inner = routed.map(|(_, inner)| inner).or(self.intermediate_size);
        let blocks = self.block_size.or(self.bd_size).filter(|_| usual.is_some());
        let usual = blocks.map(Attention::BlockCausal).or(usual).unwrap_or_default();
        let names = |list: &[String], name: &str| list.iter().any(|item| item == name);
        let config = ModelConfig {
            family,
            hidden_size: self.hidden_size,
            intermediate_size: inner.ok_or("config.json has no intermediate_size")?,
            routing: routed.map(|(routing, _)| routing),
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim: self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1)),
            vocab_size: self.vocab_size,
            max_positions: self.max_position_embeddings,
            norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
            tied_head: self.tie_word_embeddings.unwrap_or(false),
            qk_norm: matches!(family, Family::Qwen3 | Family::Qwen3Moe | Family::LladaMoe),
            qkv_bias: self
                .attention_bias
                .unwrap_or(matches!(family, Family::Qwen2 | Family::Dream)),
            mask_id: self.mask_token_id,
            eos_ids: ids(self.eos_token_id),
            bos_id: self.bos_token_id.filter(|_| self.remask.starts_with_bos),
            shift_logits: self.remask.shift_logits || family == Family::Dream,
            trained_on_uniform_noise: names(&self.remask.noise, "uniform"),
            // What has no mask token can have been trained on nothing else.
            trained_on_next_token: names(&self.remask.objectives, "next_token")
                || self.mask_token_id.is_none(),
            attention: self.remask.attention()?.unwrap_or(usual),
            draft_head: self.remask.draft_head,
            tokens_seen: self.remask.tokens_seen,
            task: self.remask.task,
        };
        Ok((config, stated))
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
    fn config(self) -> Result<(ModelConfig, Stated), String> {
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
            head_dim: self.d_model / self.n_heads.max(1),
            vocab_size: self.embedding_size.unwrap_or(self.vocab_size),
            max_positions: self.max_sequence_length,
            norm_eps: self.rms_norm_eps,
            rope_theta: self.rope_theta,
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
