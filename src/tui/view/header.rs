//! The first line: what runs, and how it stands.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::fitting::fitted;
use super::joined;
use super::panes::Pane;
use crate::diffusion::noise::NOISE;
use crate::diffusion::resolved::ResolvedSampler;
use crate::trace::Frame as Moment;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::HitMap;

/// The line above the text.
pub(super) struct HeaderPane;

impl Pane for HeaderPane {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, _: &mut HitMap) {
        let theme = &app.theme;
        let lane = app.lane();
        let about = app.model(lane).map(|model| &model.about);
        let mut model = about.map_or("loading", |about| about.name.as_str()).to_owned();
        let seen = about.and_then(|about| about.tokens_seen);
        if app.recorded {
            model.push_str(", recorded");
        }
        // A model in training is told from its next save by what it has seen.
        if let Some(seen) = seen.filter(|_| area.width >= 120) {
            model.push_str(&format!(" ({:.1} M tokens seen)", seen as f64 / 1e6));
        }
        // Of the text that stands there, whatever was turned since for the next one.
        let resolved = ResolvedSampler::of(&lane.run_settings);
        let names = std::iter::once(lane.sampler()).chain(resolved.replaced());
        let sampler = names.collect::<Vec<_>>().join(" + ");
        let mut parts = vec![(model, theme.accent), (sampler, theme.screen)];
        // What writes the next token begins with no noise.
        if resolved.sampler.next_token.is_none() {
            let noise = format!("{} noise", lane.run_settings.value(&NOISE));
            parts.push((noise, theme.screen));
        }
        let (sign, word, style) = state(app);
        let passes = |moment: &Moment| moment.cost.passes;
        let planned = lane.history.last().map_or(0, |last| lane.foreseen(last));
        let here = lane.frame().map_or(0, passes);
        let right = Line::from(vec![
            Span::styled(format!("{sign} {word}  "), style),
            Span::styled("step ", theme.quiet),
            Span::styled(here.to_string(), theme.strong),
            Span::styled(format!("/{planned} "), theme.quiet),
        ]);
        // How it stands goes before what it is made of.
        let room = area.width.saturating_sub(right.width() as u16 + 1);
        let left = |parts: Vec<(String, Style)>| {
            let mut line = Line::styled(" remask  ", theme.title);
            line.extend(joined(app, parts));
            line
        };
        while parts.len() > 1 && left(parts.clone()).width() > usize::from(room) {
            parts.pop();
        }
        frame.render_widget(fitted(left(parts), room, app.glyphs), area);
        frame.render_widget(Paragraph::new(right).alignment(Alignment::Right), area);
    }
}

/// How the run stands, as a sign and a word.
pub(super) fn state(app: &App) -> (&'static str, &'static str, Style) {
    let theme = &app.theme;
    let [running, paused, done, failed] = app.glyphs.states;
    if let Some(state) = app.opened.state(app) {
        return state;
    }
    match &app.phase {
        Phase::Waiting => (running, "starting", theme.running),
        Phase::Running => (running, "denoising", theme.running),
        Phase::Measuring(..) => (running, "measuring", theme.running),
        Phase::Paused => (paused, "paused", theme.key),
        Phase::Finished => (done, "done", theme.accent),
        Phase::Cancelled if app.recorded => (failed, "broken off", theme.quiet),
        Phase::Cancelled => (failed, "given up", theme.quiet),
        Phase::Failed(_) | Phase::Stopped(_) => (failed, "failed", theme.error),
    }
}
