//! Which tensors a checkpoint must hold, and of what shape: told from its configuration alone, so that a
//! checkpoint can be checked without reading it.

use std::collections::HashSet;

use super::config::ModelConfig;
use super::draft_head;
use super::experts;
use super::weights::StoredWeights;
use remask_base::{Error, Result};

/// Name, as Qwen would call it, and shape of every tensor that a model of `config` loads.
pub fn expected(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    let width = config.hidden_size;
    let (queries, keys) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
    let table = vec![config.vocab_size, width];
    let mut all = vec![("model.embed_tokens.weight".to_owned(), table.clone())];
    if !config.tied_head {
        all.push(("lm_head.weight".to_owned(), table));
    }
    for layer in 0..config.layers {
        let mut add = |name: &str, shape: &[usize]| {
            all.push((format!("model.layers.{layer}.{name}"), shape.to_vec()));
        };
        add("input_layernorm.weight", &[width]);
        for (name, rows) in [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)] {
            add(&format!("self_attn.{name}.weight"), &[rows, width]);
            if config.qkv_bias {
                add(&format!("self_attn.{name}.bias"), &[rows]);
            }
        }
        if config.qk_norm {
            add("self_attn.q_norm.weight", &[config.head_dim]);
            add("self_attn.k_norm.weight", &[config.head_dim]);
        }
        add("self_attn.o_proj.weight", &[width, queries]);
        add("post_attention_layernorm.weight", &[width]);
        let mut add_mlp = |prefix: &str, inner: usize| {
            add(&format!("{prefix}gate_proj.weight"), &[inner, width]);
            add(&format!("{prefix}up_proj.weight"), &[inner, width]);
            add(&format!("{prefix}down_proj.weight"), &[width, inner]);
        };
        let (inner, routing) = config.feed_forward(layer);
        let Some(routing) = routing else {
            add_mlp("mlp.", inner);
            continue;
        };
        (0..routing.experts).for_each(|expert| add_mlp(&format!("mlp.experts.{expert}."), inner));
        if routing.shared > 0 {
            add_mlp(&format!("mlp.{}", experts::SHARED), routing.shared);
        }
        add("mlp.gate.weight", &[routing.experts, width]);
        if routing.biased {
            add(&format!("mlp.{}", experts::BIAS), &[routing.experts]);
        }
    }
    all.push(("model.norm.weight".to_owned(), vec![width]));
    if let Some(inner) = config.draft_head {
        let wide = vec![inner, (1 + draft_head::PREVIOUS) * width];
        for (name, shape) in [
            ("embedding_norm", vec![width]),
            ("gate_proj", wide.clone()),
            ("up_proj", wide),
            ("down_proj", vec![width, inner]),
            ("norm", vec![width]),
        ] {
            all.push((format!("{}{name}.weight", draft_head::PREFIX), shape));
        }
    }
    all
}

/// Whether `weights` hold what `config` asks for, and no bias beside it; told from their header.
///
/// # Errors
/// Names the first tensor that is missing, has another shape, is of a type that is not read, or would be left
/// out of the forward pass.
pub fn check(name: &str, config: &ModelConfig, weights: &dyn StoredWeights) -> Result<()> {
    let fail = |reason| Error::Model { name: name.to_owned(), reason };
    let expected = expected(config);
    for (tensor, shape) in &expected {
        weights.check(tensor, shape).map_err(fail)?;
    }
    const UNREAD: [&str; 5] = [
        "mlp.gate.expert_bias",
        "mlp.gate.e_score_correction_bias",
        "mlp.shared_expert.gate_proj.weight",
        "mlp.shared_experts.gate_proj.weight",
        "mlp.shared_expert_gate.weight",
    ];
    let unread = UNREAD.map(|name| format!("model.layers.{}.{name}", config.layers - 1));
    let unasked = |name: &&String| !expected.iter().any(|(tensor, _)| tensor == *name);
    if let Some(name) = unread.iter().filter(unasked).find(|name| weights.holds(name)) {
        return Err(fail(format!("its weights hold {name}, which the forward pass does not do")));
    }
    let names: HashSet<&str> = expected.iter().map(|(tensor, _)| tensor.as_str()).collect();
    let biases = names.iter().filter_map(|tensor| tensor.strip_suffix(".weight"));
    let mut biases = biases.map(|tensor| format!("{tensor}.bias"));
    match biases.find(|bias| !names.contains(bias.as_str()) && weights.holds(bias)) {
        Some(bias) => Err(fail(format!(
            "its weights hold {bias}, which its description denies or the forward pass does not add"
        ))),
        None => Ok(()),
    }
}
