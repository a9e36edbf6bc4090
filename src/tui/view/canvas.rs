//! The canvas: every token in its place.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::arrangement::{Arranged, Arrangement, arrange};
use super::code::CodePage;
use super::fitting::fitted;
use super::hints::Hint;
use super::legend::legend;
use super::painter::Painter;
use super::panel;
use super::panes::{Pane, settled_text};
use super::sudoku::Board;
use crate::tasks::ShownAs;
use crate::trace::Frame as Moment;
use crate::tui::action::Action;
use crate::tui::app::{App, Model};
use crate::tui::display::{LAYOUT, LayoutMode};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::panel_focus::Panel;

/// The text; a click puts the cursor on a token.
pub(super) struct CanvasPane;

impl Pane for CanvasPane {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        if app.is_zen() {
            draw_text(frame, app, app.focus, area, hits);
            return;
        }
        let block = panel(app, "canvas", Panel::Canvas);
        let inner = block.inner(area);
        let lines = draw_text(frame, app, app.focus, inner, hits);
        let more = lines > usize::from(inner.height);
        let legend =
            fitted(legend(app, area.width, more), area.width.saturating_sub(2), app.glyphs);
        frame.render_widget(block.title_bottom(legend), area);
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        if app.token.is_some() {
            return vec![
                Hint::new(20, &[Action::Pin], "pin"),
                Hint::new(21, &[Action::Renoise], "re-noise"),
                Hint::new(22, &[Action::NextCandidate], "other"),
                Hint::new(23, &[Action::Undo, Action::Redo], "undo, redo"),
                Hint::new(42, &[Action::PanelNext], "panels"),
            ];
        }
        vec![
            Hint::new(43, &[Action::Repair], "repair"),
            Hint::new(50, &[Action::ColorMode], "colours"),
            Hint::new(42, &[Action::PanelNext], "panels"),
            Hint::new(52, &[Action::Layout], "layout"),
        ]
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match (mouse.hit, mouse.gesture) {
            (Hit::Token { lane, position }, Gesture::Press) => {
                app.focus_lane(lane);
                app.token = Some(position);
            }
            (Hit::Canvas { lane, .. }, Gesture::Press) => {
                app.focus_lane(lane);
                app.token = None;
            }
            (_, Gesture::Wheel(direction)) => app.scroll_by(-direction as isize),
            _ => {}
        }
    }
}

/// The text of the lane at `index` as texts of its task are shown; nothing where that is as any other, or it cannot
/// be. Returns how many lines it has.
fn draw_task(
    frame: &mut Frame<'_>,
    app: &App,
    index: usize,
    (moment, model): (&Moment, &Model),
    inner: Rect,
    hits: &mut HitMap,
) -> Option<usize> {
    let hidden = app.hidden_tokens(&app.lanes[index]);
    let painter = |arrangement| Painter::new(app, index, moment, model, arrangement);
    let buffer = frame.buffer_mut();
    match model.shown_as {
        ShownAs::Prose => None,
        ShownAs::Grid => {
            let board = Board::of(moment, model, hidden)?;
            board.draw(app, index, &painter(Arrangement::Prose), inner, buffer, hits);
            Some(inner.height.into())
        }
        ShownAs::Code(_) if app.display.get(&LAYOUT) == LayoutMode::Slots => None,
        ShownAs::Code(_) => {
            let page = CodePage::new(app, index, (moment, model), hidden, inner);
            page.draw(&painter(Arrangement::Flow), inner, buffer, hits);
            Some(page.rows())
        }
    }
}

/// The text of the lane at `index` as it stands at the moment that is shown. Returns how many lines it has,
/// drawn or scrolled away.
pub(super) fn draw_text(
    frame: &mut Frame<'_>,
    app: &App,
    index: usize,
    inner: Rect,
    hits: &mut HitMap,
) -> usize {
    let lane = &app.lanes[index];
    let (Some(moment), Some(model)) = (lane.frame(), app.model(lane)) else {
        hits.note(inner, Hit::Canvas { lane: index, lines: 0 });
        return 0;
    };
    // The begin token that some models want in front is nothing that a reader should see.
    let hidden = app.hidden_tokens(lane);
    if let Some(rows) = draw_task(frame, app, index, (moment, model), inner, hits) {
        return rows;
    }
    let arranged = arrange(app, lane, model, hidden, settled_text(app, frame.area(), inner));
    let Arranged { spacing, rows, .. } = arranged;
    hits.note(inner, Hit::Canvas { lane: index, lines: rows });
    let scroll = app.scroll.min(rows.saturating_sub(inner.height.into()));
    let left = inner.x + (inner.width - arranged.width).div_ceil(2);
    let free = usize::from(inner.height).saturating_sub(arranged.steady_rows);
    let above = match app.lanes.len() {
        1 if app.is_zen() => free / 2,
        1 => free * 2 / 5,
        // Lines that are compared stand beside each other.
        _ => free.min(1),
    };
    let top = inner.y + above as u16;
    let painter = Painter::new(app, index, moment, model, arranged.arrangement);
    for (position, place) in (hidden..).zip(&arranged.places) {
        let Some(row) = (place.line * spacing).checked_sub(scroll) else {
            continue;
        };
        if row + usize::from(top - inner.y) >= usize::from(inner.height) {
            break;
        }
        let spot = Rect::new(left + place.column, top + row as u16, place.width, 1);
        painter.paint(position, *place, spot, frame.buffer_mut());
        hits.note(spot, Hit::Token { lane: index, position });
    }
    rows
}
