//! The autoregressive step: the leftmost open position is written from what stands before it; and those behind it
//! whose drafts agree with what the model writes there.

use std::ops::Range;
use std::time::Instant;

use super::canvas::TokenState;
use super::parts::Progress;
use super::sampler::Drafter;
use super::session::{Pass, Session, StepOutcome};
use super::speculative::{Guess, ahead};
use super::step::{PositionUpdate, TokenOutcome};
use crate::Result;
use crate::cancel::Cancel;
use crate::model::{Backbone, Prediction};

impl Session {
    /// Writes the next token, and as many drafts behind it as agree with it. The end token ends the text: the open
    /// positions behind it are filled up with end tokens, as a model that denoises does.
    pub(super) fn step_next_token(
        &mut self,
        drafter: Drafter,
        model: &mut dyn Backbone,
        cancel: &Cancel,
    ) -> Result<StepOutcome> {
        let Some(hole) = self.next_hole() else { return Ok(StepOutcome::Finished) };
        let drafts = self.drafts.take(&hole);
        // A single token needs no draft.
        let drafts_first = drafter == Drafter::Window && drafts.is_empty() && hole.len() > 1;
        if drafts_first && model.vocabulary().has_mask() {
            return self.step_window(model, &hole, cancel);
        }
        let masks = self.masks_beside(drafter, model, &hole, drafts.len());
        let mut text = self.canvas.ids()[..hole.start].to_vec();
        text.extend(&drafts);
        let start = Instant::now();
        let mut logits = model.verify(&text, drafts.len() + 1, masks, cancel)?;
        self.end_at_stops(&mut *logits, model.vocabulary())?;
        let pass =
            Pass { time: start.elapsed(), positions_read: model.positions_read(), cached: None };
        let start = Instant::now();
        let now = self.next_token_progress();
        let mut verified = Vec::with_capacity(drafts.len() + 1);
        for (row, position) in hole.clone().take(drafts.len() + 1).enumerate() {
            let drawn = self.draw_next(&mut *logits, (row, position), ahead(now, row), model)?;
            let token = drawn.token;
            verified.push(drawn);
            if drafts.get(row) != Some(&token) || model.vocabulary().is_eos(token) {
                break;
            }
        }
        let kept = verified.len() - 1;
        if drafter == Drafter::Window {
            self.fit_window(drafts.len(), kept);
        }
        let mut updates = self.write_verified(&hole, verified, model);
        let next = self.next_hole().filter(|next| next.start == hole.start + kept + 1);
        let behind = next.clone().unwrap_or(hole.end..hole.end);
        // Those that stood behind what was kept, where some did.
        let group = (kept + masks.groups).checked_sub(drafts.len() + 1);
        let masks = group.map_or(0..0, |group| group * masks.each..(group + 1) * masks.each);
        let guesses = self.guess(drafter, model, &behind, masks)?;
        let refused = behind.clone().take(drafts.len().saturating_sub(kept + 1));
        let guessed = guesses.len();
        updates.extend(guesses.into_iter().map(|guess| self.draft(guess)));
        updates.extend(refused.skip(guessed).map(|position| {
            let draft = Prediction::certain(drafts[position - hole.start]);
            PositionUpdate { outcome: TokenOutcome::Refused, ..self.draft((position, draft)) }
        }));
        Ok(self.finish_step(updates, hole.start..hole.start + kept + 1, pass, start))
    }

    /// Drafts a window, and writes nothing.
    fn step_window(
        &mut self,
        model: &mut dyn Backbone,
        hole: &Range<usize>,
        cancel: &Cancel,
    ) -> Result<StepOutcome> {
        let start = Instant::now();
        let guesses = self.guess_window(model, hole, cancel)?;
        let pass =
            Pass { time: start.elapsed(), positions_read: model.positions_read(), cached: None };
        let block = hole.start..hole.start + guesses.len();
        let updates = guesses.into_iter().map(|guess| self.draft(guess)).collect();
        let sampling_began = Instant::now();
        Ok(self.finish_step(updates, block, pass, sampling_began))
    }

    /// The leftmost open positions that stand side by side.
    fn next_hole(&self) -> Option<Range<usize>> {
        let mut open = self.canvas.open();
        let start = open.next()?;
        let more = open.zip(start + 1..).take_while(|(position, next)| position == next).count();
        Some(start..start + 1 + more)
    }

    /// Where writing token by token stands.
    pub(super) fn next_token_progress(&self) -> Progress {
        let total = self.canvas.answer().count();
        let open = self.canvas.open().count();
        Progress { done: total - open, budget: total, open, total, open_at_begin: total }
    }

    /// Writes what was verified from the begin of `hole` on.
    fn write_verified(
        &mut self,
        hole: &Range<usize>,
        verified: Vec<Prediction>,
        model: &dyn Backbone,
    ) -> Vec<PositionUpdate> {
        let mut updates = Vec::with_capacity(verified.len());
        for (position, drawn) in hole.clone().zip(verified) {
            let token = drawn.token;
            updates.push(self.put(position, token, drawn));
            if model.vocabulary().is_eos(token) {
                // Up to what was given next: the hole behind it is another text.
                let padding = Prediction::certain(token);
                let rest = position + 1..hole.end;
                updates.extend(rest.map(|at| self.put(at, token, padding.clone())));
            }
        }
        updates
    }

    pub(super) fn put(
        &mut self,
        position: usize,
        token: u32,
        prediction: Prediction,
    ) -> PositionUpdate {
        let old = self.canvas.ids()[position];
        self.canvas.write(position, token, TokenState::Written);
        PositionUpdate::new(position, (old, token), TokenOutcome::Written, prediction)
    }

    /// What is said of a position that is guessed, and stays open.
    fn draft(&self, (position, prediction): Guess) -> PositionUpdate {
        let id = self.canvas.ids()[position];
        PositionUpdate::new(position, (id, id), TokenOutcome::Draft, prediction)
    }
}
