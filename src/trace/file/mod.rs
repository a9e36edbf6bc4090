//! A run as a file of its own: everything that is needed to watch it again where there is no model.
//!
//! Lines of JSON ([`crate::protocol`]): the stream's header, a [`TraceHeader`], and then [`TraceRecord`]s in the order
//! in which they came to be. Every line is written as soon as it is known, so that of a run that was broken off
//! everything is there up to its last whole step. Tokens are spelled when they first occur: of a vocabulary of a quarter
//! of a million only what a run has seen is in its file.

mod difference;
mod history_records;
mod reader;
mod writer;

use serde::{Deserialize, Serialize};

pub use difference::{Parting, RunDifference};
pub use reader::{RecordedMoment, RecordedRun};
pub use writer::TraceWriter;

use crate::diffusion::{Canvas, PositionUpdate, Step};
use crate::engine::ModelInfo;
use crate::knobs::Settings;
use crate::model::{Tokenizer, Vocabulary, WeightStats};

/// The version of trace files. A later program opens those of earlier ones.
pub const TRACE_FORMAT: u32 = 1;

/// What stands at the beginning of a trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TraceHeader {
    /// [`TRACE_FORMAT`].
    pub trace: u32,
    /// Who wrote the text.
    pub model: TraceModel,
    /// The knobs that it was begun with, its seed among them.
    pub knobs: Settings,
    /// The text before the first pass: the prompt, and noise.
    pub canvas: Canvas,
}

/// What of a model is known without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceModel {
    /// What it is called.
    pub name: String,
    /// [`Tokenizer::fingerprint`], in hexadecimal digits.
    pub tokenizer: String,
    /// The ids with a meaning of their own.
    pub vocabulary: Vocabulary,
    /// Longest canvas in tokens, prompt included.
    pub context: usize,
    /// Put in front of a prompt text.
    pub bos: Option<u32>,
    /// How much of it a pass goes through.
    pub weights: WeightStats,
    /// How many tokens it was trained on, where that is known.
    pub tokens_seen: Option<u64>,
    /// The task that it was trained for; nothing where that was text.
    pub task: Option<String>,
}

impl TraceModel {
    /// What a trace says of a model.
    pub fn of(about: &ModelInfo) -> Self {
        Self {
            name: about.name.clone(),
            tokenizer: format!("{:016x}", about.tokenizer.fingerprint()),
            vocabulary: about.vocabulary.clone(),
            context: about.context,
            bos: about.bos,
            weights: about.weights,
            tokens_seen: about.tokens_seen,
            task: about.task.clone(),
        }
    }

    /// What a playground is told of a model that is not there, but for some of its tokens.
    fn into_info(self, tokenizer: Tokenizer) -> ModelInfo {
        ModelInfo {
            name: self.name,
            tokenizer: tokenizer.into(),
            vocabulary: self.vocabulary,
            context: self.context,
            bos: self.bos,
            writes_next_token: false,
            can_draft: false,
            weights: self.weights,
            tokens_seen: self.tokens_seen,
            task: self.task,
        }
    }
}

/// What happened in a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TraceRecord {
    /// How tokens are spelled that later lines have.
    Tokens(Vec<TraceToken>),
    /// A pass was made.
    Step(Box<Step>),
    /// The text was changed by hand, and this is what it was then.
    Edited(Canvas),
    /// Everything is decided.
    Ended,
}

/// Every token that `update` names.
fn tokens(update: &PositionUpdate) -> impl Iterator<Item = u32> {
    let candidates = update.candidates.iter().map(|candidate| candidate.token);
    [update.old, update.new, update.prediction].into_iter().chain(candidates)
}

/// A token of the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceToken {
    /// Its id.
    pub id: u32,
    /// What it stands for.
    pub text: TokenSpelling,
    /// Whether it is a control token, and no text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub special: bool,
}

/// The bytes of a token: a text, where they are one by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TokenSpelling {
    /// Whole characters.
    Text(String),
    /// Part of a character.
    Bytes(Vec<u8>),
}

impl TokenSpelling {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(bytes.to_vec()),
        }
    }

    /// How many bytes there are.
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    fn into_bytes(self) -> Box<[u8]> {
        match self {
            Self::Text(text) => text.into_bytes().into(),
            Self::Bytes(bytes) => bytes.into(),
        }
    }
}
