//! The tokenizer that a GGUF file carries, as the `tokenizer.json` that says the same.
//!
//! Byte-level BPE (`gpt2`) with the kinds of splitting that llama.cpp knows by name (`llama_vocab`, its
//! `tokenizer.ggml.pre`).

use serde_json::Value;

use super::metadata::Metadata;
use crate::byte_level_bpe::{AddedToken, ByteLevelBpe, LLADA, LLAMA3, QWEN2, Splitting};
use crate::chat_template::ChatTemplate;
use crate::tokenizer::Tokenizer;
use remask_base::{Error, Result};

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
/// Why it cannot be read, and what to do about it.
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
    let added = kept().filter(|(id, _)| is_added(*id)).map(|(id, token)| AddedToken {
        id: id as u32,
        content: token.clone(),
        is_control: kind(id) == kind::CONTROL,
    });
    let pair = |merge: &String| {
        merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()))
    };
    let bpe = ByteLevelBpe {
        splitting,
        is_normalised: false,
        vocabulary,
        added: added.collect(),
        merges: merges.iter().filter_map(pair).collect(),
    };
    Ok(bpe.json())
}
