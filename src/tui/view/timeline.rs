//! The timeline: what each step wrote, and how torn the model was. A change by hand has a column too.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::hints::Hint;
use super::panes::Pane;
use super::{bar, label_style, panel};
use crate::trace::{Frame as Moment, StepFacts};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::display::SPEED;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::panel_focus::Panel;

/// Columns in front of the bars.
const LABEL: u16 = 10;

/// What each step did; a click goes to one.
pub(super) struct Timeline;

impl Pane for Timeline {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        // Sliding in it has no room yet.
        if area.height < 3 || area.width <= LABEL + 2 {
            return;
        }
        let (area, tall) = if area.height > 4 {
            let block = panel(app, "timeline", Panel::Timeline);
            let inner = block.inner(area);
            frame.render_widget(block, area);
            (inner, true)
        } else {
            (area, false)
        };
        let facts: Vec<&StepFacts> = app.lane().history.facts().collect();
        // What was made, changes by hand among it, and the passes that are foreseen behind it.
        let ahead = |last: &Moment| app.lane().foreseen(last).saturating_sub(last.cost.passes);
        let moments = facts.len() + app.lane().history.last().map_or(0, ahead);
        let bars =
            Rect::new(area.x + LABEL, area.y, area.width.saturating_sub(LABEL + 1), area.height);
        let columns = StepColumns::new(usize::from(bars.width), moments);
        let shown = Rect { width: columns.used() as u16, ..bars };
        hits.note(shown, Hit::Timeline { moments });
        let height = (bars.height - 1) / 2;
        let most = facts.iter().map(|f| f.committed).max().unwrap_or(1).max(1) as f32;
        let torn = facts.iter().map(|f| f.entropy).fold(0.1, f32::max);
        let written = TimelineRow {
            label: "written",
            area: Rect { height, ..bars },
            value: |f| f.committed as f32,
            most,
            style: app.theme.bars,
        };
        let entropy = TimelineRow {
            label: "entropy",
            area: Rect { y: bars.y + height, height, ..bars },
            value: |f| f.entropy,
            most: torn,
            style: app.theme.accent,
        };
        for row in [written, entropy] {
            row.draw(frame, app, area.x, &columns, &facts);
        }
        let marks = Rect { y: bars.y + 2 * height, height: 1, ..bars };
        draw_marks(frame, app, marks, &columns, &facts);
        if tall {
            // Of the signs of the row the rarest is explained.
            let (sign, style, what) = if facts.iter().any(|facts| facts.by_hand) {
                (app.glyphs.by_hand, app.theme.key, "by hand")
            } else if facts.iter().any(|facts| !facts.turned.is_empty()) {
                (app.glyphs.turned, app.theme.key, "knobs")
            } else {
                (app.glyphs.playhead, app.theme.running, "here")
            };
            let sign = Span::styled(format!(" {sign} "), style);
            let label = Line::from(vec![sign, Span::styled(what, app.theme.quiet)]);
            frame.render_widget(label, Rect { x: area.x, width: LABEL, ..marks });
        }
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        vec![
            Hint::new(30, &[Action::TimeBack, Action::TimeForward], "time"),
            Hint::new(60, &[Action::Slower, Action::Faster], app.display.get(&SPEED).word()),
        ]
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match (mouse.hit, mouse.gesture) {
            (Hit::Timeline { moments }, Gesture::Press | Gesture::Drag) => {
                app.go_to(moment_at(mouse.at.x, mouse.area, moments));
            }
            (_, Gesture::Wheel(direction)) => app.turn_time(direction),
            _ => {}
        }
    }
}

/// The moment that a timeline of so many shows at `column`, also beside it.
fn moment_at(column: u16, timeline: Rect, moments: usize) -> usize {
    if column < timeline.x {
        return 0;
    }
    let columns = usize::from(timeline.width.max(1));
    let along = usize::from(column - timeline.x).min(columns - 1);
    along * moments / columns + 1
}

/// Which steps stand in which columns: all of one width where they fit, several in a column where
/// they do not.
struct StepColumns {
    width: usize,
    steps: usize,
    per_step: usize,
}

impl StepColumns {
    fn new(width: usize, steps: usize) -> Self {
        // Wider bars are no clearer, but on a wall.
        let widest = if width >= 240 { 20 } else { 5 };
        let per_step = (width / steps.max(1)).clamp(1, widest);
        Self { width: width.max(1), steps, per_step }
    }

    fn used(&self) -> usize {
        self.width.min(self.steps * self.per_step)
    }

    /// The first column of a step, counted from 1.
    fn of(&self, step: usize) -> usize {
        let index = step.saturating_sub(1);
        if self.steps <= self.width {
            index * self.per_step
        } else {
            index * self.width / self.steps
        }
    }
}

/// One quantity over all steps.
struct TimelineRow {
    label: &'static str,
    area: Rect,
    value: fn(&StepFacts) -> f32,
    most: f32,
    style: Style,
}

impl TimelineRow {
    fn draw(
        &self,
        frame: &mut Frame<'_>,
        app: &App,
        left: u16,
        columns: &StepColumns,
        facts: &[&StepFacts],
    ) {
        let theme = &app.theme;
        let label = Rect::new(left, self.area.y, LABEL, 1);
        frame.render_widget(
            Line::styled(format!(" {}", self.label), label_style(app, Panel::Timeline)),
            label,
        );
        let buffer = frame.buffer_mut();
        let ahead = columns.of(facts.len() + 1)..columns.used();
        for column in ahead.step_by(columns.per_step) {
            let (x, y) = (self.area.x + column as u16, self.area.bottom() - 1);
            buffer.set_string(x, y, app.glyphs.dot, theme.border);
        }
        // Several steps in a column show as the largest of them.
        let mut highest = vec![0.0f32; columns.width];
        for (index, facts) in facts.iter().enumerate() {
            for column in 0..columns.per_step {
                let slot = &mut highest[columns.of(index + 1) + column];
                *slot = slot.max((self.value)(facts) / self.most);
            }
        }
        let here = columns.of(app.lane().playhead);
        let drawn = (columns.of(facts.len()) + columns.per_step).min(columns.used());
        for (column, value) in highest.iter().enumerate().take(drawn) {
            let style = if app.lane().playhead == 0 || column >= here + columns.per_step {
                theme.border
            } else if column >= here {
                theme.running
            } else {
                self.style
            };
            self.draw_column(buffer, app, column, *value, style);
        }
    }

    fn draw_column(
        &self,
        buffer: &mut ratatui::buffer::Buffer,
        app: &App,
        column: usize,
        value: f32,
        style: Style,
    ) {
        let rows = self.area.height;
        for row in 0..rows {
            let filled = value * f32::from(rows) - f32::from(row);
            let sign = bar(app, filled.clamp(0.0, 1.0));
            let y = self.area.bottom() - 1 - row;
            buffer.set_string(self.area.x + column as u16, y, sign, style);
        }
    }
}

/// Where the text was changed by hand, where knobs were turned, and where the playhead is.
fn draw_marks(
    frame: &mut Frame<'_>,
    app: &App,
    area: Rect,
    columns: &StepColumns,
    facts: &[&StepFacts],
) {
    let buffer = frame.buffer_mut();
    for (index, facts) in facts.iter().enumerate() {
        let sign = if facts.by_hand {
            app.glyphs.by_hand
        } else if !facts.turned.is_empty() {
            app.glyphs.turned
        } else {
            continue;
        };
        buffer.set_string(area.x + columns.of(index + 1) as u16, area.y, sign, app.theme.key);
    }
    if app.lane().playhead > 0 {
        let x = area.x + columns.of(app.lane().playhead) as u16;
        buffer.set_string(x, area.y, app.glyphs.playhead, app.theme.running);
    }
}
