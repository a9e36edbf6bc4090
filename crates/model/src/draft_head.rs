//! The draft head: tells the row of a mask which tokens were drawn before it.
//!
//! Masks behind a causal prefix are scored in one pass, so each knows the prefix but not what the mask
//! before it became, and a text drawn from their rows falls apart. A little network that reads the hidden
//! state of a mask beside the last tokens before it makes up most of that for the price of one feed-forward
//! layer (sequentially dependent draft heads: Hydra, arXiv 2402.05109; DSpark's low-rank Markov head,
//! arXiv 2607.05147, is the linear case).

use candle_core::{D, Device, Tensor};

use super::config::ModelConfig;
use super::mlp::{Mlp, MlpShape};
use super::ops::rms_norm;
use super::products::Products;
use super::weights::Weights;
use remask_base::Result;

/// How many tokens before a position its draft is told.
pub const PREVIOUS: usize = 2;

/// What is called so stands in the checkpoint beside the tensors of the family.
pub const PREFIX: &str = "draft_head.";

/// Why a model cannot draft.
pub const NO_DRAFT_HEAD: &str =
    "this model has no draft head; one comes with training by remask train";

/// SwiGLU over [hidden state; embedding of the token before; of the one before that], added to the hidden
/// state and normed.
pub struct DraftHead {
    /// (D): of the embeddings.
    embedding_norm: Tensor,
    /// (R, 3D) to (R, D).
    mlp: Mlp,
    /// (D): of what goes to the language head.
    norm: Tensor,
    eps: f64,
}

impl DraftHead {
    pub(super) fn load(
        config: &ModelConfig,
        inner: usize,
        weights: &dyn Weights,
        products: Products,
    ) -> Result<Self> {
        let width = config.hidden_size;
        let norm = |name: &str| weights.tensor(&format!("{PREFIX}{name}.weight"), &[width]);
        let shape = MlpShape { input: (1 + PREVIOUS) * width, inner, output: width };
        Ok(Self {
            embedding_norm: norm("embedding_norm")?,
            mlp: Mlp::load(weights, PREFIX, shape, products)?,
            norm: norm("norm")?,
            eps: config.norm_eps,
        })
    }

    /// Hidden states for the language head (R, D), of those of R masks (R, D) and the embeddings of the
    /// [`PREVIOUS`] tokens before the one that each predicts, the nearest first (R, 2, D).
    pub(super) fn forward(&self, hidden: &Tensor, previous: &Tensor) -> Result<Tensor> {
        let previous = rms_norm(previous, &self.embedding_norm, self.eps)?.flatten_from(1)?;
        let both = Tensor::cat(&[hidden, &previous], D::Minus1)?;
        let told = (hidden + self.mlp.forward(&both)?)?;
        Ok(rms_norm(&told, &self.norm, self.eps)?)
    }
}

/// The ids of the [`PREVIOUS`] tokens before each of `positions` of `text`, the nearest first; where there
/// are none, the first of the text: (R, 2).
pub fn previous(text: &[u32], positions: &[usize]) -> Vec<u32> {
    let before = |position: usize, back: usize| text[position.saturating_sub(back)];
    positions.iter().flat_map(|at| (1..=PREVIOUS).map(move |back| before(*at, back))).collect()
}

/// `ids` as a tensor (R, 2) on `device`.
///
/// # Errors
/// When they are not two for each of `rows`.
pub(super) fn previous_tensor(ids: &[u32], rows: usize, device: &Device) -> Result<Tensor> {
    Ok(Tensor::from_slice(ids, (rows, PREVIOUS), device)?)
}
