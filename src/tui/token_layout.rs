//! Where on the canvas each token stands.
//!
//! In slots every token has a place of its own, all of one width, so that nothing moves when a token is written,
//! rewritten or remasked. In prose words follow each other as a reader expects them. What lies between the two,
//! for a text in the making, `flow.rs` has.

use unicode_width::UnicodeWidthStr;

/// A token's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Line of text, from 0.
    pub line: usize,
    /// Column within the line, from 0.
    pub column: u16,
    /// Columns it may fill.
    pub width: u16,
    /// Columns that a leading space takes, left empty.
    pub lead: u16,
}

/// A slot of `slot` columns for each of `count` tokens, within `width` columns.
pub fn slots(count: usize, width: u16, slot: u16) -> Vec<Slot> {
    let width = width.max(1);
    let slot = slot.clamp(1, width);
    // The last slot of a line needs no gap behind it.
    let per_line = usize::from(((width + 1) / slot).max(1));
    let place = |index: usize| {
        let column = (index % per_line) as u16 * slot;
        Slot { line: index / per_line, column, width: slot.min(width - column), lead: 0 }
    };
    (0..count).map(place).collect()
}

/// The widest slot, 4 to 9 columns, with which `count` tokens fit `width` columns and `height` lines.
pub fn slot_width(count: usize, width: u16, height: u16) -> u16 {
    let fits = |slot: &u16| {
        let per_line = usize::from(((width + 1) / slot).max(1));
        count.div_ceil(per_line) <= usize::from(height)
    };
    (4..=9).rev().find(fits).unwrap_or(4).min(width.max(1))
}

/// Each of `pieces` as a reader expects it within `width` columns: words stay whole where they can, and line breaks
/// break lines.
pub fn prose(pieces: &[String], width: u16) -> Vec<Slot> {
    let width = width.max(1);
    let mut places = Vec::with_capacity(pieces.len());
    let (mut line, mut column) = (0usize, 0u16);
    let mut from = 0;
    while from < pieces.len() {
        let word = word_length(&pieces[from..]);
        let word_pieces = &pieces[from..from + word];
        let word_width: u16 = word_pieces.iter().map(|piece| columns(first_line(piece))).sum();
        if column > 0 && column.saturating_add(word_width) > width && !breaks(&word_pieces[0]) {
            line += 1;
            column = 0;
        }
        for piece in word_pieces {
            let text = first_line(piece);
            let own = columns(text).max(u16::from(breaks(piece))).min(width);
            if column > 0 && column + own > width && !breaks(piece) {
                line += 1;
                column = 0;
            }
            // The space between two words is not carried to the next line.
            let lead = u16::from(text.starts_with(' '));
            let hidden = if column == 0 { lead } else { 0 };
            places.push(Slot { line, column, width: own - hidden.min(own), lead: lead - hidden });
            column += own - hidden.min(own);
            let lines = piece.matches('\n').count();
            if lines > 0 {
                line += lines;
                column = columns(piece.rsplit('\n').next().unwrap_or_default());
            }
        }
        from += word;
    }
    places
}

/// How many of `pieces` belong together: up to the next one that begins with a space or a break.
fn word_length(pieces: &[String]) -> usize {
    1 + pieces.iter().skip(1).take_while(|piece| !begins_word(piece)).count()
}

/// Whether `piece` does not go on with the word before it.
pub(super) fn begins_word(piece: &str) -> bool {
    piece.starts_with([' ', '\n'])
}

fn breaks(piece: &str) -> bool {
    piece.contains('\n')
}

fn first_line(piece: &str) -> &str {
    piece.split('\n').next().unwrap_or_default()
}

/// How wide `text` is.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    /// The places as text, one string a line.
    fn drawn(text: &str, width: u16) -> Vec<String> {
        let pieces = pieces(text);
        let places = prose(&pieces, width);
        let mut lines: Vec<String> = Vec::new();
        for (piece, place) in pieces.iter().zip(&places) {
            assert!(place.column + place.width <= width, "{piece:?} at {place:?}");
            lines.resize(lines.len().max(place.line + 1), String::new());
            let line = &mut lines[place.line];
            let start = usize::from(place.column + place.lead);
            while line.len() < start {
                line.push(' ');
            }
            line.push_str(first_line(piece).trim_start());
        }
        lines
    }

    #[test]
    fn prose_wraps_between_words() {
        let text = "Once| upon| a| time|,| there| was| a| litt|le| girl|.";
        assert_eq!(drawn(text, 14), ["Once upon a", "time, there", "was a little", "girl."]);
    }

    #[test]
    fn line_breaks_break_lines() {
        assert_eq!(drawn("One|.|\n|\n|Two|\n\n|Three", 20), ["One.", "", "Two", "", "Three"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_cut_between_tokens() {
        assert_eq!(drawn("aaa|bbb|ccc|ddd", 7), ["aaabbb", "cccddd"]);
    }

    #[test]
    fn slots_stand_in_columns() {
        let places = slots(5, 11, 6);
        let at: Vec<(usize, u16, u16)> =
            places.iter().map(|slot| (slot.line, slot.column, slot.width)).collect();
        assert_eq!(at, [(0, 0, 6), (0, 6, 5), (1, 0, 6), (1, 6, 5), (2, 0, 6)]);
    }

    #[test]
    fn slots_are_as_wide_as_there_is_room() {
        assert_eq!(slot_width(128, 100, 40), 9);
        assert_eq!(slot_width(128, 50, 16), 6);
        assert_eq!(slot_width(1024, 50, 16), 4);
    }
}
