//! The prompt editor.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::widgets::{Paragraph, Wrap};
use ratatui_textarea::{CursorMove, TextArea};

use super::{Answer, Overlay};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hit_map::HitMap;
use crate::tui::view::KeyHint;

/// The prompt as it is being edited.
pub struct PromptEditor(TextArea<'static>);

impl PromptEditor {
    fn new(prompt: &str) -> Self {
        let mut editor = TextArea::new(prompt.split('\n').map(str::to_owned).collect());
        editor.move_cursor(CursorMove::Bottom);
        editor.move_cursor(CursorMove::End);
        Self(editor)
    }
}

impl Overlay for PromptEditor {
    fn title(&self) -> String {
        "prompt".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "denoises it"),
            KeyHint::note("ctrl-u clears"),
            KeyHint::key(KeyCode::Esc, "keeps the old"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        Size::new((screen.width * 3 / 4).max(60), 10)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, _: &mut HitMap) {
        let [text, help] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(2)]).areas(inside);
        let mut editor = self.0.clone();
        editor.set_style(app.theme.screen);
        editor.set_cursor_style(app.theme.cursor);
        editor.set_cursor_line_style(app.theme.screen);
        frame.render_widget(&editor, text);
        let hint = "what the text begins with. [[12]] is a hole of 12 tokens: Tom had a [[8]] and was happy.";
        let hint = Paragraph::new(hint).style(app.theme.quiet).wrap(Wrap { trim: true });
        frame.render_widget(hint, help);
    }

    /// In the editor letters are letters; only keys with a modifier keep their meaning.
    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
        match key.code {
            KeyCode::Enter if key.modifiers.is_empty() => {
                let prompt = self.0.lines().join("\n");
                return Answer::close_then(|app| {
                    app.prompt = prompt;
                    app.start();
                });
            }
            KeyCode::Esc => return Answer::Close,
            KeyCode::Char('c' | 'z') if key.modifiers == KeyModifiers::CONTROL => {
                return Answer::Pass;
            }
            // As in a shell; the editor's own meaning of it is undo, which few expect.
            KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => {
                self.0.delete_line_by_head();
            }
            _ => {
                self.0.input(key);
            }
        }
        Answer::Stay
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        self.0.insert_str(text);
        Answer::Stay
    }
}

impl App {
    pub(in crate::tui) fn edit_prompt(&mut self) {
        self.open(PromptEditor::new(&self.prompt));
    }
}
