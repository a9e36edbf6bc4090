//! Checkpoints as they come: folders and files, and what their configuration leaves to their tensors.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::support::{fixture, max_difference, threads};
use candle_core::{Device, Tensor, safetensors};
use remask::model::gguf;
use remask::model::{Checkpoint, Family, LanguageModel, PassLayout};
use serde_json::{Value, json};

/// A copy of the description of a tiny checkpoint; its weights come as a test wants them.
fn described(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(fixture(name).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn tensors_of(name: &str) -> HashMap<String, Tensor> {
    safetensors::load(fixture(name).join("model.safetensors"), &Device::Cpu).unwrap()
}

fn change_config(folder: &Path, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let path = folder.join("config.json");
    let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(json.as_object_mut().unwrap());
    std::fs::write(path, json.to_string()).unwrap();
}

fn logits(path: &Path) -> Vec<f32> {
    let ids = [5, 9, 1, 30, 31];
    let model = LanguageModel::open(path, threads(1)).unwrap();
    model.raw_logits(&ids, PassLayout::bidirectional(ids.len())).unwrap().into_data()
}

fn refused(path: &Path) -> String {
    LanguageModel::open(path, threads(1)).err().unwrap().to_string()
}

#[test]
fn a_file_of_weights_opens_as_its_folder_does() {
    let whole = logits(&fixture("qwen3-tiny"));
    assert_eq!(logits(&fixture("qwen3-tiny").join("model.safetensors")), whole);
    let folder = described("qwen3-tiny");
    let tensors = tensors_of("qwen3-tiny");
    let named = folder.path().join("mine.safetensors");
    safetensors::save(&tensors, &named).unwrap();
    assert_eq!(logits(&named), whole);
    let opened = LanguageModel::open(&named, threads(1)).unwrap();
    assert_eq!(opened.name(), "mine");
    let again = LanguageModel::open(&named, threads(1)).unwrap();
    assert!(opened.shares_weights_with(&again) && !opened.is_bundled());
    let quantised = folder.path().join("mine-Q8_0.gguf");
    let tensors: BTreeMap<String, Tensor> = tensors.into_iter().collect();
    std::fs::write(&quantised, gguf::encode(&tensors, Family::Qwen3).unwrap()).unwrap();
    let square = |numbers: &mut dyn Iterator<Item = f32>| numbers.map(|x| x * x).sum::<f32>();
    let rounded = logits(&quantised);
    let apart = square(&mut rounded.iter().zip(&whole).map(|(a, b)| a - b));
    let apart = (apart / square(&mut whole.iter().copied())).sqrt();
    assert!(apart < 0.03, "{apart} of the logits");
}

#[test]
fn a_shard_stands_for_all_of_them() {
    let folder = described("llada-tiny");
    let mut map = serde_json::Map::new();
    let tensors = tensors_of("llada-tiny");
    for (index, part) in ["a.safetensors", "b.safetensors"].into_iter().enumerate() {
        let half = tensors.iter().filter(|(name, _)| name.len() % 2 == index);
        let half: HashMap<String, Tensor> =
            half.map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
        map.extend(half.keys().map(|name| (name.clone(), part.into())));
        safetensors::save(&half, folder.path().join(part)).unwrap();
    }
    let index = json!({ "weight_map": map }).to_string();
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    let checkpoint = Checkpoint::open(&folder.path().join("b.safetensors")).unwrap();
    assert_eq!(checkpoint.files.len(), 2);
    assert_eq!(logits(&folder.path().join("a.safetensors")), logits(&fixture("llada-tiny")));
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let folder = described("qwen3-tiny");
    let message = refused(folder.path());
    assert!(message.contains("neither model.safetensors") && message.contains("name their file"));
    let named = folder.path().join("mine.gguf");
    assert!(refused(&named).contains("there is no model file"), "{}", refused(&named));
    std::fs::write(&named, b"no weights").unwrap();
    assert!(refused(&named).contains("cannot be read as GGUF"));
    let text = folder.path().join("tokenizer.json");
    assert!(refused(&text).contains("name a folder, a .gguf or a .safetensors"));
    std::fs::remove_file(&text).unwrap();
    let named = folder.path().join("mine.safetensors");
    std::fs::write(&named, b"no weights").unwrap();
    assert!(refused(&named).contains("there is no tokenizer.json"), "{}", refused(&named));
    std::fs::remove_file(folder.path().join("config.json")).unwrap();
    let message = refused(&named);
    assert!(message.contains("there is no config.json") && message.contains("beside the weights"));
}

/// Tensors that make a difference in place of biases of nothing.
fn with_biases(tensors: &mut HashMap<String, Tensor>, names: &[&str], rename: fn(&str) -> String) {
    let projections: Vec<(String, usize)> = tensors
        .iter()
        .filter(|(name, _)| names.iter().any(|part| name.ends_with(&format!("{part}.weight"))))
        .map(|(name, tensor)| (rename(name), tensor.dim(0).unwrap()))
        .collect();
    for (name, width) in projections {
        let numbers: Vec<f32> = (0..width).map(|i| (i as f32 * 0.7).sin()).collect();
        tensors.insert(name, Tensor::new(numbers, &Device::Cpu).unwrap());
    }
}

fn bias(weight: &str) -> String {
    weight.replace(".weight", ".bias")
}

#[test]
fn biases_that_no_config_tells_of_are_found() {
    for name in ["qwen3-tiny", "llada-tiny"] {
        let folder = described(name);
        change_config(folder.path(), |config| {
            config.remove("attention_bias");
            config.remove("include_qkv_bias");
        });
        let mut tensors = tensors_of(name);
        with_biases(&mut tensors, &["q_proj", "k_proj", "v_proj"], bias);
        safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        assert!(checkpoint.config.qkv_bias, "{name}");
        assert!(max_difference(&logits(folder.path()), &logits(&fixture(name))) > 1e-3, "{name}");
    }
}

#[test]
fn a_bias_that_would_be_left_out_is_refused() {
    let folder = described("qwen3-tiny");
    let file = folder.path().join("model.safetensors");
    let mut tensors = tensors_of("qwen3-tiny");
    with_biases(&mut tensors, &["o_proj"], bias);
    safetensors::save(&tensors, &file).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("o_proj.bias") && message.contains("does not add"), "{message}");
    let mut tensors = tensors_of("qwen3-tiny");
    with_biases(&mut tensors, &["q_proj", "k_proj", "v_proj"], bias);
    safetensors::save(&tensors, &file).unwrap();
    change_config(folder.path(), |config| {
        config.insert("attention_bias".to_owned(), json!(false));
    });
    let message = refused(folder.path());
    assert!(message.contains("proj.bias") && message.contains("denies"), "{message}");
}

#[test]
fn qk_norms_and_heads_are_told_by_the_tensors() {
    let folder = described("qwen3-tiny");
    change_config(folder.path(), |config| {
        config.remove("tie_word_embeddings");
    });
    let file = folder.path().join("model.safetensors");
    let mut tensors = tensors_of("qwen3-tiny");
    tensors.retain(|name, _| !name.contains("_norm.weight") || name.contains("layernorm"));
    tensors.retain(|name, _| name != "lm_head.weight");
    let norm = safetensors::load(fixture("qwen3-tiny").join("model.safetensors"), &Device::Cpu);
    tensors.insert("model.norm.weight".to_owned(), norm.unwrap()["model.norm.weight"].clone());
    safetensors::save(&tensors, &file).unwrap();
    let config = Checkpoint::open(folder.path()).unwrap().config;
    assert!(config.tied_head && !config.qk_norm);
    logits(folder.path());
    let head = tensors["model.embed_tokens.weight"].clone();
    tensors.insert("lm_head.weight".to_owned(), head);
    safetensors::save(&tensors, &file).unwrap();
    let config = Checkpoint::open(folder.path()).unwrap().config;
    assert!(!config.tied_head);
    logits(folder.path());
}

/// The vocabulary of dream-tiny as older folders have it, with a `tokenizer_config.json` of a tokenizer of `class`.
fn with_vocabulary_files(class: &str) -> tempfile::TempDir {
    let folder = described("dream-tiny");
    let tokenizer = folder.path().join("tokenizer.json");
    let json: Value = serde_json::from_slice(&std::fs::read(&tokenizer).unwrap()).unwrap();
    std::fs::remove_file(&tokenizer).unwrap();
    let pairs = json["model"]["merges"].as_array().unwrap().iter().map(|merge| match merge {
        Value::String(pair) => pair.clone(),
        pair => format!("{} {}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap()),
    });
    let merges = format!("#version: 0.2\n{}\n", pairs.collect::<Vec<_>>().join("\n"));
    std::fs::write(folder.path().join("merges.txt"), merges).unwrap();
    std::fs::write(folder.path().join("vocab.json"), json["model"]["vocab"].to_string()).unwrap();
    let added = json["added_tokens"].as_array().unwrap().iter();
    let added: serde_json::Map<String, Value> =
        added.map(|token| (token["id"].to_string(), token.clone())).collect();
    let settings = json!({ "tokenizer_class": class, "added_tokens_decoder": added });
    std::fs::write(folder.path().join("tokenizer_config.json"), settings.to_string()).unwrap();
    let weights = "model.safetensors";
    std::fs::copy(fixture("dream-tiny").join(weights), folder.path().join(weights)).unwrap();
    folder
}

#[test]
fn a_vocabulary_and_its_merges_are_a_tokenizer() {
    let whole = Checkpoint::open(&fixture("dream-tiny")).unwrap().tokenizer;
    let texts = ["", "Once upon a time, 12 dogs\n\tsaid \"no\".", "<|mdm_mask|> x<|endoftext|>"];
    let made = Checkpoint::open(with_vocabulary_files("GPT2Tokenizer").path()).unwrap().tokenizer;
    for text in texts {
        assert_eq!(made.encode(text).unwrap(), whole.encode(text).unwrap(), "{text:?}");
    }
    // Dream's splits otherwise (a digit each), and begins with Unicode's composed letters.
    let dream = Checkpoint::open(with_vocabulary_files("DreamTokenizer").path()).unwrap();
    assert_eq!(dream.config.mask_id, Some(510));
    let ids = |text: &str| dream.tokenizer.encode(text).unwrap();
    assert_eq!(ids("e\u{301}t"), ids("\u{e9}t"));
    assert_eq!(dream.tokenizer.decode(&ids("said 12 dogs\n")), "said 12 dogs\n");
}

#[test]
fn vocabulary_files_that_make_no_tokenizer_are_named() {
    let folder = with_vocabulary_files("BertTokenizer");
    assert!(refused(folder.path()).contains("tokenizer_class \"BertTokenizer\""));
    let folder = with_vocabulary_files("Qwen2TokenizerFast");
    std::fs::write(folder.path().join("merges.txt"), "a b\nc\n").unwrap();
    let message = refused(folder.path());
    assert!(message.contains("merges.txt has a line that is no pair: \"c\""), "{message}");
    let settings = folder.path().join("tokenizer_config.json");
    std::fs::write(folder.path().join("merges.txt"), "").unwrap();
    let added = json!({ "99999": { "content": "<far>", "special": true } });
    let said = json!({ "tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": added });
    std::fs::write(&settings, said.to_string()).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("adds \"<far>\" as token 99999"), "{message}");
    std::fs::remove_file(folder.path().join("merges.txt")).unwrap();
    assert!(refused(folder.path()).contains("there is no tokenizer.json"));
}
