//! Where the tokens of code stand: lines break where the text breaks them and nowhere else, and keep their
//! indentation. A line that is too long goes on in the next row, further in, behind a sign.

use std::ops::Range;

use super::token_layout::{begins_word, columns};

/// Columns that the rest of a long line stands further in than its beginning.
const FURTHER_IN: u16 = 4;

/// As much of a token as stands in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPart {
    /// Which token.
    pub token: usize,
    /// Which characters of it.
    pub chars: Range<usize>,
    /// The row, from 0.
    pub row: usize,
    /// Where in the row it begins, from 0.
    pub column: u16,
    /// Columns that it takes.
    pub width: u16,
    /// Whether it is a line break, which takes a column that shows nothing.
    pub breaks: bool,
}

/// The tokens of code in their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeLayout {
    /// From left to right, row by row.
    pub parts: Vec<TokenPart>,
    /// Rows in all.
    pub rows: usize,
    /// Rows that go on with the line before them, and the column where its rest begins.
    pub continued: Vec<(usize, u16)>,
}

/// A stretch of a token without a line break.
struct Fragment<'a> {
    token: usize,
    from: usize,
    text: &'a str,
}

impl CodeLayout {
    /// The rows of `pieces`, one piece a token, within `width` columns.
    pub fn new(pieces: &[String], width: u16) -> Self {
        let mut layout = Self { rows: 1, ..Self::default() };
        let mut line = Vec::new();
        for (token, piece) in pieces.iter().enumerate() {
            let mut from = 0;
            for (index, text) in piece.split('\n').enumerate() {
                if index > 0 {
                    layout.push_line(&std::mem::take(&mut line), width.max(1));
                    layout.push_break(token, from);
                    from += 1;
                }
                if !text.is_empty() {
                    line.push(Fragment { token, from, text });
                    from += text.chars().count();
                }
            }
        }
        layout.push_line(&line, width.max(1));
        layout
    }

    /// Ends the row behind what stands there.
    fn push_break(&mut self, token: usize, at: usize) {
        let row = self.rows - 1;
        let before = self.parts.last().filter(|part| part.row == row);
        let column = before.map_or(0, |part| part.column + part.width);
        let chars = at..at + 1;
        self.parts.push(TokenPart { token, chars, row, column, width: 1, breaks: true });
        self.rows += 1;
    }

    /// Puts a line of the text into the last row, and into new ones where that is too short.
    fn push_line(&mut self, line: &[Fragment<'_>], width: u16) {
        let blank = line.iter().flat_map(|fragment| fragment.text.chars());
        let indent = blank.take_while(|c| *c == ' ').count() as u16;
        let rest_at = (indent + FURTHER_IN).min(width / 3);
        let mut column = 0u16;
        let mut from = 0;
        while from < line.len() {
            let word = &line[from..];
            let length = 1 + word.iter().skip(1).take_while(|it| !begins_word(it.text)).count();
            let word = &word[..length];
            let taken: u16 = word.iter().map(|fragment| columns(fragment.text)).sum();
            // A word that no row has room for is cut, wherever it begins.
            let fits = taken <= width - rest_at;
            if fits && column > rest_at && column.saturating_add(taken) > width {
                column = self.go_on(rest_at);
            }
            for fragment in word {
                if column > rest_at && column.saturating_add(columns(fragment.text)) > width {
                    column = self.go_on(rest_at);
                }
                column = self.push_fragment(fragment, column, width);
            }
            from += length;
        }
    }

    /// The line goes on in a row of its own, from `column`.
    fn go_on(&mut self, column: u16) -> u16 {
        self.continued.push((self.rows, column));
        self.rows += 1;
        column
    }

    /// Puts it where it belongs; the column behind it.
    fn push_fragment(&mut self, fragment: &Fragment<'_>, column: u16, width: u16) -> u16 {
        let row = self.rows - 1;
        // The space between two words is not carried to the next row.
        let starts = self.continued.last() == Some(&(row, column));
        let text = if starts { fragment.text.trim_start_matches(' ') } else { fragment.text };
        let hidden = fragment.text.len() - text.len();
        let from = fragment.from + hidden;
        let taken = columns(text).min(width.saturating_sub(column));
        self.parts.push(TokenPart {
            token: fragment.token,
            chars: from..from + text.chars().count(),
            row,
            column,
            width: taken,
            breaks: false,
        });
        column + taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    /// The rows as text.
    fn drawn(text: &str, width: u16) -> Vec<String> {
        let pieces = pieces(text);
        let layout = CodeLayout::new(&pieces, width);
        let mut rows = vec![String::new(); layout.rows];
        for (row, column) in &layout.continued {
            rows[*row] = format!("{:>1$}", "> ", usize::from(*column));
        }
        for part in layout.parts.iter().filter(|part| !part.breaks) {
            assert!(part.column + part.width <= width, "{part:?}");
            let row = &mut rows[part.row];
            assert_eq!(row.len(), usize::from(part.column), "{part:?} in {row:?}");
            row.extend(pieces[part.token].chars().skip(part.chars.start).take(part.chars.len()));
        }
        rows
    }

    #[test]
    fn lines_and_indentation_are_kept() {
        let text = "def| f|(|x|):|\n   | return| x|\n\n|assert| f|(|1|)";
        assert_eq!(drawn(text, 40), ["def f(x):", "    return x", "", "assert f(1)"]);
    }

    #[test]
    fn a_long_line_goes_on_further_in() {
        let text = "    return| first| +| second| +| th|ird|\nx";
        let expected = ["    return first +", "      > second +", "      > third", "x"];
        assert_eq!(drawn(text, 24)[..2], ["    return first +", "      > second + third"]);
        assert_eq!(drawn(text, 18), expected.map(|row| row.replace("      >", "    >")));
    }

    #[test]
    fn a_word_that_no_row_has_room_for_is_cut_where_it_stands() {
        let rows = drawn("assert| f|([|1,|2,|3,|4,|5,|6,|7,|8,|9])", 18);
        assert_eq!(rows, ["assert f([1,2,3,4,", "  > 5,6,7,8,9])"]);
    }

    #[test]
    fn nothing_is_wider_than_the_row_and_nothing_is_covered() {
        let pieces = pieces("    |aaaaaaaaaaaa|bbbbbbbb|cccc| d|e|\n|\n| |x| yyyyyyyyyyyyyyyyyy");
        for width in 1..30 {
            let layout = CodeLayout::new(&pieces, width);
            for pair in layout.parts.windows(2) {
                let [before, after] = pair else { continue };
                assert!(before.breaks || before.column + before.width <= width, "{before:?}");
                let behind = after.column >= before.column + before.width;
                assert!(after.row > before.row || behind, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn breaks_can_be_pointed_at() {
        let layout = CodeLayout::new(&pieces("ab|\n   | c"), 20);
        let part = |token, chars, row, column, width, breaks| TokenPart {
            token,
            chars,
            row,
            column,
            width,
            breaks,
        };
        let expected = [
            part(0, 0..2, 0, 0, 2, false),
            part(1, 0..1, 0, 2, 1, true),
            part(1, 1..4, 1, 0, 3, false),
            part(2, 0..2, 1, 3, 2, false),
        ];
        assert_eq!(layout.parts, expected);
    }
}
