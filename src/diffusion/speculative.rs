//! Guesses at the tokens behind the next one, to be verified in one pass: self-speculation.
//!
//! A pass of a few positions costs little more than one of a single position, so several tokens are guessed, and
//! one pass says of each what the model writes there. What agrees is kept, and where the first does not, the pass
//! has said what stands there instead: the text is that of writing token by token (Leviathan et al. 2023, arXiv
//! 2211.17192). Chance is keyed by position, so that it is the same text at any temperature, and not only the same
//! distribution.

use std::ops::Range;

use super::parts::Progress;
use super::sampler::Drafter;
use super::session::Session;
use crate::Result;
use crate::cancel::Cancel;
use crate::knobs::{Counts, Typed};
use crate::model::draft_head::PREVIOUS;
use crate::model::logits::{DrawRequest, DrawRule, Drawn};
use crate::model::{Backbone, DraftMasks, ForwardBatch, Logits, Prediction, Statistics};

/// How many tokens are guessed. Two are a compromise on two cores: open text is written fastest with one, sure text with
/// three, as each further one is two positions more in a pass, and kept less often (docs/race.md).
pub static DRAFT_LENGTH: Typed<usize> = Typed::count(
    "draft-length",
    Counts { min: 1, max: 32, ladder: &[1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32] },
    2,
    "how many tokens are guessed ahead, and verified in one pass",
)
.unit("tokens");

/// Tokens that were guessed and wait to be verified.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts {
    /// Where the first of them stands.
    start: usize,
    tokens: Vec<u32>,
    /// How many the window has, where there is one.
    window: Option<usize>,
}

impl Drafts {
    /// Bytes that a clone of it takes beside itself.
    pub fn bytes(&self) -> usize {
        self.tokens.capacity() * size_of::<u32>()
    }

    /// Those that stand in `hole`, from its begin on. The last token of a hole needs no draft behind it.
    pub fn take(&mut self, hole: &Range<usize>) -> Vec<u32> {
        let mut tokens = std::mem::take(&mut self.tokens);
        if self.start != hole.start {
            tokens.clear();
        }
        tokens.truncate(hole.len().saturating_sub(1));
        tokens
    }
}

/// A draft, and what the drafter makes of its position.
pub(super) type Guess = (usize, Prediction);

impl Session {
    /// Masks that are read with `drafted` tokens at the begin of `hole`, for drafts of what comes then.
    pub(super) fn masks_beside(
        &self,
        drafter: Drafter,
        model: &dyn Backbone,
        hole: &Range<usize>,
        drafted: usize,
    ) -> DraftMasks {
        let groups = match drafter {
            Drafter::Masks => 1,
            Drafter::Branches => drafted + 1,
            Drafter::Nobody | Drafter::Window | Drafter::Text => 0,
        };
        let each = self.draft_length(drafter).min(hole.len().saturating_sub(drafted + 1));
        let known = groups > 0 && model.can_draft();
        if known { DraftMasks { groups, each } } else { DraftMasks::NONE }
    }

    fn draft_length(&self, drafter: Drafter) -> usize {
        /// A window that nobody knows yet.
        const FIRST_WINDOW: usize = 8;
        match drafter {
            Drafter::Window => self.drafts.window.unwrap_or(FIRST_WINDOW),
            _ => self.settings().get(&DRAFT_LENGTH),
        }
    }

    /// Doubles the window where all of `drafted` were kept, and halves it where no more than half were.
    pub(super) fn fit_window(&mut self, drafted: usize, kept: usize) {
        const LARGEST: usize = 32;
        const SMALLEST: usize = 2;
        let window = self.draft_length(Drafter::Window);
        self.drafts.window = Some(match drafted {
            0 => window,
            _ if kept == drafted => (2 * window).min(LARGEST),
            _ if 2 * kept <= drafted => (window / 2).max(SMALLEST),
            _ => window,
        });
    }

    /// Guesses the tokens from `hole`'s begin on for the next pass, with what the pass before read as `masks`.
    pub(super) fn guess(
        &mut self,
        drafter: Drafter,
        model: &mut dyn Backbone,
        hole: &Range<usize>,
        masks: Range<usize>,
    ) -> Result<Vec<Guess>> {
        let guesses = match drafter {
            Drafter::Masks | Drafter::Branches if !masks.is_empty() => {
                self.guess_by_masks(model, hole, masks)?
            }
            Drafter::Masks | Drafter::Branches | Drafter::Text => self.guess_by_text(hole),
            Drafter::Nobody | Drafter::Window => Vec::new(),
        };
        self.drafts.start = hole.start;
        self.drafts.tokens = guesses.iter().map(|(_, prediction)| prediction.token).collect();
        Ok(guesses)
    }

    /// Each told the tokens before it, the guesses among them.
    fn guess_by_masks(
        &self,
        model: &mut dyn Backbone,
        hole: &Range<usize>,
        masks: Range<usize>,
    ) -> Result<Vec<Guess>> {
        let mut text: Vec<u32> = self.canvas.ids()[..hole.start].to_vec();
        let now = self.next_token_progress();
        let mut guesses = Vec::with_capacity(masks.len());
        for (more, (mask, position)) in masks.zip(hole.clone()).enumerate() {
            let before = |back: usize| text[position.saturating_sub(back)];
            let previous: [u32; PREVIOUS] = std::array::from_fn(|index| before(index + 1));
            let mut logits = model.draft_logits(mask, previous)?;
            self.end_at_stops(&mut *logits, model.vocabulary())?;
            let drawn = self.draw_next(&mut *logits, (0, position), ahead(now, more), model)?;
            text.push(drawn.token);
            guesses.push((position, drawn));
        }
        Ok(guesses)
    }

    /// What stood behind the last tokens where they stood before: the longest run of them, the latest place.
    fn guess_by_text(&self, hole: &Range<usize>) -> Vec<Guess> {
        const LONGEST: usize = 4;
        let text = &self.canvas.ids()[..hole.start];
        let found = (1..=LONGEST.min(text.len())).rev().find_map(|length| {
            let run = &text[text.len() - length..];
            let places = text[..text.len() - 1].windows(length);
            places.enumerate().rev().find(|(_, other)| *other == run).map(|(at, _)| at + length)
        });
        let Some(from) = found else { return Vec::new() };
        let count = self.settings().get(&DRAFT_LENGTH).min(hole.len().saturating_sub(1));
        let followed = text[from..].iter().take(count);
        let certain = followed.map(|token| Prediction::certain(*token));
        hole.clone().zip(certain).collect()
    }

    /// Guesses a window of `hole` in a pass of its own, all of it at once.
    pub(super) fn guess_window(
        &mut self,
        model: &mut dyn Backbone,
        hole: &Range<usize>,
        cancel: &Cancel,
    ) -> Result<Vec<Guess>> {
        let window = self.draft_length(Drafter::Window).min(hole.len());
        let window = hole.start..hole.start + window;
        let positions: Vec<usize> = window.clone().collect();
        let mut logits = model.predict(&ForwardBatch {
            canvases: &[&self.canvas.ids()[..window.end]],
            positions: &positions,
            shadow: 0..0,
            finished: window.start,
            reuse: None,
            cancel,
        })?;
        self.end_at_stops(&mut *logits, model.vocabulary())?;
        let now = self.next_token_progress();
        let mut guesses = Vec::with_capacity(positions.len());
        for (row, position) in positions.into_iter().enumerate() {
            let drawn = self.draw_next(&mut *logits, (row, position), ahead(now, row), model)?;
            guesses.push((position, drawn));
        }
        self.drafts.start = window.start;
        self.drafts.tokens = guesses.iter().map(|(_, prediction)| prediction.token).collect();
        Ok(guesses)
    }

    /// The token of a row that predicts `position`, as it is drawn where writing token by token stands at `progress`.
    pub(super) fn draw_next(
        &self,
        logits: &mut dyn Logits,
        (row, position): (usize, usize),
        progress: Progress,
        model: &dyn Backbone,
    ) -> Result<Prediction> {
        // Nothing but an onlooker reads how sure it is of a token that it writes in any case.
        let statistics = if self.observed { Statistics::All } else { Statistics::Nothing };
        let params = self.resolved.sampling_params(progress, statistics);
        let vocabulary = model.vocabulary();
        let rule = DrawRule { params: &params, vocabulary, seed: self.seed, step: progress.done };
        let drawn = logits.draw(&[DrawRequest { row, position, current: None }], &rule)?.pop();
        let no_token = || crate::Error::Internal("a row of logits gave no token".into());
        drawn.map(|Drawn { prediction, .. }| prediction).ok_or_else(no_token)
    }
}

/// Where writing token by token stands when `more` tokens are written than are at `now`. Chance and the parameters of
/// drawing go by it, so that they are the same whoever drafted.
pub(super) fn ahead(now: Progress, more: usize) -> Progress {
    Progress { done: now.done + more, open: now.open.saturating_sub(more), ..now }
}
