//! The categorical distribution of a row of logits: its likeliest tokens, its nucleus, and drawing from it,
//! without ever sorting the vocabulary.

use super::{CANDIDATES, Candidate, Convention, Drawn, Prediction, SamplingParams, Statistics};
use crate::backbone::Vocabulary;
use crate::ops::Softmax;
use remask_base::rng::{Stream, UNIFORMS, gumbel_of};

/// Draws from `logits` (V), and says what the same probabilities say of the token that stands there
/// already, where one does. The row is changed.
pub fn draw_from_row(
    logits: &mut [f32],
    params: &SamplingParams,
    vocabulary: &Vocabulary,
    current: Option<u32>,
    noise: &mut Stream,
) -> Drawn {
    exclude(logits, params, vocabulary);
    let raw = RawFigures::of(logits, params.statistics);
    let likeliest = raw.likeliest(logits, vocabulary);
    let floor = match params.convention {
        Convention::Dream => filter(logits, likeliest, params, raw.softmax),
        // The filters, which LLaDA's code does not have, cut by the raw probabilities.
        Convention::Llada => floor(logits, params, raw.softmax),
    };
    let token = match (params.temperature, params.convention) {
        (0.0, _) => likeliest,
        (_, Convention::Dream) => gumbel_argmax(logits, floor, 1.0, vocabulary, noise),
        // `argmax exp(l) / (-ln u)^T` in f64, written as `argmax l + T g` with g Gumbel.
        (temperature, Convention::Llada) => {
            gumbel_argmax(logits, floor, temperature, vocabulary, noise)
        }
    };
    let softmax = match (params.statistics, params.convention) {
        (Statistics::Nothing, _) => None,
        (_, Convention::Dream) => Some(Softmax::of(logits)),
        (_, Convention::Llada) => raw.softmax,
    };
    let about = |token, candidates| predict(softmax.as_ref(), logits, token, likeliest, candidates);
    let current = current.map(|old| about(old, raw.candidates.clone()));
    Drawn { prediction: about(token, raw.candidates), current }
}

/// What is known of a row before temperature and filters.
struct RawFigures {
    /// Nothing where nobody asked.
    softmax: Option<Softmax>,
    candidates: Vec<Candidate>,
}

impl RawFigures {
    fn of(logits: &[f32], statistics: Statistics) -> Self {
        let count = match statistics {
            Statistics::Nothing => return Self { softmax: None, candidates: Vec::new() },
            Statistics::Ranking => 2,
            Statistics::All => CANDIDATES,
        };
        let softmax = Softmax::of(logits);
        let candidates = best(&softmax, logits, count);
        Self { softmax: Some(softmax), candidates }
    }

    /// The likeliest token that may be drawn; the lowest id of equal ones.
    fn likeliest(&self, logits: &[f32], vocabulary: &Vocabulary) -> u32 {
        let mut candidates = self.candidates.iter().map(|candidate| candidate.token);
        let known = candidates.find(|token| vocabulary.may_draw(*token));
        known.unwrap_or_else(|| likeliest(logits, |token| vocabulary.may_draw(token)))
    }
}

/// Takes the probability from what must not be written.
fn exclude(logits: &mut [f32], params: &SamplingParams, vocabulary: &Vocabulary) {
    if params.suppress_eos {
        for eos in &vocabulary.eos {
            if let Some(logit) = logits.get_mut(*eos as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
    if params.drawable_only {
        if let Some(mask) = logits.get_mut(vocabulary.mask as usize) {
            *mask = f32::NEG_INFINITY;
        }
        let padding = vocabulary.drawable.min(logits.len());
        logits[padding..].fill(f32::NEG_INFINITY);
    }
}

/// Dream's probabilities: divided by the temperature, then cut by top-p and top-k. Returns the smallest
/// logit left standing.
fn filter(
    logits: &mut [f32],
    likeliest: u32,
    params: &SamplingParams,
    raw: Option<Softmax>,
) -> f32 {
    let mut softmax = raw;
    if params.temperature > 0.0 && params.temperature != 1.0 {
        for logit in logits.iter_mut() {
            *logit = (f64::from(*logit) / params.temperature) as f32;
        }
        softmax = None;
    }
    // The mask token may hold all the probability; something drawable must be left standing.
    let drawable = logits[likeliest as usize];
    let floor = floor(logits, params, softmax).min(drawable);
    if floor > f32::NEG_INFINITY {
        for logit in logits.iter_mut().filter(|logit| **logit < floor) {
            *logit = f32::NEG_INFINITY;
        }
    }
    floor
}

/// The smallest logit that top-p and then top-k leave standing. `softmax` is that of the row, where it is known.
fn floor(logits: &[f32], params: &SamplingParams, softmax: Option<Softmax>) -> f32 {
    let mut floor = f32::NEG_INFINITY;
    if params.top_p < 1.0 {
        let softmax = softmax.unwrap_or_else(|| Softmax::of(logits));
        floor = nucleus_floor(logits, &softmax, params.top_p, params.exclusive_top_p);
    }
    if let Some(k) = params.top_k {
        let best = largest(logits, k);
        floor = floor.max(best.last().copied().unwrap_or(floor));
    }
    floor
}

/// What `softmax`, of `logits`, says of `token`; nothing where nobody asked for it. The first two of
/// `candidates` are the likeliest of them.
fn predict(
    softmax: Option<&Softmax>,
    logits: &[f32],
    token: u32,
    likeliest: u32,
    candidates: Vec<Candidate>,
) -> Prediction {
    let Some(softmax) = softmax else {
        let (confidence, margin, entropy) = (f64::NAN, f64::NAN, f64::NAN);
        return Prediction { token, confidence, margin, entropy, likeliest, candidates };
    };
    let probability = |token: u32| softmax.probability(logits[token as usize]);
    let margin = match candidates.as_slice() {
        [first, second, ..] => probability(first.token) - probability(second.token),
        _ => 1.0,
    };
    let (confidence, entropy) = (probability(token), softmax.entropy());
    Prediction { token, confidence, margin, entropy, likeliest, candidates }
}

/// The `count` likeliest tokens of `logits`, best first; the lower id of two equal ones.
fn best(softmax: &Softmax, logits: &[f32], count: usize) -> Vec<Candidate> {
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
fn largest(values: &[f32], count: usize) -> Vec<f32> {
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
fn nucleus_floor(logits: &[f32], softmax: &Softmax, top_p: f64, exclusive: bool) -> f32 {
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

/// The likeliest of the tokens that `may` be meant; the lowest id of equal ones.
pub(super) fn likeliest(logits: &[f32], may: impl Fn(u32) -> bool) -> u32 {
    let mut best = (f32::NEG_INFINITY, None);
    for (token, logit) in logits.iter().enumerate() {
        let token = token as u32;
        if (*logit > best.0 || best.1.is_none()) && may(token) {
            best = (*logit, Some(token));
        }
    }
    best.1.unwrap_or_default()
}

/// `argmax l + temperature * g` over the tokens at or above `floor`. One uniform number is used for
/// every token, drawn or not, so that the noise of a token does not depend on the knobs.
fn gumbel_argmax(
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
    for (chunk, logits) in logits.chunks(UNIFORMS).enumerate() {
        for (index, (logit, uniform)) in logits.iter().zip(stream.uniforms()).enumerate() {
            let token = (chunk * UNIFORMS + index) as u32;
            let reach = if uniform < ORDINARY.0 { ORDINARY.1 } else { CEILING };
            if best.1.is_some() && f64::from(*logit) + temperature * reach <= best.0 {
                continue;
            }
            if *logit < floor || *logit == f32::NEG_INFINITY || !vocabulary.may_draw(token) {
                continue;
            }
            let value = f64::from(*logit) + temperature * gumbel_of(uniform);
            if value > best.0 || best.1.is_none() {
                best = (value, Some(token));
            }
        }
    }
    best.1.unwrap_or_else(|| likeliest(logits, |token| vocabulary.may_draw(token)))
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
