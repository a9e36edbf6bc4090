//! Where tokens stand while a text is being denoised: prose in motion.
//!
//! Which tokens share a line is decided before the first pass, so that no word hops from line to line while guesses
//! change. Within a line each stands behind the one before it; it moves right only when a longer word pushes it, and
//! back left by no more than a column a pass. A line that becomes too long gives its last word to the next, and takes
//! from it what goes on with its last word.

use std::sync::Arc;

use super::token_layout::{Slot, begins_word, columns};
use crate::trace::{Frame, History, NodeId};

/// Of the width, what lines are filled to at first: guesses grow.
const FILLED: f32 = 0.88;

/// The places of one run's tokens, at every moment that was shown. They are told from the moments alone; they are
/// kept so that they are told once.
#[derive(Debug, Default)]
pub struct Flow {
    width: u16,
    moments: Vec<Lines>,
}

/// The places at one moment.
#[derive(Debug)]
struct Lines {
    node: NodeId,
    /// The first token of each line.
    starts: Arc<[usize]>,
    /// The column of each token.
    columns: Box<[u16]>,
}

impl Flow {
    /// A place for each piece of `moment` within `width` columns; `pieces` are what stands there at a moment.
    pub fn places(
        &mut self,
        history: &History,
        moment: usize,
        width: u16,
        pieces: impl Fn(&Frame) -> Vec<String>,
    ) -> Vec<Slot> {
        let width = width.max(1);
        if self.width != width {
            *self = Self { width, moments: Vec::new() };
        }
        let known = self.moments.iter().zip(0..);
        let known = known.take_while(|(known, at)| history.node(*at) == Some(known.node)).count();
        self.moments.truncate(known);
        // What stands at the moment that is asked for, where it was read already.
        let mut read = None;
        while let at = self.moments.len()
            && at <= moment
            && let (Some(frame), Some(node)) = (history.frame(at), history.node(at))
        {
            let pieces = read.insert(pieces(frame));
            let next = match self.moments.last() {
                Some(before) => before.followed_by(node, pieces, width),
                None => Lines::first(node, pieces, width),
            };
            self.moments.push(next);
        }
        match (self.moments.get(moment), history.frame(moment)) {
            (Some(placed), Some(frame)) => {
                placed.slots(&read.unwrap_or_else(|| pieces(frame)), width)
            }
            _ => Vec::new(),
        }
    }
}

impl Lines {
    fn first(node: NodeId, pieces: &[String], width: u16) -> Self {
        let filled = ((f32::from(width) * FILLED) as u16).max(1);
        let nothing = Self { node, starts: Arc::from([0]), columns: Box::from([]) };
        nothing.followed_by(node, pieces, filled)
    }

    /// The same lines a moment later, when `pieces` stand in them.
    fn followed_by(&self, node: NodeId, pieces: &[String], width: u16) -> Self {
        let mut starts = self.starts.to_vec();
        let mut columns: Vec<u16> = Vec::with_capacity(pieces.len());
        let (mut line, mut end) = (0, 0u16);
        while columns.len() < pieces.len() {
            let at = columns.len();
            // What goes on with the last word of a line stands in that line, where there is room.
            let own_line = starts.get(line + 2).is_none_or(|start| *start > at + 1);
            let joins = end > 0 && end.saturating_add(own(&pieces[at], end)) <= width;
            if joins && own_line && starts.get(line + 1) == Some(&at) && !begins_word(&pieces[at]) {
                starts[line + 1] = at + 1;
            }
            if starts.get(line + 1).is_some_and(|start| *start <= at) {
                (line, end) = (line + 1, 0);
            }
            let held = match self.columns.get(at) {
                Some(column) if self.line_of(at) == line => column.saturating_sub(1),
                _ => 0,
            };
            let fits = |column: u16| column.saturating_add(own(&pieces[at], column)) <= width;
            let column = if fits(held.max(end)) { held.max(end) } else { end };
            if column > 0 && !fits(column) {
                // The word goes to the next line, and with it what stood between them.
                let word = (starts[line] + 1..=at).rev().find(|at| begins_word(&pieces[*at]));
                let word = word.unwrap_or(at);
                columns.truncate(word);
                match starts.get_mut(line + 1) {
                    Some(next) => *next = word,
                    None => starts.push(word),
                }
                continue;
            }
            columns.push(column);
            end = column + own(&pieces[at], column);
        }
        Self { node, starts: starts.into(), columns: columns.into() }
    }

    fn line_of(&self, token: usize) -> usize {
        self.starts.partition_point(|start| *start <= token).saturating_sub(1)
    }

    fn slots(&self, pieces: &[String], width: u16) -> Vec<Slot> {
        let slot = |(token, (piece, column)): (usize, (&String, &u16))| {
            let lead = u16::from(piece.starts_with(' ') && *column > 0);
            let width = own(piece, *column).min(width.saturating_sub(*column));
            Slot { line: self.line_of(token), column: *column, width, lead }
        };
        pieces.iter().zip(&self.columns).enumerate().map(slot).collect()
    }
}

/// Columns that `piece` takes at `column`: at the beginning of a line without the space in front of it.
fn own(piece: &str, column: u16) -> u16 {
    let space = u16::from(piece.starts_with(' ') && column == 0);
    columns(piece).saturating_sub(space)
}

/// `slots` on their way to standing without gaps, `share` from 0 to 1.
pub fn closing_up(mut slots: Vec<Slot>, share: f32) -> Vec<Slot> {
    let (mut line, mut end, mut flowed) = (0, 0, 0);
    for slot in &mut slots {
        if slot.line != line {
            (line, end, flowed) = (slot.line, 0, 0);
        }
        let gap = slot.column.saturating_sub(flowed);
        flowed = slot.column + slot.width;
        slot.column = end + (f32::from(gap) * (1.0 - share)).round() as u16;
        end = slot.column + slot.width;
    }
    slots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first(pieces: &[String], width: u16) -> Lines {
        Lines::first(NodeId::default(), pieces, width)
    }

    fn words(lengths: &[usize]) -> Vec<String> {
        lengths.iter().map(|length| format!(" {}", "x".repeat(*length))).collect()
    }

    /// Every token in its line, whole, none over another.
    fn check(slots: &[Slot], pieces: &[String], width: u16) {
        for (slot, piece) in slots.iter().zip(pieces) {
            assert!(slot.column + slot.width <= width, "{piece:?} at {slot:?}");
            let text = columns(piece.trim_start()) + slot.lead;
            assert!(slot.width >= text.min(width), "{piece:?} is cut: {slot:?}");
        }
        for pair in slots.windows(2) {
            let [before, after] = pair else { continue };
            let behind = after.line > before.line || after.column >= before.column + before.width;
            assert!(behind && after.line >= before.line, "{before:?} {after:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_cut_or_covered_and_lines_only_move_when_they_must(
            moments in proptest::collection::vec(proptest::collection::vec(0usize..9, 40), 1..8),
            width in 12u16..90,
        ) {
            let mut placed = first(&words(&moments[0]), width);
            for lengths in &moments {
                let pieces = words(lengths);
                let next = placed.followed_by(NodeId::default(), &pieces, width);
                check(&next.slots(&pieces, width), &pieces, width);
                check(&closing_up(next.slots(&pieces, width), 0.5), &pieces, width);
                prop_assert!(next.starts.is_sorted_by(|a, b| a < b));
                placed = next;
            }
        }
    }

    #[test]
    fn a_word_that_shrinks_lets_its_neighbours_come_back_slowly() {
        let place = |moment: &Lines| moment.columns.to_vec();
        let before = first(&words(&[4, 4, 4]), 40);
        assert_eq!(place(&before), [0, 4, 9]);
        let grown = before.followed_by(NodeId::default(), &words(&[8, 4, 4]), 40);
        assert_eq!(place(&grown), [0, 8, 13]);
        let shrunk = grown.followed_by(NodeId::default(), &words(&[4, 4, 4]), 40);
        assert_eq!(place(&shrunk), [0, 7, 12]);
    }

    #[test]
    fn gaps_close_up() {
        let slot = |column, width| Slot { line: 0, column, width, lead: 0 };
        let closed = |share| -> Vec<u16> {
            let slots = closing_up(vec![slot(0, 4), slot(8, 3), slot(15, 2)], share);
            slots.iter().map(|slot| slot.column).collect()
        };
        assert_eq!(closed(0.0), [0, 8, 15]);
        assert_eq!(closed(0.5), [0, 6, 11]);
        assert_eq!(closed(1.0), [0, 4, 7]);
    }
}
