//! One token: what stands there, and what else the model thought of.

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::panel;
use super::panes::Pane;
use crate::trace::{Cell, CellState};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hit_map::HitMap;
use crate::tui::lane::LaneView;
use crate::tui::panel_focus::Panel;

/// What is known of the token under the cursor.
pub(super) struct Token;

impl Pane for Token {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, _: &mut HitMap) {
        let title =
            app.token.map_or_else(|| "token".to_owned(), |position| format!("token {position}"));
        let block = panel(app, &title, Panel::Token);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if app.token.is_none() {
            let key = app.keymap.key(Action::TokenNext);
            let text =
                format!("a click on a token, or {key}: what else the model thought of there");
            let text = Paragraph::new(text).style(app.theme.quiet).wrap(Wrap { trim: true });
            return frame.render_widget(text, inner.inner(Margin::new(1, 0)));
        }
        let cell = app.token.and_then(|position| app.frame()?.cells.get(position));
        let (Some(cell), Some(model)) = (cell, app.model(app.lane())) else {
            return;
        };
        let text = &model.token_text;
        let theme = &app.theme;
        let mut lines = vec![
            Line::styled(format!(" {}", what(app.lane(), cell)), theme.quiet),
            Line::from(vec![
                Span::styled(" entropy ", theme.quiet),
                Span::styled(format!("{:.2} nats", cell.entropy), theme.accent),
            ]),
        ];
        if cell.candidates.is_empty() {
            lines.pop();
            lines.push(Line::styled(" the model was not asked", theme.quiet));
        }
        let room = usize::from(inner.width);
        let bar_room = room.saturating_sub(12 + 7);
        for candidate in cell.candidates.iter() {
            let chosen = cell.prediction == Some(candidate.token);
            let style = if chosen { theme.strong } else { theme.screen };
            let mut name: String = text.listed(candidate.token).chars().take(11).collect();
            let wide = unicode_width::UnicodeWidthStr::width(name.as_str());
            name.push_str(&" ".repeat(11usize.saturating_sub(wide)));
            let filled = (candidate.probability * bar_room as f32).round() as usize;
            let filled = filled.min(bar_room);
            let full = app.glyphs.gauge[0];
            lines.push(Line::from(vec![
                Span::styled(format!(" {name} "), style),
                Span::styled(full.repeat(filled), theme.gauge),
                Span::raw(" ".repeat(bar_room - filled)),
                Span::styled(format!("{:>4.0}%", candidate.probability * 100.0), style),
            ]));
        }
        frame.render_widget(Paragraph::new(lines), inner);
    }
}

fn what(lane: &LaneView, cell: &Cell) -> String {
    match (cell.state, cell.written_at) {
        (CellState::Prompt | CellState::Fixed, _) => "given, never changed".into(),
        (CellState::Pinned, _) => "pinned by hand".into(),
        (CellState::Noise, _) => "noise".into(),
        (CellState::Draft, _) => format!("noise, guess {:.0}% sure", cell.confidence * 100.0),
        (CellState::Remasked, _) => "remasked in this step".into(),
        (CellState::Refused, _) => "its draft was refused in this step".into(),
        (CellState::Overwritten, _) => "written over in this step".into(),
        (CellState::Written, Some(moment)) => {
            // Steps are passes; a change by hand is none.
            let step = lane.history.frame(moment).map_or(0, |frame| frame.cost.passes);
            format!("written in step {step}, {:.0}%", cell.confidence * 100.0)
        }
        (CellState::Written, None) => "written".into(),
    }
}
