//! The keys, as the keymap has them.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Answer, Overlay};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::view::signs;

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

/// All keys at once.
pub struct Help;

impl Overlay for Help {
    fn title(&self) -> String {
        "keys".to_owned()
    }

    fn hints(&self, app: &App) -> String {
        format!(" {} closes ", app.keymap.key(Action::Help))
    }

    fn size(&self, _: &App, _: Size) -> Size {
        Size::new(2 * HALF + 2, rows() as u16 + 2)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect) {
        let all: Vec<Line<'_>> = shown().map(|action| line(app, action)).collect();
        let halves = Layout::horizontal([Constraint::Fill(1); 2]).areas::<2>(inside);
        for (lines, half) in all.chunks(rows()).zip(halves) {
            frame.render_widget(Paragraph::new(lines.to_vec()), half);
        }
    }

    /// Every key that does something closes it, and does nothing else.
    fn on_key(&mut self, _: KeyEvent, action: Option<Action>) -> Answer {
        match action {
            None => Answer::Stay,
            Some(Action::Quit | Action::Suspend) => Answer::Pass,
            Some(_) => Answer::Close,
        }
    }
}

/// The actions that have a line of their own.
fn shown() -> impl Iterator<Item = Action> {
    let all = Action::ALL.iter().copied();
    all.filter(|action| PAIRS.iter().all(|(_, second, _)| second != action))
}

/// Lines of one half.
fn rows() -> usize {
    shown().count().div_ceil(2)
}

/// The line of `action`, and of its pair.
fn line<'a>(app: &App, action: Action) -> Line<'a> {
    let pair = PAIRS.iter().find(|(first, _, _)| *first == action);
    let (actions, help) = match pair {
        Some((first, second, help)) => (vec![*first, *second], *help),
        None => (vec![action], action.help()),
    };
    let keys = actions.into_iter().flat_map(|action| app.keymap.keys(action));
    let keys: Vec<String> = keys.map(|key| signs(app, &key)).collect();
    let keys = keys.join(" ");
    Line::from(vec![
        Span::styled(format!(" {keys:<KEYS$}"), app.theme.key),
        Span::styled(help, app.theme.screen),
    ])
}
