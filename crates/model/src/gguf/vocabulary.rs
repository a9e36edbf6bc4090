//! The tokenizer that a GGUF file carries, as the `tokenizer.json` that says the same.
//!
//! Byte-level BPE (`gpt2`) with the kinds of splitting that llama.cpp knows by name (`llama_vocab`, its
//! `tokenizer.ggml.pre`).

use serde_json::{Value, json};

use super::metadata::Metadata;
use crate::chat_template::ChatTemplate;
use crate::tokenizer::Tokenizer;
use remask_base::{Error, Result};

/// How a text is cut into pieces before pairs are merged.
#[derive(PartialEq)]
enum Splitting {
    /// GPT-2's.
    Gpt2,
    /// Every digit by itself, and then GPT-2's.
    DigitsGpt2,
    /// By one expression, whose pieces are all kept.
    By(&'static str),
}

/// Qwen2's: as LLaMA 3's, but every digit by itself.
const QWEN2: &str = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/// LLaMA 3's.
const LLAMA3: &str = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/// LLaDA's, which is Bailing's: a line break ends what stands before it.
const LLADA: &str = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

/// The splitting that `pre` names.
fn splitting(pre: &str) -> Option<Splitting> {
    Some(match pre {
        "gpt-2" | "mpt" | "olmo" | "jais" | "phi-2" => Splitting::Gpt2,
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => {
            Splitting::DigitsGpt2
        }
        "qwen2" | "deepseek-r1-qwen" | "stablelm2" | "hunyuan" => Splitting::By(QWEN2),
        "llama3" | "llama-v3" | "llama-bpe" | "falcon3" => Splitting::By(LLAMA3),
        "llada-moe" | "bailingmoe" | "bailingmoe2" => Splitting::By(LLADA),
        _ => return None,
    })
}

impl Splitting {
    /// As `tokenizer.json` has it.
    fn json(&self) -> Value {
        let bytes = |split: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": split });
        let both = |first: Value, second: Value| json!({ "type": "Sequence", "pretokenizers": [first, second] });
        match self {
            Self::Gpt2 => bytes(true),
            Self::DigitsGpt2 => {
                both(json!({ "type": "Digits", "individual_digits": true }), bytes(true))
            }
            Self::By(expression) => both(
                json!({ "type": "Split", "pattern": { "Regex": expression }, "behavior": "Isolated", "invert": false }),
                bytes(false),
            ),
        }
    }
}

/// Control tokens and those that users defined, at most: looking for them costs much more memory than they do.
const MOST_ADDED: usize = 1 << 16;

/// Kinds of tokens (`tokenizer.ggml.token_type`).
mod kind {
    pub const CONTROL: i32 = 3;
    pub const USER_DEFINED: i32 = 4;
    pub const UNUSED: i32 = 5;
}

/// The tokenizer that `metadata` describe, of the model `name` with `rows` in its embedding.
///
/// # Errors
/// Why it cannot be read, and what would mend it.
pub(super) fn tokenizer(metadata: &Metadata, rows: usize, name: &str) -> Result<Tokenizer> {
    let read =
        describe(metadata, rows).and_then(|json| Tokenizer::parsed(json.to_string().as_bytes()));
    read.map_err(|reason| Error::Model {
        name: name.to_owned(),
        reason: format!(
            "its tokenizer cannot be read: {reason}; put the tokenizer.json of its Hugging Face folder \
             beside the file"
        ),
    })
}

/// Whether texts begin with the token for that; where it is not said, as llama.cpp has it.
pub(super) fn starts_with_bos(metadata: &Metadata) -> bool {
    let splitting = metadata.text("tokenizer.ggml.pre").and_then(splitting);
    let said = metadata.flag("tokenizer.ggml.add_bos_token");
    said.unwrap_or(splitting == Some(Splitting::By(LLAMA3)))
}

/// The chat template, where there is one.
pub(super) fn chat_template(metadata: &Metadata) -> Option<ChatTemplate> {
    let source = metadata.text("tokenizer.chat_template")?.to_owned();
    let token = |name: &str| {
        let id = metadata.id(&format!("tokenizer.ggml.{name}_token_id"))?;
        metadata.texts("tokenizer.ggml.tokens")?.get(id as usize).cloned()
    };
    let (bos, eos) = (token("bos").unwrap_or_default(), token("eos").unwrap_or_default());
    Some(ChatTemplate::new(source, bos, eos))
}

/// What `tokenizer.json` would say.
fn describe(metadata: &Metadata, rows: usize) -> std::result::Result<Value, String> {
    let of = |name: &str| format!("tokenizer.ggml.{name}");
    let model = metadata.text(&of("model")).ok_or("there is none in the file")?;
    if model != "gpt2" {
        return Err(format!("it is of the kind {model:?}; of those in files gpt2 is read"));
    }
    let pre = metadata.text(&of("pre")).unwrap_or("default");
    let splitting = splitting(pre)
        .ok_or_else(|| format!("it splits text in a way {pre:?} that is not known"))?;
    let tokens = metadata.texts(&of("tokens")).ok_or("it has no tokens")?;
    let merges = metadata.texts(&of("merges")).ok_or("it has no merges")?;
    if tokens.len() > rows {
        return Err(format!("it has {} tokens, the embedding {rows} rows", tokens.len()));
    }
    let kinds = metadata.integers(&of("token_type")).unwrap_or_default();
    let kind = |id: usize| kinds.get(id).copied().unwrap_or_default();
    let kept = || tokens.iter().enumerate().filter(|(id, _)| kind(*id) != kind::UNUSED);
    let vocabulary: serde_json::Map<String, Value> =
        kept().map(|(id, token)| (token.clone(), id.into())).collect();
    if vocabulary.len() < kept().count() {
        return Err("it spells two tokens alike".to_owned());
    }
    let is_added = |id: usize| matches!(kind(id), kind::CONTROL | kind::USER_DEFINED);
    let count = kept().filter(|(id, _)| is_added(*id)).count();
    if count > MOST_ADDED {
        return Err(format!("{count} of its tokens are control tokens"));
    }
    let added: Vec<Value> = kept()
        .filter(|(id, _)| is_added(*id))
        .map(|(id, token)| {
            json!({
                "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": kind(id) == kind::CONTROL,
            })
        })
        .collect();
    let pairs: Vec<Value> = merges
        .iter()
        .filter_map(|merge| merge.split_once(' ').map(|(left, right)| json!([left, right])))
        .collect();
    Ok(json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": splitting.json(),
        "post_processor": null,
        "decoder": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
        "model": {
            "type": "BPE", "unk_token": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": splitting == Splitting::By(LLAMA3),
            "vocab": vocabulary,
            "merges": pairs,
        },
    }))
}
