//! The autoregressive step: the leftmost open position is written from what stands before it.

use std::time::Instant;

use super::canvas::TokenState;
use super::parts::Progress;
use super::session::{Session, StepOutcome};
use super::step::{PositionUpdate, TokenOutcome};
use crate::cancel::Cancel;
use crate::model::logits::{DrawRequest, DrawRule, Drawn};
use crate::model::{Backbone, Prediction, Statistics};
use crate::{Error, Result};

impl Session {
    /// Writes one token. The end token ends the text: the open positions behind it are filled up with
    /// end tokens, as a model that denoises does.
    pub(super) fn step_next_token(
        &mut self,
        model: &mut dyn Backbone,
        cancel: &Cancel,
    ) -> Result<StepOutcome> {
        let Some(position) = self.canvas.open().next() else {
            return Ok(StepOutcome::Finished);
        };
        let start = Instant::now();
        let mut logits = model.next_token_logits(&self.canvas.ids()[..position], cancel)?;
        let forward = start.elapsed();
        let start = Instant::now();
        let vocabulary = model.vocabulary();
        let all = self.canvas.answer().count();
        let progress = Progress {
            done: self.step,
            budget: all,
            open: self.canvas.open().count(),
            total: all,
            open_at_begin: all,
        };
        // Nothing but an onlooker reads how sure it is of a token that it writes in any case.
        let statistics = if self.observed { Statistics::All } else { Statistics::Nothing };
        let params = self.resolved.sampling_params(progress, statistics);
        let rule = DrawRule { params: &params, vocabulary, seed: self.seed, step: self.step };
        let drawn = logits.draw(&[DrawRequest { row: 0, position, current: None }], &rule)?.pop();
        let Some(Drawn { prediction, .. }) = drawn else {
            return Err(Error::Internal(
                "a row of logits was asked for a token and gave none".into(),
            ));
        };
        let token = prediction.token;
        let mut updates = vec![self.put(position, token, prediction)];
        if vocabulary.is_eos(token) {
            // Up to what was given next: the hole behind it is another text.
            let given = |at: &usize| !self.canvas.states()[*at].may_change();
            let end = (position..self.canvas.len()).find(given).unwrap_or(self.canvas.len());
            let rest: Vec<usize> = self.canvas.open().take_while(|at| *at < end).collect();
            let padding = Prediction::certain(token);
            updates.extend(rest.into_iter().map(|at| self.put(at, token, padding.clone())));
        }
        Ok(self.finish_step(updates, position..position + 1, forward, start))
    }

    fn put(&mut self, position: usize, token: u32, prediction: Prediction) -> PositionUpdate {
        let old = self.canvas.ids()[position];
        self.canvas.write(position, token, TokenState::Written);
        PositionUpdate::new(position, (old, token), TokenOutcome::Written, prediction)
    }
}
