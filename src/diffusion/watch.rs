//! What a sampler notices about a pass before it draws: how far the probabilities have moved since the pass
//! before, and which tokens have been the likeliest again and again.

use std::sync::Arc;

use super::draw::{CREDIT_ALPHA, CREDIT_DECAY, CREDIT_GAMMA, EOS};
use super::parts::Memory;
use super::recipe::Recipe;
use super::samplers::klass::KL_THRESHOLD;
use crate::knobs::Settings;
use crate::model::Vocabulary;
use crate::model::ops::Softmax;

/// Compares the probabilities of `positions` with those of the pass before, and keeps them (KLASS).
pub(super) fn notice(
    memory: &mut Memory,
    recipe: &Recipe,
    settings: &Settings,
    positions: &[usize],
    rows: &[&mut [f32]],
) {
    if !recipe.schedule.watches {
        memory.probabilities.clear();
        memory.divergence.clear();
        memory.quiet.clear();
        return;
    }
    // The pass before said nothing of what it did not look at.
    memory.probabilities.retain(|position, _| positions.binary_search(position).is_ok());
    let limit = settings.real(&KL_THRESHOLD).unwrap_or(0.01);
    for (position, row) in positions.iter().zip(rows) {
        let now: Arc<[f32]> = Softmax::of(row).probabilities(row).into();
        if let Some(before) = memory.probabilities.get(position) {
            let divergence = divergence(&now, before);
            memory.divergence.insert(*position, divergence);
            let quiet = memory.quiet.entry(*position).or_default();
            *quiet = if divergence < limit { *quiet + 1 } else { 0 };
        }
        memory.probabilities.insert(*position, now);
    }
}

/// `KL(now || before)` in nats, with 1e-12 beside every probability, as the reference has it.
fn divergence(now: &[f32], before: &[f32]) -> f64 {
    const FLOOR: f64 = 1e-12;
    let pairs = now.iter().zip(before).filter(|(now, _)| **now > 0.0);
    pairs
        .map(|(now, before)| {
            let (now, before) = (f64::from(*now), f64::from(*before));
            now * ((now + FLOOR).ln() - (before + FLOOR).ln())
        })
        .sum()
}

/// Adds to the logits of `positions` what their tokens have earned, this pass included
/// (CreditDecoding).
pub(super) fn give_credit(
    memory: &mut Memory,
    recipe: &Recipe,
    settings: &Settings,
    vocabulary: &Vocabulary,
    positions: &[usize],
    rows: &mut [&mut [f32]],
) {
    if !recipe.draw.credit {
        memory.credit.clear();
        return;
    }
    let [alpha, gamma, decay] = [&CREDIT_ALPHA, &CREDIT_GAMMA, &CREDIT_DECAY]
        .map(|knob| settings.real(knob).unwrap_or(0.0));
    let suppressed = settings.choice(&EOS) == "suppress";
    let may_earn =
        |token: u32| vocabulary.may_draw(token) && !(suppressed && vocabulary.is_eos(token));
    for (position, row) in positions.iter().zip(rows) {
        let (likeliest, probability) = likeliest(row, may_earn);
        let credits = memory.credit.entry(*position).or_default();
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

    fn softmax(row: &[f32]) -> Vec<f32> {
        Softmax::of(row).probabilities(row)
    }

    #[test]
    fn divergence_is_that_of_the_definition() {
        let (p, q) = (softmax(&[0.0, 1.0, 2.0]), softmax(&[2.0, 1.0, 0.0]));
        let expected: f64 = p
            .iter()
            .zip(q.iter())
            .map(|(p, q)| f64::from(*p) * (f64::from(*p) / f64::from(*q)).ln())
            .sum();
        assert!((divergence(&p, &q) - expected).abs() < 1e-6, "{p:?} {q:?}");
        assert!(divergence(&p, &p).abs() < 1e-12);
    }

    #[test]
    fn credit_is_earned_by_the_likeliest_and_forgotten() {
        let settings = Settings::default().with("sampler", "credit").unwrap();
        let recipe = Recipe::of(&settings);
        let vocabulary = Vocabulary {
            size: 3,
            drawable: 3,
            mask: 9,
            eos: Vec::new(),
            turn_ends: Vec::new(),
            special: Vec::new(),
        };
        let mut memory = Memory::default();
        let raw = vec![0.0f32, 3.0, 1.0];
        let p = f64::from(softmax(&raw)[1]);
        let mut credit = 0.0;
        for _ in 0..3 {
            let mut row = raw.clone();
            let mut rows = vec![row.as_mut_slice()];
            give_credit(&mut memory, &recipe, &settings, &vocabulary, &[7], &mut rows);
            credit = 0.8 * credit + p.powf(0.2);
            let expected = 3.0 + 0.7 * (1.0f64 + credit).ln();
            assert!((f64::from(rows[0][1]) - expected).abs() < 1e-5);
            assert_eq!((rows[0][0], rows[0][2]), (0.0, 1.0));
        }
    }
}
