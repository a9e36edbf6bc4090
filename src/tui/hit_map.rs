//! What stands where on the screen as it was last drawn, for the mouse.

use crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use super::knob_groups::KnobGroup;

/// What can be clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A row of the knob panel, by the knob's index.
    Knob(usize),
    /// The gauge in it, by the knob's index.
    Gauge(usize),
    /// The line of a group of knobs.
    KnobGroup(KnobGroup),
    /// The timeline, whose width stands for so many moments.
    Timeline {
        /// Made and foreseen.
        moments: usize,
    },
    /// The tracks of several lanes.
    Tracks,
    /// A lane that stands beside others, by index.
    Lane(usize),
    /// What a text is written on.
    Canvas {
        /// Whose text, by index.
        lane: usize,
        /// Lines of it, drawn or scrolled away.
        lines: usize,
    },
    /// A token of a text.
    Token {
        /// Whose text, by index.
        lane: usize,
        /// Which token.
        position: usize,
    },
    /// A key that a hint names: a click presses it.
    Key(KeyEvent),
    /// What is open over the screen, its frame among it.
    Overlay,
    /// A row of a list in it, by the index of its entry.
    Row(usize),
    /// Text in it that may not fit.
    OverlayText {
        /// Lines that are out of sight.
        hidden: usize,
    },
}

impl Hit {
    /// Whether both are the same target, which may have grown in between.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Timeline { .. }, Self::Timeline { .. }) => true,
            _ => self == other,
        }
    }
}

/// Everything that can be clicked, as it was drawn: what came later lies over what was there.
#[derive(Clone, Debug, Default)]
pub struct HitMap(Vec<(Rect, Hit)>);

impl HitMap {
    /// `hit` was drawn in `area`.
    pub fn note(&mut self, area: Rect, hit: Hit) {
        self.0.push((area, hit));
    }

    /// Every target, from the lowest to the uppermost.
    pub fn iter(&self) -> impl Iterator<Item = (Rect, Hit)> {
        self.0.iter().copied()
    }

    /// The uppermost target at that column and row.
    pub fn at(&self, column: u16, row: u16) -> Option<(Rect, Hit)> {
        let here = Position::new(column, row);
        self.0.iter().rev().find(|(area, _)| area.contains(here)).copied()
    }

    /// The same target as `hit`, where it was drawn last.
    pub fn again(&self, hit: Hit) -> Option<(Rect, Hit)> {
        self.iter().find(|(_, other)| other.is(hit))
    }

    /// Where what is open over the screen stands.
    pub fn overlay(&self) -> Option<Rect> {
        self.again(Hit::Overlay).map(|(area, _)| area)
    }

    /// Lines of the text of what is open that are out of sight.
    pub fn hidden_lines(&self) -> usize {
        let hidden = |(_, hit)| match hit {
            Hit::OverlayText { hidden } => Some(hidden),
            _ => None,
        };
        self.iter().find_map(hidden).unwrap_or_default()
    }

    /// Lines to scroll the canvas at a time.
    pub fn page(&self) -> usize {
        self.canvases().map(|(height, _)| height / 2).min().unwrap_or(0).max(1)
    }

    /// How far the canvas can be scrolled; the one with most text, where there are several.
    pub fn last_scroll(&self) -> usize {
        self.canvases().map(|(height, lines)| lines.saturating_sub(height)).max().unwrap_or(0)
    }

    /// The height of each canvas, and the lines of its text.
    fn canvases(&self) -> impl Iterator<Item = (usize, usize)> {
        self.iter().filter_map(|(area, hit)| match hit {
            Hit::Canvas { lines, .. } => Some((usize::from(area.height), lines)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_targets_lie_over_earlier_ones() {
        let mut hits = HitMap::default();
        hits.note(Rect::new(0, 0, 10, 10), Hit::Lane(1));
        hits.note(Rect::new(2, 2, 4, 4), Hit::Canvas { lane: 1, lines: 9 });
        let hit = |column, row| hits.at(column, row).map(|(_, hit)| hit);
        assert_eq!(hit(0, 0), Some(Hit::Lane(1)));
        assert_eq!(hit(5, 5), Some(Hit::Canvas { lane: 1, lines: 9 }));
        assert_eq!(hit(6, 6), Some(Hit::Lane(1)));
        assert_eq!(hit(10, 0), None);
        assert_eq!((hits.page(), hits.last_scroll()), (2, 5));
    }

    #[test]
    fn a_target_is_found_again_where_it_has_gone() {
        let mut hits = HitMap::default();
        let area = Rect::new(3, 0, 5, 1);
        hits.note(area, Hit::Timeline { moments: 12 });
        let found = hits.again(Hit::Timeline { moments: 11 });
        assert_eq!(found, Some((area, Hit::Timeline { moments: 12 })));
        assert_eq!(hits.again(Hit::Gauge(0)), None);
    }
}
