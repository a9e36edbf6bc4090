//! What a lane was at each of its moments, so that any of them can be gone on from.
//!
//! A whole session can be large: samplers keep what they saw of the pass before, which may be a row of the
//! vocabulary for each position. So the sessions have a budget; when it is spent, every other one is
//! dropped, and what is missing is made again from the nearest before it, by the same passes.

use std::time::Duration;

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Canvas, Edit, Session};
use crate::knobs::Settings;
use crate::model::Backbone;
use crate::trace::{NodeId, Tree};

/// Bytes of the sessions of one lane, about.
const BUDGET: usize = 64 << 20;

/// The moments of a lane, and the one that it is at.
pub(super) struct Moments {
    budget: usize,
    tree: Tree<Moment>,
    at: NodeId,
    /// Of the sessions that are kept.
    bytes: usize,
}

struct Moment {
    /// The canvas as it was: what is made again agrees up to the last bits of its numbers, and shall not
    /// become another text by them.
    canvas: Canvas,
    /// The knobs of the pass that led here.
    settings: Settings,
    /// What was done by hand to get here; nothing where a pass led here.
    edit: Option<Edit>,
    /// Model time until then.
    spent: Duration,
    session: Option<Session>,
}

impl Moments {
    /// Those of a lane that begins as `session`.
    pub fn new(session: &Session) -> Self {
        let first = Moment {
            canvas: session.canvas().clone(),
            settings: session.settings().clone(),
            edit: None,
            spent: Duration::ZERO,
            session: Some(session.clone()),
        };
        Self {
            budget: BUDGET,
            tree: Tree::new(first),
            at: NodeId::default(),
            bytes: session.bytes(),
        }
    }

    /// The moment that the lane is at.
    pub fn at(&self) -> NodeId {
        self.at
    }

    /// Takes in what came of the moment that the lane was at: by a pass, or by hand.
    pub fn push(&mut self, session: &Session, spent: Duration, edit: Option<Edit>) -> NodeId {
        self.bytes += session.bytes();
        let moment = Moment {
            canvas: session.canvas().clone(),
            settings: session.settings().clone(),
            edit,
            spent,
            session: Some(session.clone()),
        };
        self.at = self.tree.push(self.at, moment);
        while self.bytes > self.budget && self.thin() {}
        self.at
    }

    /// Drops all moments but the first `known`, of which the first of all is one.
    pub fn truncate(&mut self, known: usize) {
        for moment in self.tree.truncate(known.max(1)) {
            self.bytes -= moment.session.map_or(0, |session| session.bytes());
        }
        self.at = self.at.min(NodeId(self.tree.len() - 1));
    }

    /// Drops every other session but the first; says whether there was one to drop.
    fn thin(&mut self) -> bool {
        let kept = self.tree.values_mut().filter(|moment| moment.session.is_some());
        let mut dropped = 0;
        for moment in kept.skip(1).step_by(2) {
            dropped += moment.session.take().map_or(0, |session| session.bytes());
        }
        self.bytes -= dropped;
        dropped > 0
    }

    /// The knobs of each pass from the noise to where the lane is; nothing for what was done by hand.
    pub fn passes(&self) -> Vec<Option<Settings>> {
        let path = self.tree.path(self.at);
        let moments = path.into_iter().skip(1).filter_map(|node| self.tree.get(node));
        moments.map(|moment| moment.edit.is_none().then(|| moment.settings.clone())).collect()
    }

    /// The canvas after so many moments on the way to where the lane is.
    pub fn canvas(&self, depth: usize) -> Option<&Canvas> {
        let node = self.tree.path(self.at).get(depth).copied()?;
        self.tree.get(node).map(|moment| &moment.canvas)
    }

    /// The session at the noise.
    pub fn first(&self) -> Option<&Session> {
        self.tree.get(NodeId::default())?.session.as_ref()
    }

    /// The session at `node`, and the time until then; nothing where there is no such moment. `model` makes
    /// again what was dropped.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn session(
        &self,
        node: NodeId,
        model: &mut dyn Backbone,
        cancel: &Cancel,
    ) -> Result<Option<(Session, Duration)>> {
        let path: Vec<&Moment> =
            self.tree.path(node).into_iter().filter_map(|node| self.tree.get(node)).collect();
        let kept = path.iter().enumerate().rev();
        let kept = kept.filter_map(|(at, moment)| Some((at, moment.session.as_ref()?))).next();
        let (Some((at, session)), Some(last)) = (kept, path.last()) else { return Ok(None) };
        let mut session = session.clone();
        for moment in &path[at + 1..] {
            session.turn_all(moment.settings.clone())?;
            match &moment.edit {
                Some(edit) => session.edit(edit, model.vocabulary())?,
                None => {
                    session.step(model, cancel)?;
                }
            }
            session.restore(moment.canvas.clone());
        }
        Ok(Some((session, last.spent)))
    }

    /// The lane is at `node` from now on.
    pub fn go_to(&mut self, node: NodeId) {
        if self.tree.get(node).is_some() {
            self.at = node;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::draw::TEMPERATURE;
    use crate::diffusion::{Segment, StepOutcome};
    use crate::knobs::Value;
    use crate::model::{LanguageModel, Threads};

    #[test]
    fn what_was_dropped_is_made_again_as_it_was() {
        let mut model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let settings = Settings::default().with("sampler", "klass").unwrap();
        let settings = settings.with("steps", "12").unwrap();
        let segments = [Segment::Prompt(vec![0]), Segment::Noise(24)];
        let (vocabulary, context) = (model.vocabulary(), model.context());
        let mut session = Session::new(&segments, settings, vocabulary, context).unwrap();
        let mut moments = Moments { budget: 1_000_000, ..Moments::new(&session) };
        let mut sessions = vec![session.clone()];
        let never = Cancel::never();
        while let StepOutcome::Stepped(_) = session.step(&mut model, &never).unwrap() {
            moments.push(&session, Duration::from_secs(sessions.len() as u64), None);
            sessions.push(session.clone());
            if sessions.len() == 3 {
                session.turn(&TEMPERATURE, Value::Real(0.7)).unwrap();
            }
        }
        let last = sessions.len() - 1;
        assert_eq!((moments.passes().len(), moments.at()), (last, NodeId(last)));
        let kept = moments.tree.values_mut().filter(|moment| moment.session.is_some()).count();
        assert!(kept < sessions.len() && moments.bytes <= 1_000_000, "{kept} of {last}");
        for (node, expected) in sessions.iter().enumerate() {
            let (mut again, spent) =
                moments.session(NodeId(node), &mut model, &never).unwrap().unwrap();
            assert_eq!(spent, Duration::from_secs(node as u64));
            assert_eq!(again.canvas(), expected.canvas());
            assert_eq!((again.settings(), again.steps_taken()), (expected.settings(), node));
            let mut expected = expected.clone();
            let next = |session: &mut Session, model: &mut LanguageModel| {
                session.step(model, &never).unwrap();
                session.canvas().clone()
            };
            assert_eq!(next(&mut again, &mut model), next(&mut expected, &mut model));
        }
        assert!(moments.session(NodeId(last + 1), &mut model, &never).unwrap().is_none());
    }

    #[test]
    fn another_way_from_a_moment_leaves_the_first_as_it_was() {
        let mut model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let settings = Settings::default().with("steps", "6").unwrap();
        let segments = [Segment::Prompt(vec![0]), Segment::Noise(12)];
        let (vocabulary, context) = (model.vocabulary(), model.context());
        let mut session = Session::new(&segments, settings, vocabulary, context).unwrap();
        let (mut moments, never) = (Moments::new(&session), Cancel::never());
        while let StepOutcome::Stepped(_) = session.step(&mut model, &never).unwrap() {
            moments.push(&session, Duration::ZERO, None);
        }
        let (first, text) = (moments.at(), session.canvas().clone());
        let (mut other, _) = moments.session(NodeId(2), &mut model, &never).unwrap().unwrap();
        moments.go_to(NodeId(2));
        other.turn(&TEMPERATURE, Value::Real(2.0)).unwrap();
        while let StepOutcome::Stepped(_) = other.step(&mut model, &never).unwrap() {
            moments.push(&other, Duration::ZERO, None);
        }
        assert_ne!(*other.canvas(), text);
        assert_eq!((moments.passes().len(), moments.at()), (6, NodeId(10)));
        let (back, _) = moments.session(first, &mut model, &never).unwrap().unwrap();
        assert_eq!((back.canvas(), moments.canvas(6)), (&text, Some(other.canvas())));
        moments.go_to(first);
        assert_eq!(moments.canvas(6), Some(&text));
        moments.truncate(6);
        assert_eq!(moments.at(), NodeId(5));
        moments.truncate(0);
        assert_eq!((moments.at(), moments.bytes), (NodeId(0), Moments::new(&session).bytes));
    }
}
