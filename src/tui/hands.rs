//! Hands on: pinning and re-noising the token under the cursor, and going from branch to branch.

use super::app::{App, Notice, Phase};
use super::playback::FROM_BEFORE;
use crate::diffusion::Edit;
use crate::engine::Command;
use crate::trace::CellState;

impl App {
    /// Pins the token under the cursor, or lets it go.
    pub(super) fn pin(&mut self) {
        let Some((position, state)) = self.token_in_hand() else { return };
        if state.is_open() {
            self.notice = Some(Notice::bad("noise cannot be pinned; let it be written first"));
            return;
        }
        let pinned = state == CellState::Pinned;
        self.edit(if pinned { Edit::Unpin(vec![position]) } else { Edit::Pin(vec![position]) });
    }

    /// Makes noise of the token under the cursor.
    pub(super) fn renoise(&mut self) {
        let Some((position, _)) = self.token_in_hand() else { return };
        self.edit(Edit::Renoise(vec![position]));
    }

    /// The token under the cursor, where it can be changed; a notice where not.
    fn token_in_hand(&mut self) -> Option<(usize, CellState)> {
        let why = match (self.token, self.frame()) {
            _ if self.mode.is_on_clock() => {
                "a text that is raced cannot be changed by hand; f leaves it alone"
            }
            _ if matches!(self.phase, Phase::Stopped(_) | Phase::Failed(_)) => {
                "nothing can be changed any more; r begins again"
            }
            _ if self.run.is_none() || self.phase == Phase::Waiting => {
                "there is no text to change yet"
            }
            (None, _) => "choose a token first: tab, or a click",
            (Some(position), Some(frame)) => match frame.cells.get(position).map(|c| c.state) {
                Some(CellState::Prompt | CellState::Fixed) => "given text stays as it is",
                Some(state) => return Some((position, state)),
                None => "there is no such token",
            },
            (Some(_), None) => "there is no text to change yet",
        };
        self.notice = Some(Notice::bad(why));
        None
    }

    /// Changes the text that is shown: where that is an earlier moment, in a branch of its own.
    fn edit(&mut self, edit: Edit) {
        if !self.following || self.phase == Phase::Cancelled {
            self.go_on_from_here(true);
        }
        self.engine.send(Command::Edit(self.focus, edit));
    }

    /// The branch that was made before (-1) or after (1) the one that is shown.
    pub(super) fn go_to_branch(&mut self, direction: isize) {
        if let Some(why) = self.why_no_branch() {
            self.notice = Some(Notice::bad(why));
            return;
        }
        let history = &self.lane().history;
        let branches = history.branches();
        let count = branches.len() as isize;
        // A branch that was cut back to an inner moment stands behind all that have an end.
        let here = branches.iter().position(|leaf| Some(*leaf) == history.end());
        let next = match here {
            Some(here) => (here as isize + direction).rem_euclid(count) as usize,
            None if direction < 0 => branches.len() - 1,
            None => 0,
        };
        let (focus, leaf) = (self.focus, branches[next]);
        let keep = self.lanes.iter().enumerate().map(|(index, lane)| {
            let at = lane.history.end().unwrap_or_default();
            self.kept(index, if index == focus { leaf } else { at })
        });
        let keep = keep.collect();
        self.rewind(keep, true);
        self.notice = Some(Notice::good(format!("branch {} of {count}", next + 1)));
    }

    /// Why there is no other branch to go to; nothing where there is one.
    fn why_no_branch(&self) -> Option<&'static str> {
        let history = &self.lane().history;
        match self.phase {
            Phase::Stopped(_) => Some("the engine has stopped: no branch can be gone to any more"),
            Phase::Failed(_) => Some("the run has failed: no branch of it can be gone to"),
            _ if history.is_empty() => Some("there is no run yet that could have branches"),
            _ if self.run.is_none() => Some(FROM_BEFORE),
            _ if !self.begun => Some("there is no run yet that could have branches"),
            _ if history.branches().iter().all(|leaf| Some(*leaf) == history.end()) => {
                Some("there is one branch; go back in time and on from there for another")
            }
            _ => None,
        }
    }
}
