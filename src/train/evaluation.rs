//! What a model is worth, on text that it was not trained on.

use super::corpus::{END_ID, Encoded, MASK_ID};
use super::objective::{Rows, random_token};
use super::workers::Workers;
use crate::Result;
use crate::diffusion::rng::{Purpose, Stream};
use crate::model::Attention;
use crate::model::transformer::Transformer;

/// Rows that go through the network at a time.
const ROWS: usize = 4;
/// Noise levels of the diffusion bound.
const LEVELS: [f64; 10] = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95];
/// Noise levels at which random tokens are told from right ones.
pub const UNIFORM_LEVELS: [f64; 3] = [0.2, 0.5, 0.8];

/// Held-out figures, in nats; padding is not counted.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Figures {
    /// Next token under causal attention, a token.
    pub next_token: f64,
    /// Diffusion from masks, a token: the mean over ten noise levels of the 1/t-weighted loss, a
    /// bound on the negative log-likelihood (MDLM, arXiv 2406.07524).
    pub elbo: f64,
    /// Loss on the noised tokens at each of [`UNIFORM_LEVELS`], with random tokens as noise.
    pub uniform: [f64; 3],
    /// Characters a token, to turn the first two into nats a character.
    pub characters_per_token: f64,
}

/// What a model is measured on, and how.
pub struct Examination<'a> {
    /// The documents.
    pub text: &'a Encoded,
    /// Size of the vocabulary, for random tokens.
    pub vocab: usize,
    /// Tokens of each document that are looked at.
    pub length: usize,
    /// Who does the work.
    pub workers: &'a Workers,
}

impl Examination<'_> {
    /// Measures `model`.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn of(&self, model: &Transformer) -> Result<Figures> {
        let mut elbo = 0.0;
        for level in LEVELS {
            let loss = self.mean_loss(model, Noise::Mask(level), Attention::Bidirectional)?;
            elbo += loss / LEVELS.len() as f64;
        }
        let mut uniform = [0.0; 3];
        for (slot, level) in uniform.iter_mut().zip(UNIFORM_LEVELS) {
            *slot = self.mean_loss(model, Noise::Uniform(level), Attention::Bidirectional)?;
        }
        Ok(Figures {
            next_token: self.mean_loss(model, Noise::None, Attention::Causal)?,
            elbo,
            uniform,
            characters_per_token: self.text.characters as f64 / self.text.tokens().max(1) as f64,
        })
    }

    fn mean_loss(&self, model: &Transformer, noise: Noise, attention: Attention) -> Result<f64> {
        let chunks: Vec<(usize, &[Vec<u32>])> =
            self.text.documents.chunks(ROWS).enumerate().collect();
        let sums = self.workers.map(&chunks, |(chunk, documents)| {
            let mut rows = Rows { length: self.length, ..Rows::default() };
            for (row, document) in documents.iter().enumerate() {
                let mut dice = Stream::new(0, 0, Purpose::Training, chunk * ROWS + row);
                add_row(&mut rows, document, self.vocab, noise, &mut dice);
            }
            let nats = match rows.loss(model, attention)? {
                Some(loss) => f64::from(loss.to_scalar::<f32>()?) * f64::from(rows.tokens.max(1.0)),
                None => 0.0,
            };
            Ok((nats, f64::from(rows.tokens)))
        })?;
        let (nats, tokens) =
            sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        Ok(nats / tokens.max(1.0))
    }
}

#[derive(Clone, Copy)]
enum Noise {
    /// Every token is predicted from those before it.
    None,
    /// The bound: weighted by 1/t over all tokens.
    Mask(f64),
    /// Plain: over the noised tokens.
    Uniform(f64),
}

/// One document, its end token among what is predicted. The padding behind it is not, but is noised
/// with the rest, or it would give the length of the text away.
fn add_row(rows: &mut Rows, document: &[u32], vocab: usize, noise: Noise, dice: &mut Stream) {
    let length = rows.length;
    let mut row = vec![END_ID];
    row.extend(document.iter().take(length - 1));
    let counted = (row.len() + 1).min(length);
    row.resize(length, END_ID);
    let start = rows.ids.len();
    rows.ids.extend_from_slice(&row);
    for (position, target) in row.iter().enumerate().skip(1) {
        let (noised, weight, tokens) = match noise {
            Noise::None => (None, Some(1.0), 1.0),
            Noise::Mask(level) if dice.uniform() < level => (Some(MASK_ID), Some(1.0 / level), 1.0),
            Noise::Mask(_) => (None, None, 1.0),
            Noise::Uniform(level) if dice.uniform() < level => {
                (Some(random_token(vocab, dice)), Some(1.0), 1.0)
            }
            Noise::Uniform(_) => (None, None, 0.0),
        };
        if let Some(id) = noised {
            rows.ids[start + position] = id;
        }
        if position >= counted {
            continue;
        }
        if let Some(weight) = weight {
            rows.picks.push((start + position - 1) as u32);
            rows.targets.push(*target);
            rows.weights.push(weight as f32);
        }
        rows.tokens += tokens;
    }
}
