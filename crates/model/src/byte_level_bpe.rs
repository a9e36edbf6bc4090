//! Byte-level BPE (Radford et al. 2019: GPT-2) as a `tokenizer.json` says it, made of what other files say: GGUF, and the
//! `vocab.json` and `merges.txt` of older folders.

use serde_json::{Map, Value, json};

/// How a text is cut into pieces before pairs are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Splitting {
    /// GPT-2's.
    Gpt2,
    /// Every digit by itself, and then GPT-2's.
    DigitsGpt2,
    /// By one expression, whose pieces are all kept.
    By(&'static str),
}

/// Qwen2's: as LLaMA 3's, but every digit by itself.
pub(super) const QWEN2: &str = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/// LLaMA 3's.
pub(super) const LLAMA3: &str = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/// LLaDA's, which is Bailing's: a line break ends what stands before it.
pub(super) const LLADA: &str = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

impl Splitting {
    /// As `tokenizer.json` has it.
    fn json(self) -> Value {
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

/// Whether a word that is a token is left as it is, whatever its pairs are: LLaMA 3's way.
fn ignores_merges(splitting: Splitting) -> bool {
    splitting == Splitting::By(LLAMA3)
}

/// A token that is found in texts before they are split.
pub(super) struct AddedToken {
    pub id: u32,
    pub content: String,
    /// Whether it stands for no text.
    pub is_control: bool,
}

/// The parts of a byte-level BPE.
pub(super) struct ByteLevelBpe {
    pub splitting: Splitting,
    /// Whether texts are brought to Unicode's NFC first.
    pub is_normalised: bool,
    /// Ids by token, spelled in the letters that stand for bytes.
    pub vocabulary: Map<String, Value>,
    /// Pairs, those that are merged first before the others.
    pub merges: Vec<(String, String)>,
    pub added: Vec<AddedToken>,
}

impl ByteLevelBpe {
    /// What `tokenizer.json` would say.
    pub fn json(self) -> Value {
        let added = self.added.into_iter().map(|token| {
            json!({
                "id": token.id, "content": token.content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": token.is_control,
            })
        });
        json!({
            "version": "1.0",
            "added_tokens": added.collect::<Vec<_>>(),
            "normalizer": self.is_normalised.then(|| json!({ "type": "NFC" })),
            "pre_tokenizer": self.splitting.json(),
            "post_processor": null,
            "decoder": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
            "model": {
                "type": "BPE", "unk_token": null, "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": ignores_merges(self.splitting),
                "vocab": self.vocabulary,
                "merges": self.merges,
            },
        })
    }
}
