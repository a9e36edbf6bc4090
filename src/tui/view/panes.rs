//! Which panes stand where: the main screen, and lanes side by side.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{
    canvas, failure, footer, header, knob_bar, knobs, side_by_side, side_by_side_footer, timeline,
    token, tracks,
};
use crate::tui::app::App;
use crate::tui::hit_map::HitMap;

/// Draws a part of the screen into its area, and notes what of it can be clicked.
pub(super) type Pane = fn(&mut Frame<'_>, &App, Rect, &mut HitMap);

/// Rows from which on there is room for more than what is needed.
const ROOMY: u16 = 34;

/// The panes of `app` in `area`; later ones lie over earlier ones.
pub(super) fn panes(app: &App, area: Rect) -> Vec<(Pane, Rect)> {
    if app.lanes.len() > 1 { of_lanes(app, area) } else { of_one_text(app, area) }
}

fn of_one_text(app: &App, area: Rect) -> Vec<(Pane, Rect)> {
    let roomy = area.height >= ROOMY;
    let [top, main, time, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(if roomy { 7 } else { 3 }),
        Constraint::Length(3),
    ])
    .areas(area);
    let panel = if area.width >= 120 { 38 } else { 29 };
    let [text, panel] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(panel)]).areas(main);
    let mut panes: Vec<(Pane, Rect)> =
        vec![(header::draw, top), (canvas::draw, text), (failure::draw, text)];
    panes.extend(of_panel(app, panel, roomy));
    panes.extend([(timeline::draw as Pane, time), (footer::draw, bottom)]);
    panes
}

fn of_lanes(app: &App, area: Rect) -> Vec<(Pane, Rect)> {
    /// Columns of the panel, and from how many columns on there is room for it.
    const PANEL: (u16, u16) = (38, 150);
    /// Rows below the text that a failure leaves in sight.
    const BELOW: u16 = 8;
    let with_panel = area.width >= PANEL.1;
    let height = if area.height >= ROOMY { 2 } else { 1 };
    let [top, main, time, bar, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(app.lanes.len() as u16 * height + 1),
        Constraint::Length(u16::from(!with_panel)),
        Constraint::Length(3),
    ])
    .areas(area);
    let width = if with_panel { PANEL.0 } else { 0 };
    let [lanes, panel] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(main);
    let mut panes: Vec<(Pane, Rect)> = vec![
        (side_by_side::draw_header, top),
        (side_by_side::draw_lanes, lanes),
        (tracks::draw, time),
    ];
    if with_panel {
        panes.extend(of_panel(app, panel, panel.height >= 30));
    } else {
        panes.push((knob_bar::draw, bar));
    }
    let text = Rect { height: area.height.saturating_sub(BELOW), ..area };
    panes.extend([(side_by_side_footer::draw as Pane, bottom), (failure::draw, text)]);
    panes
}

/// The knobs, and below them the token under the cursor.
fn of_panel(app: &App, area: Rect, roomy: bool) -> Vec<(Pane, Rect)> {
    if app.token.is_none() {
        return vec![(knobs::draw, area)];
    }
    let rows = if roomy { 12 } else { 9 };
    let [upper, lower] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(area);
    vec![(knobs::draw, upper), (token::draw, lower)]
}
