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

use crate::Result;
use crate::diffusion::draw::{Draw, EOS, Eos, GUMBEL};
use crate::diffusion::parts::{Observed, PartState, correct, schedule, score, select};
use crate::diffusion::sampler::Sampler;
use crate::knobs::{Reals, Typed};
use crate::model::Logits;

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
    next_token: None,
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
    fn observe(&mut self, seen: &Observed<'_>, logits: &mut dyn Logits) -> Result<()> {
        let (resolved, vocabulary) = (seen.resolved, seen.vocabulary);
        let (alpha, gamma) = (resolved.get(&CREDIT_ALPHA), resolved.get(&CREDIT_GAMMA));
        let decay = resolved.get(&CREDIT_DECAY);
        let suppressed = resolved.get(&EOS) == Eos::Suppress;
        let without = if suppressed { &vocabulary.eos[..] } else { &[] };
        let likeliest = logits.likeliest(0..seen.positions.len(), vocabulary, without)?;
        let mut amounts = Vec::new();
        for (row, (position, (token, probability))) in
            seen.positions.iter().zip(likeliest).enumerate()
        {
            let credits = self.0.entry(*position).or_default();
            for (_, credit) in credits.iter_mut() {
                *credit *= decay;
            }
            let earned = probability.powf(gamma);
            match credits.iter_mut().find(|(known, _)| *known == token) {
                Some((_, credit)) => *credit += earned,
                None => credits.push((token, earned)),
            }
            let worth = |credit: f64| (alpha * credit.ln_1p()) as f32;
            amounts.extend(credits.iter().map(|(token, credit)| (row, *token, worth(*credit))));
        }
        logits.add(&amounts)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::resolved::ResolvedSampler;
    use crate::knobs::Settings;
    use crate::model::ops::Softmax;
    use crate::model::{HostLogits, Vocabulary};

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
            stops: Vec::new(),
            special: Vec::new(),
        };
        let seen = Observed { resolved: &resolved, vocabulary: &vocabulary, positions: &[7] };
        let mut credits = Credits::default();
        let raw = vec![0.0f32, 3.0, 1.0];
        let p = Softmax::of(&raw).probability(3.0);
        let mut credit = 0.0;
        for _ in 0..3 {
            let mut logits = HostLogits::new(raw.clone(), 1, 3);
            credits.observe(&seen, &mut logits).unwrap();
            let row = logits.row(0);
            credit = 0.8 * credit + p.powf(0.2);
            let expected = 3.0 + 0.7 * (1.0f64 + credit).ln();
            assert!((f64::from(row[1]) - expected).abs() < 1e-5);
            assert_eq!((row[0], row[2]), (0.0, 1.0));
        }
    }
}
