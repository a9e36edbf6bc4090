//! The text that is being denoised: prompt, fixed text and noise, in any order.

use std::ops::Range;

use super::noise::{Noise, SEED, STRENGTH};
use super::step::{Step, TokenOutcome};
use crate::knobs::{Counts, Settings, Typed};
use crate::model::Vocabulary;
use crate::rng::{Purpose, Stream};
use crate::{Error, Result};

/// How many tokens of noise stand behind the prompt.
pub static CANVAS: Typed<usize> = Typed::count(
    "canvas",
    Counts {
        min: 1,
        max: 32_768,
        ladder: &[8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000],
    },
    128,
    "how many tokens are written behind the prompt, all of them at once",
)
.unit("tokens")
.next_run()
.aliases(&["gen-length"]);

/// A stretch of the canvas before the first step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Segment {
    /// Given, and conditioned on.
    Prompt(Vec<u32>),
    /// Given, with noise before it: the end of an infilling.
    Fixed(Vec<u32>),
    /// This many positions to be written.
    Noise(usize),
    /// A text to be repaired: the share of it that `strength` says becomes noise, and the rest is as
    /// if a sampler had written it.
    Draft(Vec<u32>),
}

impl Segment {
    /// How many positions it takes up on the canvas.
    pub fn positions(&self) -> usize {
        match self {
            Self::Prompt(given) | Self::Fixed(given) | Self::Draft(given) => given.len(),
            Self::Noise(count) => *count,
        }
    }
}

/// What a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenState {
    /// Given in front of the noise.
    Prompt,
    /// Given behind some of the noise.
    Fixed,
    /// Not decided yet: the id is noise.
    Noise,
    /// Decided by a sampler, which may still remask it.
    Written,
    /// Held or put there by hand: it belongs to the answer, and no sampler touches it.
    Pinned,
}

impl TokenState {
    /// Whether it was given, and is no part of the answer.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Prompt | Self::Fixed)
    }

    /// Whether a sampler may change it.
    pub fn may_change(self) -> bool {
        matches!(self, Self::Noise | Self::Written)
    }
}

/// Token ids, and what each of them is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "CanvasRecord")]
pub struct Canvas {
    ids: Vec<u32>,
    states: Vec<TokenState>,
    /// The share of noise at the beginning, where some of it is a draft.
    noised: Option<f64>,
}

/// A canvas as it comes in from elsewhere.
#[derive(serde::Deserialize)]
struct CanvasRecord {
    ids: Vec<u32>,
    states: Vec<TokenState>,
    noised: Option<f64>,
}

impl TryFrom<CanvasRecord> for Canvas {
    type Error = String;

    fn try_from(record: CanvasRecord) -> std::result::Result<Self, String> {
        let CanvasRecord { ids, states, noised } = record;
        if ids.len() != states.len() {
            return Err(format!("a canvas of {} ids has {} states", ids.len(), states.len()));
        }
        Ok(Self { ids, states, noised })
    }
}

impl Canvas {
    /// Lays `segments` out, with fresh noise where they ask for it. In a draft noise of random words is not
    /// marked as such where `hidden` says so: a sampler that corrects has to find it out.
    ///
    /// # Errors
    /// When there is nothing to write, when the canvas is longer than `context`, or when an id is
    /// outside the vocabulary.
    pub fn new(
        segments: &[Segment],
        noise: Noise,
        settings: &Settings,
        vocabulary: &Vocabulary,
        context: usize,
        hidden: bool,
    ) -> Result<Self> {
        Self::check_room(segments, context)?;
        let seed = settings.get(&SEED);
        let mut canvas = Self { ids: Vec::new(), states: Vec::new(), noised: None };
        let mut draft = Vec::new();
        for segment in segments {
            let (given, state) = match segment {
                Segment::Prompt(given) => (given.as_slice(), TokenState::Prompt),
                Segment::Fixed(given) => (given.as_slice(), TokenState::Fixed),
                Segment::Draft(given) => {
                    draft.extend(canvas.len()..canvas.len() + given.len());
                    (given.as_slice(), TokenState::Written)
                }
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
        canvas.check_ids(vocabulary)?;
        canvas.noise_draft(draft, noise, settings, vocabulary, hidden);
        Ok(canvas)
    }

    /// Makes noise of a share of the positions of a draft, chosen by chance.
    fn noise_draft(
        &mut self,
        mut draft: Vec<usize>,
        noise: Noise,
        settings: &Settings,
        vocabulary: &Vocabulary,
        hidden: bool,
    ) {
        if draft.is_empty() {
            return;
        }
        let seed = settings.get(&SEED);
        let share = settings.get(&STRENGTH);
        let count = (share * draft.len() as f64).round() as usize;
        let rng = |position: usize| Stream::new(seed, 0, Purpose::NoiseShare, position).uniform();
        draft.sort_by(|a, b| rng(*a).total_cmp(&rng(*b)));
        let open_before = self.open().count();
        for position in draft.into_iter().take(count) {
            let id = noise.token(vocabulary, seed, 0, Purpose::InitialNoise, position);
            let unmarked = hidden && noise == Noise::Uniform;
            self.ids[position] = id;
            self.states[position] = if unmarked { TokenState::Written } else { TokenState::Noise };
        }
        self.noised = Some((open_before + count) as f64 / self.answer().count().max(1) as f64);
    }

    /// The share of the answer that was noise at the beginning, 0 to 1.
    pub(super) fn noised_share(&self) -> f64 {
        self.noised.unwrap_or(1.0)
    }

    /// Bytes that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.ids[..]) + size_of_val(&self.states[..])
    }

    /// From the first position that a sampler decides to the last.
    pub fn answer_span(&self) -> Range<usize> {
        let first = self.answer().next().unwrap_or(0);
        first..self.answer().last().map_or(first, |last| last + 1)
    }

    /// From the first position that a sampler decides to the first end token behind what was given.
    pub fn answer_until_end(&self, vocabulary: &Vocabulary) -> Range<usize> {
        let first = self.answer_span().start;
        first..self.text_end(vocabulary).max(first)
    }

    fn check_ids(&self, vocabulary: &Vocabulary) -> Result<()> {
        // Where a model has no mask token its noise is an id that no network sees.
        let known = |id: &u32| (*id as usize) < vocabulary.size || *id == vocabulary.mask;
        match self.ids.iter().find(|id| !known(id)) {
            None => Ok(()),
            Some(id) => Err(Error::invalid(format!(
                "token id {id} is outside the model's vocabulary of {}",
                vocabulary.size
            ))),
        }
    }

    /// Before anything is laid out: segments may come from elsewhere, and ask for more than there is.
    fn check_room(segments: &[Segment], context: usize) -> Result<()> {
        let (mut given, mut open) = (0usize, 0usize);
        for segment in segments {
            let sum = match segment {
                Segment::Prompt(_) | Segment::Fixed(_) => &mut given,
                Segment::Noise(_) | Segment::Draft(_) => &mut open,
            };
            *sum = sum.saturating_add(segment.positions());
        }
        if open == 0 {
            return Err(Error::invalid("there is nothing to write: the canvas has no noise in it"));
        }
        if given.saturating_add(open) > context {
            let room = context.saturating_sub(given);
            return Err(Error::invalid(if room == 0 {
                format!(
                    "the prompt takes {given} tokens, which fills the model's context of {context}; shorten it"
                )
            } else {
                format!(
                    "a prompt of {given} tokens and a canvas of {open} do not fit the model's context of {context}; lower canvas to {room} or less, or shorten the holes of the prompt"
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

    /// The positions that a sampler may change, ascending.
    pub fn free(&self) -> impl Iterator<Item = usize> {
        self.with_state(TokenState::may_change)
    }

    /// The positions of the answer, those that were pinned among them, ascending.
    pub fn answer(&self) -> impl Iterator<Item = usize> {
        self.with_state(|state| !state.is_given())
    }

    fn with_state(&self, wanted: impl Fn(TokenState) -> bool) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        states.filter_map(move |(position, state)| wanted(*state).then_some(position))
    }

    /// Where the text ends: at the first end token behind everything that was given.
    pub fn text_end(&self, vocabulary: &Vocabulary) -> usize {
        let tail = self.tail();
        tail + vocabulary.emitted(&self.ids[tail..])
    }

    /// Where the text ends if `tokens` stand on the canvas, none of them where it is noise.
    ///
    /// # Panics
    /// When there are fewer of them than positions that were given.
    pub(crate) fn text_end_of(&self, tokens: &[Option<u32>], vocabulary: &Vocabulary) -> usize {
        let tail = self.tail();
        let ends = |token: &Option<u32>| token.is_some_and(|id| vocabulary.is_eos(id));
        tokens[tail..].iter().position(ends).map_or(tokens.len(), |at| tail + at)
    }

    /// The first position behind everything that was given.
    fn tail(&self) -> usize {
        let given = self.states.iter().rposition(|state| state.is_given());
        given.map_or(0, |last| last + 1)
    }

    /// The canvas as classifier-free guidance's unconditional side sees it: everything that was
    /// given is masked.
    pub(super) fn unconditional(&self, mask: u32) -> Vec<u32> {
        let pairs = self.ids.iter().zip(&self.states);
        pairs.map(|(id, state)| if state.is_given() { mask } else { *id }).collect()
    }

    /// One whose positions are known already: an id each, and what it is.
    pub fn standing(positions: impl Iterator<Item = (u32, TokenState)>) -> Self {
        let (ids, states) = positions.unzip();
        Self { ids, states, noised: None }
    }

    /// Takes over what `step` did, as whoever made it has it now. A position that it has not, or that was given, stays
    /// as it is.
    pub fn follow(&mut self, step: &Step) {
        for update in &step.updates {
            let state = match update.outcome {
                TokenOutcome::Draft | TokenOutcome::Refused | TokenOutcome::Remasked => {
                    TokenState::Noise
                }
                TokenOutcome::Written | TokenOutcome::Overwritten | TokenOutcome::Kept => {
                    TokenState::Written
                }
            };
            if self.states.get(update.position).is_some_and(|state| !state.is_given()) {
                self.write(update.position, update.new, state);
            }
        }
    }

    /// Puts `id` at a position that was not given.
    pub(super) fn write(&mut self, position: usize, id: u32, state: TokenState) {
        debug_assert!(!self.states[position].is_given() && !state.is_given());
        self.ids[position] = id;
        self.states[position] = state;
    }
}
