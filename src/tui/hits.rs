//! What stands where on the screen as it was last drawn, for the mouse.

use ratatui::layout::{Position, Rect};

/// What is under a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// A knob of the panel, by index.
    Knob(usize),
    /// The gauge of a knob, and how far along it.
    Gauge(usize, f64),
    /// A step of the timeline.
    Step(usize),
    /// A token of the canvas.
    Token(usize),
    /// The canvas, between the tokens.
    Canvas,
}

/// Everything that can be clicked.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Rows of the knob panel.
    pub knobs: Vec<(Rect, usize)>,
    /// Gauges in them.
    pub gauges: Vec<(Rect, usize)>,
    /// Tokens of the canvas.
    pub tokens: Vec<(Rect, usize)>,
    /// The timeline, and how many steps its width stands for.
    pub timeline: (Rect, usize),
    /// The inside of the canvas.
    pub canvas: Rect,
    /// Lines of text on the canvas, drawn or scrolled away.
    pub canvas_lines: usize,
}

impl Hits {
    /// What is at that column and row.
    pub fn at(&self, column: u16, row: u16) -> Option<Hit> {
        let here = Position::new(column, row);
        let find =
            |among: &[(Rect, usize)]| among.iter().find(|(area, _)| area.contains(here)).copied();
        if let Some((area, knob)) = find(&self.gauges) {
            let along = f64::from(column - area.x) / f64::from(area.width.max(2) - 1);
            return Some(Hit::Gauge(knob, along));
        }
        if let Some((_, knob)) = find(&self.knobs) {
            return Some(Hit::Knob(knob));
        }
        if let Some((_, token)) = find(&self.tokens) {
            return Some(Hit::Token(token));
        }
        if self.timeline.0.contains(here) {
            return Some(Hit::Step(self.step_at(column)));
        }
        self.canvas.contains(here).then_some(Hit::Canvas)
    }

    /// The step that the timeline shows at `column`, also beside the timeline.
    pub fn step_at(&self, column: u16) -> usize {
        let (area, steps) = self.timeline;
        let columns = usize::from(area.width.max(1));
        let along = usize::from(column.saturating_sub(area.x)).min(columns - 1);
        along * steps / columns + 1
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
