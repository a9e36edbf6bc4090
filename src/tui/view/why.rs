//! Explanation: what passes cost here, as bars and in sentences.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::help::centred;
use super::hints::signs;
use super::pane;
use super::side_by_side::seconds;
use crate::explain::Explanation;
use crate::tui::action::Action;
use crate::tui::app::App;

/// Columns of the labels of the bars, and of the times behind them.
const LABEL: usize = 16;
const TIME: usize = 10;

pub fn draw(frame: &mut Frame<'_>, app: &App, from: u16) {
    let whole = frame.area();
    let why = app.explanation();
    let bars = why.as_ref().map_or(0, |why| why.costs.whole.len() as u16 + 3);
    // Where both do not fit, the sentences say what the bars show.
    let bars = if whole.height >= 30 { bars } else { 0 };
    let width = (whole.width - 4).min(110);
    let sentences = why.as_ref().map(sentences).unwrap_or_default();
    let lines: u16 = sentences.iter().map(|text| rows(text, width - 6)).sum();
    let height = if why.is_some() { (lines + bars + 2).min(whole.height - 2) } else { 5 };
    let area = centred(whole, width, height);
    frame.render_widget(Clear, area);
    let close = app.keymap.key(Action::Why);
    let block = pane(app, "why").style(app.theme.screen).title_bottom(Line::styled(
        format!(" {close} closes; measured on this machine, on its own "),
        app.theme.quiet,
    ));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(why) = why else {
        let text = "measuring for a few seconds: passes over ever more positions, and how fast this \
                    machine reads and multiplies";
        let text = Paragraph::new(text).style(app.theme.accent).wrap(Wrap { trim: true });
        frame.render_widget(text, inside(inner));
        return;
    };
    let [upper, lower] =
        Layout::vertical([Constraint::Length(bars), Constraint::Fill(1)]).areas(inside(inner));
    if bars > 0 {
        frame.render_widget(Paragraph::new(bar_lines(app, &why, upper.width.into())), upper);
    }
    let text: Vec<Line<'_>> = sentences
        .into_iter()
        .map(|sentence| {
            let dot = Span::styled(format!("{} ", app.glyphs.dot), app.theme.key);
            Line::from(vec![dot, Span::styled(sentence, app.theme.screen)])
        })
        .collect();
    let hidden = lines.saturating_sub(lower.height);
    let text = Paragraph::new(text).wrap(Wrap { trim: true }).scroll((from.min(hidden), 0));
    frame.render_widget(text, lower);
    if from < hidden {
        let keys = [Action::KnobPrevious, Action::KnobNext].map(|key| app.keymap.key(key));
        let keys = keys.map(|key| signs(app, &key)).concat();
        let more = Line::styled(format!(" {keys} more "), app.theme.key);
        let width = more.width() as u16;
        let at = Rect::new(area.right().saturating_sub(width + 2), area.bottom() - 1, width, 1);
        frame.render_widget(more, at);
    }
}

/// What decides comes first.
fn sentences(why: &Explanation) -> Vec<String> {
    let mut all: Vec<String> = why.win_sentence().into_iter().collect();
    all.extend(
        why.sentences().into_iter().filter(|said| Some(said) != why.win_sentence().as_ref()),
    );
    all
}

/// Rows that a text takes, about.
fn rows(text: &str, width: u16) -> u16 {
    (text.chars().count() as u16 + 2).div_ceil(width.max(1))
}

fn inside(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// The time of a pass against the positions in it: a bar a size, then the autoregressive pass.
fn bar_lines<'a>(app: &App, why: &Explanation, width: usize) -> Vec<Line<'a>> {
    let theme = &app.theme;
    let room = width.saturating_sub(LABEL + TIME + 1);
    let longest = why.costs.canvas().time.as_secs_f64().max(f64::MIN_POSITIVE);
    let line = |label: String, time: f64, style| {
        let filled = ((time / longest * room as f64).round() as usize).clamp(1, room.max(1));
        Line::from(vec![
            Span::styled(format!("{label:<LABEL$}"), theme.quiet),
            Span::styled(app.glyphs.gauge[0].repeat(filled), style),
            Span::styled(format!(" {}", seconds(time)), theme.strong),
        ])
    };
    let mut lines = vec![Line::styled("a pass over so many positions takes", theme.title)];
    for at in &why.costs.whole {
        let label = format!("{:>5}", at.positions);
        lines.push(line(label, at.time.as_secs_f64(), theme.bars));
    }
    if let Some(next) = &why.costs.next_token {
        lines.push(line("    1, cached".to_owned(), next.time.as_secs_f64(), theme.running));
    }
    lines.push(Line::default());
    lines
}
