//! Keeping the knobs of now as a preset: its name is asked for first.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::line_editor::{LineEditor, is_of_the_terminal};
use super::{Answer, Overlay, fitted};
use crate::presets::{self, Preset};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice};
use crate::tui::hit_map::HitMap;
use crate::tui::view::KeyHint;

/// The name as it is being typed.
pub struct PresetNameEditor {
    name: LineEditor,
    /// Whether the name is one that stood there, and gives way to what is typed.
    proposed: bool,
    /// The names that there are.
    taken: Vec<String>,
}

impl PresetNameEditor {
    /// What is wrong with the name, in a sentence.
    fn objection(&self) -> Option<String> {
        let name = self.name.text();
        if self.taken.iter().any(|taken| taken == name) {
            return Some(format!("there is a preset {name} already; give this one another name"));
        }
        presets::check_name(name).err().map(|error| error.to_string())
    }
}

impl Overlay for PresetNameEditor {
    fn title(&self) -> String {
        "keep these knobs as".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![KeyHint::key(KeyCode::Enter, "keeps them"), KeyHint::key(KeyCode::Esc, "does not")]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        fitted(screen, 64, 7)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, _: &mut HitMap) {
        let within = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let [name, _, about] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)])
                .areas(within);
        self.name.draw(frame, app, name, "a name");
        let about_line = match self.objection() {
            Some(why) => Line::styled(why, app.theme.error),
            None => {
                let kept = Preset::of("", &app.lane().settings).knobs_in_words();
                let kept =
                    if kept.is_empty() { "every knob at its default".to_owned() } else { kept };
                Line::styled(kept, app.theme.quiet)
            }
        };
        frame.render_widget(Paragraph::new(about_line).wrap(Wrap { trim: true }), about);
    }

    /// Letters are letters here.
    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
        match key.code {
            KeyCode::Enter if self.objection().is_none() => {
                let name = self.name.text().to_owned();
                return Answer::close_then(move |app| app.save_preset(&name));
            }
            KeyCode::Esc => return Answer::Close,
            _ if is_of_the_terminal(key) => return Answer::Pass,
            _ => {
                let types = matches!(key.code, KeyCode::Char(_));
                if std::mem::take(&mut self.proposed) && types && !has_modifier(key) {
                    self.name = LineEditor::new("");
                }
                self.name.on_key(key);
            }
        }
        Answer::Stay
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        if std::mem::take(&mut self.proposed) {
            self.name = LineEditor::new("");
        }
        self.name.insert(text);
        Answer::Stay
    }
}

fn has_modifier(key: KeyEvent) -> bool {
    key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

impl App {
    /// Asks for a name for the knobs of now; one that is free stands there already.
    pub(in crate::tui) fn name_preset(&mut self) {
        const MOST: usize = 1000;
        let taken: Vec<String> = presets::all().0.into_iter().map(|preset| preset.name).collect();
        let names = (1..MOST).map(|n| format!("mine-{n}"));
        let free = names.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
        self.open(PresetNameEditor { name: LineEditor::new(&free), proposed: true, taken });
    }

    /// Writes the knobs of now down as `name`.
    fn save_preset(&mut self, name: &str) {
        self.notice = Some(match Preset::of(name, &self.lane().settings).save() {
            Ok(path) => {
                let key = self.keymap.key(Action::Presets);
                let text = format!("kept as preset {name} ({key} lists it): {}", path.display());
                Notice::good(text)
            }
            Err(error) => Notice::bad(error.to_string()),
        });
    }
}
