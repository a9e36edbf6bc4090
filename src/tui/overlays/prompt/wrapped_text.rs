//! The text of the editor in lines that fit: words are not cut, holes are shown as chips, and nothing is sent
//! to the terminal raw.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::prompt::{PartKind, PromptParts};
use crate::tui::glyphs::Glyphs;
use crate::tui::token_text::push_safe;

/// A place in the text: its row (a line of the text itself, however long), and the character in it.
pub(super) type Place = (usize, usize);

/// What a unit is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitLook {
    /// Text.
    Plain,
    /// A hole, or the brackets and digits of the one that the cursor is in.
    Hole,
    /// Brackets that are no hole.
    Mistake,
    /// A backslash that only says what the brackets behind it mean.
    Escape,
}

/// What stays together: a grapheme, or a hole.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Which characters of its row.
    pub columns: Range<usize>,
    /// What is drawn.
    pub shown: String,
    pub look: UnitLook,
}

impl Unit {
    fn width(&self) -> usize {
        self.shown.width()
    }

    fn is_blank(&self) -> bool {
        self.look == UnitLook::Plain && self.shown == " "
    }
}

/// As much of a row as fits.
#[derive(Clone, Debug, Default)]
pub(super) struct WrappedLine {
    pub units: Vec<Unit>,
    /// The row, and the characters of it.
    row: usize,
    columns: Range<usize>,
    /// Whether the row ends here.
    last: bool,
}

impl WrappedLine {
    fn holds(&self, (row, column): Place) -> bool {
        let end = self.last && column == self.columns.end;
        self.row == row && (self.columns.contains(&column) || end)
    }

    /// Cells in front of `column`.
    fn cells_before(&self, column: usize) -> usize {
        let before = self.units.iter().take_while(|unit| unit.columns.end <= column);
        before.map(Unit::width).sum()
    }

    /// The place `cell` cells from the left, or the nearest to it.
    fn place_at(&self, cell: usize) -> Place {
        let mut left = 0;
        for unit in &self.units {
            let right = left + unit.width();
            if cell < right {
                // Behind a hole rather than in it, where it is hit on its right half.
                let behind = unit.look == UnitLook::Hole && cell >= left + unit.width().div_ceil(2);
                let behind = behind && (self.last || unit.columns.end < self.columns.end);
                return (self.row, if behind { unit.columns.end } else { unit.columns.start });
            }
            left = right;
        }
        match self.units.last() {
            // What comes behind it stands on the next line.
            Some(unit) if !self.last => (self.row, unit.columns.start),
            _ => (self.row, self.columns.end),
        }
    }
}

/// The text in lines, and where in them the cursor is.
#[derive(Debug, Default)]
pub(super) struct WrappedText {
    pub lines: Vec<WrappedLine>,
    /// The line of the cursor, and cells in front of it.
    pub cursor: (usize, usize),
    pub parts: PromptParts,
}

/// What is wrapped.
pub(super) struct Source<'a> {
    pub rows: &'a [String],
    /// None where the text is only looked at.
    pub cursor: Option<Place>,
    /// Whether brackets in it are holes.
    pub holes: bool,
    pub glyphs: &'static Glyphs,
}

impl WrappedText {
    /// Lays the text out in `width` columns. One is left for the cursor behind a full line.
    pub fn new(source: &Source<'_>, width: usize) -> Self {
        let text = source.rows.join("\n");
        let parts = if source.holes { PromptParts::of(&text) } else { PromptParts::default() };
        let limit = width.saturating_sub(1).max(1);
        let mut lines = Vec::new();
        let mut begins = 0;
        for (row, content) in source.rows.iter().enumerate() {
            let marked = Marked { source, parts: &parts, row, begins, limit };
            wrap(row, marked.units(content), content.chars().count(), limit, &mut lines);
            begins += content.len() + 1;
        }
        let place = source.cursor.unwrap_or_default();
        let line = lines.iter().position(|line: &WrappedLine| line.holds(place)).unwrap_or(0);
        let cells = lines.get(line).map_or(0, |line| line.cells_before(place.1));
        Self { lines, cursor: (line, cells), parts }
    }

    /// The place on `line` that is `cell` cells from the left, or the nearest to it.
    pub fn place_at(&self, line: usize, cell: usize) -> Place {
        let line = self.lines.get(line.min(self.lines.len().saturating_sub(1)));
        line.map_or((0, 0), |line| line.place_at(cell))
    }
}

/// A row whose holes and mistakes are known.
struct Marked<'a> {
    source: &'a Source<'a>,
    parts: &'a PromptParts,
    row: usize,
    /// Bytes of the text in front of the row.
    begins: usize,
    limit: usize,
}

impl Marked<'_> {
    fn units(&self, content: &str) -> Vec<Unit> {
        let mut units = Vec::new();
        let (mut byte, mut column) = (0, 0);
        while byte < content.len() {
            if let Some((chip, bytes)) = self.chip(content, byte, column) {
                (byte, column) = (byte + bytes, chip.columns.end);
                units.push(chip);
                continue;
            }
            let Some(grapheme) = content[byte..].graphemes(true).next() else { break };
            let mut shown = String::new();
            push_safe(&mut shown, grapheme, self.source.glyphs);
            let end = column + grapheme.chars().count();
            units.push(Unit { columns: column..end, shown, look: self.look(byte) });
            (byte, column) = (byte + grapheme.len(), end);
        }
        units
    }

    /// The hole that begins at `byte`, as a chip, and its bytes; none where the cursor is inside, or where it
    /// would not fit.
    fn chip(&self, content: &str, byte: usize, column: usize) -> Option<(Unit, usize)> {
        let at = self.begins + byte;
        let index = self.parts.parts.binary_search_by_key(&at, |part| part.span.start).ok()?;
        let part = &self.parts.parts[index];
        let PartKind::Hole(tokens) = part.kind else { return None };
        let end = column + content[byte..byte + part.span.len()].chars().count();
        let inside = |(row, place): Place| row == self.row && column < place && place < end;
        let shown = format!(" {tokens} {} ", if tokens == 1 { "token" } else { "tokens" });
        let drawn = shown.len() <= self.limit && !self.source.cursor.is_some_and(inside);
        drawn.then(|| (Unit { columns: column..end, shown, look: UnitLook::Hole }, part.span.len()))
    }

    fn look(&self, byte: usize) -> UnitLook {
        let at = self.begins + byte;
        if self.parts.mistake.as_ref().is_some_and(|mistake| mistake.span.contains(&at)) {
            return UnitLook::Mistake;
        }
        if !self.source.holes {
            return UnitLook::Plain;
        }
        let behind = self.parts.parts.partition_point(|part| part.span.start <= at);
        match behind.checked_sub(1).map(|index| &self.parts.parts[index]) {
            Some(part) if part.span.contains(&at) && part.kind != PartKind::Given => UnitLook::Hole,
            Some(part) if part.span.contains(&at) => UnitLook::Plain,
            _ => UnitLook::Escape,
        }
    }
}

/// Cuts a row behind blanks and around holes; where there are none, anywhere.
fn wrap(row: usize, units: Vec<Unit>, end: usize, limit: usize, lines: &mut Vec<WrappedLine>) {
    let mut begins = 0;
    let mut flush = |units: Vec<Unit>, last: bool| {
        let ends = units.last().map_or(begins, |unit| unit.columns.end);
        let columns = begins..if last { end } else { ends };
        begins = ends;
        lines.push(WrappedLine { units, row, columns, last });
    };
    let width_of = |units: &[Unit]| -> usize { units.iter().map(Unit::width).sum() };
    let mut line: Vec<Unit> = Vec::new();
    let (mut width, mut cut) = (0, 0);
    for unit in units {
        let is_hole = unit.look == UnitLook::Hole && unit.columns.len() > 1;
        if width + unit.width() > limit && !line.is_empty() {
            if unit.is_blank() {
                // It hangs in the column that is left for the cursor.
                line.push(unit);
                flush(std::mem::take(&mut line), false);
                (width, cut) = (0, 0);
                continue;
            }
            let cut_here = if cut == 0 || is_hole { line.len() } else { cut };
            let rest = line.split_off(cut_here);
            flush(std::mem::replace(&mut line, rest), false);
            (width, cut) = (width_of(&line), 0);
            if width + unit.width() > limit && !line.is_empty() {
                flush(std::mem::take(&mut line), false);
                width = 0;
            }
        }
        if is_hole {
            cut = line.len();
        }
        width += unit.width();
        let ends_word = unit.is_blank() || is_hole;
        line.push(unit);
        if ends_word {
            cut = line.len();
        }
    }
    flush(line, true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::{ASCII, UNICODE};

    fn wrapped(text: &str, cursor: Option<Place>, width: usize) -> WrappedText {
        let rows: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let source = Source { rows: &rows, cursor, holes: true, glyphs: &UNICODE };
        WrappedText::new(&source, width)
    }

    fn shown(wrapped: &WrappedText) -> Vec<String> {
        let line = |line: &WrappedLine| line.units.iter().map(|unit| unit.shown.as_str()).collect();
        wrapped.lines.iter().map(line).collect()
    }

    #[test]
    fn words_are_not_cut_and_blanks_hang() {
        assert_eq!(shown(&wrapped("one two three", None, 8)), ["one two ", "three"]);
        assert_eq!(shown(&wrapped("one tw three", None, 8)), ["one tw ", "three"]);
        assert_eq!(shown(&wrapped("abcdefghij", None, 5)), ["abcd", "efgh", "ij"]);
        assert_eq!(shown(&wrapped("a\n\nb", None, 5)), ["a", "", "b"]);
        assert_eq!(shown(&wrapped("日本語", None, 6)), ["日本", "語"]);
        assert_eq!(shown(&wrapped("a\x1b\tb", None, 9)), ["a␛→b"]);
        assert_eq!(shown(&wrapped("", None, 9)), [""]);
    }

    #[test]
    fn a_hole_is_a_chip_unless_the_cursor_is_in_it() {
        let text = "had a [[8]] and";
        assert_eq!(shown(&wrapped(text, None, 40)), ["had a  8 tokens  and"]);
        assert_eq!(shown(&wrapped(text, Some((0, 11)), 40)), ["had a  8 tokens  and"]);
        assert_eq!(shown(&wrapped(text, Some((0, 8)), 40)), ["had a [[8]] and"]);
        assert_eq!(shown(&wrapped(text, None, 16)), ["had a ", " 8 tokens  and"]);
        assert_eq!(shown(&wrapped(text, None, 6)), ["had a ", "[[8]] ", "and"]);
        assert_eq!(shown(&wrapped(r"\[[1]] [[1]]", None, 40)), [r"\[[1]]  1 token "]);
        let looks = |text: &str| -> Vec<UnitLook> {
            wrapped(text, Some((0, 1)), 40).lines[0].units.iter().map(|unit| unit.look).collect()
        };
        assert_eq!(looks(r"\[[")[..2], [UnitLook::Escape, UnitLook::Plain]);
        assert_eq!(looks("[[5")[..3], [UnitLook::Mistake; 3]);
        assert_eq!(looks("[[5]]")[..5], [UnitLook::Hole; 5]);
    }

    #[test]
    fn every_place_has_one_line_and_is_found_again() {
        let text = "one two [[12]] three 日本 e\u{301}\n\n four five [[3]]";
        let rows: Vec<&str> = text.split('\n').collect();
        for width in 4..40 {
            for (row, content) in rows.iter().enumerate() {
                for column in 0..=content.chars().count() {
                    let wrapped = wrapped(text, Some((row, column)), width);
                    let holding = wrapped.lines.iter().filter(|line| line.holds((row, column)));
                    assert_eq!(holding.count(), 1, "{row} {column} of {width}");
                    let (line, cell) = wrapped.cursor;
                    assert!(cell < width, "{row} {column} of {width}: cell {cell}");
                    let unit = wrapped.lines[line].units.iter();
                    let grapheme = unit.map(|unit| &unit.columns).find(|at| at.contains(&column));
                    let expected = grapheme.map_or(column, |columns| columns.start);
                    assert_eq!(wrapped.place_at(line, cell), (row, expected), "width {width}");
                }
            }
            for line in &wrapped(text, None, width).lines {
                let cells: usize = line.units.iter().map(Unit::width).sum();
                assert!(cells <= width.max(2), "{cells} in {width}: {line:?}");
            }
        }
    }

    #[test]
    fn ascii_stays_ascii() {
        let rows = ["naïve 日本 \t[[8]]".to_owned()];
        let source = Source { rows: &rows, cursor: None, holes: true, glyphs: &ASCII };
        let wrapped = WrappedText::new(&source, 40);
        assert!(shown(&wrapped).concat().is_ascii());
    }
}
