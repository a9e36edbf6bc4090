//! Drawing: pure functions of the [`App`], a file a pane; which of them stand where, `panes.rs` says.

mod canvas;
mod failure;
mod footer;
mod header;
mod help;
mod hints;
mod knob_bar;
mod knobs;
mod legend;
mod panes;
mod presets;
mod prompt;
mod side_by_side;
mod side_by_side_footer;
mod sweep;
mod timeline;
mod token;
mod tracks;
mod why;

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Wrap};

use super::app::{App, Overlay};
use super::hit_map::HitMap;

/// The smallest terminal that everything fits in: columns and rows.
pub const SMALLEST: (u16, u16) = (80, 24);

/// Draws everything and returns what stands where.
pub fn draw(frame: &mut Frame<'_>, app: &App) -> HitMap {
    let area = frame.area();
    frame.render_widget(Block::new().style(app.theme.screen), area);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, app);
        return HitMap::default();
    }
    let mut hits = HitMap::default();
    for (draw, area) in panes::panes(app, area) {
        draw(frame, app, area, &mut hits);
    }
    draw_overlay(frame, app);
    hits
}

fn draw_overlay(frame: &mut Frame<'_>, app: &App) {
    match &app.overlay {
        Overlay::None => {}
        Overlay::Help => help::draw(frame, app),
        Overlay::Prompt(editor) => prompt::draw(frame, app, editor),
        Overlay::Presets(all, at) => presets::draw(frame, app, all, *at),
        Overlay::Sweep(sweep) => sweep::draw(frame, app, sweep),
        Overlay::Why(line) => why::draw(frame, app, *line),
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
fn pane<'a>(app: &App, title: &'a str) -> Block<'a> {
    Block::bordered()
        .border_set(app.glyphs.border)
        .border_style(app.theme.border)
        .title(Line::styled(format!(" {title} "), app.theme.title))
}

/// A row of bars, one a value between 0 and 1.
fn bar(app: &App, value: f32) -> &'static str {
    let last = app.glyphs.bars.len() - 1;
    let level = (value.clamp(0.0, 1.0) * last as f32).round() as usize;
    // Something is never shown as nothing.
    app.glyphs.bars[if value > 0.0 { level.max(1) } else { 0 }]
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
