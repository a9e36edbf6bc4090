//! The logits of a pass behind a handle, with the reductions that samplers need.
//!
//! Wherever the logits lie, what comes back of a row of the vocabulary is a token and a few figures. A network
//! on this machine wraps its rows in [`HostLogits`]; one on a device answers [`Logits`] there, and only
//! what is asked for crosses over.

mod host;
mod row;

use std::any::Any;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

pub use host::{HostLogits, is_worth_sharing};
pub use row::draw_from_row;

use super::backbone::Vocabulary;
use remask_base::Result;

/// How many of the likeliest tokens a [`Prediction`] lists.
pub const CANDIDATES: usize = 6;

/// Logits of a pass. Row i is that of the i-th position asked for; the rows of shadows follow.
pub trait Logits: Debug + Send + Sync {
    /// Pulls the first canvas away from the second, `u + (scale + 1)(c - u)`: classifier-free guidance (Nie et
    /// al., arXiv 2410.18514). What is asked for later is asked of the first canvas in any case.
    ///
    /// # Errors
    /// When there is no second canvas, or what the device says.
    fn guide(&mut self, scale: f64) -> Result<()>;

    /// Adds amounts to the logits of tokens: (row, token, amount).
    ///
    /// # Errors
    /// What the device says.
    fn add(&mut self, amounts: &[(usize, u32, f32)]) -> Result<()>;

    /// Gives the probabilities of `tokens` to `to`, which is none of them, in every row of the first canvas.
    ///
    /// # Errors
    /// What the device says.
    fn join(&mut self, tokens: &[u32], to: u32) -> Result<()>;

    /// For each of `rows` the likeliest of the tokens that `vocabulary` may draw and `without` does not name, the
    /// lowest id of equal ones, and its probability among all tokens.
    ///
    /// # Errors
    /// What the device says.
    fn likeliest(
        &self,
        rows: Range<usize>,
        vocabulary: &Vocabulary,
        without: &[u32],
    ) -> Result<Vec<(u32, f64)>>;

    /// Natural logarithms of the probabilities of tokens: (row, token).
    ///
    /// # Errors
    /// What the device says.
    fn log_probabilities(&self, of: &[(usize, u32)]) -> Result<Vec<f64>>;

    /// The distributions of `rows`, counted from the first of them, to be compared with those of a later pass.
    ///
    /// # Errors
    /// What the device says.
    fn distributions(&self, rows: Range<usize>) -> Result<Arc<dyn Distributions>>;

    /// Draws a token from each row asked for, ascending by row, and says what the same probabilities say of the
    /// token that stands there already, where one does. The rows are changed by it.
    ///
    /// # Errors
    /// What the device says.
    fn draw(&mut self, requests: &[DrawRequest], rule: &DrawRule<'_>) -> Result<Vec<Drawn>>;

    /// Everything: canvases x rows x vocabulary, f32, row-major.
    ///
    /// # Errors
    /// What the device says.
    fn into_vec(self: Box<Self>) -> Result<Vec<f32>>;
}

/// The distributions of some rows of a pass, kept.
pub trait Distributions: Any + Debug + Send + Sync {
    /// `KL(now || before)` in nats, with 1e-12 beside every probability, for pairs of a row of these and a row
    /// of `before`, which came from the same network.
    ///
    /// # Errors
    /// When `before` is of another kind, or what the device says.
    fn divergences(&self, before: &dyn Distributions, rows: &[(usize, usize)]) -> Result<Vec<f64>>;

    /// Bytes that they take.
    fn bytes(&self) -> usize;
}

/// A row that a token is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawRequest {
    /// Which.
    pub row: usize,
    /// The position that it predicts, which keys its noise.
    pub position: usize,
    /// The token that was written there before.
    pub current: Option<u32>,
}

/// How a step draws, and from which noise: that of a position is [`Purpose::Draw`](remask_base::rng::Purpose)'s.
#[derive(Clone, Copy, Debug)]
pub struct DrawRule<'a> {
    /// What temperature and filters do.
    pub params: &'a SamplingParams,
    /// The ids with a meaning of their own.
    pub vocabulary: &'a Vocabulary,
    /// Seed of the run.
    pub seed: u64,
    /// Step of the run, from 0.
    pub step: usize,
}

/// The two meanings of temperature in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// LLaDA: temperature scales Gumbel noise; confidence is read from the raw probabilities.
    Llada,
    /// Dream: temperature and filters make the probabilities; confidence is read from what is left.
    Dream,
}

/// What is to be known of a row beside the token drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistics {
    /// Nothing: confidence, margin and entropy are NaN, and there are no candidates.
    Nothing,
    /// Confidence, margin and entropy; of the candidates only the first two.
    Ranking,
    /// All of it, for onlookers.
    #[default]
    All,
}

/// How a token is drawn from a row.
#[derive(Clone, Debug)]
pub struct SamplingParams {
    /// 0 takes the likeliest token.
    pub temperature: f64,
    /// Share of the probability that the tokens drawn from hold together.
    pub top_p: f64,
    /// How many of the likeliest tokens are drawn from.
    pub top_k: Option<usize>,
    /// What temperature and confidence mean.
    pub convention: Convention,
    /// Whether the tokens that end a text have no probability.
    pub suppress_eos: bool,
    /// Whether what may not be drawn has no probability: MDLM's SUBS (arXiv 2406.07524).
    pub drawable_only: bool,
    /// Whether top-p leaves out the token with which it is passed.
    pub exclusive_top_p: bool,
    /// What is to be known beside the token.
    pub statistics: Statistics,
}

/// A token and the model's probability for it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// Its id.
    pub token: u32,
    /// Before temperature and filters.
    pub probability: f32,
}

/// What would be written at a position now.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The token drawn.
    pub token: u32,
    /// Its probability, from the probabilities that the convention names.
    pub confidence: f64,
    /// The likeliest minus the second likeliest probability, from the same probabilities.
    pub margin: f64,
    /// In nats, of the same probabilities.
    pub entropy: f64,
    /// The likeliest token that may be drawn.
    pub likeliest: u32,
    /// The likeliest tokens, by the raw probabilities, best first. Onlookers get [`CANDIDATES`] of them, a rule
    /// that ranks may count on two.
    pub candidates: Vec<Candidate>,
}

impl Prediction {
    /// A token about which there is no question.
    pub fn certain(token: u32) -> Self {
        let candidates = vec![Candidate { token, probability: 1.0 }];
        Self { token, confidence: 1.0, margin: 1.0, entropy: 0.0, likeliest: token, candidates }
    }
}

/// What came of a [`DrawRequest`].
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What would be written.
    pub prediction: Prediction,
    /// What the same probabilities say of the token that was there.
    pub current: Option<Prediction>,
}
