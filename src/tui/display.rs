//! The knobs of the display: they change what is seen, never what is written.

use std::sync::LazyLock;
use std::time::Duration;

use crate::knobs::{Knob, KnobSet, Settings, Typed, words};
use crate::race::stages::ModelSize;

words! {
    /// Steps a second that are shown.
    pub enum Speed {
        /// One a second.
        One = "1": "steps a second: slows the show, not the model's own numbers",
        /// Two a second.
        Two = "2": "steps a second: slows the show, not the model's own numbers",
        /// Four a second.
        Four = "4": "steps a second: slows the show, not the model's own numbers",
        /// Eight a second.
        Eight = "8": "steps a second: slows the show, not the model's own numbers",
        /// Fifteen a second.
        Fifteen = "15": "steps a second: slows the show, not the model's own numbers",
        /// Thirty a second.
        Thirty = "30": "steps a second: slows the show, not the model's own numbers",
        /// As many as there are.
        Max = "max": "steps follow one another as fast as the model makes them",
    }
}

impl Speed {
    /// Steps a second; nothing where they are not held back.
    pub fn per_second(self) -> Option<f64> {
        match self {
            Self::One => Some(1.0),
            Self::Two => Some(2.0),
            Self::Four => Some(4.0),
            Self::Eight => Some(8.0),
            Self::Fifteen => Some(15.0),
            Self::Thirty => Some(30.0),
            Self::Max => None,
        }
    }
}

/// How fast the steps follow one another.
pub static SPEED: Typed<Speed> =
    Speed::knob("speed", "steps a second: slows the show, not the model's own numbers")
        .unit("steps/s")
        .starting_at("8");

words! {
    /// What colours mean.
    pub enum ColorMode {
        /// What a position is.
        State = "state": "given, noise, guess, just written, written, remasked",
        /// The probability of its token.
        Confidence = "confidence": "how likely the model found each token: the scale is below the text",
        /// The entropy of its distribution.
        Entropy = "entropy": "how much it hesitated at each token, from torn to sure",
        /// The steps since it was written.
        Age = "age": "how long each token has stood, from old to new",
        /// The step in which it was written.
        Order = "order": "when each token was written, from first to last",
        /// Whether the last pass read it, or took it from an earlier one.
        Cache = "cache": "what the pass read, and what it took from an earlier one (knob cache)",
    }
}

/// What colours mean.
pub static COLOR_MODE: Typed<ColorMode> =
    ColorMode::knob("color-mode", "what the colours of the canvas mean");

words! {
    /// How the tokens are laid out.
    pub enum LayoutMode {
        /// In lines that keep their tokens, and as prose once all is decided.
        Flow = "flow": "words keep their lines while they change, and close up when all is decided",
        /// In slots.
        Slots = "slots": "a slot for every token: nothing ever moves",
        /// As prose.
        Prose = "prose": "as text from the start: lines move while words change",
    }
}

/// How the tokens are laid out.
pub static LAYOUT: Typed<LayoutMode> =
    LayoutMode::knob("layout", "how tokens are laid out on the canvas");

words! {
    /// How lanes share the machine, and what they are shown by.
    pub enum LaneOrder {
        /// At the same step.
        InStep = "in-step": "all lanes at the same denoising step",
        /// At the same time.
        AtOnce = "at-once": "all lanes at once: they share the machine, on one clock",
        /// One after the other, then shown by their times.
        Fair = "fair": "one lane after the other, warmed up, three times; then shown on one clock",
    }
}

/// How lanes share the machine, and what they are shown by.
pub static LANES: Typed<LaneOrder> =
    LaneOrder::knob("lanes", "how lanes that stand side by side share the machine").next_run();

words! {
    /// The size of the model that another machine is asked about.
    pub enum EstimateFor {
        /// What people run there.
        EightBillion = "8b": "another machine's clock is that of a model like LLaDA 8B",
        /// The one that is raced.
        Own = "this-model": "another machine's clock is that of the model that is raced",
    }
}

impl EstimateFor {
    /// The same, for a race.
    pub fn size(self) -> ModelSize {
        match self {
            Self::EightBillion => ModelSize::EightBillion,
            Self::Own => ModelSize::Own,
        }
    }
}

/// The size of the model that another machine is asked about.
pub static ESTIMATE_FOR: Typed<EstimateFor> =
    EstimateFor::knob("estimate-for", "whose passes another machine's clock tells");

/// All of them, in the order in which they are shown.
pub fn knobs() -> &'static KnobSet {
    static ALL: LazyLock<KnobSet> = LazyLock::new(|| {
        let all: [&'static Knob; 5] = [&SPEED, &COLOR_MODE, &LAYOUT, &LANES, &ESTIMATE_FOR];
        KnobSet::new(all)
    });
    &ALL
}

/// The least time from one step to the next.
pub fn pace(display: &Settings) -> Duration {
    let rate = display.get(&SPEED).per_second();
    rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
}
