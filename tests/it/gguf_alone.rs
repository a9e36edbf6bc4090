//! GGUF files as llama.cpp's converter writes them: one file that says all of its model.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::{fixture, json, max_difference, threads};
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor, safetensors};
use remask::model::{Checkpoint, Family, LanguageModel, PassLayout};

/// What a file says beside its tensors.
pub type Metadata = Vec<(String, Value)>;

/// What the converter calls the tensors of a layer, by Qwen's names.
const OF_A_LAYER: [(&str, &str); 14] = [
    ("input_layernorm.weight", "attn_norm.weight"),
    ("self_attn.q_proj.weight", "attn_q.weight"),
    ("self_attn.q_proj.bias", "attn_q.bias"),
    ("self_attn.k_proj.weight", "attn_k.weight"),
    ("self_attn.k_proj.bias", "attn_k.bias"),
    ("self_attn.v_proj.weight", "attn_v.weight"),
    ("self_attn.v_proj.bias", "attn_v.bias"),
    ("self_attn.q_norm.weight", "attn_q_norm.weight"),
    ("self_attn.k_norm.weight", "attn_k_norm.weight"),
    ("self_attn.o_proj.weight", "attn_output.weight"),
    ("post_attention_layernorm.weight", "ffn_norm.weight"),
    ("mlp.gate_proj.weight", "ffn_gate.weight"),
    ("mlp.up_proj.weight", "ffn_up.weight"),
    ("mlp.down_proj.weight", "ffn_down.weight"),
];

/// The converter's `permute`: the rows of each head in turns, one of its first half and one of its second.
fn permuted(tensor: &Tensor, heads: usize) -> Tensor {
    let (rows, columns) = tensor.dims2().unwrap();
    let halves = tensor.reshape((heads, 2, rows / heads / 2, columns)).unwrap();
    halves.transpose(1, 2).unwrap().contiguous().unwrap().reshape((rows, columns)).unwrap()
}

/// The tensors of the checkpoint `name`, which is called as those of `named`, as the converter calls and orders them for
/// one of `family`.
pub fn converted_tensors(name: &str, named: Family, family: Family) -> Vec<(String, Tensor)> {
    let tensors: HashMap<String, Tensor> =
        safetensors::load(fixture(name).join("model.safetensors"), &Device::Cpu).unwrap();
    let mut names = vec![
        ("model.embed_tokens.weight".to_owned(), "token_embd.weight".to_owned()),
        ("model.norm.weight".to_owned(), "output_norm.weight".to_owned()),
        ("lm_head.weight".to_owned(), "output.weight".to_owned()),
    ];
    for layer in 0..2 {
        names.extend(OF_A_LAYER.map(|(ours, theirs)| {
            (format!("model.layers.{layer}.{ours}"), format!("blk.{layer}.{theirs}"))
        }));
    }
    let stored = names.into_iter().filter_map(|(ours, theirs)| {
        let tensor = tensors.get(&named.tensor_name(&ours))?.clone();
        let turned = ours.contains("q_proj.weight") || ours.contains("k_proj.weight");
        let mixed = matches!(family, Family::Llada | Family::Llama) && turned;
        Some((theirs, if mixed { permuted(&tensor, 4) } else { tensor }))
    });
    let stored: Vec<_> = stored.collect();
    assert!(stored.len() >= 3 + 2 * 9);
    stored
}

/// What the converter says of the checkpoint `name`.
pub fn metadata(name: &str, family: Family) -> Metadata {
    let config = Checkpoint::open(&fixture(name)).unwrap().config;
    let architecture = family.gguf_architecture();
    let of = |key: &str| format!("{architecture}.{key}");
    let count = |n: usize| Value::U32(n as u32);
    let mut said = vec![
        ("general.architecture".to_owned(), Value::String(architecture.to_owned())),
        (of("block_count"), count(config.layers)),
        (of("context_length"), count(config.max_positions)),
        (of("embedding_length"), count(config.hidden_size)),
        (of("feed_forward_length"), count(config.intermediate_size)),
        (of("attention.head_count"), count(config.heads)),
        (of("attention.head_count_kv"), count(config.kv_heads)),
        (of("attention.key_length"), count(config.head_dim)),
        (of("attention.layer_norm_rms_epsilon"), Value::F32(config.norm_eps as f32)),
        (of("rope.freq_base"), Value::F32(config.rope_theta as f32)),
        (of("attention.causal"), Value::Bool(false)),
        ("tokenizer.ggml.eos_token_id".to_owned(), Value::U32(config.eos_ids[0])),
    ];
    if matches!(family, Family::Llada | Family::Dream) {
        // Of Qwen3 the tokenizer says it.
        said.push(("tokenizer.ggml.mask_token_id".to_owned(), Value::U32(510)));
    }
    said.extend(vocabulary(name));
    said
}

/// What the converter makes of `tokenizer.json`.
fn vocabulary(name: &str) -> Metadata {
    let tokenizer = json(&format!("{name}/tokenizer.json"));
    let vocabulary = tokenizer["model"]["vocab"].as_object().unwrap();
    let mut tokens: Vec<(String, i32)> = (0..512).map(|id| (format!("[PAD{id}]"), 5)).collect();
    for (token, id) in vocabulary {
        tokens[id.as_u64().unwrap() as usize] = (token.clone(), 1);
    }
    for added in tokenizer["added_tokens"].as_array().unwrap() {
        let content = added["content"].as_str().unwrap().to_owned();
        tokens[added["id"].as_u64().unwrap() as usize] = (content, 3);
    }
    let merges = tokenizer["model"]["merges"].as_array().unwrap().iter().map(|merge| {
        let pair = merge.as_array().map(|pair| {
            let part = |at: usize| pair[at].as_str().unwrap();
            format!("{} {}", part(0), part(1))
        });
        Value::String(pair.unwrap_or_else(|| merge.as_str().unwrap().to_owned()))
    });
    let of = |key: &str| format!("tokenizer.ggml.{key}");
    vec![
        (of("model"), Value::String("gpt2".to_owned())),
        (of("pre"), Value::String("gpt-2".to_owned())),
        (of("merges"), Value::Array(merges.collect())),
        (
            of("token_type"),
            Value::Array(tokens.iter().map(|(_, kind)| Value::I32(*kind)).collect()),
        ),
        (
            of("tokens"),
            Value::Array(tokens.into_iter().map(|(token, _)| Value::String(token)).collect()),
        ),
    ]
}

pub fn written(
    path: &Path,
    said: &[(String, Value)],
    tensors: &[(String, Tensor)],
    kind: GgmlDType,
) {
    written_with(path, said, tensors, &|_| kind);
}

/// Matrices in the format that `kind` says for their name.
pub fn written_with(
    path: &Path,
    said: &[(String, Value)],
    tensors: &[(String, Tensor)],
    kind: &dyn Fn(&str) -> GgmlDType,
) {
    let stored: Vec<(&str, QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let kind = if tensor.rank() > 1 { kind(name) } else { GgmlDType::F32 };
            (name.as_str(), QTensor::quantize(tensor, kind).unwrap())
        })
        .collect();
    let stored: Vec<(&str, &QTensor)> = stored.iter().map(|(name, t)| (*name, t)).collect();
    let said: Vec<(&str, &Value)> = said.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut file = std::fs::File::create(path).unwrap();
    gguf_file::write(&mut file, &said, &stored).unwrap();
}

/// The checkpoint `name` as one file.
fn converted(folder: &Path, name: &str, family: Family, kind: GgmlDType) -> PathBuf {
    let path = folder.join(format!("{name}.gguf"));
    written(&path, &metadata(name, family), &converted_tensors(name, family, family), kind);
    path
}

pub fn logits(path: &Path) -> Vec<f32> {
    let ids = [5, 9, 1, 30, 31, 200, 7];
    let model = LanguageModel::open(path, threads(1)).unwrap();
    model.raw_logits(&ids, PassLayout::bidirectional(ids.len())).unwrap().into_data()
}

pub fn refused(path: &Path) -> String {
    LanguageModel::open(path, threads(1)).err().unwrap().to_string()
}

#[test]
fn a_file_alone_is_the_model_that_was_converted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, family) in [
        ("llada-tiny", Family::Llada),
        ("dream-tiny", Family::Dream),
        ("qwen3-tiny", Family::Qwen3),
    ] {
        let path = converted(folder.path(), name, family, GgmlDType::F32);
        let (alone, whole) =
            (Checkpoint::open(&path).unwrap(), Checkpoint::open(&fixture(name)).unwrap());
        alone.check().unwrap();
        assert_eq!(alone.config, whole.config, "{name}");
        let difference = max_difference(&logits(&path), &logits(&fixture(name)));
        assert!(difference < 1e-5, "{name}: off by {difference}");
        for text in ["", "Once upon a time, 12 dogs\n\tsaid \"no\".", "été <|mask|> x"] {
            let ids = |checkpoint: &Checkpoint| checkpoint.tokenizer.encode(text).unwrap();
            assert_eq!(ids(&alone), ids(&whole), "{name} {text:?}");
        }
        let summary = Checkpoint::summary(&path).unwrap();
        assert_eq!((summary.family, summary.name.as_str()), (family.name(), name));
    }
}

#[test]
fn a_quantised_file_is_read_in_the_right_order_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = converted(folder.path(), "llada-tiny", Family::Llada, GgmlDType::Q8_0);
    let (found, expected) = (logits(&path), logits(&fixture("llada-tiny")));
    let square = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|x| x * x).sum::<f32>();
    let apart = square(&mut found.iter().zip(&expected).map(|(a, b)| a - b));
    let apart = (apart / square(&mut expected.iter().copied())).sqrt();
    assert!(apart < 0.03, "{apart} of the logits");
}

#[test]
fn what_a_file_cannot_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gguf");
    let tensors = converted_tensors("llada-tiny", Family::Llada, Family::Llada);
    let said = |change: &dyn Fn(&mut Metadata)| {
        let mut all = metadata("llada-tiny", Family::Llada);
        change(&mut all);
        written(&path, &all, &tensors, GgmlDType::F32);
        refused(&path)
    };
    let set = |key: &'static str, value: Value| {
        said(&move |all| {
            all.retain(|(other, _)| other != key);
            all.push((key.to_owned(), value.clone()));
        })
    };
    let without = |key: &'static str| said(&move |all| all.retain(|(other, _)| other != key));
    for (message, named) in [
        (set("llada.rope.scaling.type", Value::String("yarn".into())), "llada.rope.scaling.type"),
        (set("llada.expert_count", Value::U32(8)), "llada.expert_count"),
        (set("llada.rope.dimension_count", Value::U32(8)), "llada.rope.dimension_count"),
        (set("llada.attention.key_length", Value::U32(7)), "even width"),
        (set("tokenizer.ggml.mask_token_id", Value::U32(9999)), "9999"),
        (set("tokenizer.ggml.eos_token_id", Value::U32(9999)), "eos_token_id 9999"),
        (set("llada.attention.head_count", Value::U64(1 << 63)), "heads of"),
        (without("tokenizer.ggml.pre"), "\"default\""),
        (without("llada.feed_forward_length"), "llada.feed_forward_length"),
        (set("tokenizer.ggml.pre", Value::String("odd".into())), "\"odd\""),
        (set("tokenizer.ggml.model", Value::String("t5".into())), "\"t5\""),
        (without("tokenizer.ggml.merges"), "no merges"),
    ] {
        assert!(message.contains(named), "{message} does not name {named}");
    }
    assert!(
        without("tokenizer.ggml.tokens").contains("put the tokenizer.json of its Hugging Face")
    );
    // The one beside it mends that.
    std::fs::copy(
        fixture("llada-tiny").join("tokenizer.json"),
        folder.path().join("tokenizer.json"),
    )
    .unwrap();
    let tokenizer = Arc::clone(LanguageModel::open(&path, threads(1)).unwrap().tokenizer());
    assert_eq!(tokenizer.decode(&tokenizer.encode("a dog").unwrap()), "a dog");
    let mut other = metadata("llada-tiny", Family::Llada);
    other[0].1 = Value::String("mamba".into());
    other.push(("mamba.block_count".to_owned(), Value::U32(2)));
    written(&path, &other, &tensors, GgmlDType::F32);
    assert!(refused(&path).contains("architecture \"mamba\""), "{}", refused(&path));
}

/// The weights of llada-tiny as a LLaMA, which knows no mask token and was trained on conversations.
fn llama(folder: &Path) -> PathBuf {
    let path = folder.join("llama.gguf");
    let mut said = metadata("llada-tiny", Family::Llama);
    let template = "{{ bos_token }}{% for turn in messages %}{{ turn.role }}: {{ turn.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";
    said.push(("tokenizer.chat_template".to_owned(), Value::String(template.to_owned())));
    said.push(("tokenizer.ggml.bos_token_id".to_owned(), Value::U32(508)));
    written(
        &path,
        &said,
        &converted_tensors("llada-tiny", Family::Llada, Family::Llama),
        GgmlDType::F32,
    );
    path
}

#[test]
fn a_model_to_race_against_writes_from_left_to_right_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = llama(folder.path());
    let model = LanguageModel::open(&path, threads(1)).unwrap();
    assert!(model.config().trained_on_next_token && model.config().mask_id.is_none());
    let ids = [5, 9, 1, 30, 31];
    let causal = |model: &LanguageModel| {
        model.raw_logits(&ids, PassLayout::causal(0, 5)).unwrap().into_data()
    };
    let reference = LanguageModel::open(&fixture("llada-tiny"), threads(1)).unwrap();
    assert!(max_difference(&causal(&model), &causal(&reference)) < 1e-5);
    let prints = |args: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("remask").unwrap();
        let output = command
            .env("HOME", folder.path())
            .args(args)
            .arg("--model")
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(prints(&["generate", "a dog", "--canvas", "4"]).starts_with("a dog"));
    // Of a conversation the answer alone.
    let turns = "system: Be brief.\nuser: a dog\nassistant:";
    let chat = ["generate", "a dog", "--chat", "--system", "Be brief.", "--canvas", "6"];
    let answer = prints(&chat);
    assert!(!prints(&["generate", "a [[3]] m[[0]]", "--chat", "--canvas", "6"]).contains("[["));
    let bos = String::from_utf8(model.tokenizer().bytes(508).to_vec()).unwrap();
    let whole = prints(&["generate", &format!("{bos}{turns}"), "--canvas", "6"]);
    assert_eq!(whole.trim_end(), format!("{turns}{}", answer.trim_end_matches('\n')));
}
