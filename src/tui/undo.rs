//! Taking changes by hand back, and doing them again.
//!
//! Nothing is lost by either: the moments of a run are a tree, and both go from one of its moments to another.

use super::action::Action;
use super::app::{App, Notice};

impl App {
    /// Goes to the moment before the last change by hand of the branch that is shown.
    pub(super) fn undo(&mut self) {
        let history = &self.lane().history;
        let by_hand =
            |moment: &usize| history.frame(*moment).is_some_and(|frame| frame.facts.by_hand);
        let last = (1..=history.steps()).rev().find(by_hand);
        let before = last.and_then(|moment| history.node(moment - 1));
        let why = self
            .why_no_hand()
            .or_else(|| before.is_none().then_some("nothing was changed by hand in this branch"));
        let (None, Some(before), Some(end)) = (why, before, history.end()) else {
            self.notice = why.map(Notice::bad);
            return;
        };
        let known = history.len();
        self.lane_mut().undone.push((known, end));
        self.stand_at(before);
        let key = self.keymap.key(Action::Redo);
        self.notice = Some(Notice::good(format!("taken back; {key} does it again")));
    }

    /// Goes to where the last change that was taken back had led, as long as nothing else was done since.
    pub(super) fn redo(&mut self) {
        let known = self.lane().history.len();
        self.lane_mut().undone.retain(|(then, _)| *then == known);
        let why = self.why_no_hand();
        let undone = if why.is_none() { self.lane_mut().undone.pop() } else { None };
        match undone {
            Some((_, node)) => {
                self.stand_at(node);
                self.notice = Some(Notice::good("done again"));
            }
            None => {
                let why = why.unwrap_or("there is nothing that was taken back last");
                self.notice = Some(Notice::bad(why));
            }
        }
    }
}
