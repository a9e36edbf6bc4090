//! The autoregressive step: the leftmost open position is written from what stands before it.

use std::time::Instant;

use super::canvas::TokenState;
use super::draw::{Prediction, SamplingParams};
use super::parts::Progress;
use super::rng::{Purpose, Stream};
use super::session::{Session, StepOutcome};
use super::step::{PositionUpdate, TokenOutcome};
use crate::Result;
use crate::cancel::Cancel;
use crate::model::Backbone;

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
        let mut row = model.next_token_logits(&self.canvas.ids()[..position], cancel)?;
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
        let params = SamplingParams::of(&self.resolved, progress);
        let mut stream = Stream::new(self.seed, self.step, Purpose::Draw, position);
        let (prediction, _) = params.read(&mut row, None, vocabulary, &mut stream);
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
