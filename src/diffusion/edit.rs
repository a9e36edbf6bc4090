//! What a hand does to a text between two passes.

use super::canvas::TokenState;
use super::session::Session;
use crate::model::Vocabulary;
use crate::rng::Purpose;
use crate::{Error, Result};

/// A change by hand.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// What stands at these positions stays.
    Pin(Vec<usize>),
    /// What was pinned may change again.
    Unpin(Vec<usize>),
    /// These positions become noise.
    Renoise(Vec<usize>),
    /// A token in the place of another, pinned there.
    Set {
        /// Where.
        position: usize,
        /// Its id.
        token: u32,
    },
}

impl Edit {
    /// The positions that it is about.
    pub fn positions(&self) -> &[usize] {
        match self {
            Self::Pin(positions) | Self::Unpin(positions) | Self::Renoise(positions) => positions,
            Self::Set { position, .. } => std::slice::from_ref(position),
        }
    }
}

impl Session {
    /// Does what `edit` says; the next step goes on from it. What became noise is given as many steps as its
    /// share of the answer has in the schedule.
    ///
    /// # Errors
    /// When a position is not part of the answer, noise is to be pinned, or a token cannot be written; nothing
    /// is changed then.
    pub fn edit(&mut self, edit: &Edit, vocabulary: &Vocabulary) -> Result<()> {
        for position in edit.positions() {
            self.check_edit(edit, *position, vocabulary)?;
        }
        for position in edit.positions() {
            let old = self.canvas.ids()[*position];
            let (id, state) = match edit {
                Edit::Pin(_) => (old, TokenState::Pinned),
                Edit::Unpin(_) => (old, TokenState::Written),
                Edit::Set { token, .. } => (*token, TokenState::Pinned),
                Edit::Renoise(_) => {
                    let (seed, step) = (self.seed, self.step);
                    let id =
                        self.noise.token(vocabulary, seed, step, Purpose::HandRenoise, *position);
                    (id, TokenState::Noise)
                }
            };
            let was = self.canvas.states()[*position];
            self.canvas.write(*position, id, state);
            // A pin alone leaves what the parts know of the text, and the schedule, as they are.
            if id != old || (state == TokenState::Noise) != (was == TokenState::Noise) {
                self.states.forget(*position);
                self.block = None;
                self.drop_cache();
            }
        }
        if matches!(edit, Edit::Renoise(_)) {
            self.grant_steps();
        }
        Ok(())
    }

    fn check_edit(&self, edit: &Edit, position: usize, vocabulary: &Vocabulary) -> Result<()> {
        let refuse = |why: &str| Err(Error::invalid(format!("position {position} {why}")));
        match (self.canvas.states().get(position), edit) {
            (None, _) => refuse("is not on the canvas"),
            (Some(state), _) if state.is_given() => refuse("was given, and stays as it is"),
            (Some(TokenState::Noise), Edit::Pin(_)) => {
                refuse("is noise, which cannot be pinned; let it be written first")
            }
            (Some(TokenState::Noise), Edit::Unpin(_)) => refuse("is noise, and not pinned"),
            (Some(TokenState::Noise), Edit::Renoise(_)) => refuse("is noise already"),
            (_, Edit::Set { token, .. }) if *token as usize >= vocabulary.size => refuse(&format!(
                "cannot hold token {token}: the vocabulary has {}",
                vocabulary.size
            )),
            (_, Edit::Set { token, .. }) if *token == vocabulary.mask => {
                refuse("cannot hold the mask; make it noise instead")
            }
            _ => Ok(()),
        }
    }

    /// Sees to it that as many steps are left as the share of noise has in the schedule.
    fn grant_steps(&mut self) {
        let (open, all) = (self.canvas.open().count(), self.canvas.answer().count());
        let share = open as f64 / all.max(1) as f64;
        let wanted = (share * self.resolved.steps_for(all) as f64).ceil() as usize;
        let needed = self.step + self.skipped + wanted;
        self.granted += needed.saturating_sub(self.budget());
    }

    /// The budget of steps: that of the whole answer, and what was granted for noise that was made by hand.
    pub(super) fn budget(&self) -> usize {
        self.resolved.steps_for(self.canvas.answer().count()) + self.granted
    }
}
