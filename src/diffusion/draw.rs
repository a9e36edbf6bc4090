//! What token would stand at a position: drawing, and how sure the model is of it.

use super::categorical::{argmax, best, guess, gumbel_argmax, largest, nucleus_floor};
use super::parts::Progress;
use super::parts::schedule::STEPS;
use super::rng::Stream;
use crate::knobs::{Applies, Choice, Kind, Knob, Settings, Value};
use crate::model::Vocabulary;
use crate::model::ops::Softmax;

/// How freely tokens are drawn.
pub static TEMPERATURE: Knob = Knob {
    name: "temperature",
    kind: Kind::Real { min: 0.0, max: 2.0, step: 0.1, default: Value::Real(0.0), off: None },
    unit: "",
    help: "how freely a token is drawn: 0 takes the likeliest, 1 follows the model's probabilities, more is wilder",
    applies: Applies::NextStep,
};

/// Nucleus sampling.
pub static TOP_P: Knob = Knob {
    name: "top-p",
    kind: Kind::Real { min: 0.05, max: 1.0, step: 0.05, default: Value::Real(1.0), off: None },
    unit: "",
    help: "draw only from the likeliest tokens that together hold this much of the probability",
    applies: Applies::NextStep,
};

/// Draw from few.
pub static TOP_K: Knob = Knob {
    name: "top-k",
    kind: Kind::Count {
        min: 1,
        max: 1_000_000,
        ladder: &[1, 2, 3, 5, 10, 20, 50, 100, 200, 500],
        default: Value::Off,
        off: Some("off"),
    },
    unit: "tokens",
    help: "draw only from this many of the likeliest tokens",
    applies: Applies::NextStep,
};

/// The part of a sampler that says what token would stand at a position.
pub struct Draw {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The knobs that it uses, beside those that every sampler does.
    pub knobs: &'static [&'static Knob],
    /// What temperature and confidence mean.
    pub convention: Convention,
    /// The temperature of a step.
    pub temperature: fn(&Settings, Progress) -> f64,
    /// Whether steady favourites are given credit.
    pub credit: bool,
    /// Whether what may not be drawn, the mask above all, has no probability: MDLM's SUBS
    /// (arXiv 2406.07524). Without it such tokens count in confidence, entropy and top-p.
    pub drawable_only: bool,
    /// Whether top-p leaves out the token with which it is passed. ReMDM's code does.
    pub exclusive_top_p: bool,
}

impl Draw {
    /// Whether it has a temperature of its own, in place of the knob's.
    pub fn cools(&self) -> bool {
        self.knobs.iter().any(|knob| knob.name == T_MAX.name)
    }
}

/// The two meanings of temperature in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// LLaDA: temperature scales Gumbel noise; confidence is read from the raw probabilities.
    Raw,
    /// Dream: temperature and filters make the probabilities; confidence is read from what is left.
    Filtered,
}

/// LLaDA's (arXiv 2502.09992).
pub static GUMBEL: Draw = Draw {
    name: "gumbel",
    help: "LLaDA: argmax of logits plus temperature times Gumbel noise; confidence from the raw probabilities",
    knobs: &[],
    convention: Convention::Raw,
    temperature: knob_temperature,
    credit: false,
    drawable_only: false,
    exclusive_top_p: false,
};

/// LLaDA's, the mask left out of the probabilities, as SGLang's entropy bound has it.
pub static GUMBEL_DRAWABLE: Draw = Draw {
    name: "gumbel-drawable",
    help: "as gumbel, but what may not be drawn has no probability either",
    drawable_only: true,
    ..GUMBEL
};

/// Dream's (arXiv 2508.15487).
pub static CATEGORICAL: Draw = Draw {
    name: "categorical",
    help: "Dream: divide by temperature, cut by top-p and top-k, draw; confidence from what is left",
    convention: Convention::Filtered,
    ..GUMBEL
};

/// ReMDM's (arXiv 2503.00307): as Dream's, over what may be drawn, top-p without the token that passes it.
pub static SUBS: Draw = Draw {
    name: "subs",
    help: "MDLM: as categorical, but what may not be drawn has no probability, and top-p is not passed",
    convention: Convention::Filtered,
    drawable_only: true,
    exclusive_top_p: true,
    ..GUMBEL
};

/// LLaDA's, from logits with credit (CreditDecoding, arXiv 2510.06133).
pub static CREDIT: Draw = Draw {
    name: "credit",
    help: "as gumbel, but tokens that were the likeliest before are given credit for it",
    knobs: &[&CREDIT_ALPHA, &CREDIT_GAMMA, &CREDIT_DECAY],
    credit: true,
    ..GUMBEL
};

/// Dream's, at a temperature that falls over the run (DiffusionGemma).
pub static COOLING: Draw = Draw {
    name: "cooling",
    help: "as categorical, at a temperature that falls over the run in place of the knob's",
    knobs: &[&STEPS, &T_MAX, &T_MIN],
    convention: Convention::Filtered,
    temperature: |settings, at| {
        let (high, low) =
            (settings.real(&T_MAX).unwrap_or(0.8), settings.real(&T_MIN).unwrap_or(0.4));
        let left = at.budget.saturating_sub(at.done) as f64 / at.budget.max(1) as f64;
        low + (high - low) * left
    },
    ..GUMBEL
};

fn knob_temperature(settings: &Settings, _: Progress) -> f64 {
    settings.real(&TEMPERATURE).unwrap_or(0.0)
}

/// Where cooling begins.
pub static T_MAX: Knob = Knob {
    name: "t-max",
    kind: Kind::Real { min: 0.0, max: 2.0, step: 0.1, default: Value::Real(0.8), off: None },
    unit: "",
    help: "the temperature of the first step",
    applies: Applies::NextStep,
};

/// Where cooling ends.
pub static T_MIN: Knob = Knob {
    name: "t-min",
    kind: Kind::Real { min: 0.0, max: 2.0, step: 0.1, default: Value::Real(0.4), off: None },
    unit: "",
    help: "the temperature that the last step comes near to",
    applies: Applies::NextStep,
};

/// What credit is worth.
pub static CREDIT_ALPHA: Knob = Knob {
    name: "credit-alpha",
    kind: Kind::Real { min: 0.0, max: 4.0, step: 0.1, default: Value::Real(0.7), off: None },
    unit: "",
    help: "how much credit adds to a logit; 0 gives none",
    applies: Applies::NextStep,
};

/// How credit is earned.
pub static CREDIT_GAMMA: Knob = Knob {
    name: "credit-gamma",
    kind: Kind::Real { min: 0.05, max: 2.0, step: 0.05, default: Value::Real(0.2), off: None },
    unit: "",
    help: "the likeliest token earns its probability to this power: lower helps doubtful ones more",
    applies: Applies::NextStep,
};

/// How credit is forgotten.
pub static CREDIT_DECAY: Knob = Knob {
    name: "credit-decay",
    kind: Kind::Real { min: 0.0, max: 1.0, step: 0.05, default: Value::Real(0.8), off: None },
    unit: "",
    help: "the share of its credit that a token keeps from one pass to the next",
    applies: Applies::NextStep,
};

/// What becomes of end tokens. With `rank-last` the confidence of all others is read as it is; LLaDA's
/// `confidence_eos_eot_inf` takes the end tokens out before the softmax at temperature 0, so that the others
/// share what they held, and above it lets the end of a text through.
pub static EOS: Knob = Knob {
    name: "eos",
    kind: Kind::Choice {
        options: || {
            &[
                Choice { name: "allow", help: "end tokens are written like any other" },
                Choice {
                    name: "rank-last",
                    help: "ends of texts and turns may be drawn but are written last, so that no text is cut off",
                },
                Choice { name: "suppress", help: "no end tokens: the text fills the whole canvas" },
            ]
        },
        default: "allow",
    },
    unit: "",
    help: "what becomes of end-of-text tokens",
    applies: Applies::NextStep,
};

/// How many of the likeliest tokens a [`Guess`] lists.
pub const CANDIDATES: usize = 6;

/// A token and the model's probability for it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Candidate {
    /// Its id.
    pub token: u32,
    /// Before temperature and filters.
    pub probability: f32,
}

/// What would be written at a position now.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The token drawn.
    pub token: u32,
    /// Its probability, from the probabilities that the convention names.
    pub confidence: f64,
    /// The likeliest minus the second likeliest probability, from the same probabilities.
    pub margin: f64,
    /// In nats, of the same probabilities.
    pub entropy: f64,
    /// The likeliest token that may be drawn.
    pub likeliest: u32,
    /// The likeliest tokens, by the raw probabilities, best first.
    pub candidates: Vec<Candidate>,
}

/// The drawing knobs, read once a step.
#[derive(Clone, Debug)]
pub struct Drawing {
    temperature: f64,
    top_p: f64,
    top_k: Option<usize>,
    convention: Convention,
    suppress_eos: bool,
    eos_last: bool,
    drawable_only: bool,
    exclusive_top_p: bool,
}

impl Guess {
    /// A token about which there is no question.
    pub fn certain(token: u32) -> Self {
        let candidates = vec![Candidate { token, probability: 1.0 }];
        Self { token, confidence: 1.0, margin: 1.0, entropy: 0.0, likeliest: token, candidates }
    }
}

impl Drawing {
    /// Reads the knobs for a step at `progress`.
    pub fn of(draw: &Draw, settings: &Settings, progress: Progress) -> Self {
        /// Below this nothing but the likeliest token has a chance, and f32 runs out of room.
        const COLDEST: f64 = 1e-6;
        let temperature = (draw.temperature)(settings, progress);
        Self {
            temperature: if temperature < COLDEST { 0.0 } else { temperature },
            top_p: settings.real(&TOP_P).unwrap_or(1.0),
            top_k: settings.count(&TOP_K),
            convention: draw.convention,
            suppress_eos: settings.choice(&EOS) == "suppress",
            eos_last: settings.choice(&EOS) == "rank-last",
            drawable_only: draw.drawable_only,
            exclusive_top_p: draw.exclusive_top_p,
        }
    }

    /// Whether `token` has to wait until everything else is written.
    pub fn ranks_last(&self, vocabulary: &Vocabulary, token: u32) -> bool {
        self.eos_last && (vocabulary.is_eos(token) || vocabulary.turn_ends.contains(&token))
    }

    /// Draws from `logits` (V), and says what the same probabilities say of the token that stands there
    /// already, where one does. The row is changed.
    pub fn read(
        &self,
        logits: &mut [f32],
        standing: Option<u32>,
        vocabulary: &Vocabulary,
        stream: &mut Stream,
    ) -> (Guess, Option<Guess>) {
        let (raw, candidates) = self.raw(logits, vocabulary);
        let likeliest = argmax(logits, vocabulary);
        let floor = match self.convention {
            Convention::Filtered => self.filter(logits, likeliest, raw),
            // The filters, which LLaDA's code does not have, cut by the raw probabilities.
            Convention::Raw => self.floor(logits, &raw),
        };
        let token = match (self.temperature, self.convention) {
            (0.0, _) => likeliest,
            (_, Convention::Filtered) => gumbel_argmax(logits, floor, 1.0, vocabulary, stream),
            // `argmax exp(l) / (-ln u)^T` in f64, written as `argmax l + T g` with g Gumbel.
            (temperature, Convention::Raw) => {
                gumbel_argmax(logits, floor, temperature, vocabulary, stream)
            }
        };
        let softmax = match self.convention {
            Convention::Filtered => Softmax::of(logits),
            Convention::Raw => raw,
        };
        let standing =
            standing.map(|old| guess(&softmax, logits, old, likeliest, candidates.clone()));
        (guess(&softmax, logits, token, likeliest, candidates), standing)
    }

    /// The raw probability of `token` in `logits` (V).
    pub fn probability(&self, logits: &[f32], token: u32) -> f64 {
        Softmax::of(logits).probability(logits[token as usize])
    }

    /// The probabilities before temperature and filters, suppressed tokens left out, and the best of them.
    fn raw(&self, logits: &mut [f32], vocabulary: &Vocabulary) -> (Softmax, Vec<Candidate>) {
        if self.suppress_eos {
            for eos in &vocabulary.eos {
                if let Some(logit) = logits.get_mut(*eos as usize) {
                    *logit = f32::NEG_INFINITY;
                }
            }
        }
        if self.drawable_only {
            if let Some(mask) = logits.get_mut(vocabulary.mask as usize) {
                *mask = f32::NEG_INFINITY;
            }
            let padding = vocabulary.drawable.min(logits.len());
            logits[padding..].fill(f32::NEG_INFINITY);
        }
        let raw = Softmax::of(logits);
        let candidates = best(&raw, logits, CANDIDATES);
        (raw, candidates)
    }

    /// Dream's probabilities: divided by the temperature, then cut by top-p and top-k. Returns the smallest
    /// logit left standing.
    fn filter(&self, logits: &mut [f32], likeliest: u32, raw: Softmax) -> f32 {
        let mut softmax = raw;
        if self.temperature > 0.0 && self.temperature != 1.0 {
            for logit in logits.iter_mut() {
                *logit = (f64::from(*logit) / self.temperature) as f32;
            }
            softmax = Softmax::of(logits);
        }
        // The mask token may hold all the probability; something drawable must be left standing.
        let drawable = logits[likeliest as usize];
        let floor = self.floor(logits, &softmax).min(drawable);
        for logit in logits.iter_mut().filter(|logit| **logit < floor) {
            *logit = f32::NEG_INFINITY;
        }
        floor
    }

    /// The smallest logit that top-p and then top-k leave standing.
    fn floor(&self, logits: &[f32], softmax: &Softmax) -> f32 {
        let mut floor = f32::NEG_INFINITY;
        if self.top_p < 1.0 {
            floor = nucleus_floor(logits, softmax, self.top_p, self.exclusive_top_p);
        }
        if let Some(k) = self.top_k {
            let best = largest(logits, k);
            floor = floor.max(best.last().copied().unwrap_or(floor));
        }
        floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::rng::Purpose;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            size: 6,
            drawable: 5,
            mask: 4,
            eos: vec![0],
            turn_ends: vec![1],
            special: vec![0, 1, 4],
        }
    }

    fn guess(draw: &Draw, settings: &Settings, logits: &[f32]) -> Guess {
        let at = Progress { done: 0, budget: 1, open: 1, total: 1, open_at_begin: 1 };
        let mut rng = Stream::new(0, 0, Purpose::Draw, 0);
        Drawing::of(draw, settings, at).read(&mut logits.to_vec(), None, &vocabulary(), &mut rng).0
    }

    #[test]
    fn with_subs_the_mask_and_the_padding_have_no_probability() {
        let settings = Settings::default().with("temperature", "1").unwrap();
        let logits = [0.0, 0.0, 0.0, 0.0, 9.0, 9.0];
        let subs = guess(&SUBS, &settings, &logits);
        assert!((subs.confidence - 0.25).abs() < 1e-6, "{subs:?}");
        assert!((subs.entropy - 4.0f64.ln()).abs() < 1e-6, "{subs:?}");
        assert!(guess(&CATEGORICAL, &settings, &logits).confidence < 0.01);
        let bound = guess(&GUMBEL_DRAWABLE, &Settings::default(), &logits);
        assert!((bound.confidence - 0.25).abs() < 1e-6, "{bound:?}");
    }

    #[test]
    fn ends_of_texts_and_of_turns_wait_where_they_are_told_to() {
        let at = Progress { done: 0, budget: 1, open: 1, total: 1, open_at_begin: 1 };
        let waits = |word: &str, token: u32| {
            let settings = Settings::default().with("eos", word).unwrap();
            Drawing::of(&GUMBEL, &settings, at).ranks_last(&vocabulary(), token)
        };
        assert!(waits("rank-last", 0) && waits("rank-last", 1) && !waits("rank-last", 2));
        assert!(!waits("allow", 0) && !waits("allow", 1));
    }
}
