//! The order map: every token of the answer as a square, coloured by when it was written; for screens with room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::pane;
use super::panes::Pane;
use crate::trace::{Cell, CellState};
use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};

/// The map; a click puts the cursor on a token.
pub(super) struct OrderMap;

impl Pane for OrderMap {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let block = pane(app, "order of writing").title_bottom(legend(app));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let Some(moment) = app.frame() else { return };
        let hidden = app.hidden_tokens(app.lane());
        let places = usize::from(inner.width) * usize::from(inner.height);
        let count = moment.cells.len() - hidden;
        // A column for the gap between two squares, and a row, where there is room for them.
        let (wide, high, per_square) = match count {
            count if large_rows(count, inner.width) <= usize::from(inner.height) => {
                (LARGE.0, LARGE.1, 1)
            }
            count if 2 * count <= places => (2, 1, 1),
            _ => (1, 1, count.div_ceil(places.max(1))),
        };
        let per_row = usize::from((inner.width / wide).max(1));
        for (index, cells) in moment.cells[hidden..].chunks(per_square.max(1)).enumerate() {
            let (x, y) = ((index % per_row) as u16 * wide, (index / per_row) as u16 * high);
            if y >= inner.height {
                break;
            }
            let spot = Rect::new(inner.x + x, inner.y + y, (wide - 1).max(1), 1);
            let (sign, style) = square(app, &cells[0], moment.planned);
            let sign = sign.repeat(spot.width.into());
            frame.buffer_mut().set_string(spot.x, spot.y, sign, style);
            hits.note(spot, Hit::Token { lane: app.focus, position: hidden + index * per_square });
        }
    }
}

/// Columns and rows of a square where there is much room, its gaps among them.
const LARGE: (u16, u16) = (4, 2);

/// Rows that so many large squares take.
fn large_rows(count: usize, width: u16) -> usize {
    count.div_ceil(usize::from((width / LARGE.0).max(1))) * usize::from(LARGE.1)
}

/// What a token shows.
fn square(app: &App, cell: &Cell, planned: usize) -> (&'static str, Style) {
    let (theme, full) = (&app.theme, app.glyphs.bars[app.glyphs.bars.len() - 1]);
    match (cell.state, cell.written_at) {
        (CellState::Prompt | CellState::Fixed | CellState::Pinned, _) => (full, theme.prompt),
        (_, Some(at)) => {
            let share = at as f32 / planned.max(1) as f32;
            // Without colours the height says it.
            let levels = app.glyphs.bars.len() - 1;
            let level = 1 + (share.clamp(0.0, 1.0) * (levels - 1) as f32).round() as usize;
            let sign =
                if theme.on_scale(share).fg.is_some() { full } else { app.glyphs.bars[level] };
            (sign, theme.on_scale(share))
        }
        _ => (app.glyphs.dot, theme.noise),
    }
}

fn legend<'a>(app: &App) -> Line<'a> {
    let theme = &app.theme;
    let full = app.glyphs.bars[app.glyphs.bars.len() - 1];
    let mut spans =
        vec![Span::styled(" given ", theme.prompt), Span::styled("first ", theme.quiet)];
    for step in 0..6 {
        spans.push(Span::styled(full, theme.on_scale(step as f32 / 5.0)));
    }
    spans.push(Span::styled(" last ", theme.quiet));
    Line::from(spans)
}
