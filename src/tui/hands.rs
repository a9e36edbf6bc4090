//! Hands on: pinning and re-noising the token under the cursor, and going from branch to branch.

use std::sync::Arc;

use super::app::{App, Notice, Phase};
use super::playback::FROM_BEFORE;
use crate::diffusion::Edit;
use crate::engine::Command;
use crate::trace::{Cell, CellState, NodeId};

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

    /// Puts the next of the candidates of the token under the cursor in its place; behind the last comes the first.
    pub(super) fn put_next_candidate(&mut self) {
        let Some((position, state)) = self.token_in_hand() else { return };
        let next = |cell: &Arc<Cell>| {
            let vocabulary = &self.model(self.lane())?.about.vocabulary;
            let ids = cell.candidates.iter().map(|candidate| candidate.token);
            let ids: Vec<u32> = ids.filter(|id| vocabulary.may_draw(*id)).collect();
            let here = ids.iter().position(|id| *id == cell.id && !state.is_open());
            here.map_or(ids.first(), |here| ids.get((here + 1) % ids.len())).copied()
        };
        let cell = self.frame().and_then(|frame| frame.cells.get(position));
        match cell.and_then(next) {
            Some(token) => self.edit(Edit::Set { position, token }),
            None => self.notice = Some(Notice::bad("no pass has looked at this token yet")),
        }
    }

    /// Why no text can be changed by hand; nothing where one can.
    pub(super) fn why_no_hand(&self) -> Option<&'static str> {
        match self.phase {
            _ if self.mode.is_on_clock() => {
                Some("a text that is raced cannot be changed by hand; f leaves it alone")
            }
            Phase::Stopped(_) | Phase::Failed(_) => {
                Some("nothing can be changed any more; r begins again")
            }
            Phase::Waiting => Some("there is no text to change yet"),
            _ if self.run.is_none() => Some("there is no text to change yet"),
            _ => None,
        }
    }

    /// The token under the cursor, where it can be changed; a notice where not.
    fn token_in_hand(&mut self) -> Option<(usize, CellState)> {
        if let Some(why) = self.why_no_hand() {
            self.notice = Some(Notice::bad(why));
            return None;
        }
        let why = match (self.token, self.frame()) {
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
        self.stand_at(branches[next]);
        self.notice = Some(Notice::good(format!("branch {} of {count}", next + 1)));
    }

    /// Goes to a moment of the lane under the cursor, and waits there; the others stay where they are.
    pub(super) fn stand_at(&mut self, node: NodeId) {
        let keep = self.lanes.iter().enumerate().map(|(index, lane)| {
            let at = lane.history.end().unwrap_or_default();
            self.kept(index, if index == self.focus { node } else { at })
        });
        let keep = keep.collect();
        self.rewind(keep, true);
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
