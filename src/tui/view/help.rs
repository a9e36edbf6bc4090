//! The keys, as the keymap has them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::footer::signs;
use super::pane;
use crate::tui::action::Action;
use crate::tui::app::App;

pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let area = frame.area();
    let two_columns = area.width >= 150 && area.height < Action::ALL.len() as u16 + 6;
    let all: Vec<Line<'_>> = Action::ALL.iter().map(|action| line(app, *action)).collect();
    let rows = if two_columns { all.len().div_ceil(2) } else { all.len() } as u16;
    let width = if two_columns { 146 } else { 76 }.min(area.width - 2);
    let area = centred(area, width, (rows + 2).min(area.height));
    frame.render_widget(Clear, area);
    let close = app.keymap.key(Action::Help);
    let block = pane(app, "keys")
        .style(app.theme.screen)
        .title_bottom(Line::styled(format!(" {close} closes "), app.theme.quiet));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if two_columns {
        let halves = Layout::horizontal([Constraint::Fill(1); 2]).areas::<2>(inner);
        let (left, right) = all.split_at(rows.into());
        for (lines, half) in [left, right].into_iter().zip(halves) {
            frame.render_widget(Paragraph::new(lines.to_vec()), half);
        }
    } else {
        frame.render_widget(Paragraph::new(all), inner);
    }
}

fn line<'a>(app: &App, action: Action) -> Line<'a> {
    let keys: Vec<String> = app.keymap.keys(action).map(|key| signs(app, &key)).collect();
    let keys = keys.join("  ");
    Line::from(vec![
        Span::styled(format!("  {keys:<16}"), app.theme.key),
        Span::styled(action.help(), app.theme.screen),
    ])
}

pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    let [area] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(row);
    area
}
