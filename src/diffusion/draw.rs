//! What token would stand at a position: drawing, and how sure the model is of it.

use super::parts::schedule::STEPS;
use super::parts::{NewState, Progress};
use super::resolved::ResolvedSampler;
use crate::knobs::{Counts, Knob, Reals, Typed, words};
use crate::model::{Convention, SamplingParams, Statistics, Vocabulary};

/// How freely tokens are drawn.
pub static TEMPERATURE: Typed<f64> = Typed::real(
    "temperature",
    Reals { min: 0.0, max: 2.0, step: 0.1 },
    0.0,
    "how freely a token is drawn: 0 takes the likeliest, 1 follows the model's probabilities, more is wilder",
);

/// Nucleus sampling.
pub static TOP_P: Typed<f64> = Typed::real(
    "top-p",
    Reals { min: 0.05, max: 1.0, step: 0.05 },
    1.0,
    "draw only from the likeliest tokens that together hold this much of the probability",
);

/// Draw from few.
pub static TOP_K: Typed<Option<usize>> = Typed::count_or(
    "top-k",
    Counts { min: 1, max: 1_000_000, ladder: &[1, 2, 3, 5, 10, 20, 50, 100, 200, 500] },
    "off",
    "draw only from this many of the likeliest tokens",
)
.unit("tokens");

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
    pub temperature: fn(&ResolvedSampler, Progress) -> f64,
    /// What it keeps from one step to the next, where it keeps anything.
    pub state: Option<NewState>,
    /// Whether what may not be drawn, the mask above all, has no probability: MDLM's SUBS
    /// (arXiv 2406.07524). Without it such tokens count in confidence, entropy and top-p.
    pub drawable_only: bool,
    /// Whether top-p leaves out the token with which it is passed. ReMDM's code does.
    pub exclusive_top_p: bool,
}

impl Draw {
    /// Whether it has a temperature of its own, in place of the knob's.
    pub fn cools(&self) -> bool {
        self.knobs.iter().any(|knob| T_MAX.is(knob))
    }
}

/// LLaDA's (arXiv 2502.09992).
pub static GUMBEL: Draw = Draw {
    name: "gumbel",
    help: "LLaDA: argmax of logits plus temperature times Gumbel noise; confidence from the raw probabilities",
    knobs: &[],
    convention: Convention::Llada,
    temperature: knob_temperature,
    state: None,
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
    convention: Convention::Dream,
    ..GUMBEL
};

/// ReMDM's (arXiv 2503.00307): as Dream's, over what may be drawn, top-p without the token that passes it.
pub static SUBS: Draw = Draw {
    name: "subs",
    help: "MDLM: as categorical, but what may not be drawn has no probability, and top-p is not passed",
    convention: Convention::Dream,
    drawable_only: true,
    exclusive_top_p: true,
    ..GUMBEL
};

/// Dream's, at a temperature that falls over the run (DiffusionGemma).
pub static COOLING: Draw = Draw {
    name: "cooling",
    help: "as categorical, at a temperature that falls over the run in place of the knob's",
    knobs: &[&STEPS.knob, &T_MAX.knob, &T_MIN.knob],
    convention: Convention::Dream,
    temperature: |resolved, at| {
        let (high, low) = (resolved.get(&T_MAX), resolved.get(&T_MIN));
        let left = at.budget.saturating_sub(at.done) as f64 / at.budget.max(1) as f64;
        low + (high - low) * left
    },
    ..GUMBEL
};

fn knob_temperature(resolved: &ResolvedSampler, _: Progress) -> f64 {
    resolved.get(&TEMPERATURE)
}

/// Where cooling begins.
pub static T_MAX: Typed<f64> =
    Typed::real("t-max", TEMPERATURES, 0.8, "the temperature of the first step");

/// Where cooling ends.
pub static T_MIN: Typed<f64> =
    Typed::real("t-min", TEMPERATURES, 0.4, "the temperature that the last step comes near to");

const TEMPERATURES: Reals = Reals { min: 0.0, max: 2.0, step: 0.1 };

words! {
    /// What becomes of end tokens. With `rank-last` the confidence of all others is read as it is; LLaDA's
    /// `confidence_eos_eot_inf` takes the end tokens out before the softmax at temperature 0, so that the
    /// others share what they held, and above it lets the end of a text through.
    pub enum Eos {
        /// They are written like any other token.
        Allow = "allow": "end tokens are written like any other",
        /// They wait for all others.
        RankLast = "rank-last":
            "ends of texts and turns may be drawn but are written last, so that no text is cut off",
        /// They are never written.
        Suppress = "suppress": "no end tokens: the text fills the whole canvas",
    }
}

/// What becomes of end tokens.
pub static EOS: Typed<Eos> = Eos::knob("eos", "what becomes of end-of-text tokens");

impl ResolvedSampler {
    /// How a step at `progress` draws, with `statistics` of each row.
    pub fn sampling_params(&self, progress: Progress, statistics: Statistics) -> SamplingParams {
        /// Below this nothing but the likeliest token has a chance, and f32 runs out of room.
        const COLDEST: f64 = 1e-6;
        let draw = self.draw;
        let temperature = (draw.temperature)(self, progress);
        SamplingParams {
            temperature: if temperature < COLDEST { 0.0 } else { temperature },
            top_p: self.get(&TOP_P),
            top_k: self.get(&TOP_K),
            convention: draw.convention,
            suppress_eos: self.get(&EOS) == Eos::Suppress,
            drawable_only: draw.drawable_only,
            exclusive_top_p: draw.exclusive_top_p,
            statistics,
        }
    }

    /// Whether `token` has to wait until everything else is written.
    pub fn ranks_last(&self, vocabulary: &Vocabulary, token: u32) -> bool {
        self.get(&EOS) == Eos::RankLast
            && (vocabulary.is_eos(token) || vocabulary.turn_ends.contains(&token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Settings;
    use crate::model::Prediction;
    use crate::model::logits::draw_from_row;
    use crate::rng::{Purpose, Stream};

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            size: 6,
            drawable: 5,
            mask: 4,
            eos: vec![0],
            turn_ends: vec![1],
            stops: Vec::new(),
            special: vec![0, 1, 4],
        }
    }

    fn resolved(draw: &'static Draw, settings: &Settings) -> ResolvedSampler {
        ResolvedSampler { draw, ..ResolvedSampler::of(settings) }
    }

    fn predicted(draw: &'static Draw, settings: &Settings, logits: &[f32]) -> Prediction {
        let at = Progress { done: 0, budget: 1, open: 1, total: 1, open_at_begin: 1 };
        let params = resolved(draw, settings).sampling_params(at, Statistics::All);
        let mut noise = Stream::new(0, 0, Purpose::Draw, 0);
        draw_from_row(&mut logits.to_vec(), &params, &vocabulary(), None, &mut noise).prediction
    }

    #[test]
    fn with_subs_the_mask_and_the_padding_have_no_probability() {
        let settings = Settings::default().with("temperature", "1").unwrap();
        let logits = [0.0, 0.0, 0.0, 0.0, 9.0, 9.0];
        let subs = predicted(&SUBS, &settings, &logits);
        assert!((subs.confidence - 0.25).abs() < 1e-6, "{subs:?}");
        assert!((subs.entropy - 4.0f64.ln()).abs() < 1e-6, "{subs:?}");
        assert!(predicted(&CATEGORICAL, &settings, &logits).confidence < 0.01);
        let bound = predicted(&GUMBEL_DRAWABLE, &Settings::default(), &logits);
        assert!((bound.confidence - 0.25).abs() < 1e-6, "{bound:?}");
    }

    #[test]
    fn ends_of_texts_and_of_turns_wait_where_they_are_told_to() {
        let waits = |word: &str, token: u32| {
            let settings = Settings::default().with("eos", word).unwrap();
            resolved(&GUMBEL, &settings).ranks_last(&vocabulary(), token)
        };
        assert!(waits("rank-last", 0) && waits("rank-last", 1) && !waits("rank-last", 2));
        assert!(!waits("allow", 0) && !waits("allow", 1));
    }
}
