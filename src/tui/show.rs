//! The knobs of the show itself: they change what is seen, never what is written.

use std::time::Duration;

use crate::knobs::{Applies, Choice, Kind, Knob, Settings};

/// How fast the steps follow one another.
pub static SPEED: Knob = Knob {
    name: "speed",
    kind: Kind::Choice { options: || &SPEEDS, default: "8" },
    unit: "steps/s",
    help: "steps a second: slows the show, not the model's own numbers",
    applies: Applies::NextStep,
};

static SPEEDS: [Choice; 7] = [
    speed("1"),
    speed("2"),
    speed("4"),
    speed("8"),
    speed("15"),
    speed("30"),
    Choice { name: "max", help: "steps follow one another as fast as the model makes them" },
];

const fn speed(name: &'static str) -> Choice {
    Choice { name, help: "steps a second: slows the show, not the model's own numbers" }
}

/// What colours mean.
pub static COLOR_MODE: Knob = Knob {
    name: "color-mode",
    kind: Kind::Choice {
        options: || {
            &[
                Choice {
                    name: "state",
                    help: "given, noise, guess, just written, written, taken back",
                },
                Choice {
                    name: "confidence",
                    help: "how likely the model found each token, from red to green",
                },
                Choice {
                    name: "entropy",
                    help: "how much it hesitated at each token: red is torn, green is sure",
                },
                Choice {
                    name: "age",
                    help: "how long each token has stood: green is new, red is old",
                },
                Choice {
                    name: "order",
                    help: "when each token was written: red came first, green last",
                },
            ]
        },
        default: "state",
    },
    unit: "",
    help: "what the colours of the canvas mean",
    applies: Applies::NextStep,
};

/// How the tokens are laid out.
pub static LAYOUT: Knob = Knob {
    name: "layout",
    kind: Kind::Choice {
        options: || {
            &[
                Choice {
                    name: "settle",
                    help: "a slot for every token while it runs, prose when it is done",
                },
                Choice { name: "slots", help: "a slot for every token: nothing ever moves" },
                Choice {
                    name: "prose",
                    help: "as text from the start: lines move while words change",
                },
            ]
        },
        default: "settle",
    },
    unit: "",
    help: "how tokens are laid out on the canvas",
    applies: Applies::NextStep,
};

/// How lanes share the machine, and what they are shown by.
pub static LANES: Knob = Knob {
    name: "lanes",
    kind: Kind::Choice {
        options: || {
            &[
                Choice { name: "in-step", help: "all lanes at the same denoising step" },
                Choice {
                    name: "at-once",
                    help: "all lanes at once: they share the machine, on one clock",
                },
                Choice {
                    name: "fair",
                    help: "one lane after the other, warmed up, three times; then shown on one clock",
                },
            ]
        },
        default: "in-step",
    },
    unit: "",
    help: "how lanes that stand side by side share the machine",
    applies: Applies::NextRun,
};

/// All of them, in the order in which they are shown.
pub static ALL: [&Knob; 4] = [&SPEED, &COLOR_MODE, &LAYOUT, &LANES];

/// The least time from one step to the next.
pub fn pace(show: &Settings) -> Duration {
    let rate: Option<f64> = show.choice(&SPEED).parse().ok();
    rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
}
