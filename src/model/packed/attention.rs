//! What the rows of one head find among keys and values.

use crate::model::layout::PassLayout;
use crate::model::ops::{HeadWork, Tile, attend_row, attend_tiles, tiles};

/// Up to this many rows look one by one: tiles would be mostly empty, and a row finds the same, to the last bit,
/// whether it is asked for alone (the next token) or with a few others (drafts to be verified).
pub const ROW_BY_ROW: usize = 16;

/// How the rows of a pass look.
pub struct Gaze<'a> {
    layout: &'a PassLayout,
    /// None where they look row by row.
    tiles: Option<Vec<Tile>>,
    scale: f32,
}

impl<'a> Gaze<'a> {
    /// Of rows that look as `layout` says, at keys of `width`.
    pub fn new(layout: &'a PassLayout, width: usize) -> Self {
        let tiles = (layout.rows() > ROW_BY_ROW).then(|| tiles(layout));
        Self { layout, tiles, scale: (1.0 / (width as f64).sqrt()) as f32 }
    }

    /// What `queries` (T, E) find among `keys` and `values` (K, E), into `out` (T, E).
    pub fn of_head(
        &self,
        queries: &[f32],
        (keys, values): (&[f32], &[f32]),
        out: &mut [f32],
        work: &mut HeadWork<f32>,
    ) {
        out.fill(0.0);
        if let Some(tiles) = &self.tiles {
            attend_tiles(self.layout, tiles, self.scale, queries, (keys, values), out, work);
            return;
        }
        let width = queries.len() / self.layout.rows();
        let rows = queries.chunks_exact(width).zip(out.chunks_exact_mut(width));
        let spans = self.layout.spans.iter().flat_map(|span| span.rows.clone().map(move |key| (span, key)));
        for ((span, key), (query, out)) in spans.zip(rows) {
            let unseen = span.unseen.map(|first| first + (key - span.rows.start));
            attend_row(query, (keys, values), (span.seen(key), unseen), self.scale, out, work);
        }
    }
}
