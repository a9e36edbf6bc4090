//! How a piece of text becomes noise, and what is asked of it then.

use super::corpus::{END_ID, MASK_ID};
use super::objective::Objective;
use super::shard::Shard;
use crate::model::layout::Inside;
use crate::rng::Stream;

/// What an end token behind the first one counts.
const PADDING_WEIGHT: f32 = 0.1;
/// 1/t is no larger than one over this: few tokens that count much make a gradient of little else than
/// chance.
const LEAST_LEVEL: f64 = 0.25;
/// Share of visible tokens that count in blocks with random tokens, and what they count.
const VISIBLE: (f64, f32) = (0.3, 0.3);

/// What stands in the place of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseKind {
    /// The mask.
    Masks,
    /// A random token in so large a share of the places, the mask in the others.
    Mixed(f64),
    /// A random token.
    Random,
}

impl NoiseKind {
    /// Of three kinds, masks come in the first two thirds of the cases.
    pub fn draw(rng: &mut Stream) -> Self {
        match rng.uniform() {
            kind if kind < 0.66 => Self::Masks,
            kind if kind < 0.83 => Self::Mixed(rng.uniform()),
            _ => Self::Random,
        }
    }

    fn random_share(self) -> f64 {
        match self {
            Self::Masks => 0.0,
            Self::Mixed(share) => share,
            Self::Random => 1.0,
        }
    }
}

/// A block of `text` behind its token `anchor`: what is noised in it, and with what.
pub struct NoisedBlock<'a> {
    /// The document from its begin token on, with an end token where the block goes beyond its end.
    pub text: &'a [u32],
    /// The last token before the block, which is seen again in it: the row that predicts its first token.
    pub anchor: usize,
    /// For each token of the block, whether it is noise.
    pub noised: &'a [bool],
    /// The share of noise that was meant.
    pub level: f64,
    /// What noise is.
    pub kind: NoiseKind,
    /// Size of the vocabulary.
    pub vocab: usize,
}

impl NoisedBlock<'_> {
    /// Puts the block behind its document, whose clean tokens begin at row `clean` of `shard`. Returns
    /// the tokens, padding at its weight, that the sum of its nats is to be divided by.
    pub fn add(&self, shard: &mut Shard, clean: usize, rng: &mut Stream) -> f32 {
        let share = self.kind.random_share();
        let mut ids = vec![self.text[self.anchor]];
        let mut asked = Vec::new();
        let mut tokens = 0.0;
        let scale = (1.0 / self.level.max(LEAST_LEVEL)) as f32;
        for (row, noised) in self.noised.iter().enumerate() {
            let position = self.anchor + 1 + row;
            let id = self.text[position];
            let weight = weight(self.text, position);
            tokens += weight;
            if *noised {
                let random = share > 0.0 && rng.uniform() < share;
                ids.push(if random { random_token(self.vocab, rng) } else { MASK_ID });
                asked.push((row, id, weight * scale));
            } else {
                ids.push(id);
                if share > 0.0 && rng.uniform() < VISIBLE.0 {
                    asked.push((row, id, weight * VISIBLE.1));
                }
            }
        }
        let context = clean..clean + self.anchor;
        let rows = shard.push(&ids, self.anchor, context, Inside::Bidirectional);
        for (row, target, weight) in asked {
            shard.ask(Objective::Noise, rows.start + row, target, weight);
        }
        tokens
    }
}

/// What the token at `position` counts: padding counts little.
fn weight(text: &[u32], position: usize) -> f32 {
    let padding = position > 1 && text[position] == END_ID && text[position - 1] == END_ID;
    if padding { PADDING_WEIGHT } else { 1.0 }
}

/// Any token but the two control tokens, which have the lowest ids.
pub fn random_token(vocab: usize, rng: &mut Stream) -> u32 {
    let controls = MASK_ID as usize + 1;
    (controls + rng.below(vocab - controls)) as u32
}

/// Which of `length` tokens are noise: each with probability `level`, one at least.
pub fn scattered(length: usize, level: f64, rng: &mut Stream) -> Vec<bool> {
    let mut noised: Vec<bool> = (0..length).map(|_| rng.uniform() < level).collect();
    if !noised.contains(&true) && length > 0 {
        noised[rng.below(length)] = true;
    }
    noised
}

/// Which of `length` tokens are noise: one to three holes, with text around them. About half.
pub fn holes(length: usize, rng: &mut Stream) -> Vec<bool> {
    let mut noised = vec![false; length];
    let count = 1 + rng.below(3);
    for _ in 0..count {
        let size = 1 + rng.below((length / (count + 1)).max(1));
        let start = rng.below(length.saturating_sub(size) + 1);
        noised[start..(start + size).min(length)].fill(true);
    }
    noised
}
