//! LLaDA2: logits against PyTorch's of the same weights. Its architecture is that of GLM-4.5 (QK-norm, a part of each head
//! that turns, sigmoids of which groups are chosen first, a bias, a shared expert, a first layer without any), whose official
//! code (`Glm4MoeForCausalLM` of transformers 5.24) made the golden logits, under a mask of blocks and under none.

use std::collections::HashMap;
use std::fs;

use candle_core::{Device, Tensor, safetensors};
use remask::model::{Attention, Backbone, LanguageModel, PassLayout};

use crate::support::{fixture, ids, json, max_difference, npy, threads};

fn llada2() -> LanguageModel {
    LanguageModel::open(&fixture("llada2-tiny"), threads(2)).unwrap()
}

#[test]
fn logits_are_those_of_the_official_code() {
    let (model, golden) = (llada2(), json("llada2-tiny/logits.json"));
    for case in golden["cases"].as_object().unwrap().values() {
        let ids = ids(&case["input_ids"]);
        let block = case["block"].as_u64().unwrap() as usize;
        let layout = PassLayout::blocks(0, ids.len(), block);
        let found = model.raw_logits(&ids, layout).unwrap().into_data();
        let (_, expected) = npy(&format!("llada2-tiny/{}", case["file"].as_str().unwrap()));
        let apart = max_difference(&found, &expected);
        assert!(apart < 1e-3, "blocks of {block}: off by {apart}");
    }
}

#[test]
fn it_is_written_in_blocks_and_says_what_it_is() {
    let model = llada2();
    let config = model.config();
    assert_eq!((config.attention, model.block_length()), (Attention::BlockCausal(32), Some(32)));
    assert_eq!((config.mask_id, config.shift_logits, config.rotary_dim), (Some(510), false, 8));
    let routing = config.routing.unwrap();
    assert_eq!((routing.experts, routing.chosen, routing.groups), (8, 3, (4, 2)));
    assert_eq!((routing.shared, routing.dense), (16, (1, 48)));
}

#[test]
fn what_its_router_cannot_do_is_refused() {
    for (field, value, named) in [
        ("score_function", "\"softmax\"", "score_function"),
        ("n_group", "3", "3 groups"),
        ("topk_group", "5", "5 of 4 groups"),
        ("num_experts_per_tok", "5", "2 of 4 groups (topk_group, n_group) have 4"),
        ("first_k_dense_replace", "4", "first_k_dense_replace"),
        ("partial_rotary_factor", "0.45", "partial_rotary_factor"),
        ("partial_rotary_factor", "1.5", "partial_rotary_factor"),
        ("partial_rotary_factor", "0", "partial_rotary_factor"),
        ("routed_scaling_factor", "1e300", "routed_scaling_factor"),
        (
            "rope_scaling",
            r#"{"type": "yarn", "factor": 4, "attention_factor": 1e300}"#,
            "no numbers",
        ),
        ("rope_scaling", r#"{"type": "linear", "factor": 0}"#, "factor of rope_scaling is 0"),
        ("rope_parameters", r#"{"full_attention": {"rope_theta": 1e6}}"#, "each kind of layer"),
    ] {
        let mut config = json("llada2-tiny/config.json");
        config[field] = value.parse().unwrap();
        let error = remask::model::ModelConfig::from_json("m", config.to_string().as_bytes());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(named), "{field}: {error}");
    }
}

/// dream-tiny, whose queries, keys and values stand in one matrix, and its gates and ups, as Phi-3's do.
#[test]
fn matrices_that_stand_in_one_are_taken_apart() {
    let folder = tempfile::tempdir().unwrap();
    let from = fixture("dream-tiny");
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let mut tensors = safetensors::load(from.join("model.safetensors"), &Device::Cpu).unwrap();
    let layers = json("dream-tiny/config.json")["num_hidden_layers"].as_u64().unwrap();
    let mut join = |all: &[&str], joined: &str, kind: &str| {
        for layer in 0..layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}.{kind}");
            let parts: Vec<Tensor> =
                all.iter().map(|part| tensors.remove(&name(part)).unwrap()).collect();
            tensors.insert(name(joined), Tensor::cat(&parts, 0).unwrap());
        }
    };
    let projections = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];
    join(&projections, "self_attn.qkv_proj", "weight");
    join(&projections, "self_attn.qkv_proj", "bias");
    join(&["mlp.gate_proj", "mlp.up_proj"], "mlp.gate_up_proj", "weight");
    let tensors: HashMap<String, Tensor> = tensors;
    safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
    let golden = json("dream-tiny/logits.json");
    let model = LanguageModel::open(folder.path(), threads(2)).unwrap();
    for case in golden["cases"].as_object().unwrap().values() {
        let ids = ids(&case["input_ids"]);
        let layout = PassLayout::bidirectional(ids.len());
        let found = model.raw_logits(&ids, layout).unwrap().into_data();
        let (_, expected) = npy(&format!("dream-tiny/{}", case["file"].as_str().unwrap()));
        assert!(max_difference(&found, &expected) < 1e-3);
    }
}
