//! Which panes stand where: the main screen, and lanes side by side.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::canvas::CanvasPane;
use super::failure::Failure;
use super::footer::Footer;
use super::header::HeaderPane;
use super::hints::Hint;
use super::knob_bar::KnobBar;
use super::knobs::Knobs;
use super::lanes::Lanes;
use super::side_by_side_footer::SideBySideFooter;
use super::side_by_side_header::SideBySideHeader;
use super::timeline::Timeline;
use super::token::Token;
use super::tracks::Tracks;
use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::Mouse;

/// A part of the screen.
pub(super) trait Pane {
    /// Draws it into its area, and notes what of it can be clicked.
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap);

    /// What the footer names for it.
    fn hints(&self, _app: &App) -> Vec<Hint> {
        Vec::new()
    }

    /// What the mouse does on what was noted.
    fn on_mouse(&self, _app: &mut App, _mouse: Mouse) {}
}

/// A pane, and where it stands.
pub(super) type Placed = (&'static dyn Pane, Rect);

/// The pane whose matter the mouse is on such a target; none where what is open has it, or a key is named.
pub(super) fn owner(hit: Hit) -> Option<&'static dyn Pane> {
    Some(match hit {
        Hit::Knob(_) | Hit::Gauge(_) => &Knobs,
        Hit::Timeline { .. } => &Timeline,
        Hit::Tracks => &Tracks,
        Hit::Lane(_) => &Lanes,
        Hit::Canvas { .. } | Hit::Token { .. } => &CanvasPane,
        Hit::Key(_) | Hit::Overlay | Hit::Row(_) | Hit::OverlayText { .. } => return None,
    })
}

/// Rows from which on there is room for more than what is needed.
const ROOMY: u16 = 34;

/// The panes of `app` in `area`; later ones lie over earlier ones.
pub(super) fn panes(app: &App, area: Rect) -> Vec<Placed> {
    if app.lanes.len() > 1 { of_lanes(app, area) } else { of_one_text(app, area) }
}

fn of_one_text(app: &App, area: Rect) -> Vec<Placed> {
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
    let mut panes: Vec<Placed> = vec![(&HeaderPane, top), (&CanvasPane, text), (&Failure, text)];
    panes.extend(of_panel(app, panel, roomy));
    panes.extend([(&Timeline as &dyn Pane, time), (&Footer, bottom)]);
    panes
}

fn of_lanes(app: &App, area: Rect) -> Vec<Placed> {
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
    let mut panes: Vec<Placed> = vec![(&SideBySideHeader, top), (&Lanes, lanes), (&Tracks, time)];
    if with_panel {
        panes.extend(of_panel(app, panel, panel.height >= 30));
    } else {
        panes.push((&KnobBar, bar));
    }
    let text = Rect { height: area.height.saturating_sub(BELOW), ..area };
    panes.extend([(&SideBySideFooter as &dyn Pane, bottom), (&Failure, text)]);
    panes
}

/// The knobs, and below them the token under the cursor.
fn of_panel(app: &App, area: Rect, roomy: bool) -> Vec<Placed> {
    if app.token.is_none() {
        return vec![(&Knobs, area)];
    }
    let rows = if roomy { 12 } else { 9 };
    let [upper, lower] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(area);
    vec![(&Knobs, upper), (&Token, lower)]
}
