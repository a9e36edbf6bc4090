//! Which panes stand where: the main screen, and lanes side by side.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};

use super::canvas::CanvasPane;
use super::caption::Caption;
use super::failure::Failure;
use super::footer::Footer;
use super::header::HeaderPane;
use super::hints::Hint;
use super::knob_bar::KnobBar;
use super::knobs::Knobs;
use super::lanes::Lanes;
use super::order_map::OrderMap;
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
        Hit::Knob(_) | Hit::Gauge(_) | Hit::KnobGroup(_) => &Knobs,
        Hit::Timeline { .. } => &Timeline,
        Hit::Tracks => &Tracks,
        Hit::Lane(_) => &Lanes,
        Hit::Canvas { .. } | Hit::Token { .. } => &CanvasPane,
        Hit::Key(_) | Hit::Overlay | Hit::Row(_) | Hit::OverlayText { .. } => return None,
    })
}

/// Rows from which on there is room for more than what is needed, and for all that can be shown.
const ROOMY: u16 = 34;
const LARGE: u16 = 44;
/// Rows of a wall: all that can be shown is always there, and larger.
const WALL: u16 = 70;
/// Columns from which on the knobs have a panel, and a wide one.
const PANEL: u16 = 72;
const WIDE_PANEL: u16 = 120;

/// The panes of `app` in `area`; later ones lie over earlier ones.
pub(super) fn panes(app: &App, area: Rect) -> Vec<Placed> {
    let mut panes = if app.lanes.len() > 1 { of_lanes(app, area) } else { of_one_text(app, area) };
    panes.retain(|(_, area)| !area.is_empty());
    panes
}

fn of_one_text(app: &App, area: Rect) -> Vec<Placed> {
    let share = app.panels_share();
    if share == 0.0 {
        return of_zen(area);
    }
    let [top, text, panel, bar, time, bottom] = areas_of_one_text(area, share);
    let mut panes: Vec<Placed> = vec![(&HeaderPane, top), (&CanvasPane, text), (&Failure, text)];
    panes.extend(of_panel(app, panel));
    panes.extend([(&KnobBar as &dyn Pane, bar), (&Timeline, time), (&Footer, bottom)]);
    panes
}

/// The room that one text alone has once all panels are there, `now` as long as they are not: its words stand in the
/// same lines while these slide in.
pub(super) fn settled_text(app: &App, screen: Rect, now: Rect) -> Rect {
    if app.lanes.len() > 1 {
        return now;
    }
    let [_, text, ..] = areas_of_one_text(screen, 1.0);
    text.inner(Margin::new(1, 1))
}

/// Header, text, panel, knob bar, timeline and footer, of which `share` is there.
fn areas_of_one_text(area: Rect, share: f32) -> [Rect; 6] {
    let sliding = |length: u16| (f32::from(length) * share).ceil() as u16;
    let (footer, time) = match area.height {
        WALL.. => (3, 17),
        LARGE.. => (3, 9),
        ROOMY.. => (3, 7),
        20.. => (3, 3),
        16.. => (2, 3),
        _ => (2, 0),
    };
    let panel = match area.width {
        260.. => 64,
        200.. => 44,
        WIDE_PANEL.. => 38,
        PANEL.. => 29,
        _ => 0,
    };
    let [top, main, bar, time, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(u16::from(panel == 0)),
        Constraint::Length(sliding(time)),
        Constraint::Length(sliding(footer)),
    ])
    .areas(area);
    let [text, panel] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(sliding(panel))]).areas(main);
    [top, text, panel, bar, time, bottom]
}

/// The text, and one line on it.
fn of_zen(area: Rect) -> Vec<Placed> {
    let below = if area.height < 20 { 2 } else { (area.height / 4).max(4) };
    let [text, caption] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    vec![(&CanvasPane, text), (&Caption, caption)]
}

fn of_lanes(app: &App, area: Rect) -> Vec<Placed> {
    /// Columns of the panel, and from how many columns on there is room for it.
    const BESIDE: (u16, u16) = (38, 150);
    /// Rows below the text that a failure leaves in sight.
    const BELOW: u16 = 8;
    let with_panel = area.width >= BESIDE.1;
    let height = if area.height >= ROOMY { 2 } else { 1 };
    let (tracks, footer) = match area.height {
        18.. => (app.lanes.len() as u16 * height + 1, 3),
        _ => (0, 2),
    };
    let [top, main, time, bar, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(tracks),
        Constraint::Length(u16::from(!with_panel)),
        Constraint::Length(footer),
    ])
    .areas(area);
    let width = if with_panel { BESIDE.0 } else { 0 };
    let [lanes, panel] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(main);
    let mut panes: Vec<Placed> = vec![(&SideBySideHeader, top), (&Lanes, lanes), (&Tracks, time)];
    if with_panel {
        panes.extend(of_panel(app, panel));
    } else {
        panes.push((&KnobBar, bar));
    }
    let text = Rect { height: area.height.saturating_sub(BELOW), ..area };
    panes.extend([(&SideBySideFooter as &dyn Pane, bottom), (&Failure, text)]);
    panes
}

/// The knobs, and below them the token under the cursor or, where there is room, the order map.
fn of_panel(app: &App, area: Rect) -> Vec<Placed> {
    /// Rows of a token and of a map where both are always there, and those that the knobs keep.
    const TOKEN: u16 = 12;
    const MAP: (u16, u16) = (11, 21);
    const KNOBS: u16 = 20;
    if area.height >= KNOBS + TOKEN + MAP.0 && app.lanes.len() == 1 {
        let map = (area.height - KNOBS - TOKEN).min(MAP.1);
        let parts = [Constraint::Fill(1), Constraint::Length(TOKEN), Constraint::Length(map)];
        let [knobs, token, map] = Layout::vertical(parts).areas(area);
        return vec![(&Knobs, knobs), (&Token, token), (&OrderMap, map)];
    }
    let (below, rows): (&dyn Pane, u16) = match app.token {
        Some(_) => (&Token, if area.height >= 26 { 12 } else { 9 }),
        None if area.height >= KNOBS + 9 && app.lanes.len() == 1 => (&OrderMap, 9),
        None => return vec![(&Knobs, area)],
    };
    let [upper, lower] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(area);
    vec![(&Knobs, upper), (below, lower)]
}
