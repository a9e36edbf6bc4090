//! A list that may be longer than its window: keys, wheel and clicks move the cursor, and it stays in sight.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::view::draw_more;

/// Where the cursor is, and which rows are in sight.
#[derive(Default)]
pub(super) struct ListCursor {
    /// The entry under the cursor.
    pub at: usize,
    /// The first entry in sight, and how many were when it was drawn last.
    top: usize,
    rows: usize,
}

impl ListCursor {
    pub fn new(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Moves the cursor, where the key is one of those that do; whether it is.
    pub fn on_key(&mut self, key: KeyEvent, count: usize) -> bool {
        let page = self.rows.max(1) as isize;
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Up | KeyCode::BackTab => self.go_by(-1, count),
            KeyCode::Down | KeyCode::Tab => self.go_by(1, count),
            KeyCode::Char('p') if ctrl => self.go_by(-1, count),
            KeyCode::Char('n') if ctrl => self.go_by(1, count),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = count.saturating_sub(1),
            KeyCode::PageUp => self.go_by(-page, count),
            KeyCode::PageDown => self.go_by(page, count),
            _ => return false,
        }
        true
    }

    /// The wheel moves the cursor, a click puts it on a row: `true` where it was there already.
    pub fn on_mouse(&mut self, mouse: Mouse, count: usize) -> bool {
        match (mouse.gesture, mouse.hit) {
            (Gesture::Wheel(direction), _) => self.go_by(-direction as isize, count),
            (Gesture::Press, Hit::Row(row)) if row < count => {
                return std::mem::replace(&mut self.at, row) == row;
            }
            _ => {}
        }
        false
    }

    pub fn go_by(&mut self, rows: isize, count: usize) {
        self.at = self.at.saturating_add_signed(rows).min(count.saturating_sub(1));
    }

    /// Takes in which rows were drawn, so that the window moves no more than it must.
    pub fn on_drawn(&mut self, hits: &HitMap) {
        let rows = || {
            hits.iter().filter_map(|(_, hit)| match hit {
                Hit::Row(row) => Some(row),
                _ => None,
            })
        };
        self.top = rows().next().unwrap_or_default();
        self.rows = rows().count();
    }

    /// Draws the rows in sight of `count`; `line` makes one of an entry, its columns and its style.
    pub fn draw<'a>(
        &self,
        frame: &mut Frame<'_>,
        app: &App,
        (area, count): (Rect, usize),
        hits: &mut HitMap,
        line: impl Fn(usize, u16, Style) -> Line<'a>,
    ) {
        if area.is_empty() {
            return;
        }
        let rows = usize::from(area.height);
        let lowest = (self.at + 1).saturating_sub(rows);
        let top = self.top.clamp(lowest, self.at.max(lowest)).min(count.saturating_sub(rows));
        // The last column says that there is more.
        let width = if count > rows { area.width.saturating_sub(1) } else { area.width };
        for (row, index) in (top..count).take(rows).enumerate() {
            let spot = Rect::new(area.x, area.y + row as u16, area.width, 1);
            let base = if index == self.at { app.theme.selected } else { Style::new() };
            frame.buffer_mut().set_style(spot, base);
            frame.render_widget(line(index, width, base), Rect { width, ..spot });
            hits.note(spot, Hit::Row(index));
        }
        draw_more(frame, app, area, top > 0, top + rows < count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_within_the_list() {
        let mut list = ListCursor::new(1);
        let mut press = |code| {
            assert!(list.on_key(KeyEvent::from(code), 3));
            list.at
        };
        assert_eq!(press(KeyCode::Up), 0);
        assert_eq!(press(KeyCode::Up), 0);
        assert_eq!(press(KeyCode::PageDown), 1, "a page of a list that was never drawn is a row");
        assert_eq!([press(KeyCode::Down), press(KeyCode::Down)], [2, 2]);
        assert!(!list.on_key(KeyEvent::from(KeyCode::Char('x')), 3));
        list.go_by(-1, 0);
        assert_eq!(list.at, 0, "of nothing");
    }
}
