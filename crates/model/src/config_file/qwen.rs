//! `config.json` in the words of Qwen2, Qwen3, LLaMA and Dream, and of those that were made of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::experts::ExpertFields;
use super::rope::RopeFields;
use super::{OneOrMany, Stated, ids, refuse};
use crate::config::{Attention, ModelConfig};
use crate::family::Family;

/// What `config.json` calls [`Attention::CausalPrefix`].
const CAUSAL_PREFIX: &str = "causal_prefix";
/// What it calls [`Attention::BlockCausal`]; how long its blocks are, another field says.
const BLOCK_CAUSAL: &str = "block_causal";

/// `config` as such a file has it, and what remask adds to it.
pub(super) fn words(config: &ModelConfig) -> Value {
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

#[derive(Deserialize)]
pub(super) struct QwenFields {
    hidden_size: usize,
    #[serde(flatten)]
    experts: ExpertFields,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    vocab_size: usize,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    #[serde(flatten)]
    rope: RopeFields,
    attention_bias: Option<bool>,
    use_qkv_bias: Option<bool>,
    #[serde(default)]
    use_bias: bool,
    use_sliding_window: Option<bool>,
    sliding_window: Option<usize>,
    use_qk_norm: Option<bool>,
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

impl QwenFields {
    /// `usual` is the attention of its model type, where that is not LLaDA's.
    pub fn config(
        self,
        family: Family,
        usual: Option<Attention>,
    ) -> Result<(ModelConfig, Stated), String> {
        let qkv_bias = self.attention_bias.or(self.use_qkv_bias);
        let stated = Stated { qkv_bias, tied_head: self.tie_word_embeddings };
        refuse(&[
            (self.use_bias, "use_bias"),
            (self.use_qk_norm == Some(false) && family == Family::Llada2, "use_qk_norm to false"),
            (self.hidden_act.is_some_and(|act| act != "silu"), "hidden_act other than silu"),
        ])?;
        let routed = self.experts.routing(family)?;
        let inner = routed.map(|(_, inner)| inner).or(self.experts.dense_width());
        let head_dim = self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1));
        let rope = self.rope.read(head_dim, self.max_position_embeddings)?;
        let blocks = self.block_size.or(self.bd_size).filter(|_| usual.is_some());
        let usual = blocks.map(Attention::BlockCausal).or(usual).unwrap_or_default();
        let attention = self.remask.attention()?.unwrap_or(usual);
        // Qwen names a window, and uses it where it says so alone.
        let windowed = self.use_sliding_window.unwrap_or(family == Family::Llama);
        let window = self.sliding_window.filter(|_| windowed);
        let in_blocks = matches!(attention, Attention::BlockCausal(_));
        let names = |list: &[String], name: &str| list.iter().any(|item| item == name);
        let config = ModelConfig {
            family,
            hidden_size: self.hidden_size,
            intermediate_size: inner.ok_or("config.json has no intermediate_size")?,
            routing: routed.map(|(routing, _)| routing),
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim,
            vocab_size: self.vocab_size,
            // What a window would leave out begins behind it: up to there nothing changes.
            max_positions: window.map_or(self.max_position_embeddings, |window| {
                window.min(self.max_position_embeddings)
            }),
            norm_eps: self.rms_norm_eps,
            rope_theta: rope.theta,
            rotary_dim: rope.turned,
            rope_scaling: rope.scaling,
            tied_head: self.tie_word_embeddings.unwrap_or(false),
            qk_norm: matches!(
                family,
                Family::Qwen3 | Family::Qwen3Moe | Family::LladaMoe | Family::Llada2
            ),
            qkv_bias: qkv_bias.unwrap_or(matches!(family, Family::Qwen2 | Family::Dream)),
            mask_id: self.mask_token_id,
            eos_ids: ids(self.eos_token_id),
            bos_id: self.bos_token_id.filter(|_| self.remask.starts_with_bos),
            shift_logits: self.remask.shift_logits || family == Family::Dream,
            trained_on_uniform_noise: names(&self.remask.noise, "uniform"),
            // What has no mask token can have been trained on nothing else.
            trained_on_next_token: names(&self.remask.objectives, "next_token")
                || (self.mask_token_id.is_none() && !in_blocks),
            attention,
            draft_head: self.remask.draft_head,
            tokens_seen: self.remask.tokens_seen,
            task: self.remask.task,
        };
        Ok((config, stated))
    }
}
