//! What parts keep from one step to the next.
//!
//! A part that wants to know something again keeps a type of its own: it names the constructor in its
//! declaration, sees every pass and every decision, and finds its state in the [`StepContext`] by type.

use std::any::Any;
use std::fmt::Debug;

use super::{Decision, Progress, Scored, StepContext};
use crate::Result;
use crate::diffusion::resolved::ResolvedSampler;
use crate::model::{Logits, Vocabulary};

/// The state of one part. A clone keeps the moment.
pub trait PartState: Any + Debug + Send + Sync {
    /// Sees the logits of a pass before anything is drawn, and may change them: row i is that of the i-th of
    /// the observed positions.
    ///
    /// # Errors
    /// What the logits say.
    fn observe(&mut self, _: &Observed<'_>, _: &mut dyn Logits) -> Result<()> {
        Ok(())
    }

    /// Takes in what a step decided.
    fn update(&mut self, _: &Decided<'_>) {}

    /// Forgets what belongs to the block that was finished.
    fn begin_block(&mut self) {}

    /// Forgets what it knows of a position that was changed by hand.
    fn forget(&mut self, _position: usize) {}

    /// Bytes that it takes, about.
    fn bytes(&self) -> usize {
        0
    }

    /// A copy that goes its own way.
    fn boxed_clone(&self) -> Box<dyn PartState>;
}

/// What a state sees of a pass.
pub struct Observed<'a> {
    /// The parts and the knobs.
    pub resolved: &'a ResolvedSampler,
    /// The ids with a meaning of their own.
    pub vocabulary: &'a Vocabulary,
    /// The positions that there are rows of, ascending.
    pub positions: &'a [usize],
}

/// What a state sees of a decision.
pub struct Decided<'a> {
    /// The positions in scope, ascending.
    pub scored: &'a [Scored],
    /// What becomes of them.
    pub decision: &'a Decision,
    /// Where the run, or its block, stood before it.
    pub progress: Progress,
    /// Positions that are noise after it.
    pub open_after: usize,
}

/// The constructor of a part's state.
pub type NewState = fn() -> Box<dyn PartState>;

/// The states of the parts of a sampler.
#[derive(Debug, Default)]
pub struct PartStates(Vec<(NewState, Box<dyn PartState>)>);

impl Clone for PartStates {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|(new, state)| (*new, state.boxed_clone())).collect())
    }
}

impl PartStates {
    /// Makes what the parts of `resolved` need and is not there, and drops what none of them has.
    pub fn fit(&mut self, resolved: &ResolvedSampler) {
        let parts = [resolved.draw.state, resolved.schedule.state, resolved.correct.state];
        let wanted: Vec<NewState> = parts.into_iter().flatten().collect();
        self.0.retain(|(new, _)| wanted.iter().any(|wanted| std::ptr::fn_addr_eq(*wanted, *new)));
        for new in wanted {
            if self.0.iter().all(|(known, _)| !std::ptr::fn_addr_eq(*known, new)) {
                self.0.push((new, new()));
            }
        }
    }

    /// The state of type `S`; nothing where no part keeps one.
    pub fn get<S: PartState>(&self) -> Option<&S> {
        self.0.iter().find_map(|(_, state)| (&**state as &dyn Any).downcast_ref())
    }

    /// Shows a pass to all of them.
    ///
    /// # Errors
    /// As [`PartState::observe`].
    pub fn observe(&mut self, seen: &Observed<'_>, logits: &mut dyn Logits) -> Result<()> {
        self.0.iter_mut().try_for_each(|(_, state)| state.observe(seen, logits))
    }

    /// Tells all of them what was decided.
    pub fn update(&mut self, decided: &Decided<'_>) {
        for (_, state) in &mut self.0 {
            state.update(decided);
        }
    }

    /// Has all of them forget the block that was finished.
    pub fn begin_block(&mut self) {
        for (_, state) in &mut self.0 {
            state.begin_block();
        }
    }

    /// Has all of them forget a position that was changed by hand.
    pub fn forget(&mut self, position: usize) {
        for (_, state) in &mut self.0 {
            state.forget(position);
        }
    }

    /// Bytes that they take, about.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(_, state)| state.bytes()).sum()
    }
}

impl StepContext<'_> {
    /// The state that a part keeps as `S`; nothing where it keeps none.
    pub fn state<S: PartState>(&self) -> Option<&S> {
        self.states.get()
    }
}
