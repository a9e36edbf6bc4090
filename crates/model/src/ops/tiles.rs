//! The rows of a [`PassLayout`], cut into tiles that are looked at together.

use std::ops::Range;

use crate::layout::{PassLayout, Span};

/// Rows that are looked at together.
const TILE: usize = 32;

/// Neighbouring rows whose scores are made together.
pub(super) struct Tile {
    /// In keys.
    pub rows: Range<usize>,
    /// The stretches of keys that one of them sees: of the context, and of their own spans.
    pub stretches: [Range<usize>; 2],
}

impl Tile {
    pub(super) fn width(&self) -> usize {
        self.stretches[0].len() + self.stretches[1].len()
    }

    /// The rows, each with what it sees: offsets into a row of the scores.
    pub(super) fn visible<'a>(
        &'a self,
        layout: &'a PassLayout,
    ) -> impl Iterator<Item = Visible> + 'a {
        let at = layout.spans.partition_point(|span| span.rows.end <= self.rows.start);
        let mut spans = layout.spans[at..].iter();
        let mut span: Option<&Span> = spans.next();
        let [context, own] = self.stretches.clone();
        self.rows.clone().map(move |key| {
            while span.is_some_and(|span| span.rows.end <= key) {
                span = spans.next();
            }
            let Some(span) = span else { return Visible { stretches: [0..0, 0..0], unseen: None } };
            let [around, inside] = span.seen(key);
            let shift = |range: Range<usize>, from: usize, to: usize| {
                range.start - from + to..range.end - from + to
            };
            Visible {
                stretches: [
                    shift(around, context.start, 0),
                    shift(inside, own.start, context.len()),
                ],
                unseen: span.unseen.map(|first| first + (key - span.rows.start) - context.start),
            }
        })
    }
}

/// Where the visible scores of a row begin and end, in each stretch of its tile, and the one in the first
/// that it does not see all the same.
pub(super) struct Visible {
    pub stretches: [Range<usize>; 2],
    pub unseen: Option<usize>,
}

/// Spans cut into tiles; small ones whose contexts begin alike share one.
pub(super) fn tiles(layout: &PassLayout) -> Vec<Tile> {
    let mut tiles: Vec<Tile> = Vec::new();
    let mut open: Option<usize> = None;
    for span in &layout.spans {
        let small = span.rows.len() <= TILE / 2;
        if let (true, Some(start), Some(tile)) = (small, open, tiles.last_mut()) {
            let fits = span.rows.end - tile.rows.start <= TILE;
            if fits && start == span.context.start {
                tile.rows.end = span.rows.end;
                tile.stretches[0].end = tile.stretches[0].end.max(span.context.end);
                tile.stretches[1].end = span.rows.end;
                continue;
            }
        }
        for first in span.rows.clone().step_by(TILE) {
            let rows = first..(first + TILE).min(span.rows.end);
            let stretches = span.seen(rows.end - 1);
            // The second one has the context in it: no other span can share that.
            let joined = stretches[0].is_empty() && !span.context.is_empty();
            open = (small && !joined).then_some(span.context.start);
            tiles.push(Tile { rows, stretches });
        }
    }
    tiles
}
