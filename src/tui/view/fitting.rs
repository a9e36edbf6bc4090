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
