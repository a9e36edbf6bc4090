//! What is said below a text that is alone on the screen: how many tokens, in how many looks.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::fitting::fitted;
use super::hints::signs;
use super::loading::loading_words;
use super::panes::Pane;
use super::seconds;
use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::zen::ZenMode;

/// Columns of the gauge.
const GAUGE: usize = 24;

/// The caption.
pub(super) struct Caption;

impl Pane for Caption {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let keys = keys(app, is_more(app, hits));
        let lines = match area.height {
            0..4 if app.notice.is_some() => vec![remark(app), keys],
            0..4 => vec![said(app, area.width), keys],
            _ => vec![said(app, area.width), gauge(app), remark(app), keys],
        };
        let lines = lines.into_iter().map(|line| fitted(line, area.width, app.glyphs));
        let lines = Paragraph::new(Text::from_iter(lines)).alignment(Alignment::Center);
        frame.render_widget(lines, area);
    }
}

fn said<'a>(app: &App, width: u16) -> Line<'a> {
    let theme = &app.theme;
    let Some(moment) = app.frame() else {
        let words = loading_words(app, width);
        return Line::styled(words.unwrap_or_else(|| "waking the model".to_owned()), theme.quiet);
    };
    let passes = moment.cost.passes;
    let looks = match app.phase {
        Phase::Finished if app.lane().is_at_end() => {
            let looks = if passes == 1 { "look" } else { "looks" };
            format!("{passes} {looks}, {}", seconds(moment.cost.seconds()))
        }
        Phase::Paused => format!("paused at look {passes} of {}", app.lane().foreseen(moment)),
        _ => format!("look {passes} of {}", app.lane().foreseen(moment)),
    };
    let (answer, holes) = (moment.answer(), moment.holes());
    let line = |tokens: String| {
        Line::from(vec![
            Span::styled(tokens, theme.strong),
            Span::styled(format!("  {}  ", app.glyphs.dot), theme.quiet),
            Span::styled(looks.clone(), theme.accent),
        ])
    };
    // As many as the prompt leaves room for, whatever the knob of the canvas says.
    let in_holes = match holes {
        0 => None,
        1 => Some(line(format!("{answer} tokens in a hole at once"))),
        _ => Some(line(format!("{answer} tokens in {holes} holes at once"))),
    };
    let in_holes = in_holes.filter(|line| line.width() <= usize::from(width));
    in_holes.unwrap_or_else(|| line(format!("{answer} tokens at once")))
}

/// What is to be said of this text: what was noticed, else what its task says.
fn remark<'a>(app: &App) -> Line<'a> {
    if let Some(notice) = &app.notice {
        let style = if notice.good { app.theme.quiet } else { app.theme.error };
        return Line::styled(notice.text.clone(), style);
    }
    let verdict = app.lane().shown_verdict();
    verdict.map_or_else(Line::default, |words| Line::styled(words, app.theme.quiet))
}

/// How much of the text is decided.
fn gauge<'a>(app: &App) -> Line<'a> {
    let read = app.loading.as_ref().map_or(0.0, |progress| progress.share() as f32);
    let share = app
        .frame()
        .map_or(read, |moment| 1.0 - moment.open() as f32 / moment.answer().max(1) as f32);
    let full = (share * GAUGE as f32).round() as usize;
    let [filled, empty] = app.glyphs.gauge;
    Line::from(vec![
        Span::styled(filled.repeat(full), app.theme.gauge),
        Span::styled(empty.repeat(GAUGE - full), app.theme.border),
    ])
}

/// Whether there is text below the window, as the canvas has noted it.
fn is_more(app: &App, hits: &HitMap) -> bool {
    hits.iter().any(|(area, hit)| match hit {
        Hit::Canvas { lines, .. } => app.scroll + usize::from(area.height) < lines,
        _ => false,
    })
}

fn keys<'a>(app: &App, more: bool) -> Line<'a> {
    let more = more.then_some((Action::ScrollDown, "more"));
    let hints = [(Action::Zen, "panels"), (Action::Help, "help"), (Action::Quit, "quit")];
    let pause = match app.phase {
        Phase::Paused => Some((Action::Pause, "go on")),
        Phase::Running if app.zen == ZenMode::On => Some((Action::Pause, "pause")),
        _ => None,
    };
    let mut spans = Vec::new();
    for (action, word) in pause.into_iter().chain(more).chain(hints) {
        let key = signs(app, &app.keymap.key(action));
        if !key.is_empty() {
            spans.push(Span::styled(format!(" {key}"), app.theme.key));
            spans.push(Span::styled(format!(" {word} "), app.theme.quiet));
        }
    }
    Line::from(spans)
}
