//! Texts to try, listed kind by kind.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::view::scroll_marks;
use crate::beginnings::{Beginning, BeginningKind};
use crate::tui::app::App;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Heading(BeginningKind),
    /// Which of them.
    Text(usize),
}

/// Which text is under the cursor, where the keys are the list's.
#[derive(Debug)]
pub(super) struct BeginningList {
    /// Those that the model is offered.
    pub texts: &'static [Beginning],
    pub chosen: Option<usize>,
}

impl BeginningList {
    /// The rows that it takes to show all.
    pub fn height(&self) -> usize {
        self.rows().count()
    }

    /// The text under the cursor.
    pub fn beginning(&self) -> Option<&'static Beginning> {
        self.texts.get(self.chosen?)
    }

    /// Goes that many texts down, or up.
    pub fn go(&mut self, texts: isize) {
        let chosen = self.chosen.map(|chosen| chosen.saturating_add_signed(texts));
        self.chosen = chosen.map(|chosen| chosen.min(self.texts.len().saturating_sub(1)));
    }

    /// The text in that row of a list of `height` rows.
    pub fn at(&self, row: usize, height: usize) -> Option<usize> {
        match self.rows().nth(self.scroll(height) + row)? {
            Row::Text(index) => Some(index),
            Row::Heading(_) => None,
        }
    }

    /// Rows above the window.
    fn scroll(&self, height: usize) -> usize {
        let row = self.rows().position(|row| Some(row) == self.chosen.map(Row::Text)).unwrap_or(0);
        let last = self.height().saturating_sub(height);
        (row + 2).saturating_sub(height).min(last)
    }

    pub fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect) {
        let height = usize::from(area.height);
        let scroll = self.scroll(height);
        for (row, y) in self.rows().skip(scroll).zip(area.y..area.bottom()) {
            let spot = Rect { y, height: 1, ..area };
            if row == Row::Text(self.chosen.unwrap_or(usize::MAX)) {
                frame.buffer_mut().set_style(spot, app.theme.selected);
            }
            frame.render_widget(self.line(app, row, area.width.into()), spot);
        }
        scroll_marks(frame, app, area, scroll > 0, scroll + height < self.height());
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
                let text = self.texts[index].listed();
                let text = shortened(&text, width.saturating_sub(3), app.glyphs.cut);
                Line::styled(format!("{pointer} {text}"), style)
            }
        }
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        let texts = self.texts;
        BeginningKind::ALL.into_iter().flat_map(move |kind| {
            let all = texts.iter().enumerate();
            let of_kind = all.filter(move |(_, text)| text.kind == kind);
            let heading = texts.iter().any(|text| text.kind == kind).then_some(Row::Heading(kind));
            heading.into_iter().chain(of_kind.map(|(index, _)| Row::Text(index)))
        })
    }
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
    use crate::{beginnings, tasks};

    #[test]
    fn every_text_is_reached_and_in_sight_at_any_height() {
        let offers =
            [None].into_iter().chain(tasks::all().iter().copied().map(Some)).map(beginnings::of);
        for (texts, height) in offers.flat_map(|texts| (1..30).map(move |height| (texts, height))) {
            let mut list = BeginningList { texts, chosen: Some(0) };
            for index in 0..texts.len() {
                assert_eq!(list.chosen, Some(index));
                let seen = (0..height).filter_map(|row| list.at(row, height));
                assert!(
                    height < 2 || seen.collect::<Vec<_>>().contains(&index),
                    "{index} of {height}"
                );
                list.go(1);
            }
            list.go(1);
            assert_eq!(list.chosen, Some(texts.len() - 1));
            list.go(-100);
            assert_eq!(list.beginning(), Some(&texts[0]));
        }
    }

    #[test]
    fn no_word_is_cut_without_a_sign() {
        assert_eq!(shortened("one two three", 13, "…"), "one two three");
        assert_eq!(shortened("one two three", 12, "…"), "one two…");
        assert_eq!(shortened("one two three", 3, "…"), "…");
    }
}
