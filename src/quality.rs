//! What a finished text is worth, so that no sampler looks good by repeating one word.
//!
//! A judge that writes from left to right says how likely the text is. Likelihood alone rewards
//! loops, which are easy to foresee; so the same nats are also given for each *new* pair of
//! neighbouring tokens: a text that says everything twice has half as many of them.

use std::collections::HashSet;
use std::ops::Range;

use crate::Result;
use crate::model::{Attention, LanguageModel};

/// The reading of one text, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Tokens that were judged.
    pub tokens: usize,
    /// What the judge pays for all of them, in nats.
    pub nats: f64,
    /// Pairs of neighbouring tokens.
    pub pairs: usize,
    /// Different ones among them.
    pub new_pairs: usize,
    /// Runs of four tokens.
    pub fours: usize,
    /// Those that had stood in the same text before.
    pub repeated_fours: usize,
}

impl Quality {
    /// Reads the tokens at `answer` of `ids`, each given all before it. `judge` must be a model that was
    /// trained on the next token, with the vocabulary of the text.
    ///
    /// # Errors
    /// When the text does not fit the judge.
    pub fn of(judge: &LanguageModel, ids: &[u32], answer: Range<usize>) -> Result<Self> {
        let start = answer.start.max(1);
        let answer = start..answer.end.max(start).min(ids.len().max(start));
        let mut quality = Self::counts(&ids[answer.clone()]);
        if answer.is_empty() {
            return Ok(quality);
        }
        let logits = judge.raw_logits(&ids[..answer.end], Attention::Causal)?;
        quality.nats = answer.map(|at| surprise(logits.row(0, at - 1), ids[at])).sum();
        Ok(quality)
    }

    /// Everything but the nats.
    fn counts(tokens: &[u32]) -> Self {
        let new_pairs: HashSet<&[u32]> = tokens.windows(2).collect();
        let mut seen: HashSet<&[u32]> = HashSet::new();
        let repeated_fours = tokens.windows(4).filter(|run| !seen.insert(run)).count();
        Self {
            tokens: tokens.len(),
            nats: 0.0,
            pairs: tokens.windows(2).count(),
            new_pairs: new_pairs.len(),
            fours: tokens.windows(4).count(),
            repeated_fours,
        }
    }

    /// Both texts together; pairs and fours are told apart within each.
    pub fn add(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.nats += other.nats;
        self.pairs += other.pairs;
        self.new_pairs += other.new_pairs;
        self.fours += other.fours;
        self.repeated_fours += other.repeated_fours;
    }

    /// Nats a token: the negative log-likelihood.
    pub fn nats_per_token(&self) -> f64 {
        self.nats / self.tokens.max(1) as f64
    }

    /// Nats for each new pair: the combined reading, lower is better.
    pub fn nats_per_new_pair(&self) -> f64 {
        self.nats / self.new_pairs.max(1) as f64
    }

    /// The share of different pairs among all (distinct-2), 0 to 1.
    pub fn distinct(&self) -> f64 {
        self.new_pairs as f64 / self.pairs.max(1) as f64
    }

    /// The share of runs of four tokens that had stood before, 0 to 1.
    pub fn repetition(&self) -> f64 {
        self.repeated_fours as f64 / self.fours.max(1) as f64
    }
}

/// Minus the logarithm of the probability of `token`.
fn surprise(logits: &[f32], token: u32) -> f64 {
    let top = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let total: f64 = logits.iter().map(|logit| (f64::from(*logit) - top).exp()).sum();
    top + total.ln() - f64::from(logits[token as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Threads;

    #[test]
    fn pairs_and_fours_are_counted() {
        let quality = Quality::counts(&[1, 2, 1, 2, 1, 2, 3]);
        assert_eq!((quality.pairs, quality.new_pairs), (6, 3));
        assert_eq!((quality.fours, quality.repeated_fours), (4, 1));
        assert_eq!(Quality::counts(&[]).distinct(), 0.0);
    }

    #[test]
    fn a_text_that_repeats_one_word_reads_worse_than_a_real_one() {
        let judge = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let read = |text: &str| {
            let mut ids = vec![0];
            ids.extend(judge.tokenizer().encode(text).unwrap());
            Quality::of(&judge, &ids, 1..ids.len()).unwrap()
        };
        let real = read(
            "Once upon a time, there was a little dog named Max. Max liked to run in the park. One \
             day, he saw a cat in a tall tree. The cat was sad and could not come down. Max barked \
             until a kind man came with a ladder and helped the cat.",
        );
        let loops = read(&"Lily was very happy. ".repeat(14));
        let one = read(&" the".repeat(60));
        assert!(one.nats_per_new_pair() > 3.0 * real.nats_per_new_pair());
        assert!(loops.nats_per_new_pair() > real.nats_per_new_pair(), "{loops:?} {real:?}");
        assert!(real.repetition() < 0.1 && loops.repetition() > 0.8);
    }
}
