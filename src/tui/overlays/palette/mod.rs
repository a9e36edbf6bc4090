//! The command palette: everything that can be done or chosen, found by typing some letters of it.

mod sources;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::finder::{Finder, Found, cell};
use super::{Answer, Overlay, Then, fitted};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::fuzzy::{FoundEntry, Texts};
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::Mouse;
use crate::tui::view::{KeyHint, signs};

/// Something that can be done or chosen.
pub struct PaletteEntry {
    /// Of what kind it is, in a word.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// One sentence: what it does.
    pub help: String,
    /// The key that does it; empty where none does.
    pub key: String,
    /// Whether it is a text to try: everything else that is found comes before it, however well it matches, since
    /// the letters of almost any word are somewhere in a long text.
    pub is_text: bool,
    /// What is done.
    pub then: Then,
}

impl PaletteEntry {
    fn texts(&self) -> Texts<'_> {
        [self.kind, &self.name, &self.help]
    }
}

/// All entries, and those that the query finds.
pub struct Palette {
    entries: Vec<PaletteEntry>,
    finder: Finder,
}

impl Palette {
    /// Every entry, found or not, in the order of their sources.
    pub fn entries(&self) -> &[PaletteEntry] {
        &self.entries
    }

    /// What becomes of a key or of the mouse.
    fn answer(&mut self, found: Found) -> Answer {
        match found {
            Found::Taken => Answer::Stay,
            Found::Changed => {
                self.finder.search(self.entries.iter().map(PaletteEntry::texts));
                self.finder.put_last(|index| self.entries[index].is_text);
                Answer::Stay
            }
            Found::Chosen(index) => Answer::CloseThen(self.entries.swap_remove(index).then),
            Found::Left => Answer::Close,
            Found::Passed => Answer::Pass,
        }
    }
}

impl Overlay for Palette {
    fn title(&self) -> String {
        format!("find: {} of {}", self.finder.found().len(), self.entries.len())
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "does it").or("do it"),
            KeyHint::note("a click, too"),
            KeyHint::key(KeyCode::Esc, "closes").or("close"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        fitted(screen, 104, 26)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let columns = Columns::of(&self.entries);
        let what = "type what you want: race, light, klass, temperature ...";
        self.finder.draw(frame, app, (inside, what), hits, |found, width, base| {
            columns.line(app, &self.entries[found.index], found, (width, base))
        });
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.finder.list.on_drawn(hits);
    }

    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
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

/// Columns of the kinds and of the names, whatever is found: nothing jumps while one types.
struct Columns {
    kind: usize,
    name: usize,
}

impl Columns {
    fn of(entries: &[PaletteEntry]) -> Self {
        const WIDEST: usize = 22;
        let width =
            |of: fn(&PaletteEntry) -> &str| entries.iter().map(move |e| of(e).width()).max();
        Self {
            kind: width(|entry| entry.kind).unwrap_or_default(),
            name: width(|entry| &entry.name).unwrap_or_default().min(WIDEST),
        }
    }

    /// Kind, name, sentence and key, as far as there is room for them.
    fn line<'a>(
        &self,
        app: &App,
        entry: &PaletteEntry,
        found: &FoundEntry,
        (width, base): (u16, Style),
    ) -> Line<'a> {
        /// A sentence that is cut shorter says nothing.
        const SENTENCE: usize = 12;
        let theme = &app.theme;
        let styled = |style: Style| Style { bg: None, ..style }.patch(base);
        let [kind, name, help] = &found.letters;
        let key = signs(app, &entry.key);
        let key = key.trim_end();
        let width = usize::from(width).saturating_sub(2);
        let named = width.saturating_sub(self.kind + 1);
        let key_room = if key.is_empty() { 0 } else { key.width() + 1 };
        let names = self.name.min(named.saturating_sub(key_room));
        let sentence = named.saturating_sub(names + 2 + key_room);
        let sentence = if sentence < SENTENCE { 0 } else { sentence };
        let mut spans = vec![Span::styled(" ", base)];
        spans.extend(cell(app, entry.kind, self.kind, kind, styled(theme.quiet)));
        spans.push(Span::styled(" ", base));
        spans.extend(cell(app, &entry.name, names, name, styled(theme.accent)));
        if sentence > 0 {
            spans.push(Span::styled("  ", base));
            spans.extend(cell(app, &entry.help, sentence, help, styled(theme.screen)));
        }
        let used: usize = spans.iter().map(Span::width).sum();
        let gap = (width + 1).saturating_sub(used + key.width());
        spans.push(Span::styled(" ".repeat(gap), base));
        spans.push(Span::styled(key.to_owned(), styled(theme.key)));
        Line::from(spans)
    }
}

impl App {
    /// Opens the palette with everything that can be done now.
    pub(in crate::tui) fn open_palette(&mut self) {
        let sources: &[_] =
            if self.recorded { &sources::RECORDED_SOURCES } else { &sources::SOURCES };
        let entries: Vec<PaletteEntry> = sources.iter().flat_map(|source| source(self)).collect();
        let finder = Finder::new(entries.iter().map(PaletteEntry::texts));
        self.open(Palette { entries, finder });
    }
}
