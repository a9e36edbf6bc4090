//! Choosing another model: the bundled one, those that were opened before, or one whose path is typed.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::finder::{Finder, Found, cell};
use super::{Answer, Overlay, fitted};
use crate::engine::Command;
use crate::recent_models::{KnownModel, typed_path};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice, Phase};
use crate::tui::fuzzy::FoundEntry;
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::Mouse;
use crate::tui::view::KeyHint;
use crate::{memory, visible};

/// The models that are known, and those that the query finds.
pub struct ModelPicker {
    rows: Vec<ModelRow>,
    finder: Finder,
}

/// A model as it is listed.
struct ModelRow {
    known: KnownModel,
    name: String,
    /// Its path, or what is wrong with it.
    place: String,
    /// Family, parameters, size; empty where they cannot be read.
    facts: [String; 3],
}

impl ModelRow {
    fn new(known: KnownModel) -> Self {
        let place = match &known.path {
            None => "inside the program".to_owned(),
            Some(path) => visible::line(&path.display().to_string()).into_owned(),
        };
        let place = match known.trouble() {
            None => place,
            Some(trouble) => format!("{trouble}: {place}"),
        };
        let (name, facts) = match &known.found {
            Ok(about) => {
                let size = memory::shown(about.bytes);
                (about.name.clone(), [about.family.to_owned(), about.shown_parameters(), size])
            }
            Err(_) => (known.path.as_deref().map_or_else(String::new, name_of), Default::default()),
        };
        Self { known, name, place, facts }
    }

    fn texts(&self) -> [&str; 3] {
        [&self.facts[0], &self.name, &self.place]
    }
}

impl ModelPicker {
    /// Finds anew. What looks like a path is offered as one, behind all that is known.
    fn search(&mut self) {
        self.finder.search(self.rows.iter().map(ModelRow::texts));
        if self.finder.query().contains(['/', '\\', '~']) {
            self.finder.also(self.rows.len());
        }
    }

    fn answer(&mut self, found: Found) -> Answer {
        match found {
            Found::Taken => Answer::Stay,
            Found::Changed => {
                self.search();
                Answer::Stay
            }
            Found::Chosen(index) => self.chosen(index),
            Found::Left => Answer::Close,
            Found::Passed => Answer::Pass,
        }
    }

    fn chosen(&self, index: usize) -> Answer {
        let path = match self.rows.get(index) {
            Some(row) => match row.known.trouble() {
                None => Ok(row.known.path.clone()),
                Some(trouble) => Err(format!("{} cannot be opened: {trouble}", row.name)),
            },
            None => typed_path(self.finder.query()).map(Some).map_err(|error| error.to_string()),
        };
        Answer::close_then(|app| match path {
            Ok(path) => app.open_model(path),
            Err(why) => app.notice = Some(Notice::bad(why)),
        })
    }

    fn line<'a>(
        &self,
        app: &App,
        found: &FoundEntry,
        (width, base): (u16, Style),
        names: usize,
    ) -> Line<'a> {
        const FACTS: [usize; 3] = [9, 10, 8];
        let theme = &app.theme;
        let styled = |style: Style| Style { bg: None, ..style }.patch(base);
        let width = usize::from(width);
        let mut spans = cell(app, " ", 1, &[], base);
        let Some(row) = self.rows.get(found.index) else {
            let text = format!("open {}", visible::line(self.finder.query()));
            spans.extend(cell(app, &text, width.saturating_sub(1), &[], styled(theme.accent)));
            return Line::from(spans);
        };
        let [_, name, place] = &found.letters;
        let here = app.models.first().is_some_and(|model| model.about.name == row.name);
        let mark = if here { app.glyphs.states[0] } else { " " };
        spans.extend(cell(app, mark, 2, &[], styled(theme.running)));
        let wrong = row.known.found.is_err();
        let style = if wrong { theme.quiet } else { theme.accent };
        spans.extend(cell(app, &row.name, names.min(width.saturating_sub(3)), name, styled(style)));
        for (fact, columns) in row.facts.iter().zip(FACTS) {
            let left = width.saturating_sub(spans.iter().map(|span| span.width()).sum());
            // Where the facts of a model cannot be read, what is wrong has their room.
            if !wrong && left > columns + 2 {
                spans.extend(cell(app, "", 2, &[], base));
                spans.extend(cell(app, fact, columns, &[], styled(theme.screen)));
            }
        }
        let left = width.saturating_sub(spans.iter().map(|span| span.width()).sum());
        if left > 8 {
            spans.extend(cell(app, "", 2, &[], base));
            let style = if wrong { theme.error } else { theme.quiet };
            spans.extend(cell(app, &row.place, left - 2, place, styled(style)));
        }
        Line::from(spans)
    }
}

impl Overlay for ModelPicker {
    fn title(&self) -> String {
        "models".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "opens it").or("open"),
            KeyHint::key(KeyCode::Delete, "takes it off the list").or("drop"),
            KeyHint::key(KeyCode::Esc, "keeps this one").or("back"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        /// Frame and query, and a row for a path that is typed.
        const BESIDE: u16 = 5;
        fitted(screen, 104, (self.rows.len() as u16 + BESIDE).clamp(9, 26))
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        const WIDEST: usize = 28;
        let names = self.rows.iter().map(|row| row.name.width()).max().unwrap_or_default();
        let what = "type some letters, or the path of a model's folder";
        self.finder.draw(frame, app, (inside, what), hits, |found, width, base| {
            self.line(app, found, (width, base), names.min(WIDEST))
        });
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.finder.list.on_drawn(hits);
    }

    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
        if key.code == KeyCode::Delete {
            let row = self.finder.under_cursor().and_then(|index| self.rows.get(index));
            let Some(path) = row.and_then(|row| row.known.path.clone()) else {
                return Answer::Stay;
            };
            return Answer::close_then(move |app| {
                app.recent_models.forget(&path);
                app.open_model_picker();
            });
        }
        let found = self.finder.on_key(key);
        self.answer(found)
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        self.finder.on_paste(text);
        self.answer(Found::Changed)
    }

    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        let found = self.finder.on_mouse(mouse);
        self.answer(found)
    }
}

/// What the model at `path` is called before anything of it is read.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    visible::line(&name).into_owned()
}

impl App {
    /// Lists the models that are known, as they are now.
    pub(in crate::tui) fn open_model_picker(&mut self) {
        let rows: Vec<ModelRow> =
            self.recent_models.known().into_iter().map(ModelRow::new).collect();
        let finder = Finder::new(rows.iter().map(ModelRow::texts));
        self.open(ModelPicker { rows, finder });
    }

    /// Loads the model at `path`, or the bundled one, in the place of the first. Until it is there everything
    /// stays, and also when it cannot be loaded.
    pub(in crate::tui) fn open_model(&mut self, path: Option<PathBuf>) {
        self.notice = Some(if matches!(self.phase, Phase::Stopped(_)) {
            let key = self.keymap.key(Action::Quit);
            Notice::bad(format!("nothing loads models any more; {key} leaves, then start again"))
        } else {
            let name = path.as_deref().map_or_else(|| "the bundled model".to_owned(), name_of);
            self.engine.send(Command::Open(path));
            Notice::good(format!("loading {name}; all stays as it is until it is there"))
        });
    }
}
