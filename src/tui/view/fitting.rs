//! Lines that are longer than there is room for: cut where they must be, with a sign that says so.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::tui::glyphs::Glyphs;

/// `line`, or as much of it as fits `width` columns, and a sign that there is more.
pub(super) fn fitted<'a>(line: Line<'a>, width: u16, glyphs: &Glyphs) -> Line<'a> {
    let width = usize::from(width);
    if line.width() <= width {
        return line;
    }
    let mut room = width.saturating_sub(glyphs.cut.width());
    let mut spans: Vec<Span<'a>> = Vec::new();
    for span in line.spans {
        let fits = span.width() <= room;
        let text = if fits { span.content.into_owned() } else { start_of(&span.content, room) };
        room -= text.width().min(room);
        spans.push(Span::styled(text, span.style));
        if !fits {
            let style = span.style;
            spans.push(Span::styled(glyphs.cut, style));
            break;
        }
    }
    Line { spans, ..line }
}

/// How many lines of `width` columns the words of `text` take, of which none is cut.
pub(super) fn wrapped_rows(text: &str, width: u16) -> usize {
    let width = usize::from(width);
    let (mut rows, mut used) = (1, 0);
    for word in text.split_whitespace() {
        let space = usize::from(used > 0);
        if used + space + word.width() > width && used > 0 {
            (rows, used) = (rows + 1, word.width());
        } else {
            used += space + word.width();
        }
    }
    rows
}

/// The longest beginning of `text` that fits `room` columns.
fn start_of(text: &str, room: usize) -> String {
    let mut used = 0;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or(0);
        used <= room
    };
    text.chars().take_while(fits).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::UNICODE;

    #[test]
    fn words_that_do_not_fit_begin_the_next_line() {
        let rows = |text: &str, width| wrapped_rows(text, width);
        assert_eq!((rows("", 9), rows("one two", 7), rows("one two", 6)), (1, 1, 2));
        assert_eq!((rows("one two  three", 9), rows("one two three", 8)), (2, 2));
        assert_eq!(rows("a very-long-word b", 6), 3);
    }

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        let line = || Line::from(vec![Span::raw("noise"), Span::raw(" 日本 and words")]);
        let text = |width| fitted(line(), width, &UNICODE).to_string();
        assert_eq!(text(40), "noise 日本 and words");
        assert_eq!(text(20), "noise 日本 and words");
        assert_eq!(text(15), "noise 日本 and…");
        assert_eq!(text(9), "noise 日…");
        assert_eq!(text(8), "noise…");
        assert_eq!(text(1), "…");
    }
}
