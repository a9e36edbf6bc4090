//! Text to token ids and back, with the exact bytes of every token.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokenizers::ModelWrapper;
use tokenizers::decoders::DecoderWrapper;

use remask_base::fnv::fnv1a;
use remask_base::unwind::contained;
use remask_base::{Error, Result, visible};

/// Ids that a vocabulary may leave out: as many times the tokens that there are ...
const SPARSEST: usize = 4;
/// ... and some in any case.
const SPARSEST_AT_LEAST: usize = 1 << 16;

/// Whether a normalizer has a charsmap which says that it is longer than it is: the library takes as much memory as its
/// first four bytes say, before it looks for what would fill it.
fn charsmap_lies(normalizer: &serde_json::Value) -> bool {
    use serde_json::Value;
    match normalizer {
        Value::Object(map) => map.iter().any(|(key, value)| match value {
            Value::String(base64) if key == "precompiled_charsmap" => {
                first_number(base64).is_none_or(|bytes| bytes as usize > base64.len())
            }
            value => charsmap_lies(value),
        }),
        Value::Array(all) => all.iter().any(charsmap_lies),
        _ => false,
    }
}

/// The first four bytes that `base64` (RFC 4648) stands for, the lowest first.
fn first_number(base64: &str) -> Option<u32> {
    let six_bits = |sign: u8| match sign {
        b'A'..=b'Z' => Some(sign - b'A'),
        b'a'..=b'z' => Some(sign - b'a' + 26),
        b'0'..=b'9' => Some(sign - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let signs = base64.as_bytes().get(..6)?;
    let bits =
        signs.iter().try_fold(0u64, |bits, sign| Some(bits << 6 | u64::from(six_bits(*sign)?)))?;
    // Of 36 bits the first 32.
    Some(((bits >> 4) as u32).swap_bytes())
}

/// A `tokenizer.json`, and a table of the bytes that each id stands for.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    bytes: Vec<Box<[u8]>>,
    special: Vec<bool>,
}

impl Tokenizer {
    /// More tokens than the largest vocabulary has, four times over.
    pub const LARGEST: usize = 1 << 20;

    /// Reads `tokenizer.json`. `name` is what errors call the checkpoint.
    ///
    /// # Errors
    /// When the JSON is not a tokenizer.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self> {
        Self::parsed(json).map_err(|reason| Error::Model {
            name: name.to_owned(),
            reason: format!("tokenizer.json: {reason}"),
        })
    }

    /// As [`Tokenizer::from_json`]; or why the JSON is none.
    pub(super) fn parsed(json: &[u8]) -> std::result::Result<Self, String> {
        // The library panics on some files that are none.
        let tokenizer = contained(|| Self::read(json)).unwrap_or_else(Err);
        tokenizer.map_err(|reason| visible::line(&reason).into_owned())
    }

    /// The `tokenizer.json` that it is read from again.
    ///
    /// # Errors
    /// What the library says.
    pub fn to_json(&self) -> Result<String> {
        let json = self.inner.to_string(false);
        json.map_err(|e| Error::Internal(format!("the tokenizer cannot be written: {e}")))
    }

    fn read(json: &[u8]) -> std::result::Result<Self, String> {
        let text = |e: tokenizers::Error| e.to_string();
        let said: serde_json::Value = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        if charsmap_lies(&said["normalizer"]) {
            return Err("its precompiled_charsmap is shorter than it says".to_owned());
        }
        let mut inner = tokenizers::Tokenizer::from_bytes(json).map_err(text)?;
        // Ours is the whole text, and nothing but it.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(text)?;
        // All chance is keyed; that of a tokenizer is not.
        if let ModelWrapper::BPE(model) = inner.get_model()
            && model.dropout.is_some()
        {
            let mut model = model.clone();
            model.dropout = None;
            inner.with_model(model);
        }
        let vocabulary = inner.get_vocab(true);
        let last = vocabulary.values().max().copied();
        let length = last.map_or(0, |id| id as usize + 1);
        if length > vocabulary.len().saturating_mul(SPARSEST) + SPARSEST_AT_LEAST {
            let count = vocabulary.len();
            return Err(format!("its {count} tokens have ids up to {}", length - 1));
        }
        let added = inner.get_added_tokens_decoder();
        let is_byte_level = matches!(inner.get_decoder(), Some(DecoderWrapper::ByteLevel(_)));
        let alphabet = byte_alphabet();
        let bytes = (0..length as u32)
            .map(|id| {
                let Some(token) = inner.id_to_token(id) else {
                    return Box::default();
                };
                let spelled = if added.contains_key(&id) || !is_byte_level {
                    None
                } else {
                    token.chars().map(|c| alphabet.get(&c).copied()).collect()
                };
                let bytes: Vec<u8> = spelled.unwrap_or_else(|| {
                    let text = inner.decode(&[id], false);
                    text.unwrap_or(token).into_bytes()
                });
                bytes.into_boxed_slice()
            })
            .collect();
        let mut special = vec![false; length];
        for (id, token) in &added {
            if let Some(slot) = special.get_mut(*id as usize) {
                *slot = token.special;
            }
        }
        Ok(Self { inner, bytes, special })
    }

    /// Of tokens that are known only by the bytes that they stand for, each with whether it is a control token: texts can
    /// be read with it, and none encoded.
    ///
    /// # Errors
    /// Names an id that no vocabulary has.
    pub fn of_tokens(tokens: impl IntoIterator<Item = (u32, Box<[u8]>, bool)>) -> Result<Self> {
        let mut known = Self {
            inner: tokenizers::Tokenizer::new(tokenizers::models::wordlevel::WordLevel::default()),
            bytes: Vec::new(),
            special: Vec::new(),
        };
        for (id, bytes, is_special) in tokens {
            let at = id as usize;
            if at >= Self::LARGEST {
                return Err(Error::invalid(format!("no vocabulary has a token {id}")));
            }
            let length = known.bytes.len().max(at + 1);
            known.bytes.resize(length, Box::default());
            known.special.resize(length, false);
            (known.bytes[at], known.special[at]) = (bytes, is_special);
        }
        Ok(known)
    }

    /// A number that a tokenizer with other tokens has not (FNV-1a, 64 bits, of all that ids stand for).
    pub fn fingerprint(&self) -> u64 {
        let tokens = self.bytes.iter().zip(&self.special);
        fnv1a(tokens.flat_map(|(bytes, special)| {
            let length = (bytes.len() as u32).to_le_bytes();
            length.into_iter().chain([u8::from(*special)]).chain(bytes.iter().copied())
        }))
    }

    /// One more than the last id. Ids from here on are padding of the embedding.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether every id stands for the same bytes in both.
    pub fn has_the_tokens_of(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.special == other.special
    }

    /// Whether there is no token at all.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The ids of `text`, with nothing put in front or behind.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encode = || self.inner.encode(text, false).map_err(|e| e.to_string());
        let encoding = contained(encode).unwrap_or_else(Err);
        let encoding = encoding.map_err(|reason| {
            let reason = visible::line(&reason).into_owned();
            Error::invalid(format!("the model's tokenizer cannot read this text: {reason}"))
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The bytes that `id` stands for: part of a character, one, or many. Empty for an unknown id.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], |bytes| bytes)
    }

    /// The mask token: the one that `settings` (`tokenizer_config.json`) name, or an added token that is
    /// spelled like one.
    pub fn mask_id(&self, settings: &[u8]) -> Option<u32> {
        const SPELLINGS: [&str; 7] =
            ["<|mask|>", "<|mdm_mask|>", "<|MASK|>", "|<MASK>|", "[MASK]", "<mask>", "<M>"];
        let settings: serde_json::Value = serde_json::from_slice(settings).unwrap_or_default();
        let named = &settings["mask_token"];
        let named = named.as_str().or_else(|| named["content"].as_str());
        let id = |spelling: &str| self.inner.token_to_id(spelling);
        named.and_then(id).or_else(|| {
            let added = self.inner.get_added_tokens_decoder();
            SPELLINGS.into_iter().filter_map(id).find(|id| added.contains_key(id))
        })
    }

    /// Added tokens that end a turn of a conversation, by their usual spellings: LLaDA's, Qwen's, Gemma's.
    pub fn turn_ends(&self) -> Vec<u32> {
        const SPELLINGS: [&str; 3] = ["<|eot_id|>", "<|im_end|>", "<end_of_turn>"];
        let ids = SPELLINGS.into_iter().filter_map(|spelling| self.inner.token_to_id(spelling));
        ids.filter(|id| self.is_special(*id)).collect()
    }

    /// Whether `id` is a control token rather than text.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    /// The text of `ids` without control tokens; bytes that are no UTF-8 become U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids
            .iter()
            .filter(|id| !self.is_special(**id))
            .flat_map(|id| self.bytes(*id).iter().copied())
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// GPT-2's spelling of bytes as printable characters, reversed: bytes that print stand for
/// themselves, the other 68 are moved to U+0100 and up, in order.
fn byte_alphabet() -> HashMap<char, u8> {
    let prints = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut moved = 0x100u32..;
    (0..=u8::MAX)
        .filter_map(|byte| {
            let spelled = if prints(byte) {
                Some(char::from(byte))
            } else {
                moved.next().and_then(char::from_u32)
            };
            spelled.map(|c| (c, byte))
        })
        .collect()
}

/// As its JSON.
impl Serialize for Tokenizer {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        out.serialize_str(&self.to_json().map_err(S::Error::custom)?)
    }
}

/// From its JSON.
impl<'de> Deserialize<'de> for Tokenizer {
    fn deserialize<D: Deserializer<'de>>(input: D) -> std::result::Result<Self, D::Error> {
        let json = String::deserialize(input)?;
        Self::from_json("that is elsewhere", json.as_bytes()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stories() -> Tokenizer {
        let json = remask_bundled::ALL[0].tokenizer;
        Tokenizer::from_json("stories", json).unwrap()
    }

    #[test]
    fn every_text_survives_the_round_trip() {
        let tokenizer = stories();
        for text in [
            "Once upon a time",
            "",
            "tab\there\nand 日本語, e\u{301}, 👩\u{200d}🚀",
            "\x1b[2J\x1b]0;x\x07 \u{0}\u{7f}",
        ] {
            let ids = tokenizer.encode(text).unwrap();
            assert_eq!(tokenizer.decode(&ids), text);
        }
    }

    #[test]
    fn single_bytes_are_known_exactly() {
        let tokenizer = stories();
        let all: std::collections::HashSet<&[u8]> =
            (0..2048).map(|id| tokenizer.bytes(id)).collect();
        for byte in 0..=u8::MAX {
            assert!(all.contains(&[byte][..]), "byte {byte} has no token");
        }
        assert!(tokenizer.is_special(0) && tokenizer.is_special(1) && !tokenizer.is_special(2));
    }

    #[test]
    fn a_charsmap_that_is_shorter_than_it_says_is_refused() {
        let json = remask_bundled::ALL[0].tokenizer;
        let mut said: serde_json::Value = serde_json::from_slice(json).unwrap();
        let map = "/////wAAAAD/////";
        let nested = serde_json::json!({ "type": "Precompiled", "precompiled_charsmap": map });
        said["normalizer"] = serde_json::json!({ "type": "Sequence", "normalizers": [nested] });
        let refused = Tokenizer::from_json("x", said.to_string().as_bytes()).err().unwrap();
        assert!(refused.to_string().contains("shorter than it says"), "{refused}");
        assert_eq!(first_number("BAAAAGFi"), Some(4));
    }
}
