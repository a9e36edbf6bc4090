//! Drawing: pure functions of the [`App`], a file a pane.

mod canvas;
mod footer;
mod header;
mod help;
mod knob_bar;
mod knobs;
mod legend;
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
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::app::{App, Overlay, Phase};
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
    if app.lanes.len() > 1 {
        side_by_side::draw(frame, app, &mut hits);
        draw_failure(frame, app, Rect { height: area.height.saturating_sub(8), ..area });
        draw_overlay(frame, app);
        return hits;
    }
    let panes = Panes::of(area, app.token.is_some());
    header::draw(frame, app, panes.header);
    canvas::draw(frame, app, panes.canvas, &mut hits);
    draw_failure(frame, app, panes.canvas);
    knobs::draw(frame, app, panes.knobs, &mut hits);
    if let Some(area) = panes.token {
        token::draw(frame, app, area);
    }
    timeline::draw(frame, app, panes.timeline, &mut hits);
    footer::draw(frame, app, panes.footer);
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

/// What went wrong, if anything did, whole, over the last lines of the canvas.
fn draw_failure(frame: &mut Frame<'_>, app: &App, canvas: Rect) {
    const ROWS: u16 = 4;
    let (Phase::Failed(why) | Phase::Stopped(why)) = &app.phase else { return };
    let area = Rect::new(
        canvas.x + 1,
        canvas.bottom().saturating_sub(ROWS + 1),
        canvas.width.saturating_sub(2),
        ROWS,
    );
    frame.render_widget(Clear, area);
    let text = Paragraph::new(why.as_str()).style(app.theme.screen.patch(app.theme.error));
    frame.render_widget(text.wrap(Wrap { trim: true }), area);
}

/// The panes of the main screen.
struct Panes {
    header: Rect,
    canvas: Rect,
    knobs: Rect,
    token: Option<Rect>,
    timeline: Rect,
    footer: Rect,
}

impl Panes {
    fn of(area: Rect, with_token: bool) -> Self {
        let roomy = area.height >= 34;
        let [header, main, timeline, footer] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(if roomy { 7 } else { 3 }),
            Constraint::Length(3),
        ])
        .areas(area);
        let panel = if area.width >= 120 { 38 } else { 29 };
        let [canvas, panel] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(panel)]).areas(main);
        let (knobs, token) = if with_token {
            let rows = if roomy { 12 } else { 9 };
            let [knobs, token] =
                Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(panel);
            (knobs, Some(token))
        } else {
            (panel, None)
        };
        Self { header, canvas, knobs, token, timeline, footer }
    }
}

/// A framed pane.
fn pane<'a>(app: &App, title: &'a str) -> Block<'a> {
    Block::bordered()
        .border_set(app.glyphs.border)
        .border_style(app.theme.border)
        .title(Line::styled(format!(" {title} "), app.theme.title))
}

/// Keys and what they do, those first that are needed first, as many as fit `width` columns beside the `last`,
/// which are always there.
fn hints<'a>(
    app: &App,
    hints: &[(String, &'a str)],
    last: &[(String, &'a str)],
    width: u16,
) -> Line<'a> {
    let known = |hints: &[(String, &'a str)]| -> Vec<(String, &'a str)> {
        hints.iter().filter(|(key, _)| !key.is_empty()).cloned().collect()
    };
    let columns = |hints: &[(String, &str)]| -> usize {
        hints.iter().map(|(key, what)| key.width() + what.width() + 2).sum()
    };
    let (mut shown, last) = (known(hints), known(last));
    let room = usize::from(width).saturating_sub(columns(&last));
    while columns(&shown) > room {
        shown.pop();
    }
    shown.extend(last);
    // A column more between them where there is one for each.
    let gap = usize::from(columns(&shown) + shown.len() <= usize::from(width));
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (key, what) in shown {
        spans.push(Span::styled(format!(" {key}"), app.theme.key));
        spans.push(Span::styled(format!(" {what}"), app.theme.quiet));
        spans.push(Span::raw(" ".repeat(gap)));
    }
    Line::from(spans)
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
