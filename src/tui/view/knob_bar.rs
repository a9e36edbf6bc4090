//! One line in place of the knob panel: the knob under the cursor with its value in every lane, or what
//! the lanes think of the token under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::fitting::fitted;
use super::hints::{Hint, signs};
use super::knobs::knob_hints;
use super::panes::Pane;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::display;
use crate::tui::hit_map::HitMap;
use crate::tui::lane::{LaneView, letter};
use crate::tui::panel_focus::Panel;

/// The knob or the token under the cursor, in every lane.
pub(super) struct KnobBar;

impl Pane for KnobBar {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, _: &mut HitMap) {
        let line = match app.token {
            Some(position) if app.panel() != Some(Panel::Knobs) => token_line(app, position),
            _ => knob_line(app),
        };
        frame.render_widget(fitted(line, area.width, app.glyphs), area);
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        knob_hints(app)
    }
}

fn label(app: &App, panel: Panel) -> Style {
    if app.panel() == Some(panel) { app.theme.selected } else { app.theme.key }
}

fn knob_line<'a>(app: &App) -> Line<'a> {
    let theme = &app.theme;
    let knob = app.selected_knob();
    let pointer = app.glyphs.pointer;
    let mut spans =
        vec![Span::styled(format!(" {pointer}{} ", knob.name), label(app, Panel::Knobs))];
    if app.lanes.len() == 1 || display::knobs().holds(knob) {
        let value = knob.show(app.value(knob));
        spans.push(Span::styled(format!(" {value} "), theme.selected));
    } else {
        for (index, lane) in app.lanes.iter().enumerate() {
            let value = knob.show(lane.settings.value(knob));
            let style = if index == app.focus { theme.selected } else { theme.screen };
            spans.push(Span::styled(format!(" {} {value} ", letter(index)), style));
            spans.push(Span::raw(" "));
        }
    }
    if app.waits_for_next_run(knob) {
        let key = signs(app, &app.keymap.key(Action::Restart));
        spans.push(Span::styled(format!(" {} {key} applies it", app.glyphs.next_run), theme.key));
    } else {
        let help = knob.help_for(app.value(knob));
        spans.push(Span::styled(format!(" {help}"), theme.quiet));
    }
    Line::from(spans)
}

fn token_line<'a>(app: &App, position: usize) -> Line<'a> {
    let theme = &app.theme;
    let mut spans = vec![Span::styled(format!(" token {position} "), label(app, Panel::Token))];
    for (index, lane) in app.lanes.iter().enumerate() {
        let style = if index == app.focus { theme.selected } else { theme.screen };
        let thought = thought(app, lane, position);
        spans.push(Span::styled(format!(" {} {thought} ", letter(index)), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// The two likeliest tokens.
fn thought(app: &App, lane: &LaneView, position: usize) -> String {
    let cell = lane.frame().and_then(|moment| moment.cells.get(position));
    let (Some(cell), Some(model)) = (cell, app.model(lane)) else {
        return "has no such token".to_owned();
    };
    if cell.candidates.is_empty() {
        return "was not asked".to_owned();
    }
    let named = cell.candidates.iter().take(2).map(|candidate| {
        let name = model.token_text.listed(candidate.token);
        format!("{name} {:.0}%", candidate.probability * 100.0)
    });
    named.collect::<Vec<_>>().join(", ")
}
