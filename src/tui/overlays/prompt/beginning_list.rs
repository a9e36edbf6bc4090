//! Texts to try, listed kind by kind.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::view::scroll_marks;
use crate::beginnings::{ALL, Beginning, BeginningKind};
use crate::tui::app::App;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Heading(BeginningKind),
    /// Which of [`ALL`].
    Text(usize),
}

/// Which text is under the cursor, where the keys are the list's.
#[derive(Debug, Default)]
pub(super) struct BeginningList {
    pub chosen: Option<usize>,
}

impl BeginningList {
    /// The rows that it takes to show all.
    pub fn height() -> usize {
        rows().count()
    }

    /// The text under the cursor.
    pub fn beginning(&self) -> Option<Beginning> {
        ALL.get(self.chosen?).copied()
    }

    /// Goes that many texts down, or up.
    pub fn go(&mut self, texts: isize) {
        let chosen = self.chosen.map(|chosen| chosen.saturating_add_signed(texts));
        self.chosen = chosen.map(|chosen| chosen.min(ALL.len() - 1));
    }

    /// The text in that row of a list of `height` rows.
    pub fn at(&self, row: usize, height: usize) -> Option<usize> {
        match rows().nth(self.scroll(height) + row)? {
            Row::Text(index) => Some(index),
            Row::Heading(_) => None,
        }
    }

    /// Rows above the window.
    fn scroll(&self, height: usize) -> usize {
        let row = rows().position(|row| Some(row) == self.chosen.map(Row::Text)).unwrap_or(0);
        let last = Self::height().saturating_sub(height);
        (row + 2).saturating_sub(height).min(last)
    }

    pub fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect) {
        let height = usize::from(area.height);
        let scroll = self.scroll(height);
        for (row, y) in rows().skip(scroll).zip(area.y..area.bottom()) {
            let spot = Rect { y, height: 1, ..area };
            if row == Row::Text(self.chosen.unwrap_or(usize::MAX)) {
                frame.buffer_mut().set_style(spot, app.theme.selected);
            }
            frame.render_widget(self.line(app, row, area.width.into()), spot);
        }
        scroll_marks(frame, app, area, scroll > 0, scroll + height < Self::height());
    }

    fn line<'a>(&self, app: &App, row: Row, width: usize) -> Line<'a> {
        match row {
            Row::Heading(kind) => Line::from(vec![
                Span::styled(kind.name(), app.theme.title),
                Span::styled(format!(" {} {}", app.glyphs.dot, kind.word()), app.theme.quiet),
            ]),
            Row::Text(index) => {
                let chosen = self.chosen == Some(index);
                let pointer = if chosen { app.glyphs.pointer } else { " " };
                let style = if chosen { app.theme.selected } else { app.theme.screen };
                let text = shortened(ALL[index].text, width.saturating_sub(3), app.glyphs.cut);
                Line::styled(format!("{pointer} {text}"), style)
            }
        }
    }
}

fn rows() -> impl Iterator<Item = Row> {
    BeginningKind::ALL.into_iter().flat_map(|kind| {
        let of_kind = ALL.iter().enumerate().filter(move |(_, beginning)| beginning.kind == kind);
        let texts = of_kind.map(|(index, _)| Row::Text(index));
        std::iter::once(Row::Heading(kind)).chain(texts)
    })
}

/// As many words of `text` as fit, with a sign where that is not all.
fn shortened(text: &str, width: usize, cut: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(cut.width());
    let ends = text.match_indices(' ').map(|(at, _)| at);
    let end = ends.take_while(|at| text[..*at].width() <= room).last().unwrap_or(0);
    format!("{}{cut}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_reached_and_in_sight_at_any_height() {
        for height in 1..30 {
            let mut list = BeginningList { chosen: Some(0) };
            for index in 0..ALL.len() {
                assert_eq!(list.chosen, Some(index));
                let seen = (0..height).filter_map(|row| list.at(row, height));
                assert!(
                    height < 2 || seen.collect::<Vec<_>>().contains(&index),
                    "{index} of {height}"
                );
                list.go(1);
            }
            list.go(1);
            assert_eq!(list.chosen, Some(ALL.len() - 1));
            list.go(-100);
            assert_eq!(list.beginning(), Some(ALL[0]));
        }
    }

    #[test]
    fn no_word_is_cut_without_a_sign() {
        assert_eq!(shortened("one two three", 13, "…"), "one two three");
        assert_eq!(shortened("one two three", 12, "…"), "one two…");
        assert_eq!(shortened("one two three", 3, "…"), "…");
    }
}
