//! Choosing a theme: the whole screen shows the one under the cursor.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Answer, Overlay, beside_its_own};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::theme::{ColorDepth, Theme, ThemeEntry};
use crate::tui::view::KeyHint;
use crate::visible;

/// Columns, on wide screens more, and those of them that hold a name.
const WIDTH: u16 = 38;
const WIDE: u16 = 44;
const NAME: usize = 12;
/// Rows below the list, for the one under the cursor.
const ABOUT: u16 = 7;

/// The themes, and which one is under the cursor.
pub struct ThemePicker {
    all: Vec<ThemeEntry>,
    at: usize,
    /// The theme that the screen had before.
    was: Theme,
    kept: bool,
}

impl ThemePicker {
    fn new(was: Theme) -> Self {
        let mut all = was.all();
        let at = all.iter().position(|entry| entry.name == was.name);
        let at = at.unwrap_or_else(|| {
            // The theme of a file that was named by its path.
            all.insert(0, ThemeEntry { name: was.name.clone(), theme: Ok(was.clone()) });
            0
        });
        Self { all, at, was, kept: false }
    }

    /// Puts the cursor on the theme at `at`, and shows it.
    fn show(&mut self, at: usize) -> Answer {
        self.at = at;
        match self.all.get(at).map(|entry| &entry.theme) {
            Some(Ok(theme)) => {
                let theme = theme.clone();
                Answer::stay_then(|app| app.theme = theme)
            }
            _ => Answer::Stay,
        }
    }

    fn show_previous(&mut self) -> Answer {
        self.show(self.at.saturating_sub(1))
    }

    fn show_next(&mut self) -> Answer {
        self.show((self.at + 1).min(self.all.len() - 1))
    }

    /// Keeps the theme under the cursor, where it is one.
    fn keep(&mut self) -> Answer {
        if self.all[self.at].theme.is_err() {
            return Answer::Stay;
        }
        self.kept = true;
        Answer::Close
    }
}

impl Overlay for ThemePicker {
    fn title(&self) -> String {
        "themes".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![KeyHint::key(KeyCode::Enter, "keeps it"), KeyHint::key(KeyCode::Esc, "goes back")]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        // All that stands at the right, between header and footer: no piece of it is left.
        let width = if screen.width >= 200 { WIDE } else { WIDTH };
        Size::new(width.min(screen.width), screen.height.saturating_sub(4))
    }

    fn stands_aside(&self) -> bool {
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let about = if inside.height < 2 * ABOUT { 3 } else { ABOUT };
        let [list, about] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(about)]).areas(inside);
        let rows = usize::from(list.height);
        let scroll = (self.at + 2).min(self.all.len()).saturating_sub(rows).min(self.at);
        for (row, index) in (scroll..self.all.len()).take(rows).enumerate() {
            let spot = Rect::new(list.x, list.y + row as u16, list.width, 1);
            self.draw_entry(frame, app, index, spot);
            hits.note(spot, Hit::Row(index));
        }
        let about = Rect { x: about.x + 1, width: about.width.saturating_sub(2), ..about };
        let (text, style) = match self.all.get(self.at).map(|entry| &entry.theme) {
            Some(Ok(theme)) => (theme.help.clone(), app.theme.quiet),
            Some(Err(error)) => (error.to_string(), app.theme.error),
            None => return,
        };
        let text = vec![Line::default(), Line::styled(visible::line(&text).into_owned(), style)];
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), about);
    }

    /// What has nothing to do with the list is done as ever, so that a theme can be looked at while a text is
    /// written, as long as no other text begins. Its own key goes on to the next theme, and after the last to the first.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        match (key.code, action) {
            (_, Some(Action::Theme)) => self.show((self.at + 1) % self.all.len()),
            (KeyCode::Up | KeyCode::Char('k'), _) => self.show_previous(),
            (KeyCode::Down | KeyCode::Char('j'), _) => self.show_next(),
            (KeyCode::Enter, _) => self.keep(),
            (KeyCode::Esc, _) => Answer::Close,
            _ => match beside_its_own(key, action) {
                Answer::ClosePass => Answer::Pass,
                answer => answer,
            },
        }
    }

    /// A click shows a theme, a second one on it keeps it.
    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        match (mouse.gesture, mouse.hit) {
            (Gesture::Wheel(1..), _) => self.show_previous(),
            (Gesture::Wheel(_), _) => self.show_next(),
            (Gesture::Press, Hit::Row(row)) if row == self.at => self.keep(),
            (Gesture::Press, Hit::Row(row)) => self.show(row),
            _ => Answer::Stay,
        }
    }

    fn leave(self: Box<Self>, app: &mut App) {
        if !self.kept {
            app.theme = self.was;
        } else if app.theme.name != self.was.name {
            let name = visible::line(&app.theme.name).into_owned();
            let text = format!("theme {name}; theme = {name:?} in config.toml keeps it for good");
            app.notice = Some(Notice::good(text));
        }
    }
}

impl ThemePicker {
    /// A name, and a few words in the colours that they would have.
    fn draw_entry(&self, frame: &mut Frame<'_>, app: &App, index: usize, spot: Rect) {
        let entry = &self.all[index];
        let selected = index == self.at;
        let style = if selected { app.theme.selected } else { app.theme.screen };
        let named = Rect { width: spot.width.min(NAME as u16 + 2), ..spot };
        frame.buffer_mut().set_style(named, style);
        let pointer = if selected { app.glyphs.pointer } else { " " };
        let file = Path::new(&entry.name).file_name().unwrap_or_default();
        let name = app.shortened(&file.to_string_lossy(), NAME);
        let mut spans = vec![
            Span::styled(pointer, app.theme.key.patch(style)),
            Span::styled(format!("{name:<NAME$} "), style),
        ];
        match &entry.theme {
            Ok(theme) => {
                // Not in the colours that the theme of now has where this one says none.
                let ground = Style::new().fg(Color::Reset).bg(Color::Reset).patch(theme.screen);
                let shown = |look| ground.patch(theme.mix(look, look, 0.0));
                let dot = app.glyphs.states[0];
                let [light, _, dense, _] = app.glyphs.noise;
                spans.extend([
                    Span::styled(format!(" {light}{dense}"), shown(theme.noise)),
                    Span::styled(" may", shown(theme.draft)),
                    Span::styled(" was ", shown(theme.written)),
                    Span::styled("new", shown(theme.fresh)),
                    Span::styled(" ", ground),
                    Span::styled("old", shown(theme.remasked)),
                    Span::styled(format!(" {dot} "), shown(theme.accent)),
                ]);
            }
            Err(_) => spans.push(Span::styled(" cannot be read", app.theme.error.patch(style))),
        }
        frame.render_widget(Line::from(spans), spot);
    }
}

impl App {
    /// Lists the themes.
    pub(in crate::tui) fn open_themes(&mut self) {
        if self.theme.depth() == ColorDepth::None {
            let text = "NO_COLOR is set, so there is one theme: without colours";
            self.notice = Some(Notice::bad(text));
            return;
        }
        self.open(ThemePicker::new(self.theme.clone()));
    }

    /// The start of `name`, as far as it fits in `columns`.
    fn shortened(&self, name: &str, columns: usize) -> String {
        let name = visible::line(name);
        if name.chars().count() <= columns {
            return name.into_owned();
        }
        name.chars().take(columns - 1).chain(self.glyphs.cut.chars()).collect()
    }
}
