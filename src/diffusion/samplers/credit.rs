//! CreditDecoding: a token that was the likeliest again and again is given credit for it.
//!
//! Every position keeps a credit for each token. In every pass all credits are multiplied by
//! `credit-decay` (0.8), the likeliest token of the raw probabilities gains `p ^ credit-gamma` (0.2), and the
//! logits become `l + credit-alpha * ln(1 + credit)` (0.7). What is sure by these is written, as with a
//! threshold.
//!
//! Source: CreditDecoding (arXiv 2510.06133), as in dInfer. Use it to commit steady but modest favourites
//! sooner. On screen doubtful words that have stood as the same guess for some steps get their chance.

use std::collections::BTreeMap;

use crate::diffusion::draw::{Draw, EOS, Eos, GUMBEL};
use crate::diffusion::parts::{Observed, PartState, correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};
use crate::model::ops::Softmax;

/// The declaration.
pub static SAMPLER: Sampler = Sampler {
    name: "credit",
    help: "a threshold that steady favourites reach sooner (CreditDecoding)",
    source: "CreditDecoding, arXiv 2510.06133",
    draw: &CREDIT,
    score: &score::CONFIDENCE,
    schedule: &schedule::THRESHOLD,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: false,
};

/// LLaDA's draw, from logits with credit.
pub static CREDIT: Draw = Draw {
    name: "credit",
    help: "as gumbel, but tokens that were the likeliest before are given credit for it",
    knobs: &[&CREDIT_ALPHA.knob, &CREDIT_GAMMA.knob, &CREDIT_DECAY.knob],
    state: Some(|| Box::<Credits>::default()),
    ..GUMBEL
};

/// What credit is worth.
pub static CREDIT_ALPHA: Typed<f64> = Typed::real(
    "credit-alpha",
    Reals { min: 0.0, max: 4.0, step: 0.1 },
    0.7,
    "how much credit adds to a logit; 0 gives none",
);

/// How credit is earned.
pub static CREDIT_GAMMA: Typed<f64> = Typed::real(
    "credit-gamma",
    Reals { min: 0.05, max: 2.0, step: 0.05 },
    0.2,
    "the likeliest token earns its probability to this power: lower helps doubtful ones more",
);

/// How credit is forgotten.
pub static CREDIT_DECAY: Typed<f64> = Typed::real(
    "credit-decay",
    Reals { min: 0.0, max: 1.0, step: 0.05 },
    0.8,
    "the share of its credit that a token keeps from one pass to the next",
);

/// Tokens and their credits, by position.
#[derive(Clone, Debug, Default)]
struct Credits(BTreeMap<usize, Vec<(u32, f64)>>);

impl PartState for Credits {
    fn observe(&mut self, seen: &Observed<'_>, rows: &mut [&mut [f32]]) {
        let resolved = seen.resolved;
        let (alpha, gamma) = (resolved.get(&CREDIT_ALPHA), resolved.get(&CREDIT_GAMMA));
        let (decay, vocabulary) = (resolved.get(&CREDIT_DECAY), seen.vocabulary);
        let suppressed = resolved.get(&EOS) == Eos::Suppress;
        let may_earn =
            |token: u32| vocabulary.may_draw(token) && !(suppressed && vocabulary.is_eos(token));
        for (position, row) in seen.positions.iter().zip(rows) {
            let (likeliest, probability) = likeliest(row, may_earn);
            let credits = self.0.entry(*position).or_default();
            for (_, credit) in credits.iter_mut() {
                *credit *= decay;
            }
            let earned = probability.powf(gamma);
            match credits.iter_mut().find(|(token, _)| *token == likeliest) {
                Some((_, credit)) => *credit += earned,
                None => credits.push((likeliest, earned)),
            }
            for (token, credit) in credits.iter() {
                row[*token as usize] += (alpha * credit.ln_1p()) as f32;
            }
        }
    }

    fn bytes(&self) -> usize {
        self.0.values().map(|credits| 32 + size_of_val(&credits[..])).sum()
    }

    fn forget(&mut self, position: usize) {
        self.0.remove(&position);
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

/// The likeliest of the tokens that `may` be meant, the lowest of equal ones, and its probability.
fn likeliest(row: &[f32], may: impl Fn(u32) -> bool) -> (u32, f64) {
    let mut best: Option<usize> = None;
    for (token, logit) in row.iter().enumerate() {
        if best.is_none_or(|best| *logit > row[best]) && may(token as u32) {
            best = Some(token);
        }
    }
    let best = best.unwrap_or_default();
    (best as u32, Softmax::of(row).probability(row[best]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::resolved::ResolvedSampler;
    use crate::knobs::Settings;
    use crate::model::Vocabulary;

    #[test]
    fn credit_is_earned_by_the_likeliest_and_forgotten() {
        let settings = Settings::default().with("sampler", "credit").unwrap();
        let resolved = ResolvedSampler::of(&settings);
        let vocabulary = Vocabulary {
            size: 3,
            drawable: 3,
            mask: 9,
            eos: Vec::new(),
            turn_ends: Vec::new(),
            special: Vec::new(),
        };
        let seen = Observed { resolved: &resolved, vocabulary: &vocabulary, positions: &[7] };
        let mut credits = Credits::default();
        let raw = vec![0.0f32, 3.0, 1.0];
        let p = Softmax::of(&raw).probability(3.0);
        let mut credit = 0.0;
        for _ in 0..3 {
            let mut row = raw.clone();
            credits.observe(&seen, &mut [row.as_mut_slice()]);
            credit = 0.8 * credit + p.powf(0.2);
            let expected = 3.0 + 0.7 * (1.0f64 + credit).ln();
            assert!((f64::from(row[1]) - expected).abs() < 1e-5);
            assert_eq!((row[0], row[2]), (0.0, 1.0));
        }
    }
}
