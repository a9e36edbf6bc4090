//! The tokenizer of a folder that has no `tokenizer.json`, but the `vocab.json` and `merges.txt` of which one is made (Dream).

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::byte_level_bpe::{AddedToken, ByteLevelBpe, QWEN2, Splitting};
use super::tokenizer::Tokenizer;
use remask_base::{Error, Result};

/// Ids by token.
pub(super) const VOCABULARY: &str = "vocab.json";
/// Pairs, a line each.
pub(super) const MERGES: &str = "merges.txt";

/// The contents of the files.
pub(super) struct VocabularyFiles {
    /// Of [`VOCABULARY`].
    pub vocabulary: Vec<u8>,
    /// Of [`MERGES`].
    pub merges: Vec<u8>,
    /// Of `tokenizer_config.json`, which names the control tokens; empty where there is none.
    pub settings: Vec<u8>,
}

/// What of `tokenizer_config.json` says what the tokens are.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    tokenizer_class: String,
    added_tokens_decoder: BTreeMap<String, Added>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Added {
    content: String,
    special: bool,
}

impl VocabularyFiles {
    /// The tokenizer, of the model `name`. Tokens that `tokenizer_config.json` adds have the ids that it says.
    ///
    /// # Errors
    /// Why they are none.
    pub fn tokenizer(&self, name: &str) -> Result<Tokenizer> {
        let read = self.described().and_then(|bpe| {
            let said: Vec<(u32, String)> =
                bpe.added.iter().map(|token| (token.id, token.content.clone())).collect();
            let tokenizer = Tokenizer::parsed(bpe.json().to_string().as_bytes())?;
            match said.iter().find(|(id, token)| tokenizer.bytes(*id) != token.as_bytes()) {
                Some((id, token)) => Err(format!(
                    "tokenizer_config.json adds {token:?} as token {id}, where ids have a gap or another token stands"
                )),
                None => Ok(tokenizer),
            }
        });
        read.map_err(|reason| Error::Model {
            name: name.to_owned(),
            reason: format!(
                "its tokenizer cannot be made of {VOCABULARY} and {MERGES}: {reason}; put a tokenizer.json beside them"
            ),
        })
    }

    fn described(&self) -> std::result::Result<ByteLevelBpe, String> {
        let settings: Settings = match self.settings.is_empty() {
            true => Settings::default(),
            false => serde_json::from_slice(&self.settings)
                .map_err(|error| format!("tokenizer_config.json: {error}"))?,
        };
        let splitting = splitting(&settings.tokenizer_class)?;
        let vocabulary: Map<String, Value> = serde_json::from_slice(&self.vocabulary)
            .map_err(|error| format!("{VOCABULARY}: {error}"))?;
        let merges =
            std::str::from_utf8(&self.merges).map_err(|_| format!("{MERGES} is no text"))?;
        // The first line may say which version it is.
        let lines = merges.lines().filter(|line| !line.starts_with("#version") && !line.is_empty());
        let pair = |line: &str| {
            let pair =
                line.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
            pair.ok_or_else(|| format!("{MERGES} has a line that is no pair: {line:?}"))
        };
        let added = settings.added_tokens_decoder.into_iter().map(|(id, token)| {
            let number = id
                .parse()
                .map_err(|_| format!("tokenizer_config.json has a token of id {id:?}"))?;
            Ok(AddedToken { id: number, content: token.content, is_control: token.special })
        });
        let mut added = added.collect::<std::result::Result<Vec<_>, String>>()?;
        added.sort_by_key(|token| token.id);
        Ok(ByteLevelBpe {
            splitting,
            is_normalised: matches!(splitting, Splitting::By(_)),
            vocabulary,
            merges: lines.map(pair).collect::<std::result::Result<_, String>>()?,
            added,
        })
    }
}

/// How the tokenizers of a class in `transformers` split texts.
fn splitting(class: &str) -> std::result::Result<Splitting, String> {
    match class.trim_end_matches("Fast") {
        "Qwen2Tokenizer" | "DreamTokenizer" => Ok(Splitting::By(QWEN2)),
        "GPT2Tokenizer" => Ok(Splitting::Gpt2),
        other => Err(format!(
            "how tokenizer_class {other:?} of tokenizer_config.json splits texts is not known; it takes Qwen2Tokenizer, \
             DreamTokenizer or GPT2Tokenizer"
        )),
    }
}
