//! The autoregressive step: the leftmost open position is written from what stands before it.

use std::time::Instant;

use super::canvas::TokenState;
use super::draw::{Drawing, Guess};
use super::parts::Progress;
use super::rng::{Purpose, Stream};
use super::session::{Session, StepOutcome};
use super::step::{Change, Fate};
use crate::Result;
use crate::cancel::Cancel;
use crate::model::Denoiser;

impl Session {
    /// Writes one token. The end token ends the text: the open positions behind it are filled up with
    /// end tokens, as a model that denoises does.
    pub(super) fn step_next_token(
        &mut self,
        model: &mut dyn Denoiser,
        cancel: &Cancel,
    ) -> Result<StepOutcome> {
        let recipe = self.recipe();
        let Some(position) = self.canvas.open().next() else {
            return Ok(StepOutcome::Finished);
        };
        let start = Instant::now();
        let mut row = model.predict_next(&self.canvas.ids()[..position], cancel)?;
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
        let drawing = Drawing::of(recipe.draw, &self.settings, progress);
        let mut stream = Stream::new(self.seed, self.step, Purpose::Draw, position);
        let (guess, _) = drawing.read(&mut row, None, vocabulary, &mut stream);
        let token = guess.token;
        let mut changes = vec![self.put(position, token, guess)];
        if vocabulary.is_eos(token) {
            // Up to what was given next: the hole behind it is another text.
            let given = |at: &usize| self.canvas.states()[*at].is_given();
            let end = (position..self.canvas.len()).find(given).unwrap_or(self.canvas.len());
            let rest: Vec<usize> = self.canvas.open().take_while(|at| *at < end).collect();
            let padding = Guess::certain(token);
            changes.extend(rest.into_iter().map(|at| self.put(at, token, padding.clone())));
        }
        Ok(self.finish_step(changes, position..position + 1, &recipe, forward, start))
    }

    fn put(&mut self, position: usize, token: u32, guess: Guess) -> Change {
        let old = self.canvas.ids()[position];
        self.canvas.write(position, token, TokenState::Written);
        Change::new(position, (old, token), Fate::Written, guess)
    }
}
