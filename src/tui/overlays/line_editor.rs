//! A line of text that is typed: a query, a name. Letters are letters in it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui_textarea::{CursorMove, TextArea};

use crate::tui::app::App;
use crate::visible;

/// The line, and where the cursor stands in it.
pub(super) struct LineEditor(TextArea<'static>);

impl LineEditor {
    pub fn new(text: &str) -> Self {
        let mut line = TextArea::new(vec![one_line(text)]);
        line.move_cursor(CursorMove::End);
        Self(line)
    }

    pub fn text(&self) -> &str {
        self.0.lines().first().map_or("", String::as_str)
    }

    /// Takes a key in; whether the text is another one then.
    pub fn on_key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            // A line has no second one, and tabs go elsewhere.
            KeyCode::Enter | KeyCode::Tab | KeyCode::BackTab => false,
            KeyCode::Char('m' | 'j') if ctrl => false,
            // As in a shell; the editor's own meaning of it is undo, which few expect.
            KeyCode::Char('u') if ctrl => self.0.delete_line_by_head(),
            _ => self.0.input(key),
        }
    }

    pub fn insert(&mut self, text: &str) {
        self.0.insert_str(one_line(text));
    }

    /// Draws it, with `placeholder` while there is nothing in it.
    pub fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, placeholder: &str) {
        let mut line = self.0.clone();
        line.set_style(app.theme.screen);
        line.set_cursor_style(app.theme.cursor);
        line.set_cursor_line_style(app.theme.screen);
        line.set_placeholder_text(placeholder);
        line.set_placeholder_style(app.theme.quiet);
        frame.render_widget(&line, area);
    }
}

/// Pasted lines one behind the other, and nothing that a terminal would obey.
fn one_line(text: &str) -> String {
    visible::line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// Whether the key ends or stops the program also where letters are typed.
pub(super) fn is_of_the_terminal(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char('c' | 'z')) && key.modifiers == KeyModifiers::CONTROL
}
