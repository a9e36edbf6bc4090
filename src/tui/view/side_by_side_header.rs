//! The first line while lanes stand side by side: what runs, and how it stands.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::fitting::fitted;
use super::panes::Pane;
use super::{header, joined, tracks};
use crate::race::stages::CostUnit;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::HitMap;
use crate::tui::lane::LaneView;
use crate::tui::mode::Mode;

/// The line above the lanes.
pub(super) struct SideBySideHeader;

impl Pane for SideBySideHeader {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, _: &mut HitMap) {
        let theme = &app.theme;
        let mut models: Vec<&str> = Vec::new();
        for model in app.lanes.iter().filter_map(|lane| app.model(lane)) {
            if !models.contains(&model.about.name.as_str()) {
                models.push(&model.about.name);
            }
        }
        let order = match app.mode {
            Mode::Single | Mode::InStep if area.width < 100 => "in step",
            Mode::Single | Mode::InStep => "in step: all lanes at the same pass",
            Mode::AtOnce if area.width < 100 => "at once: they share the machine",
            Mode::AtOnce => "at once: the lanes share the machine",
            Mode::FairWarmUp | Mode::FairReplay if area.width < 130 => "one lane after the other",
            Mode::FairWarmUp | Mode::FairReplay => {
                "one lane after the other, warmed up, the middle of three times"
            }
        };
        let order = match app.stage() {
            Some(stage @ CostUnit::ThisMachine) => format!("2 of 3, {}: {order}", stage.title()),
            Some(stage) => format!("{} of 3, {}", app.race_stage.number(), stage.title()),
            None => order.to_owned(),
        };
        let mut left = vec![Span::styled(" remask  ", theme.title)];
        left.extend(joined(app, vec![(models.join(" and "), theme.accent), (order, theme.screen)]));
        let mut right = vec![state(app)];
        if app.mode.is_on_clock() {
            if app.mode != Mode::FairWarmUp {
                let whole = app.whole_race().max(app.horizon());
                right.push(Span::styled(tracks::on_clock(app, app.clock.at), theme.strong));
                let whole = tracks::on_clock(app, whole);
                right.push(Span::styled(format!(" of {whole} "), theme.quiet));
            }
        } else {
            let shown = app.passes_shown();
            let planned = app.lanes.iter().map(LaneView::expected_passes).max().unwrap_or(0);
            right.push(Span::styled("step ", theme.quiet));
            right.push(Span::styled(shown.to_string(), theme.strong));
            right.push(Span::styled(format!("/{planned} "), theme.quiet));
        }
        let right = Line::from(right);
        let room = area.width.saturating_sub(right.width() as u16 + 1);
        frame.render_widget(fitted(Line::from(left), room, app.glyphs), area);
        frame.render_widget(Paragraph::new(right).alignment(Alignment::Right), area);
    }
}

/// How the run stands; a race that is shown again is neither running nor done.
fn state<'a>(app: &App) -> Span<'a> {
    let (sign, word, style) = header::state(app);
    let [running, paused, ..] = app.glyphs.states;
    match app.phase {
        Phase::Finished if app.mode.shows_clock() && app.clock.runs => {
            let slower = app.clock.slower.filter(|_| !app.counts_passes()).unwrap_or(1);
            let speed = if slower == 1 { String::new() } else { format!(" {slower}x slower") };
            Span::styled(format!("{running} replay{speed}  "), app.theme.running)
        }
        Phase::Finished if app.mode.shows_clock() && !app.following => {
            Span::styled(format!("{paused} replay stopped  "), app.theme.key)
        }
        _ => Span::styled(format!("{sign} {word}  "), style),
    }
}
