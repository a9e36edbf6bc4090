//! A list that is found in by typing: a query, and below it the entries that hold it, the best first.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar;

use super::line_editor::{LineEditor, is_of_the_terminal};
use super::list::ListCursor;
use crate::tui::app::App;
use crate::tui::fuzzy::{FoundEntry, Texts, ranked};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};

/// The query, and what it finds.
pub(super) struct Finder {
    query: LineEditor,
    found: Vec<FoundEntry>,
    pub list: ListCursor,
}

/// What a key or the mouse came to.
pub(super) enum Found {
    /// Nothing more is to be done.
    Taken,
    /// The query is another one: [`Finder::search`] again.
    Changed,
    /// This entry was chosen.
    Chosen(usize),
    /// Enough was seen.
    Left,
    /// It is the terminal's.
    Passed,
}

impl Finder {
    pub fn new<'a>(entries: impl Iterator<Item = Texts<'a>>) -> Self {
        let mut finder =
            Self { query: LineEditor::new(""), found: Vec::new(), list: ListCursor::default() };
        finder.search(entries);
        finder
    }

    pub fn query(&self) -> &str {
        self.query.text()
    }

    pub fn found(&self) -> &[FoundEntry] {
        &self.found
    }

    /// Finds anew among `entries`.
    pub fn search<'a>(&mut self, entries: impl Iterator<Item = Texts<'a>>) {
        self.found = ranked(self.query.text(), entries);
        self.list = ListCursor::default();
    }

    /// Lists an entry that no text of it was found in.
    pub fn also(&mut self, index: usize) {
        self.found.push(FoundEntry::unsought(index));
    }

    /// Puts the entries that are `last` behind the others that were found.
    pub fn put_last(&mut self, last: impl Fn(usize) -> bool) {
        self.found.sort_by_key(|found| last(found.index));
    }

    pub fn on_key(&mut self, key: KeyEvent) -> Found {
        match key.code {
            KeyCode::Esc => Found::Left,
            KeyCode::Enter => self.chosen(),
            _ if is_of_the_terminal(key) => Found::Passed,
            // In a line that is typed they go to its ends.
            KeyCode::Home | KeyCode::End => {
                self.query.on_key(key);
                Found::Taken
            }
            _ if self.list.on_key(key, self.found.len()) => Found::Taken,
            _ if self.query.on_key(key) => Found::Changed,
            _ => Found::Taken,
        }
    }

    pub fn on_paste(&mut self, text: &str) {
        self.query.insert(text);
    }

    /// A click chooses.
    pub fn on_mouse(&mut self, mouse: Mouse) -> Found {
        self.list.on_mouse(mouse, self.found.len());
        match (mouse.gesture, mouse.hit) {
            (Gesture::Press, Hit::Row(_)) => self.chosen(),
            _ => Found::Taken,
        }
    }

    fn chosen(&self) -> Found {
        self.under_cursor().map_or(Found::Taken, Found::Chosen)
    }

    /// The entry under the cursor; none where nothing is found.
    pub fn under_cursor(&self) -> Option<usize> {
        self.found.get(self.list.at).map(|found| found.index)
    }

    /// Draws query and list; `line` makes one of what was found, its columns and its style.
    pub fn draw<'a>(
        &self,
        frame: &mut Frame<'_>,
        app: &App,
        (area, placeholder): (Rect, &str),
        hits: &mut HitMap,
        line: impl Fn(&FoundEntry, u16, Style) -> Line<'a>,
    ) {
        /// The query, and what sets it apart.
        const ABOVE: u16 = 2;
        if area.is_empty() {
            return;
        }
        let row = Rect { height: 1.min(area.height), ..area };
        frame.buffer_mut().set_stringn(row.x, row.y, " :", row.width.into(), app.theme.key);
        let query = Rect { x: row.x + 3, width: row.width.saturating_sub(4), ..row };
        self.query.draw(frame, app, query.intersection(area), placeholder);
        let list = Rect {
            y: area.y + ABOVE.min(area.height),
            height: area.height.saturating_sub(ABOVE),
            ..area
        };
        if self.found.is_empty() && list.height > 0 {
            let none = Line::styled(" nothing is called so; backspace shows more", app.theme.quiet);
            frame.render_widget(none, Rect { height: 1, ..list });
        }
        self.list.draw(frame, app, (list, self.found.len()), hits, |index, width, base| {
            line(&self.found[index], width, base)
        });
    }
}

/// `text` in just so many columns: what was looked for stands out, and what does not fit is cut with a sign.
pub(super) fn cell<'a>(
    app: &App,
    text: &str,
    columns: usize,
    letters: &[u32],
    style: Style,
) -> Vec<Span<'a>> {
    let width = |c: char| c.width().unwrap_or(0);
    let fits = text.chars().map(width).sum::<usize>() <= columns;
    let room = if fits { columns } else { columns.saturating_sub(1) };
    let sought = Style { bg: None, ..app.theme.key }.add_modifier(Modifier::UNDERLINED);
    let mut spans: Vec<Span<'a>> = Vec::new();
    let mut used = 0;
    for (index, c) in text.chars().enumerate() {
        if used + width(c) > room {
            break;
        }
        used += width(c);
        let style = if letters.contains(&(index as u32)) { style.patch(sought) } else { style };
        match spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push(c),
            _ => spans.push(Span::styled(c.to_string(), style)),
        }
    }
    if !fits && columns > 0 {
        spans.push(Span::styled(app.glyphs.cut, style));
        used += 1;
    }
    spans.push(Span::styled(" ".repeat(columns.saturating_sub(used)), style));
    spans
}
