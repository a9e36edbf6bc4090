//! The screen, a file a pane: how it is drawn, purely from the [`App`], which keys the footer names for it, and
//! what the mouse does on it. Which panes stand where, `panes.rs` says.

mod arrangement;
mod canvas;
mod caption;
mod code;
mod failure;
mod fitting;
mod footer;
mod header;
mod hints;
mod knob_bar;
mod knobs;
mod lanes;
mod legend;
mod loading;
mod order_map;
mod painter;
mod panes;
mod side_by_side_footer;
mod side_by_side_header;
mod sudoku;
mod timeline;
mod token;
mod tracks;

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Wrap};

pub use hints::KeyHint;
pub(super) use hints::{draw_line, signs};
pub(super) use knobs::draw_more;

use super::app::App;
use super::hit_map::HitMap;
use super::mouse::Mouse;
use super::overlays;
use super::panel_focus::Panel;

/// The smallest terminal that everything fits in: columns and rows.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Draws everything and returns what stands where.
pub fn draw(frame: &mut Frame<'_>, app: &App) -> HitMap {
    let area = frame.area();
    frame.render_widget(Block::new().style(app.theme.screen), area);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, app);
        return HitMap::default();
    }
    let mut hits = HitMap::default();
    for (pane, area) in panes::panes(app, area) {
        pane.draw(frame, app, area, &mut hits);
    }
    overlays::draw(frame, app, &mut hits);
    hits
}

/// Does what the mouse does on its target, as the pane has it whose matter that is.
pub(super) fn on_mouse(app: &mut App, mouse: Mouse) {
    if let Some(pane) = panes::owner(mouse.hit) {
        pane.on_mouse(app, mouse);
    }
}

fn too_small(frame: &mut Frame<'_>, app: &App) {
    let area = frame.area();
    let text = format!(
        "remask needs {} columns and {} rows; this terminal has {} and {}.",
        SMALLEST.0, SMALLEST.1, area.width, area.height
    );
    let paragraph = Paragraph::new(text).style(app.theme.strong);
    frame.render_widget(paragraph.wrap(Wrap { trim: true }), area);
}

/// A framed pane.
pub(super) fn pane<'a>(app: &App, title: &'a str) -> Block<'a> {
    framed(app, title, (app.theme.border, app.theme.title))
}

/// A framed pane that may have the focus, which its frame and title show.
fn panel<'a>(app: &App, title: &'a str, panel: Panel) -> Block<'a> {
    match app.panel() == Some(panel) {
        true => framed(app, title, (app.theme.accent, app.theme.selected)),
        false => pane(app, title),
    }
}

fn framed<'a>(app: &App, title: &'a str, (border, words): (Style, Style)) -> Block<'a> {
    Block::bordered()
        .border_set(app.glyphs.border)
        .border_style(border)
        .title(Line::styled(format!(" {title} "), words))
}

/// The words in front of what has no frame, where it may have the focus.
fn label_style(app: &App, panel: Panel) -> Style {
    if app.panel() == Some(panel) { app.theme.selected } else { app.theme.quiet }
}

/// A time as a person says it.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 1e-4 {
        format!("{:.1} us", seconds * 1e6)
    } else if seconds < 0.1 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 100.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// A row of bars, one a value between 0 and 1.
fn bar(app: &App, value: f32) -> &'static str {
    let last = app.glyphs.bars.len() - 1;
    let level = (value.clamp(0.0, 1.0) * last as f32).round() as usize;
    // Something is never shown as nothing.
    app.glyphs.bars[if value > 0.0 { level.max(1) } else { 0 }]
}

/// As [`joined`], the last of `parts` left out where they do not fit `width` columns.
fn joined_within<'a>(app: &App, mut parts: Vec<(String, Style)>, width: u16) -> Line<'a> {
    while parts.len() > 1 && joined(app, parts.clone()).width() > usize::from(width) {
        parts.pop();
    }
    fitting::fitted(joined(app, parts), width, app.glyphs)
}

/// `text` in `style`, with two spaces in front of it and a dot between it and what stood before.
fn joined<'a>(app: &App, parts: Vec<(String, Style)>) -> Line<'a> {
    let mut spans = Vec::new();
    for (index, (text, style)) in parts.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::styled(format!(" {} ", app.glyphs.dot), app.theme.quiet));
        }
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}
