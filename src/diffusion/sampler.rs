//! A named sampler, and the knobs that choose one and exchange its parts.

use std::fmt;

use super::draw::Draw;
use super::parts::{Correct, Schedule, Score, Select};
use super::registry::registry;
use crate::Result;
use crate::knobs::{Settings, Typed, Value, Word};

/// A named sampler: five parts.
pub struct Sampler {
    /// The field's own name for it.
    pub name: &'static str,
    /// One line: what it does.
    pub help: &'static str,
    /// The paper or code that it follows.
    pub source: &'static str,
    /// What token would stand here.
    pub draw: &'static Draw,
    /// How much a position deserves to be written.
    pub score: &'static Score,
    /// How many are written.
    pub schedule: &'static Schedule,
    /// Which ones.
    pub select: &'static Select,
    /// What is remasked or written over.
    pub correct: &'static Correct,
    /// How drafts are made where it writes the next token from those before it, and asks no other part than the
    /// draw; nothing where it denoises.
    pub next_token: Option<Drafter>,
}

/// Who guesses the tokens behind the next one, so that a pass verifies several.
///
/// The verified text is that of writing token by token, to the last one, whoever drafts (Leviathan et al. 2023,
/// arXiv 2211.17192, with chance that is keyed by position): drafts decide how many passes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drafter {
    /// Nobody: a token a pass.
    Nobody,
    /// Masks behind the text, read in the pass that verifies (I-DLM, arXiv 2604.11035); where they stood behind a
    /// draft that fell, [`Drafter::Text`].
    Masks,
    /// Masks behind each token that is verified, read in the pass that verifies (TiDAR, arXiv 2511.08923).
    Branches,
    /// A window of masks that see each other, in a pass of its own.
    Window,
    /// The text so far, where its last tokens stood before (prompt lookup).
    Text,
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sampler").field(&self.name).finish()
    }
}

/// A part of a sampler, whatever it decides.
pub(super) trait Part: 'static {
    fn name(&self) -> &'static str;
    fn help(&self) -> &'static str;
}

macro_rules! parts {
    ($($part:ident),*) => {$(
        impl Part for $part {
            fn name(&self) -> &'static str {
                self.name
            }

            fn help(&self) -> &'static str {
                self.help
            }
        }

        impl fmt::Debug for $part {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($part)).field(&self.name).finish()
            }
        }
    )*};
}

parts!(Draw, Score, Schedule, Select, Correct);

/// What a part knob holds when the sampler's own part is used.
pub const AUTO: &str = "auto";

/// The sampler.
pub static SAMPLER: Typed<Word> = Typed::word(
    "sampler",
    || &registry().sampler_words,
    "low-confidence",
    "which positions are written first, and whether they may be remasked",
);

/// Puts another part in the place of the sampler's `draw`.
pub static DRAW: Typed<Word> = Typed::word(
    "draw",
    || &registry().draws.words,
    AUTO,
    "what temperature means, and which probabilities confidence is read from",
);

/// Puts another part in the place of the sampler's `score`.
pub static SCORE: Typed<Word> = Typed::word(
    "score",
    || &registry().scores.words,
    AUTO,
    "what ranks the positions, in place of the sampler's own rule",
);

/// Puts another part in the place of the sampler's `schedule`.
pub static SCHEDULE: Typed<Word> = Typed::word(
    "schedule",
    || &registry().schedules.words,
    AUTO,
    "how many tokens a step writes, in place of the sampler's own rule",
);

/// Puts another part in the place of the sampler's `select`.
pub static SELECT: Typed<Word> = Typed::word(
    "select",
    || &registry().selects.words,
    AUTO,
    "how positions are chosen, in place of the sampler's own rule",
);

/// Puts another part in the place of the sampler's `correct`.
pub static CORRECT: Typed<Word> = Typed::word(
    "correct",
    || &registry().corrects.words,
    AUTO,
    "what is remasked or written over, in place of the sampler's own rule",
);

/// The knobs that exchange parts, in the order in which the parts are asked.
pub static PART_KNOBS: [&Typed<Word>; 5] = [&DRAW, &SCORE, &SCHEDULE, &SELECT, &CORRECT];

/// `settings` with the sampler called `name`, all of its parts its own.
///
/// # Errors
/// When there is no such sampler.
pub fn with_sampler(settings: &Settings, name: &str) -> Result<Settings> {
    let mut settings = settings.clone().with(SAMPLER.name, name)?;
    for knob in PART_KNOBS {
        settings.set(knob, Value::Choice(AUTO));
    }
    Ok(settings)
}
