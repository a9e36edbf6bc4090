//! Logits in this machine's memory.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::row::{draw_from_row, likeliest};
use super::{Distributions, DrawRequest, DrawRule, Drawn, Logits};
use crate::backbone::Vocabulary;
use crate::ops::Softmax;
use remask_base::rng::{Purpose, Stream};
use remask_base::{Error, Result};

/// Whether so many rows of `vocab` logits are shared among threads: below some thousand logits a second one
/// costs more than it saves, and a single row stays with whoever asks.
pub fn is_worth_sharing(rows: usize, vocab: usize) -> bool {
    rows > 1 && rows * vocab >= 1 << 15
}

/// Canvases x rows x vocabulary, f32, row-major.
#[derive(Clone, Debug)]
pub struct HostLogits {
    data: Vec<f32>,
    rows: usize,
    vocab: usize,
}

impl HostLogits {
    /// Wraps `data` of canvases x `rows` x `vocab` values.
    pub fn new(data: Vec<f32>, rows: usize, vocab: usize) -> Self {
        debug_assert!(data.len().is_multiple_of((rows * vocab).max(1)));
        Self { data, rows, vocab }
    }

    /// As [`HostLogits::new`], behind the handle.
    pub fn boxed(data: Vec<f32>, rows: usize, vocab: usize) -> Box<dyn Logits> {
        Box::new(Self::new(data, rows, vocab))
    }

    /// With the canvases of `others`, of as many rows, behind its own.
    #[must_use]
    pub(crate) fn followed_by(mut self, others: Self) -> Self {
        debug_assert_eq!((self.rows, self.vocab), (others.rows, others.vocab));
        self.data.extend(others.data);
        self
    }

    /// The numbers, as [`Logits::into_vec`] gives them.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// The `index`-th row of the first canvas, (V).
    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * self.vocab..(index + 1) * self.vocab]
    }

    /// What `read` makes of each of `rows`, in their order.
    fn map<T: Send>(&self, rows: Range<usize>, read: impl Fn(&[f32]) -> T + Sync) -> Vec<T> {
        if is_worth_sharing(rows.len(), self.vocab) {
            return rows.into_par_iter().map(|row| read(self.row(row))).collect();
        }
        rows.map(|row| read(self.row(row))).collect()
    }

    /// Refuses what no text can be `drawn` from. Of a network that fails every logit is not a number, of a broken
    /// row of its head one is, and then no probability is one.
    fn check(&self, requests: &[DrawRequest], drawn: &[Drawn]) -> Result<()> {
        let fails = |(request, drawn): (&DrawRequest, &Drawn)| {
            let asked = !drawn.prediction.candidates.is_empty();
            self.row(request.row)[drawn.prediction.likeliest as usize].is_nan()
                || (asked && drawn.prediction.confidence.is_nan())
        };
        if requests.iter().zip(drawn).any(fails) {
            return Err(Error::NotFinite(
                "the network's logits are not numbers: its weights are damaged, or its configuration is not \
                 theirs; download the checkpoint again"
                    .into(),
            ));
        }
        Ok(())
    }
}

impl Logits for HostLogits {
    fn guide(&mut self, scale: f64) -> Result<()> {
        let (conditional, unconditional) = self.data.split_at_mut(self.rows * self.vocab);
        if unconditional.len() < conditional.len() {
            return Err(Error::Internal("there is no second canvas to be guided by".into()));
        }
        let weight = scale as f32 + 1.0;
        for (c, u) in conditional.iter_mut().zip(unconditional) {
            *c = *u + weight * (*c - *u);
        }
        Ok(())
    }

    fn add(&mut self, amounts: &[(usize, u32, f32)]) -> Result<()> {
        for (row, token, amount) in amounts {
            self.data[row * self.vocab + *token as usize] += amount;
        }
        Ok(())
    }

    fn join(&mut self, tokens: &[u32], to: u32) -> Result<()> {
        let shown = self.rows * self.vocab;
        for row in self.data[..shown].chunks_exact_mut(self.vocab) {
            for token in tokens {
                let [from, sum] = [*token, to].map(|token| row[token as usize]);
                // Nothing to give; what is not a number stays, to be refused when it is drawn from.
                if from == f32::NEG_INFINITY || from.is_nan() {
                    continue;
                }
                // ln(e^a + e^b), the larger one taken out.
                row[to as usize] = from.max(sum) + (-(from - sum).abs()).exp().ln_1p();
                row[*token as usize] = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    fn likeliest(
        &self,
        rows: Range<usize>,
        vocabulary: &Vocabulary,
        without: &[u32],
    ) -> Result<Vec<(u32, f64)>> {
        let may = |token: u32| vocabulary.may_draw(token) && !without.contains(&token);
        Ok(self.map(rows, |row| {
            let token = likeliest(row, may);
            (token, Softmax::of(row).probability(row[token as usize]))
        }))
    }

    fn log_probabilities(&self, of: &[(usize, u32)]) -> Result<Vec<f64>> {
        let read = |(row, token): &(usize, u32)| {
            let row = self.row(*row);
            Softmax::of(row).log_probability(row[*token as usize])
        };
        if is_worth_sharing(of.len(), self.vocab) {
            return Ok(of.par_iter().map(read).collect());
        }
        Ok(of.iter().map(read).collect())
    }

    fn distributions(&self, rows: Range<usize>) -> Result<Arc<dyn Distributions>> {
        let count = rows.len();
        let mut probabilities = vec![0.0; count * self.vocab];
        let logits = &self.data[rows.start * self.vocab..rows.end * self.vocab];
        let write =
            |(out, row): (&mut [f32], &[f32])| Softmax::of(row).write_probabilities(row, out);
        // A vocabulary of nothing has no rows.
        let vocab = self.vocab.max(1);
        if is_worth_sharing(count, vocab) {
            let rows =
                probabilities.par_chunks_exact_mut(vocab).zip(logits.par_chunks_exact(vocab));
            rows.for_each(write);
        } else {
            probabilities.chunks_exact_mut(vocab).zip(logits.chunks_exact(vocab)).for_each(write);
        }
        Ok(Arc::new(HostDistributions { probabilities, vocab: self.vocab }))
    }

    fn draw(&mut self, requests: &[DrawRequest], rule: &DrawRule<'_>) -> Result<Vec<Drawn>> {
        debug_assert!(
            requests.is_sorted_by(|a, b| a.row < b.row),
            "rows are asked for in their order"
        );
        let mut wanted = requests.iter().peekable();
        let rows = self.data.chunks_exact_mut(self.vocab).enumerate();
        let rows: Vec<(&DrawRequest, &mut [f32])> = rows
            .filter_map(|(index, row)| Some((wanted.next_if(|request| request.row == index)?, row)))
            .collect();
        let draw = |(request, row): (&DrawRequest, &mut [f32])| {
            let mut noise = Stream::new(rule.seed, rule.step, Purpose::Draw, request.position);
            draw_from_row(row, rule.params, rule.vocabulary, request.current, &mut noise)
        };
        // Every position has noise of its own, so it does not matter who draws from it.
        let drawn: Vec<Drawn> = if is_worth_sharing(rows.len(), self.vocab) {
            rows.into_par_iter().map(draw).collect()
        } else {
            rows.into_iter().map(draw).collect()
        };
        self.check(requests, &drawn)?;
        Ok(drawn)
    }

    fn into_vec(self: Box<Self>) -> Result<Vec<f32>> {
        Ok(self.data)
    }
}

/// Probabilities, rows x vocabulary.
#[derive(Debug)]
struct HostDistributions {
    probabilities: Vec<f32>,
    vocab: usize,
}

impl HostDistributions {
    fn row(&self, index: usize) -> &[f32] {
        &self.probabilities[index * self.vocab..(index + 1) * self.vocab]
    }
}

impl Distributions for HostDistributions {
    fn divergences(&self, before: &dyn Distributions, rows: &[(usize, usize)]) -> Result<Vec<f64>> {
        let Some(before) = (before as &dyn Any).downcast_ref::<Self>() else {
            return Err(Error::Internal("distributions of two networks cannot be compared".into()));
        };
        let compare = |(now, then): &(usize, usize)| divergence(self.row(*now), before.row(*then));
        if is_worth_sharing(rows.len(), self.vocab) {
            return Ok(rows.par_iter().map(compare).collect());
        }
        Ok(rows.iter().map(compare).collect())
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.probabilities[..])
    }
}

/// `KL(now || before)` in nats, with 1e-12 beside every probability, as KLASS's code has it.
fn divergence(now: &[f32], before: &[f32]) -> f64 {
    const FLOOR: f64 = 1e-12;
    // What is below the floor adds less than that, times thirty, to the sum.
    let pairs = now.iter().zip(before).filter(|(now, _)| f64::from(**now) > FLOOR);
    pairs
        .map(|(now, before)| {
            let (now, before) = (f64::from(*now), f64::from(*before));
            now * ((now + FLOOR).ln() - (before + FLOOR).ln())
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Convention, SamplingParams, Statistics};
    use super::*;

    fn logits(rows: &[[f32; 3]]) -> HostLogits {
        HostLogits::new(rows.concat(), rows.len(), 3)
    }

    #[test]
    fn divergence_is_that_of_the_definition() {
        let (now, before) = (logits(&[[0.0, 1.0, 2.0]]), logits(&[[2.0, 1.0, 0.0]]));
        let of = |logits: &HostLogits| Softmax::of(logits.row(0)).probabilities(logits.row(0));
        let (p, q) = (of(&now), of(&before));
        let expected: f64 = p
            .iter()
            .zip(&q)
            .map(|(p, q)| f64::from(*p) * (f64::from(*p) / f64::from(*q)).ln())
            .sum();
        let [now, before] = [now, before].map(|logits| logits.distributions(0..1).unwrap());
        let found = now.divergences(&*before, &[(0, 0)]).unwrap()[0];
        assert!((found - expected).abs() < 1e-6, "{p:?} {q:?}");
        assert!(now.divergences(&*now, &[(0, 0)]).unwrap()[0].abs() < 1e-12);
    }

    #[test]
    fn what_is_not_a_number_is_not_drawn_from() {
        let [eos, turn_ends, stops, special] = [const { Vec::new() }; 4];
        let vocabulary =
            Vocabulary { size: 3, drawable: 3, mask: u32::MAX, eos, turn_ends, stops, special };
        let params = SamplingParams {
            temperature: 0.0,
            top_p: 1.0,
            top_k: None,
            convention: Convention::Llada,
            suppress_eos: false,
            drawable_only: false,
            exclusive_top_p: false,
            statistics: Statistics::All,
        };
        for broken in [[f32::NAN; 3], [0.0, f32::NAN, 1.0]] {
            let rule = DrawRule { params: &params, vocabulary: &vocabulary, seed: 0, step: 0 };
            let request = DrawRequest { row: 0, position: 0, current: None };
            let error = logits(&[broken]).draw(&[request], &rule).unwrap_err().to_string();
            assert!(error.contains("not numbers"), "{error}");
        }
    }

    #[test]
    fn joined_tokens_are_one_whose_probability_is_their_sum() {
        let mut joined = logits(&[[1.0, 2.0, 3.0], [f32::NEG_INFINITY, 0.5, -40.0]]);
        let before: Vec<f64> = joined.map(0..2, |row| Softmax::of(row).probability(row[2]));
        joined.join(&[0], 1).unwrap();
        // Twice is as once, where neither has anything, too.
        let once = joined.data.clone();
        joined.join(&[0], 1).unwrap();
        assert_eq!(joined.data, once);
        let mut nothing = logits(&[[f32::NEG_INFINITY, f32::NEG_INFINITY, 1.0], [f32::NAN; 3]]);
        nothing.join(&[0], 1).unwrap();
        assert_eq!(nothing.row(0), [f32::NEG_INFINITY, f32::NEG_INFINITY, 1.0]);
        assert!(nothing.row(1).iter().all(|logit| logit.is_nan()));
        for (row, rest) in before.into_iter().enumerate() {
            let row = joined.row(row);
            let probability = |token: usize| Softmax::of(row).probability(row[token]);
            assert_eq!(probability(0), 0.0);
            assert!((probability(1) - (1.0 - rest)).abs() < 1e-6, "{row:?}");
            assert!((probability(2) - rest).abs() < 1e-6, "{row:?}");
        }
    }

    #[test]
    fn guidance_goes_beyond_the_conditional_row() {
        let mut both = HostLogits::new(vec![1.0, 2.0, 3.0, 0.0, 2.0, 4.0], 1, 3);
        both.guide(1.0).unwrap();
        assert_eq!(both.row(0), [2.0, 2.0, 2.0]);
        assert!(logits(&[[0.0; 3]]).guide(1.0).is_err());
    }
}
