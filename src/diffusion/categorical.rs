//! The categorical distribution of a row of logits: its likeliest tokens, its nucleus, and drawing from it,
//! without ever sorting the vocabulary.

use super::draw::{Candidate, Prediction};
use super::rng::{Stream, gumbel_of};
use crate::model::Vocabulary;
use crate::model::ops::Softmax;

/// What `softmax`, of `logits`, says of `token`. The first two of `candidates` are the likeliest of them.
pub(super) fn predict(
    softmax: &Softmax,
    logits: &[f32],
    token: u32,
    likeliest: u32,
    candidates: Vec<Candidate>,
) -> Prediction {
    let probability = |token: u32| softmax.probability(logits[token as usize]);
    let margin = match candidates.as_slice() {
        [first, second, ..] => probability(first.token) - probability(second.token),
        _ => 1.0,
    };
    let (confidence, entropy) = (probability(token), softmax.entropy());
    Prediction { token, confidence, margin, entropy, likeliest, candidates }
}

/// The `count` likeliest tokens of `logits`, best first; the lower id of two equal ones.
pub(super) fn best(softmax: &Softmax, logits: &[f32], count: usize) -> Vec<Candidate> {
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(count + 1);
    for (token, logit) in logits.iter().enumerate() {
        let enters = best.len() < count || best.last().is_some_and(|(worst, _)| logit > worst);
        if enters && *logit > f32::NEG_INFINITY {
            let place = best.partition_point(|(other, _)| other >= logit);
            best.insert(place, (*logit, token as u32));
            best.truncate(count);
        }
    }
    best.into_iter()
        .map(|(logit, token)| Candidate { token, probability: softmax.probability(logit) as f32 })
        .collect()
}

/// The `count` largest values, descending, without sorting the rest.
pub(super) fn largest(values: &[f32], count: usize) -> Vec<f32> {
    let mut values = values.to_vec();
    if count < values.len() {
        values.select_nth_unstable_by(count, |a, b| b.total_cmp(a));
        values.truncate(count);
    }
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values
}

/// The smallest logit of the smallest set of likeliest tokens that holds more than `top_p`; of the set
/// without its last token where it is `exclusive`, but of one token in any case.
/// Looks at a growing number of the best, since a nucleus is small.
pub(super) fn nucleus_floor(logits: &[f32], softmax: &Softmax, top_p: f64, exclusive: bool) -> f32 {
    let mut count = 64;
    loop {
        let best = largest(logits, count);
        let (mut held, mut before) = (0.0, None);
        for logit in &best {
            held += softmax.probability(*logit);
            if held > top_p {
                return if exclusive { before.unwrap_or(*logit) } else { *logit };
            }
            before = Some(*logit);
        }
        if best.len() == logits.len() {
            return f32::NEG_INFINITY;
        }
        count *= 8;
    }
}

/// The likeliest token that may be drawn; the lowest id of equal ones.
pub(super) fn argmax(logits: &[f32], vocabulary: &Vocabulary) -> u32 {
    let mut best = (f32::NEG_INFINITY, None);
    for (token, logit) in logits.iter().enumerate() {
        let token = token as u32;
        if (*logit > best.0 || best.1.is_none()) && vocabulary.may_draw(token) {
            best = (*logit, Some(token));
        }
    }
    best.1.unwrap_or_default()
}

/// `argmax l + temperature * g` over the tokens at or above `floor`. One uniform number is used for
/// every token, drawn or not, so that the noise of a token does not depend on the knobs.
pub(super) fn gumbel_argmax(
    logits: &[f32],
    floor: f32,
    temperature: f64,
    vocabulary: &Vocabulary,
    stream: &mut Stream,
) -> u32 {
    // -ln(-ln u) < 4.61 for u < 0.99, and never above 37: most tokens are out without a logarithm.
    const ORDINARY: (f64, f64) = (0.99, 4.61);
    const CEILING: f64 = 37.0;
    let mut best = (f64::NEG_INFINITY, None);
    for (token, logit) in logits.iter().enumerate() {
        let token = token as u32;
        let uniform = stream.uniform();
        if *logit < floor || *logit == f32::NEG_INFINITY || !vocabulary.may_draw(token) {
            continue;
        }
        let logit = f64::from(*logit);
        let reach = if uniform < ORDINARY.0 { ORDINARY.1 } else { CEILING };
        if best.1.is_some() && logit + temperature * reach <= best.0 {
            continue;
        }
        let value = logit + temperature * gumbel_of(uniform);
        if value > best.0 || best.1.is_none() {
            best = (value, Some(token));
        }
    }
    best.1.unwrap_or_else(|| argmax(logits, vocabulary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusive_nucleus_leaves_out_the_token_that_passes_it() {
        let logits: Vec<f32> = [0.6f32, 0.35, 0.05].iter().map(|p| p.ln()).collect();
        let floor = |top_p, exclusive| {
            let floor = nucleus_floor(&logits, &Softmax::of(&logits), top_p, exclusive);
            logits.iter().filter(|logit| **logit >= floor).count()
        };
        assert_eq!((floor(0.9, false), floor(0.9, true)), (2, 1));
        assert_eq!((floor(0.97, false), floor(0.97, true)), (3, 2));
        // The likeliest stays in any case.
        assert_eq!((floor(0.5, false), floor(0.5, true)), (1, 1));
    }
}
