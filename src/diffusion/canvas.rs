//! The text that is being denoised: prompt, fixed text and noise, in any order.

use super::noise::Noise;
use super::rng::Purpose;
use crate::knobs::{Applies, Kind, Knob, Value};
use crate::model::Vocabulary;
use crate::{Error, Result};

/// How many tokens of noise stand behind the prompt.
pub static CANVAS: Knob = Knob {
    name: "canvas",
    kind: Kind::Count {
        min: 1,
        max: 32_768,
        ladder: &[8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000],
        default: Value::Count(128),
        off: None,
    },
    unit: "tokens",
    help: "how many tokens are written behind the prompt, all of them at once",
    applies: Applies::NextRun,
};

/// A stretch of the canvas before the first step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Given, and conditioned on.
    Prompt(Vec<u32>),
    /// Given, with noise before it: the end of an infilling.
    Fixed(Vec<u32>),
    /// This many positions to be written.
    Noise(usize),
}

/// What a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Given in front of the noise.
    Prompt,
    /// Given behind some of the noise.
    Fixed,
    /// Not decided yet: the id is noise.
    Noise,
    /// Decided by a sampler, which may still take it back.
    Written,
}

impl TokenState {
    /// Whether it was given, so that no sampler may touch it.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Prompt | Self::Fixed)
    }
}

/// Token ids, and what each of them is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    ids: Vec<u32>,
    states: Vec<TokenState>,
}

impl Canvas {
    /// Lays `segments` out, with fresh noise where they ask for it.
    ///
    /// # Errors
    /// When there is nothing to write, when the canvas is longer than `context`, or when an id is
    /// outside the vocabulary.
    pub fn new(
        segments: &[Segment],
        noise: Noise,
        vocabulary: &Vocabulary,
        context: usize,
        seed: u64,
    ) -> Result<Self> {
        let mut canvas = Self { ids: Vec::new(), states: Vec::new() };
        for segment in segments {
            let (given, state) = match segment {
                Segment::Prompt(given) => (given.as_slice(), TokenState::Prompt),
                Segment::Fixed(given) => (given.as_slice(), TokenState::Fixed),
                Segment::Noise(count) => {
                    for _ in 0..*count {
                        let position = canvas.ids.len();
                        let id = noise.token(vocabulary, seed, 0, Purpose::InitialNoise, position);
                        canvas.ids.push(id);
                        canvas.states.push(TokenState::Noise);
                    }
                    continue;
                }
            };
            canvas.ids.extend_from_slice(given);
            canvas.states.extend(given.iter().map(|_| state));
        }
        canvas.check(vocabulary, context)?;
        Ok(canvas)
    }

    fn check(&self, vocabulary: &Vocabulary, context: usize) -> Result<()> {
        if let Some(id) = self.ids.iter().find(|id| **id as usize >= vocabulary.size) {
            return Err(Error::invalid(format!(
                "token id {id} is outside the model's vocabulary of {}",
                vocabulary.size
            )));
        }
        let given = self.states.iter().filter(|s| s.is_given()).count();
        let open = self.len() - given;
        if open == 0 {
            return Err(Error::invalid("there is nothing to write: the canvas has no noise in it"));
        }
        if self.len() > context {
            let room = context.saturating_sub(given);
            return Err(Error::invalid(if room == 0 {
                format!(
                    "the prompt takes {given} tokens, which fills the model's context of {context}; shorten it"
                )
            } else {
                format!(
                    "a prompt of {given} tokens and a canvas of {open} do not fit the model's context of {context}; lower canvas to {room} or less"
                )
            }));
        }
        Ok(())
    }

    /// How many positions there are, given ones among them.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no position at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The token ids as the network sees them, noise included.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// What each position is.
    pub fn states(&self) -> &[TokenState] {
        &self.states
    }

    /// The positions that are noise, ascending.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        self.with_state(|state| state == TokenState::Noise)
    }

    /// The positions that a sampler decides or has decided, ascending.
    pub fn answer(&self) -> impl Iterator<Item = usize> {
        self.with_state(|state| !state.is_given())
    }

    fn with_state(&self, wanted: impl Fn(TokenState) -> bool) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        states.filter_map(move |(position, state)| wanted(*state).then_some(position))
    }

    /// Where the text ends: at the first end token behind everything that was given.
    pub fn text_end(&self, vocabulary: &Vocabulary) -> usize {
        let given = self.states.iter().rposition(|state| state.is_given());
        let tail = given.map_or(0, |last| last + 1);
        tail + vocabulary.emitted(&self.ids[tail..])
    }

    /// The canvas as classifier-free guidance's unconditional side sees it: everything that was
    /// given is masked.
    pub(super) fn unconditional(&self, mask: u32) -> Vec<u32> {
        let pairs = self.ids.iter().zip(&self.states);
        pairs.map(|(id, state)| if state.is_given() { mask } else { *id }).collect()
    }

    /// Puts `id` at a position that was not given.
    pub(super) fn write(&mut self, position: usize, id: u32, state: TokenState) {
        debug_assert!(!self.states[position].is_given() && !state.is_given());
        self.ids[position] = id;
        self.states[position] = state;
    }
}
