//! The named samplers: which parts each is made of, and what they decide in a step.

use super::block::BLOCK_LENGTH;
use super::draw::Guess;
use super::schedule::{EPS, Progress, SCHEDULE, STEPS, THRESHOLD, quota};
use super::score::{SAMPLER, Score, loosen};
use crate::knobs::{Knob, Settings};

/// A sampler as its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampler {
    /// Ranks positions.
    pub score: Score,
    /// Chooses among the ranked.
    pub select: Select,
}

/// The part of a sampler that chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The best of the open positions, as many as the schedule or the threshold says.
    Best,
    /// P2, self-planning (arXiv 2502.03540): of the whole answer, written or not, all but the
    /// `floor(N (1 - kappa))` least sure stand, with kappa = (step + 1) / steps.
    Plan,
}

impl Sampler {
    /// The sampler that `settings` name.
    pub fn of(settings: &Settings) -> Self {
        let best = |score| Self { score, select: Select::Best };
        match settings.choice(&SAMPLER) {
            "margin" => best(Score::Margin),
            "entropy" => best(Score::NegativeEntropy),
            "random" => best(Score::Random),
            "left-to-right" => best(Score::LeftToRight),
            "p2" => Self { score: Score::Confidence, select: Select::Plan },
            _ => best(Score::Confidence),
        }
    }

    /// Whether written tokens are scored too, because they may be taken back. Such a sampler works
    /// on the whole answer and pays no heed to blocks.
    pub fn takes_back(self) -> bool {
        self.select == Select::Plan
    }
}

/// Whether turning `knob` changes anything while the others stand as in `settings`.
pub fn heeds(settings: &Settings, knob: &Knob) -> bool {
    let plans = !Sampler::of(settings).takes_back();
    let by_schedule = plans && settings.real(&THRESHOLD).is_none();
    let is = |other: &Knob| knob.name == other.name;
    if is(&BLOCK_LENGTH) || is(&THRESHOLD) {
        plans
    } else if is(&SCHEDULE) {
        by_schedule
    } else if is(&EPS) {
        by_schedule && settings.choice(&SCHEDULE) == "timesteps"
    } else if is(&STEPS) {
        by_schedule || !plans
    } else {
        true
    }
}

/// A scored position and what the sampler knows of it.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Where.
    pub position: usize,
    /// What would be written. For a written position: what stands there.
    pub guess: Guess,
    /// Whether it is written already.
    pub written: bool,
    /// Whether it has to wait for all others (an end token that ranks last).
    pub last: bool,
}

/// What a step does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Indices into the scored positions: to be written.
    pub commit: Vec<usize>,
    /// Indices into the scored positions: to be made noise again.
    pub take_back: Vec<usize>,
}

/// Decides what becomes of `scored`, in the `step`-th step.
pub fn decide(
    settings: &Settings,
    scored: &[Scored],
    progress: Progress,
    seed: u64,
    step: usize,
) -> Decision {
    let sampler = Sampler::of(settings);
    let mut ranked: Vec<(f64, usize)> = scored
        .iter()
        .enumerate()
        .map(|(index, at)| {
            let score = if at.last {
                f64::NEG_INFINITY
            } else {
                sampler.score.of(&at.guess, at.position, seed, step)
            };
            (loosen(settings, score, at.position, seed, step), index)
        })
        .collect();
    // Stable: of equal scores the left one comes first.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    match sampler.select {
        Select::Best => {
            let count = match settings.real(&THRESHOLD) {
                // Fast-dLLM (arXiv 2505.22618): all that are sure enough, at least the best.
                Some(threshold) => {
                    let sure = |index: usize| {
                        !scored[index].last && scored[index].guess.confidence >= threshold
                    };
                    ranked.sort_by_key(|(_, index)| !sure(*index));
                    let count = ranked.iter().filter(|(_, index)| sure(*index)).count();
                    count.max(1)
                }
                None => quota(settings, progress),
            };
            Decision {
                commit: ranked.iter().take(count).map(|(_, index)| *index).collect(),
                take_back: Vec::new(),
            }
        }
        Select::Plan => {
            let all = ranked.len();
            let kappa = (progress.done + 1).min(progress.budget) as f64 / progress.budget as f64;
            let kept = all - (all as f64 * (1.0 - kappa)).floor() as usize;
            let (stand, fall) = ranked.split_at(kept);
            let pick = |side: &[(f64, usize)], written: bool| {
                let indices = side.iter().map(|(_, index)| *index);
                indices.filter(|i| scored[*i].written == written).collect()
            };
            Decision { commit: pick(stand, false), take_back: pick(fall, true) }
        }
    }
}
