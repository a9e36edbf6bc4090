//! Batches and their loss: the next token, and text from noise.
//!
//! The masked objective is MDLM's (arXiv 2406.07524): cross-entropy on the noised positions, each
//! row weighted by 1/t of its noise level. Rows with random tokens also learn, at a small weight, to
//! leave right tokens as they are, so that a sampler can tell right from wrong.

use candle_core::{Device, Tensor};

use super::corpus::{END_ID, MASK_ID};
use crate::cancel::Cancel;
use crate::diffusion::rng::{Purpose, Stream};
use crate::model::ops::cross_entropy;
use crate::model::transformer::Transformer;
use crate::model::{Attention, ModelConfig};
use crate::{Error, Result};

/// Share of the rows that learn the next token; the others learn from noise.
const CAUSAL_SHARE: f64 = 0.35;
/// Share of the rows that begin in the middle of a long document.
const FROM_THE_MIDDLE: f64 = 0.3;
/// What an end token behind the first one counts.
const PADDING_WEIGHT: f32 = 0.1;
/// Of the noised rows: masks only, then masks and random tokens; the rest has random tokens only.
const KINDS: (f64, f64) = (0.6, 0.85);
/// Share of the noised rows whose beginning, up to half, is left clean.
const CLEAN_PREFIX: f64 = 0.3;
/// 1/t is no larger than one over this.
const LEAST_LEVEL: f64 = 0.1;
/// Noise levels are drawn from here to 1.
const LOWEST_LEVEL: f64 = 0.03;
/// Share of visible tokens that count in rows with random tokens, and what they count.
const VISIBLE: (f64, f32) = (0.3, 0.3);

/// Whether batches made here mean to a model of `config` what they should.
///
/// # Errors
/// When its control tokens or its shift are others than those that training gives a model.
pub fn check(config: &ModelConfig) -> Result<()> {
    let ours = config.mask_id == Some(MASK_ID)
        && config.bos_id == Some(END_ID)
        && config.eos_ids == [END_ID]
        && config.shift_logits;
    if ours {
        return Ok(());
    }
    Err(Error::invalid(
        "only models made by remask train can be trained on or measured: \
         end token 0, mask token 1, shifted logits",
    ))
}

/// Rows of one length that go through the network together, and what is asked of them.
#[derive(Default)]
pub struct Rows {
    /// Rows x length token ids.
    pub ids: Vec<u32>,
    /// Tokens a row.
    pub length: usize,
    /// Rows of the logits that carry loss, counted through all rows, ascending.
    pub picks: Vec<u32>,
    /// The token that each should predict.
    pub targets: Vec<u32>,
    /// What each counts.
    pub weights: Vec<f32>,
    /// Tokens that the sum is divided by: all that are not padding, in every shard.
    pub tokens: f32,
}

impl Rows {
    fn ask(&mut self, position: usize, target: u32, weight: f32) {
        // Shifted logits: the row before a position predicts it.
        let start = self.ids.len() - self.length;
        self.picks.push((start + position - 1) as u32);
        self.targets.push(target);
        self.weights.push(weight);
    }

    /// These rows in parts of about `tokens` tokens, whose losses add up to that of the whole.
    pub fn shards(&self, tokens: usize) -> Vec<Self> {
        let width = (tokens / self.length.max(1)).max(1) * self.length;
        let starts = (0..self.ids.len()).step_by(width.max(1));
        starts
            .map(|start| {
                let end = (start + width).min(self.ids.len());
                let inside = |pick: &u32| (*pick as usize) < end;
                let first = self.picks.partition_point(|pick| (*pick as usize) < start);
                let last = first + self.picks[first..].iter().take_while(|p| inside(p)).count();
                Self {
                    ids: self.ids[start..end].to_vec(),
                    length: self.length,
                    picks: self.picks[first..last].iter().map(|p| p - start as u32).collect(),
                    targets: self.targets[first..last].to_vec(),
                    weights: self.weights[first..last].to_vec(),
                    tokens: self.tokens,
                }
            })
            .collect()
    }

    /// Weighted nats a token; nothing where nothing is asked.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn loss(&self, model: &Transformer, attention: Attention) -> Result<Option<Tensor>> {
        if self.picks.is_empty() {
            return Ok(None);
        }
        let shape = (self.ids.len() / self.length, self.length);
        let ids = Tensor::from_slice(&self.ids, shape, &Device::Cpu)?;
        let hidden = model.hidden(&ids, attention, &Cancel::never())?;
        let logits = model.logits_of_rows(&hidden, &self.picks)?;
        let nats = cross_entropy(&logits, self.targets.clone())?;
        let weights = Tensor::from_slice(&self.weights, self.weights.len(), &Device::Cpu)?;
        let weights = weights.to_dtype(nats.dtype())?;
        Ok(Some(((nats * weights)?.sum_all()? / f64::from(self.tokens.max(1.0)))?))
    }
}

/// A batch: rows for either objective.
#[derive(Default)]
pub struct Batch {
    /// For the next token.
    pub causal: Rows,
    /// For text from noise.
    pub noised: Rows,
}

/// The batch of a step: `rows` rows of `length` tokens from `documents`.
pub fn batch(
    documents: &[Vec<u32>],
    vocab: usize,
    (rows, length): (usize, usize),
    seed: u64,
    step: usize,
) -> Batch {
    let mut batch = Batch {
        causal: Rows { length, ..Rows::default() },
        noised: Rows { length, ..Rows::default() },
    };
    let causal_rows = ((rows as f64 * CAUSAL_SHARE).round() as usize).min(rows);
    let noised_rows = rows - causal_rows;
    for row in 0..rows {
        let mut dice = Stream::new(seed, step, Purpose::Training, row);
        let text = excerpt(documents, length, &mut dice);
        if row < causal_rows {
            add_causal(&mut batch.causal, &text);
        } else {
            // Stratified: the levels of a batch are spread evenly.
            let stratum = (row - causal_rows) as f64;
            let share = (stratum + dice.uniform()) / noised_rows as f64;
            let level = LOWEST_LEVEL + (1.0 - LOWEST_LEVEL) * share;
            add_noised(&mut batch.noised, &text, level, vocab, &mut dice);
        }
    }
    batch
}

/// The begin token and a stretch of a document, filled up with end tokens.
fn excerpt(documents: &[Vec<u32>], length: usize, dice: &mut Stream) -> Vec<u32> {
    let document = &documents[dice.below(documents.len())];
    let long = document.len() > length;
    let start = if long && dice.uniform() < FROM_THE_MIDDLE {
        dice.below(document.len() - length + 2)
    } else {
        0
    };
    let mut text = vec![END_ID];
    text.extend(document[start..].iter().take(length - 1));
    text.resize(length, END_ID);
    text
}

/// What the token at `position` counts: padding counts little.
fn weight(text: &[u32], position: usize) -> f32 {
    let padding = position > 1 && text[position] == END_ID && text[position - 1] == END_ID;
    if padding { PADDING_WEIGHT } else { 1.0 }
}

fn add_causal(rows: &mut Rows, text: &[u32]) {
    rows.ids.extend_from_slice(text);
    for (position, id) in text.iter().enumerate().skip(1) {
        let weight = weight(text, position);
        rows.ask(position, *id, weight);
        rows.tokens += weight;
    }
}

fn add_noised(rows: &mut Rows, text: &[u32], level: f64, vocab: usize, dice: &mut Stream) {
    let kind = dice.uniform();
    let random_share = if kind < KINDS.0 {
        0.0
    } else if kind < KINDS.1 {
        dice.uniform()
    } else {
        1.0
    };
    let clean = if dice.uniform() < CLEAN_PREFIX { dice.below(text.len() / 2 + 1) } else { 0 };
    let start = rows.ids.len();
    rows.ids.extend_from_slice(text);
    let scale = (1.0 / level.max(LEAST_LEVEL)) as f32;
    for (position, id) in text.iter().enumerate().skip(1) {
        let weight = weight(text, position);
        if position < clean {
            continue;
        }
        rows.tokens += weight;
        if dice.uniform() < level {
            let random = dice.uniform() < random_share;
            rows.ids[start + position] = if random { random_token(vocab, dice) } else { MASK_ID };
            rows.ask(position, *id, weight * scale);
        } else if random_share > 0.0 && dice.uniform() < VISIBLE.0 {
            rows.ask(position, *id, weight * VISIBLE.1);
        }
    }
}

/// Any token but the two control tokens, which have the lowest ids.
pub(super) fn random_token(vocab: usize, dice: &mut Stream) -> u32 {
    let controls = MASK_ID as usize + 1;
    (controls + dice.below(vocab - controls)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Vec<Vec<u32>> {
        (1..9).map(|n| (0..n * 9).map(|i| 2 + (i % 30) as u32).collect()).collect()
    }

    #[test]
    fn every_pick_is_the_row_before_its_target() {
        for step in 0..20 {
            let batch = batch(&documents(), 40, (12, 32), 3, step);
            let causal = &batch.causal;
            for (pick, target) in causal.picks.iter().zip(&causal.targets) {
                assert_eq!(causal.ids[*pick as usize + 1], *target);
            }
            for rows in [&batch.causal, &batch.noised] {
                assert!(rows.ids.chunks(32).all(|row| row[0] == END_ID));
                assert_eq!(
                    (rows.picks.len(), rows.targets.len()),
                    (rows.weights.len(), rows.weights.len())
                );
                assert!(!rows.targets.contains(&MASK_ID));
                let last = rows.length as u32 - 1;
                assert!(rows.picks.iter().all(|pick| pick % rows.length as u32 != last));
            }
            assert_eq!(causal.ids.len() + batch.noised.ids.len(), 12 * 32);
        }
    }

    #[test]
    fn shards_hold_every_row_and_pick_once() {
        let rows = batch(&documents(), 40, (12, 32), 3, 1).noised;
        let shards = rows.shards(70);
        assert_eq!(shards.len(), rows.ids.len().div_ceil(64));
        let ids: Vec<u32> = shards.iter().flat_map(|shard| shard.ids.clone()).collect();
        assert_eq!(ids, rows.ids);
        let picks = shards.iter().enumerate().flat_map(|(index, shard)| {
            shard.picks.iter().map(move |pick| index as u32 * 64 + pick)
        });
        assert_eq!(picks.collect::<Vec<_>>(), rows.picks);
        assert!(shards.iter().all(|shard| shard.tokens == rows.tokens));
    }

    #[test]
    fn a_step_has_its_own_batch_and_keeps_it() {
        let ids = |step| batch(&documents(), 40, (6, 32), 3, step).noised.ids;
        assert_eq!(ids(4), ids(4));
        assert_ne!(ids(4), ids(5));
    }
}
