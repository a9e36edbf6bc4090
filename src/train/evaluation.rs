//! What a model is worth, on text that it was not trained on.

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::{D, Tensor};

use super::corpus::{END_ID, Encoded, MASK_ID};
use super::noising::random_token;
use super::objective::Objective;
use super::shard::Shard;
use crate::model::layout::Inside;
use crate::model::transformer::Transformer;
use crate::rng::{Purpose, Stream};
use crate::runtime::Workers;
use crate::{Error, Result};

/// Noise levels of the bound for a whole canvas.
const LEVELS: [f64; 10] = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95];
/// Those of the bounds for blocks, of which there are many.
const BLOCK_LEVELS: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// Lengths of the blocks.
pub const BLOCKS: [usize; 4] = [4, 8, 16, 32];
/// Noise levels at which random tokens are told from right ones.
pub const UNIFORM_LEVELS: [f64; 3] = [0.2, 0.5, 0.8];
/// Masks of a draft.
pub const DEPTHS: usize = 4;
/// Tokens from one place where drafts are tried to the next.
const DRAFT_EVERY: usize = 16;

/// Held-out figures. Losses are in nats a token; padding is not counted.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Figures {
    /// Next token under causal attention.
    pub next_token: f64,
    /// Block diffusion, for each of [`BLOCKS`]: the mean over five noise levels of the 1/t-weighted loss of
    /// blocks that lie end to end, each behind clean causal text: a bound on the negative log-likelihood
    /// (BD3-LM, arXiv 2503.09573).
    pub blocks: [f64; BLOCKS.len()],
    /// Diffusion of a whole canvas from masks: the mean over ten noise levels of the 1/t-weighted loss, a
    /// bound on the negative log-likelihood (MDLM, arXiv 2406.07524), but for what the padding behind a
    /// text gives away of its length: the padding is noised with the rest, and not counted.
    pub elbo: f64,
    /// Loss on the noised tokens of a whole canvas at each of [`UNIFORM_LEVELS`], with random tokens as
    /// noise.
    pub uniform: [f64; 3],
    /// Acceptance of drafts by depth: the sum of min(p, q) over the vocabulary, p being what the next-token
    /// rows say and q the draft head, both given the right tokens before. Nothing where there is no head.
    pub acceptance: Option<[f64; DEPTHS]>,
    /// The same where q is what the masks say that stand behind the prefix, without a draft head.
    pub acceptance_of_masks: [f64; DEPTHS],
    /// Characters a token, to turn nats a token into nats a character.
    pub characters_per_token: f64,
}

/// What a model is measured on, and how.
pub struct HeldOutEval<'a> {
    /// The documents.
    pub text: &'a Encoded,
    /// Size of the vocabulary, for random tokens.
    pub vocab: usize,
    /// Tokens of each document that are looked at.
    pub length: usize,
    /// Who does the work.
    pub workers: &'a Workers,
    /// Ends it, where it is set meanwhile.
    pub stop: Option<&'a AtomicBool>,
}

impl HeldOutEval<'_> {
    /// Measures `model`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once it is to stop, or what the tensor library says.
    pub fn of(&self, model: &Transformer) -> Result<Figures> {
        let mean = |noise: &(dyn Fn(usize) -> Noising + Sync), count: usize| -> Result<f64> {
            let losses: Result<Vec<f64>> =
                (0..count).map(|index| self.mean_loss(model, noise(index))).collect();
            Ok(losses?.iter().sum::<f64>() / count as f64)
        };
        let mut blocks = [0.0; BLOCKS.len()];
        for (nats, length) in blocks.iter_mut().zip(BLOCKS) {
            *nats = mean(&|i| Noising::Blocks(length, BLOCK_LEVELS[i]), BLOCK_LEVELS.len())?;
        }
        let mut uniform = [0.0; 3];
        for (slot, level) in uniform.iter_mut().zip(UNIFORM_LEVELS) {
            *slot = self.mean_loss(model, Noising::Uniform(level))?;
        }
        let [masks, head] = self.acceptance(model)?;
        Ok(Figures {
            next_token: self.mean_loss(model, Noising::None)?,
            blocks,
            elbo: mean(&|i| Noising::Mask(LEVELS[i]), LEVELS.len())?,
            uniform,
            acceptance: model.drafts().then_some(head),
            acceptance_of_masks: masks,
            characters_per_token: self.text.characters as f64 / self.text.tokens().max(1) as f64,
        })
    }

    /// `work` for each document, while nobody stops it.
    fn map<R: Send>(&self, work: impl Fn(usize, &[u32]) -> Result<R> + Sync) -> Result<Vec<R>> {
        let documents: Vec<(usize, &Vec<u32>)> = self.text.documents.iter().enumerate().collect();
        self.workers.map(&documents, |(index, document)| match self.stop {
            Some(stop) if stop.load(Ordering::Relaxed) => Err(Error::Cancelled),
            _ => work(*index, document),
        })
    }

    /// One objective's loss over all documents.
    fn mean_loss(&self, model: &Transformer, noise: Noising) -> Result<f64> {
        let objective =
            if noise == Noising::None { Objective::NextToken } else { Objective::Noise };
        let sums = self.map(|index, document| {
            let mut rng = Stream::new(0, 0, Purpose::Training, index);
            let given = self.text.given[index];
            let (shard, tokens) = self.shard(document, given, noise, &mut rng);
            let hidden = shard.hidden(model, None)?;
            let nats = match shard.loss(model, &hidden, objective)? {
                Some(loss) => f64::from(loss.to_scalar::<f32>()?),
                None => 0.0,
            };
            Ok((nats, tokens))
        })?;
        let (nats, tokens) =
            sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        Ok(nats / tokens.max(1.0))
    }

    /// One document, its end token among what is predicted, and the tokens that its nats are divided by.
    fn shard(
        &self,
        document: &[u32],
        given: usize,
        noise: Noising,
        rng: &mut Stream,
    ) -> (Shard, f64) {
        let mut text = vec![END_ID];
        text.extend(document.iter().take(self.length - 1));
        let counted = (text.len() + 1).min(self.length);
        let given = given.min(counted.saturating_sub(2));
        // Padding is noised with the rest, or it would give the length of the text away; an answer to what is
        // given is as long as it is.
        let length = if given > 0 { counted } else { self.length };
        text.resize(length, END_ID);
        let mut shard = Shard::default();
        match noise {
            Noising::None => {
                let rows = shard.push(&text[..counted - 1], 0, 0..0, Inside::Causal);
                for row in rows.clone().skip(given) {
                    shard.ask(Objective::NextToken, row, text[row + 1], 1.0);
                }
                (shard, rows.len().saturating_sub(given) as f64)
            }
            Noising::Mask(_) | Noising::Uniform(_) => {
                if given > 0 {
                    shard.push(&text[..given], 0, 0..0, Inside::Causal);
                }
                let block = (given, length - 1 - given);
                let tokens = self.add_block(&mut shard, &text, block, noise, counted, rng);
                (shard, tokens)
            }
            Noising::Blocks(length, _) => {
                shard.push(&text[..counted - 1], 0, 0..0, Inside::Causal);
                let mut tokens = 0.0;
                for anchor in (given..counted - 1).step_by(length) {
                    let length = length.min(text.len() - anchor - 1);
                    let block = (anchor, length);
                    tokens += self.add_block(&mut shard, &text, block, noise, counted, rng);
                }
                (shard, tokens)
            }
        }
    }

    /// The block of `length` tokens behind `anchor`; of its tokens those before `counted` count.
    fn add_block(
        &self,
        shard: &mut Shard,
        text: &[u32],
        (anchor, length): (usize, usize),
        noise: Noising,
        counted: usize,
        rng: &mut Stream,
    ) -> f64 {
        let mut ids = text[anchor..=anchor + length].to_vec();
        let mut tokens = 0.0;
        let mut asked = Vec::new();
        for (row, id) in ids.iter_mut().enumerate().skip(1) {
            let (noised, weight, counts) = noise.at(self.vocab, rng);
            if anchor + row < counted {
                tokens += counts;
                if noised.is_some() {
                    asked.push((row - 1, text[anchor + row], weight));
                }
            }
            *id = noised.unwrap_or(*id);
        }
        let rows = shard.push(&ids, anchor, 0..anchor, Inside::Bidirectional);
        for (row, target, weight) in asked {
            shard.ask(Objective::Noise, rows.start + row, target, weight);
        }
        tokens
    }

    /// Acceptance by depth of what masks say alone, and of what the draft head makes of it.
    fn acceptance(&self, model: &Transformer) -> Result<[[f64; DEPTHS]; 2]> {
        let sums = self.map(|index, document| {
            let mut text = vec![END_ID];
            text.extend(document.iter().take(self.length - 1));
            drafted(model, &text, self.text.given[index])
        })?;
        let mut means = [[0.0; DEPTHS]; 2];
        let count: f64 = sums.iter().map(|(_, count)| *count as f64).sum();
        for (sums, _) in &sums {
            for (means, sums) in means.iter_mut().zip(sums) {
                for (mean, sum) in means.iter_mut().zip(sums) {
                    *mean += sum / count.max(1.0);
                }
            }
        }
        Ok(means)
    }
}

/// What becomes of a token.
#[derive(Clone, Copy, PartialEq)]
enum Noising {
    /// Nothing: every token is predicted from those before it.
    None,
    /// A mask with this probability, in one canvas: the bound, weighted by 1/t over all tokens.
    Mask(f64),
    /// The same in blocks of this length.
    Blocks(usize, f64),
    /// A random token with this probability: plain, over the noised tokens.
    Uniform(f64),
}

impl Noising {
    /// What stands at a place, what its loss counts, and what the place does.
    fn at(self, vocab: usize, rng: &mut Stream) -> (Option<u32>, f32, f64) {
        match self {
            Self::None => (None, 1.0, 1.0),
            Self::Mask(level) | Self::Blocks(_, level) => {
                let noised = rng.uniform() < level;
                (noised.then_some(MASK_ID), (1.0 / level) as f32, 1.0)
            }
            Self::Uniform(level) => {
                let noised = rng.uniform() < level;
                (noised.then(|| random_token(vocab, rng)), 1.0, f64::from(u8::from(noised)))
            }
        }
    }
}

/// Acceptance of drafts behind every sixteenth token of `text`, summed by depth: of masks alone and with
/// the head; and how many there were.
fn drafted(model: &Transformer, text: &[u32], given: usize) -> Result<([[f64; DEPTHS]; 2], usize)> {
    let mut shard = Shard::default();
    let clean = shard.push(text, 0, 0..0, Inside::Causal);
    let anchors = (given..text.len().saturating_sub(DEPTHS + 1)).step_by(DRAFT_EVERY);
    let mut judged = Vec::new();
    for anchor in anchors {
        let context = clean.start..clean.start + anchor + 1;
        let rows = shard.push(&[MASK_ID; DEPTHS], anchor + 1, context, Inside::Bidirectional);
        for (depth, row) in rows.enumerate() {
            let position = anchor + 2 + depth;
            shard.ask_draft(row, text, position);
            // Shifted logits: the clean row before a position predicts it.
            judged.push((clean.start + position - 1) as u32);
        }
    }
    let mut sums = [[0.0; DEPTHS]; 2];
    let asked = &shard.asked[Objective::Draft as usize];
    if asked.rows.is_empty() {
        return Ok((sums, 0));
    }
    let hidden = shard.hidden(model, None)?;
    let p = probabilities(&model.logits_of_rows(&hidden, &judged)?)?;
    let mut drafts = vec![probabilities(&model.logits_of_rows(&hidden, &asked.rows)?)?];
    if model.drafts() {
        drafts.push(probabilities(&model.draft_logits(&hidden, &asked.rows, &asked.previous)?)?);
    }
    for (sums, q) in sums.iter_mut().zip(&drafts) {
        let accepted: Vec<f32> = p.minimum(q)?.sum(D::Minus1)?.to_vec1()?;
        for (index, accepted) in accepted.iter().enumerate() {
            sums[index % DEPTHS] += f64::from(*accepted);
        }
    }
    Ok((sums, asked.rows.len() / DEPTHS))
}

/// The softmax of each row.
fn probabilities(logits: &Tensor) -> Result<Tensor> {
    let top = logits.max_keepdim(D::Minus1)?;
    let weights = logits.broadcast_sub(&top)?.exp()?;
    Ok(weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?)
}
