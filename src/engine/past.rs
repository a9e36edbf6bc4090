//! What a lane was before each of its steps, so that any of them can be returned to.
//!
//! A whole session can be large: samplers keep what they saw of the pass before, which may be a row of the
//! vocabulary for each position. So the sessions have a budget; when it is spent, every other one is
//! dropped, and what is missing is made again from the one before it, by the same passes.

use std::time::Duration;

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Canvas, Session};
use crate::knobs::Settings;
use crate::model::Backbone;

/// Bytes of the sessions of one lane, about.
const BUDGET: usize = 64 << 20;

/// The moments before the steps of a lane.
pub(super) struct Past {
    budget: usize,
    moments: Vec<Moment>,
    /// Of the sessions that are kept.
    bytes: usize,
}

struct Moment {
    /// The canvas as it was: what is made again agrees up to the last bits of its numbers, and shall not
    /// become another text by them.
    canvas: Canvas,
    /// The knobs of the step.
    settings: Settings,
    /// Model time until then.
    spent: Duration,
    session: Option<Session>,
}

impl Default for Past {
    fn default() -> Self {
        Self { budget: BUDGET, moments: Vec::new(), bytes: 0 }
    }
}

impl Past {
    /// Steps that were made.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Takes in what was before a step.
    pub fn push(&mut self, session: Session, spent: Duration) {
        self.bytes += session.bytes();
        self.moments.push(Moment {
            canvas: session.canvas().clone(),
            settings: session.settings().clone(),
            spent,
            session: Some(session),
        });
        while self.bytes > self.budget && self.thin() {}
    }

    /// Drops every other session but the first; says whether there was one to drop.
    fn thin(&mut self) -> bool {
        let kept = self.moments.iter_mut().filter(|moment| moment.session.is_some());
        let mut dropped = false;
        for moment in kept.skip(1).step_by(2) {
            dropped = true;
            self.bytes -= moment.session.take().map_or(0, |session| session.bytes());
        }
        dropped
    }

    /// The knobs of step `step`, where it was made.
    pub fn settings(&self, step: usize) -> Option<&Settings> {
        self.moments.get(step).map(|moment| &moment.settings)
    }

    /// The session before the first step, where one was made.
    pub fn first(&self) -> Option<&Session> {
        self.moments.first()?.session.as_ref()
    }

    /// The session before step `step`, and the time until then; nothing where it was not made. `model`
    /// makes again what was dropped.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn before(
        &self,
        step: usize,
        model: &mut dyn Backbone,
        cancel: &Cancel,
    ) -> Result<Option<(Session, Duration)>> {
        let Some(moment) = self.moments.get(step) else { return Ok(None) };
        let kept = (0..=step).rev().find_map(|at| Some((at, self.moments[at].session.as_ref()?)));
        let Some((at, session)) = kept else { return Ok(None) };
        let mut session = session.clone();
        for moment in &self.moments[at..step] {
            session.restore(moment.canvas.clone());
            session.turn_all(moment.settings.clone())?;
            session.step(model, cancel)?;
        }
        session.restore(moment.canvas.clone());
        session.turn_all(moment.settings.clone())?;
        Ok(Some((session, moment.spent)))
    }

    /// Forgets step `steps` and all that came after it.
    pub fn truncate(&mut self, steps: usize) {
        let gone = self.moments.iter().skip(steps).filter_map(|moment| moment.session.as_ref());
        self.bytes -= gone.map(Session::bytes).sum::<usize>();
        self.moments.truncate(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::{Segment, StepOutcome};
    use crate::model::{LanguageModel, Threads};

    #[test]
    fn what_was_dropped_is_made_again_as_it_was() {
        let mut model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let settings = Settings::default().with("sampler", "klass").unwrap();
        let settings = settings.with("steps", "12").unwrap();
        let segments = [Segment::Prompt(vec![0]), Segment::Noise(24)];
        let (vocabulary, context) = (model.vocabulary(), model.context());
        let mut session = Session::new(&segments, settings, vocabulary, context).unwrap();
        let mut past = Past { budget: 1_000_000, ..Past::default() };
        let mut sessions = Vec::new();
        let never = Cancel::never();
        loop {
            let before = session.clone();
            if session.step(&mut model, &never).unwrap() == StepOutcome::Finished {
                break;
            }
            sessions.push(before.clone());
            past.push(before, Duration::from_secs(sessions.len() as u64));
            let steps = sessions.len();
            if steps == 3 {
                session
                    .turn(&crate::diffusion::draw::TEMPERATURE, crate::knobs::Value::Real(0.7))
                    .unwrap();
            }
        }
        let kept = past.moments.iter().filter(|moment| moment.session.is_some()).count();
        assert!(kept < sessions.len() && past.bytes <= 1_000_000, "{kept} of {}", sessions.len());
        for (step, expected) in sessions.iter().enumerate() {
            let (mut again, spent) = past.before(step, &mut model, &never).unwrap().unwrap();
            assert_eq!(spent, Duration::from_secs(step as u64 + 1));
            assert_eq!(again.canvas(), expected.canvas());
            assert_eq!((again.settings(), again.steps_taken()), (expected.settings(), step));
            let mut expected = expected.clone();
            let next = |session: &mut Session, model: &mut LanguageModel| {
                session.step(model, &never).unwrap();
                session.canvas().clone()
            };
            assert_eq!(next(&mut again, &mut model), next(&mut expected, &mut model));
        }
        assert!(past.before(sessions.len(), &mut model, &never).unwrap().is_none());
        past.truncate(0);
        assert_eq!((past.len(), past.bytes), (0, 0));
    }
}
