//! GGUF files whose tensors stand otherwise than one by one in one file: experts side by side, a model that was split, and
//! what a file says of positions.

use std::collections::HashMap;
use std::path::Path;

use candle_core::quantized::gguf_file::Value;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor, safetensors};
use remask::model::{Checkpoint, Family};

use crate::gguf_alone::{converted_tensors, logits, metadata, refused, written, written_with};
use crate::support::{fixture, json, max_difference};

/// qwen3-tiny with six experts a layer, all of them other ones, in the words of its folder.
fn with_experts(folder: &Path, model_type: &str, width: &str) -> HashMap<String, Tensor> {
    let from = fixture("qwen3-tiny");
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(from.join(name), folder.join(name)).unwrap();
    }
    let mut config = json("qwen3-tiny/config.json");
    let words = serde_json::json!({
        "model_type": model_type, width: 128, "num_experts": EXPERTS, "num_experts_per_tok": 2,
        "norm_topk_prob": model_type == "qwen3_moe",
    });
    config.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let dense = safetensors::load(from.join("model.safetensors"), &Device::Cpu).unwrap();
    let mut tensors = HashMap::new();
    for (name, tensor) in dense {
        let Some((layer, part)) = name.split_once(".mlp.") else {
            tensors.insert(name, tensor);
            continue;
        };
        for expert in 0..EXPERTS {
            let scaled = (&tensor * (1.0 - 0.2 * expert as f64)).unwrap();
            tensors.insert(format!("{layer}.mlp.experts.{expert}.{part}"), scaled);
        }
        // Different for each expert, and of the size of what it is multiplied with.
        let router = tensor.flatten_all().unwrap().narrow(0, 0, EXPERTS * 64).unwrap();
        let router = router.reshape((EXPERTS, 64)).unwrap().affine(1.0, 0.0).unwrap();
        tensors.insert(format!("{layer}.mlp.gate.weight"), router);
    }
    safetensors::save(&tensors, folder.join("model.safetensors")).unwrap();
    tensors
}

const EXPERTS: usize = 6;

#[test]
fn experts_that_stand_side_by_side_are_told_apart() {
    for (model_type, family, width) in [
        ("lladamoe", Family::LladaMoe, "expert_intermediate_size"),
        ("qwen3_moe", Family::Qwen3Moe, "moe_intermediate_size"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let tensors = with_experts(folder.path(), model_type, width);
        let mut stored = converted_tensors("qwen3-tiny", Family::Qwen3, Family::Qwen3);
        stored.retain(|(name, _)| !name.contains("ffn_") || name.contains("ffn_norm"));
        for layer in 0..2 {
            let named = |part: &str| tensors[&format!("model.layers.{layer}.mlp.{part}")].clone();
            for part in ["gate", "up", "down"] {
                let all: Vec<Tensor> = (0..EXPERTS)
                    .map(|expert| named(&format!("experts.{expert}.{part}_proj.weight")))
                    .collect();
                let name = format!("blk.{layer}.ffn_{part}_exps.weight");
                stored.push((name, Tensor::stack(&all, 0).unwrap()));
            }
            stored.push((format!("blk.{layer}.ffn_gate_inp.weight"), named("gate.weight")));
        }
        let mut said = metadata("qwen3-tiny", family);
        let of = |key: &str| format!("{}.{key}", family.gguf_architecture());
        said.push((of("expert_count"), Value::U32(EXPERTS as u32)));
        said.push((of("expert_used_count"), Value::U32(2)));
        said.push((of("expert_feed_forward_length"), Value::U32(128)));
        let expected = logits(folder.path());
        let alone = folder.path().join("alone");
        std::fs::create_dir(&alone).unwrap();
        let path = alone.join("x.gguf");
        written(&path, &said, &stored, GgmlDType::F32);
        let checkpoint = Checkpoint::open(&path).unwrap();
        checkpoint.check().unwrap();
        assert_eq!(
            checkpoint.config.routing,
            Checkpoint::open(folder.path()).unwrap().config.routing
        );
        let difference = max_difference(&logits(&path), &expected);
        assert!(difference < 1e-5, "{model_type}: off by {difference}");
        // Experts in few bits, as files of the converter have them.
        for (_, tensor) in stored.iter_mut().filter(|(name, _)| name.contains("_exps")) {
            *tensor = QTensor::quantize(tensor, GgmlDType::Q8_0)
                .unwrap()
                .dequantize(&Device::Cpu)
                .unwrap();
        }
        written(&path, &said, &stored, GgmlDType::F32);
        let rounded = logits(&path);
        written_with(&path, &said, &stored, &|name| match name.contains("_exps") {
            true => GgmlDType::Q8_0,
            false => GgmlDType::F32,
        });
        let difference = max_difference(&logits(&path), &rounded);
        assert!(difference < 0.05, "{model_type} in Q8_0: off by {difference}");
    }
}

#[test]
fn a_model_that_was_split_is_opened_by_any_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(format!("x-{number:05}-of-00003.gguf"));
    let tensors = converted_tensors("dream-tiny", Family::Dream, Family::Dream);
    let mut said = metadata("dream-tiny", Family::Dream);
    said.push(("split.count".to_owned(), Value::U16(3)));
    let third = tensors.len() / 3;
    written(&path(1), &said, &tensors[..third], GgmlDType::F32);
    written(&path(2), &[], &tensors[third..2 * third], GgmlDType::F32);
    let missing = refused(&path(1));
    assert!(missing.contains("one of 3 files, and x-00003-of-00003.gguf is missing"), "{missing}");
    written(&path(3), &[], &tensors[2 * third..], GgmlDType::F32);
    let expected = logits(&fixture("dream-tiny"));
    for number in 1..=3 {
        assert!(max_difference(&logits(&path(number)), &expected) < 1e-5);
    }
    let checkpoint = Checkpoint::open(&path(2)).unwrap();
    assert_eq!(checkpoint.files.len(), 3);
    written(&path(3), &[], &tensors[third..], GgmlDType::F32);
    let twice = refused(&path(1));
    assert!(twice.contains("two of its files hold the tensor"), "{twice}");
    said.last_mut().unwrap().1 = Value::U16(4);
    written(&path(1), &said, &tensors[..third], GgmlDType::F32);
    let count = refused(&path(1));
    assert!(count.contains("split into 4 files (split.count), and there are 3"), "{count}");
}

#[test]
fn frequencies_and_windows_of_a_file_are_heeded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gguf");
    let mut tensors = converted_tensors("llada-tiny", Family::Llada, Family::Llada);
    let said = metadata("llada-tiny", Family::Llada);
    let plain = logits(&fixture("llada-tiny"));
    let pairs = Checkpoint::open(&fixture("llada-tiny")).unwrap().config.head_dim / 2;
    let divisors = |by: f32| Tensor::from_vec(vec![by; pairs], pairs, &Device::Cpu).unwrap();
    let mut with = |by: f32, said: &[(String, Value)]| {
        tensors.retain(|(name, _)| name != "rope_freqs.weight");
        tensors.push(("rope_freqs.weight".to_owned(), divisors(by)));
        written(&path, said, &tensors, GgmlDType::F32);
        logits(&path)
    };
    assert!(max_difference(&with(1.0, &said), &plain) < 1e-5);
    let slower = with(4.0, &said);
    assert!(max_difference(&slower, &plain) > 0.01);
    let mut linear = said.clone();
    linear.push(("llada.rope.scaling.type".to_owned(), Value::String("linear".to_owned())));
    linear.push(("llada.rope.scaling.factor".to_owned(), Value::F32(4.0)));
    linear.push(("llada.attention.sliding_window".to_owned(), Value::U32(100)));
    tensors.retain(|(name, _)| name != "rope_freqs.weight");
    written(&path, &linear, &tensors, GgmlDType::F32);
    assert!(max_difference(&logits(&path), &slower) < 1e-5);
    assert_eq!(Checkpoint::open(&path).unwrap().config.max_positions, 100);
    let last = linear.len() - 3;
    linear[last].1 = Value::String("longrope".to_owned());
    written(&path, &linear, &tensors, GgmlDType::F32);
    assert!(
        refused(&path).contains("\"longrope\"; it takes none, linear or yarn"),
        "{}",
        refused(&path)
    );
}
