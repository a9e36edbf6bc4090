//! Models whose feed-forward parts are many experts, in the words of LLaDA-MoE and of Qwen3-MoE.

use std::collections::HashMap;
use std::fs;

use candle_core::{Device, Tensor, safetensors};
use remask::model::{Backbone, LanguageModel, ModelConfig, Routing};
use tempfile::TempDir;

use crate::support::{fixture, ids, json, max_difference, npy, threads};

const EXPERTS: usize = 6;
const CHOSEN: usize = 2;

/// qwen3-tiny, each of whose feed-forward parts stands there `EXPERTS` times, the results of each times `scale`, behind a
/// router to which all are alike.
fn split_up(words: serde_json::Value, scale: f64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = fixture("qwen3-tiny");
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let mut config = json("qwen3-tiny/config.json");
    config.as_object_mut().unwrap().remove("intermediate_size");
    config.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let dense = safetensors::load(from.join("model.safetensors"), &Device::Cpu).unwrap();
    let mut sparse = HashMap::new();
    for (name, tensor) in dense {
        let Some((layer, part)) = name.split_once(".mlp.") else {
            sparse.insert(name, tensor);
            continue;
        };
        let tensor = if part.starts_with("down") { (tensor * scale).unwrap() } else { tensor };
        for expert in 0..EXPERTS {
            sparse.insert(format!("{layer}.mlp.experts.{expert}.{part}"), tensor.clone());
        }
        let router = Tensor::zeros((EXPERTS, 64), candle_core::DType::F32, &Device::Cpu).unwrap();
        sparse.insert(format!("{layer}.mlp.gate.weight"), router);
    }
    safetensors::save(&sparse, folder.path().join("model.safetensors")).unwrap();
    folder
}

fn words(model_type: &str) -> serde_json::Value {
    let width = match model_type {
        "qwen3_moe" => "moe_intermediate_size",
        _ => "expert_intermediate_size",
    };
    serde_json::json!({
        "model_type": model_type,
        width: 128,
        "num_experts": EXPERTS,
        "num_experts_per_tok": CHOSEN,
        "norm_topk_prob": model_type == "qwen3_moe",
    })
}

#[test]
fn experts_that_are_alike_are_the_network_that_they_are_copies_of() {
    let golden = json("qwen3-tiny/logits.json");
    // LLaDA-MoE's shares are those of a softmax over all experts: of equal ones each has a sixth, and two of them a third.
    let third = EXPERTS as f64 / CHOSEN as f64;
    for (model_type, scale) in [("llada", third), ("lladamoe", third), ("qwen3_moe", 1.0)] {
        let folder = split_up(words(model_type), scale);
        let model = LanguageModel::open(folder.path(), threads(2)).unwrap();
        let normalised = model_type == "qwen3_moe";
        let routing = Routing::softmax(EXPERTS, CHOSEN, normalised);
        assert_eq!(model.config().routing, Some(routing), "{model_type}");
        for case in golden["cases"].as_object().unwrap().values() {
            let (_, expected) = npy(&format!("qwen3-tiny/{}", case["file"].as_str().unwrap()));
            let ids = ids(&case["input_ids"]);
            let layout = remask::model::PassLayout::bidirectional(ids.len());
            let logits = model.raw_logits(&ids, layout).unwrap().into_data();
            let apart = max_difference(&logits, &expected);
            assert!(apart < 1e-3, "{model_type}: {apart}");
        }
        // A position is multiplied with two experts of six.
        let dense = LanguageModel::open(&fixture("qwen3-tiny"), threads(2)).unwrap();
        let (sparse, dense) = (model.weight_stats().weights, dense.weight_stats().weights);
        let (mlp, router, layers) = (3 * 128 * 64, EXPERTS * 64, model.config().layers);
        let more = layers * ((CHOSEN - 1) * mlp + router);
        assert_eq!(sparse, dense + more as u64);
    }
}

#[test]
fn what_is_said_of_experts_is_checked() {
    let config = |changes: serde_json::Value| {
        let mut config = json("qwen3-tiny/config.json");
        config.as_object_mut().unwrap().extend(words("lladamoe").as_object().unwrap().clone());
        config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        ModelConfig::from_json("m", config.to_string().as_bytes())
    };
    let read = config(serde_json::json!({})).unwrap();
    assert_eq!(ModelConfig::from_json("m", read.to_json().as_bytes()).unwrap(), read);
    for (changes, said) in [
        (serde_json::json!({ "num_experts_per_tok": 7 }), "num_experts_per_tok is 7 of 6"),
        (serde_json::json!({ "num_experts_per_tok": 0 }), "num_experts_per_tok is 0 of 6"),
        (serde_json::json!({ "num_experts": 1_000_000 }), "up to 65536 in all"),
        (
            serde_json::json!({ "num_experts": 4096, "num_hidden_layers": 9999 }),
            "in each of 9999 layers",
        ),
        (serde_json::json!({ "shared_expert_intermediate_size": 64 }), "a shared expert"),
        (serde_json::json!({ "n_shared_experts": 1 }), "a shared expert"),
        (serde_json::json!({ "scoring_func": "sigmoid" }), "score_function other than softmax"),
        (
            serde_json::json!({ "moe_router_enable_expert_bias": true }),
            "moe_router_enable_expert_bias",
        ),
        (serde_json::json!({ "n_group": 2 }), "router_num_group"),
        (serde_json::json!({ "first_k_dense_replace": 1 }), "first_k_dense_replace"),
        (serde_json::json!({ "moe_layer_freq": [0, 1] }), "moe_layer_freq"),
        (serde_json::json!({ "expert_intermediate_size": null }), "how wide an expert is"),
    ] {
        let error = config(changes).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
