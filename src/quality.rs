//! What a finished text is worth, so that no sampler looks good by repeating one word.
//!
//! A judge that writes from left to right says how likely the text is. Likelihood alone rewards
//! loops, which are easy to foresee; so the same nats are also given for each *new* pair of
//! neighbouring tokens: a text that says everything twice has half as many of them.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use crate::cancel::Cancel;
use crate::model::{Backbone, LanguageModel, Logits, Tokenizer};
use crate::{Error, Result};

/// The reading of one text, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
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
    /// The entropy of how often each token occurs in its text, in nats, times the tokens of the text.
    pub unigram_nats: f64,
}

/// A model that writes from left to right, and reads what others wrote.
pub struct Judge(LanguageModel);

impl Judge {
    /// `model` as the judge.
    ///
    /// # Errors
    /// When it was not trained to write the next token.
    pub fn new(model: LanguageModel) -> Result<Self> {
        if model.config().trained_on_next_token {
            return Ok(Self(model));
        }
        Err(Error::invalid(format!(
            "{} was not trained to write the next token, so it cannot judge; choose another judge, or \
             leave it out for the bundled model",
            model.name()
        )))
    }

    /// What the judge is called.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// A line on who judges whom, for whoever reads the numbers.
    pub fn note(&self, writers: &[&LanguageModel]) -> String {
        if writers.iter().any(|writer| self.0.shares_weights_with(writer)) {
            format!("judged by {} itself", self.name())
        } else {
            format!("judged by {}", self.name())
        }
    }

    /// Reads the tokens at `answer` of `ids`, each given all before it, up to the context of the judge.
    /// `tokenizer` is the writer's; where the judge has another, the text is cut into the judge's
    /// tokens, and it is those that are counted.
    ///
    /// # Errors
    /// When the judge cannot read the text, or [`Error::Cancelled`].
    pub fn read(
        &self,
        tokenizer: &Tokenizer,
        ids: &[u32],
        answer: Range<usize>,
        cancel: &Cancel,
    ) -> Result<Quality> {
        if self.0.tokenizer().has_the_tokens_of(tokenizer) {
            return self.read_ids(ids, answer, cancel);
        }
        let mut own: Vec<u32> = self.0.config().bos_id.into_iter().collect();
        own.extend(self.0.tokenizer().encode(&tokenizer.decode(&ids[..answer.start]))?);
        let start = own.len();
        own.extend(self.0.tokenizer().encode(&tokenizer.decode(&ids[answer]))?);
        self.read_ids(&own, start..own.len(), cancel)
    }

    fn read_ids(&self, ids: &[u32], answer: Range<usize>, cancel: &Cancel) -> Result<Quality> {
        // The first token of all has nothing in front of it that could foretell it.
        let start = answer.start.max(1).min(ids.len());
        let answer = start..answer.end.max(start).min(ids.len().max(start));
        let mut quality = Quality::counts(&ids[answer.clone()]);
        let context = self.0.context();
        let mut at = answer.start;
        while at < answer.end {
            // A text that is too long is read in windows that overlap by half.
            let from = if answer.end <= context { 0 } else { at.saturating_sub(context / 2) };
            let to = answer.end.min(from + context);
            let rows = at - 1 - from..to - 1 - from;
            let logits = self.0.causal_logits(&ids[from..to], rows, cancel)?;
            let of: Vec<(usize, u32)> = (at..to).map(|index| (index - at, ids[index])).collect();
            let read = self.0.threads().run(|| logits.log_probabilities(&of))?;
            quality.nats -= read.iter().sum::<f64>();
            at = to;
        }
        Ok(quality)
    }
}

impl Quality {
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
            unigram_nats: unigram_nats(tokens),
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
        self.unigram_nats += other.unigram_nats;
    }

    /// Nats a token: the negative log-likelihood.
    pub fn nats_per_token(&self) -> f64 {
        self.nats / self.tokens.max(1) as f64
    }

    /// The judge's perplexity, `exp` of [`Quality::nats_per_token`]: generative perplexity where the judge is
    /// not the writer. It says little without [`Quality::unigram_entropy`] (MDLM, arXiv 2406.07524; ReMDM,
    /// arXiv 2503.00307): a text of few words is easy to foresee.
    pub fn perplexity(&self) -> f64 {
        self.nats_per_token().exp()
    }

    /// The entropy of the tokens of a text by how often each occurs in it, in nats; the mean of several texts
    /// by their tokens.
    pub fn unigram_entropy(&self) -> f64 {
        self.unigram_nats / self.tokens.max(1) as f64
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

/// The entropy of `tokens` by how often each occurs, times their number.
fn unigram_nats(tokens: &[u32]) -> f64 {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for token in tokens {
        *counts.entry(*token).or_default() += 1;
    }
    let all = tokens.len() as f64;
    counts.values().map(|count| *count as f64 * (all / *count as f64).ln()).sum()
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
        // Three ones, three twos and a three.
        let entropy = 2.0 * 3.0 / 7.0 * (7.0f64 / 3.0).ln() + 7.0f64.ln() / 7.0;
        assert!((quality.unigram_entropy() - entropy).abs() < 1e-12);
        assert_eq!(Quality::counts(&[5, 5]).unigram_entropy(), 0.0);
        assert_eq!(Quality { tokens: 2, nats: 2.0, ..quality }.perplexity(), 1.0f64.exp());
    }

    #[test]
    fn a_text_that_repeats_one_word_reads_worse_than_a_real_one() {
        let model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let tokenizer = std::sync::Arc::clone(model.tokenizer());
        let judge = Judge::new(model).unwrap();
        let read = |text: &str| {
            let mut ids = vec![0];
            ids.extend(tokenizer.encode(text).unwrap());
            judge.read(&tokenizer, &ids, 1..ids.len(), &Cancel::never()).unwrap()
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
    #[test]
    fn a_text_longer_than_the_judge_can_read_is_read_in_windows() {
        let model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let tokenizer = std::sync::Arc::clone(model.tokenizer());
        let context = model.context();
        let judge = Judge::new(model).unwrap();
        let mut ids = vec![0];
        ids.extend(tokenizer.encode(&"Tom saw a big dog. ".repeat(300)).unwrap());
        assert!(ids.len() > context + context / 2);
        let all = judge.read(&tokenizer, &ids, 1..ids.len(), &Cancel::never()).unwrap();
        assert_eq!(all.tokens, ids.len() - 1);
        // The first window is the whole text up to there.
        let first = judge.read(&tokenizer, &ids[..context], 1..context, &Cancel::never()).unwrap();
        assert!(all.nats > first.nats && all.nats < 3.0 * first.nats, "{all:?} {first:?}");
    }

    #[test]
    fn a_writer_with_other_tokens_is_read_as_text() {
        let model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let own = std::sync::Arc::clone(model.tokenizer());
        let judge = Judge::new(model).unwrap();
        let json = include_bytes!("../tests/fixtures/llada-tiny/tokenizer.json");
        let other = Tokenizer::from_json("other", json).unwrap();
        let (prompt, answer) = ("Once upon a time", ", there was a dog.");
        let read = |tokenizer: &Tokenizer, bos: &[u32]| {
            let mut ids = bos.to_vec();
            ids.extend(tokenizer.encode(prompt).unwrap());
            let start = ids.len();
            ids.extend(tokenizer.encode(answer).unwrap());
            judge.read(tokenizer, &ids, start..ids.len(), &Cancel::never()).unwrap()
        };
        let (ours, theirs) = (read(&own, &[0]), read(&other, &[]));
        assert!(ours.tokens > 3);
        assert_eq!((ours.tokens, ours.nats), (theirs.tokens, theirs.nats));
    }
}
