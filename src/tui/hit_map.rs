//! What stands where on the screen as it was last drawn, for the mouse.

use ratatui::layout::{Position, Rect};

/// What is under a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// A knob of the panel, by index.
    Knob(usize),
    /// The gauge of a knob, by the knob's index.
    Gauge(usize),
    /// A moment of the timeline.
    Moment(usize),
    /// A token of the canvas.
    Token(usize),
    /// The canvas, between the tokens.
    Canvas,
    /// The tracks of several lanes, this share along them, 0 to 1.
    Along(f64),
    /// A lane, by index.
    Lane(usize),
}

/// Everything that can be clicked.
#[derive(Clone, Debug, Default)]
pub struct HitMap {
    /// Rows of the knob panel.
    pub knobs: Vec<(Rect, usize)>,
    /// Gauges in them.
    pub gauges: Vec<(Rect, usize)>,
    /// Tokens of the canvas.
    pub tokens: Vec<(Rect, usize)>,
    /// The timeline, and how many moments its width stands for.
    pub timeline: (Rect, usize),
    /// The inside of the canvas; of the last one, where there are several.
    pub canvas: Rect,
    /// Lanes that stand side by side.
    pub lanes: Vec<(Rect, usize)>,
    /// The tracks below them.
    pub tracks: Rect,
    /// Lines of text on the canvas, drawn or scrolled away.
    pub canvas_lines: usize,
}

impl HitMap {
    /// What is at that column and row.
    pub fn at(&self, column: u16, row: u16) -> Option<Hit> {
        let here = Position::new(column, row);
        let find =
            |among: &[(Rect, usize)]| among.iter().find(|(area, _)| area.contains(here)).copied();
        if let Some((_, knob)) = find(&self.gauges) {
            return Some(Hit::Gauge(knob));
        }
        if let Some((_, knob)) = find(&self.knobs) {
            return Some(Hit::Knob(knob));
        }
        if let Some((_, token)) = find(&self.tokens) {
            return Some(Hit::Token(token));
        }
        if self.timeline.0.contains(here) {
            return Some(Hit::Moment(self.moment_at(column)));
        }
        if self.tracks.contains(here) {
            return Some(Hit::Along(self.along_tracks(column)));
        }
        if let Some((_, lane)) = find(&self.lanes) {
            return Some(Hit::Lane(lane));
        }
        self.canvas.contains(here).then_some(Hit::Canvas)
    }

    /// The moment that the timeline shows at `column`, also beside the timeline.
    pub fn moment_at(&self, column: u16) -> usize {
        let (area, moments) = self.timeline;
        if column < area.x {
            return 0;
        }
        let columns = usize::from(area.width.max(1));
        let along = usize::from(column.saturating_sub(area.x)).min(columns - 1);
        along * moments / columns + 1
    }

    /// The lane at that column and row, whatever else is there.
    pub fn lane_at(&self, column: u16, row: u16) -> Option<usize> {
        let here = Position::new(column, row);
        self.lanes.iter().find(|(area, _)| area.contains(here)).map(|(_, lane)| *lane)
    }

    /// How far along the tracks that column is, beside them too.
    pub fn along_tracks(&self, column: u16) -> f64 {
        let along = f64::from(column) - f64::from(self.tracks.x) + 1.0;
        (along / f64::from(self.tracks.width.max(1))).clamp(0.0, 1.0)
    }

    /// How far along the gauge of `knob` that column is, beside the gauge too.
    pub fn along_gauge(&self, knob: usize, column: u16) -> Option<f64> {
        let (area, _) = self.gauges.iter().find(|(_, index)| *index == knob)?;
        let along = f64::from(column) - f64::from(area.x);
        Some((along / f64::from(area.width.max(2) - 1)).clamp(0.0, 1.0))
    }

    /// Lines to scroll at a time.
    pub fn page(&self) -> usize {
        usize::from(self.canvas.height / 2).max(1)
    }

    /// How far the canvas can be scrolled.
    pub fn last_scroll(&self) -> usize {
        self.canvas_lines.saturating_sub(usize::from(self.canvas.height))
    }
}
