//! The keys, as the keymap has them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::hints::signs;
use super::pane;
use crate::tui::action::Action;
use crate::tui::app::App;

/// Actions that undo each other share a line where each needs no words of its own.
const PAIRS: [(Action, Action, &str); 4] = [
    (Action::KnobFineUp, Action::KnobFineDown, "turn it a little"),
    (Action::ScrollUp, Action::ScrollDown, "scroll the canvas"),
    (Action::TokenPrevious, Action::TokenNext, "look along the tokens"),
    (Action::BranchPrevious, Action::BranchNext, "to another branch"),
];

/// Columns of one half: the keys, and what they do.
const HALF: u16 = 39;
/// Columns of the keys.
const KEYS: usize = 13;

pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let all: Vec<Line<'_>> = Action::ALL.iter().filter_map(|action| line(app, *action)).collect();
    let rows = all.len().div_ceil(2);
    let area = centred(frame.area(), 2 * HALF + 2, rows as u16 + 2);
    frame.render_widget(Clear, area);
    let close = app.keymap.key(Action::Help);
    let block = pane(app, "keys")
        .style(app.theme.screen)
        .title_bottom(Line::styled(format!(" {close} closes "), app.theme.quiet));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let halves = Layout::horizontal([Constraint::Fill(1); 2]).areas::<2>(inner);
    for (lines, half) in all.chunks(rows).zip(halves) {
        frame.render_widget(Paragraph::new(lines.to_vec()), half);
    }
}

/// The line of `action`; nothing where it stands in that of its pair.
fn line<'a>(app: &App, action: Action) -> Option<Line<'a>> {
    if PAIRS.iter().any(|(_, second, _)| *second == action) {
        return None;
    }
    let pair = PAIRS.iter().find(|(first, _, _)| *first == action);
    let (actions, help) = match pair {
        Some((first, second, help)) => (vec![*first, *second], *help),
        None => (vec![action], action.help()),
    };
    let keys = actions.into_iter().flat_map(|action| app.keymap.keys(action));
    let keys: Vec<String> = keys.map(|key| signs(app, &key)).collect();
    let keys = keys.join(" ");
    Some(Line::from(vec![
        Span::styled(format!(" {keys:<KEYS$}"), app.theme.key),
        Span::styled(help, app.theme.screen),
    ]))
}

pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    let [area] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(row);
    area
}
