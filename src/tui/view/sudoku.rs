//! A Sudoku as a grid, where the text is an answer behind its givens, in place of a line of digits.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::painter::Painter;
use crate::tasks::sudoku::{Size, SudokuGrid, broken_cells};
use crate::trace::{Cell, CellState, Frame as Moment};
use crate::tui::app::{App, Model};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::token_layout::Slot;

/// A candidate that is less likely is not shown.
const FAINT: f32 = 0.02;

/// A puzzle, and what stands of its answer.
pub(super) struct Board {
    givens: SudokuGrid,
    /// What stands in each cell of the answer, 0 where that is open or no digit.
    written: SudokuGrid,
    /// The position of the first cell of the answer.
    first: usize,
    /// Which cells of the answer are open, those that were given and are to be copied among them.
    open: Vec<bool>,
}

/// How large it is drawn.
#[derive(Clone, Copy)]
struct Scale {
    /// Of a cell.
    width: u16,
    height: u16,
    /// Whether there are lines around the boxes; else they stand a column apart.
    ruled: bool,
    /// Rows between one box and the one below.
    apart: u16,
    /// Rows for what is said below it.
    below: u16,
}

impl Board {
    /// The puzzle of `moment`, where that is one: givens, a line break, and as many cells behind it.
    pub fn of(moment: &Moment, model: &Model, hidden: usize) -> Option<Self> {
        let cells = moment.cells.get(hidden..)?;
        let given = cells.iter().take_while(|cell| cell.state == CellState::Prompt).count();
        let size = Size::of_cells(given.checked_sub(1)?)
            .filter(|size| 2 * size.cells() + 1 == cells.len())?;
        let ids: Vec<u32> = cells.iter().map(|cell| cell.id).collect();
        let pieces = model.token_text.pieces(&ids);
        let (prompt, answer) = pieces.split_at(given);
        let givens = prompt.concat().strip_suffix('\n')?.parse().ok()?;
        let digit = |(piece, cell): (&String, &Arc<Cell>)| {
            let digit = piece.parse().ok().filter(|digit| usize::from(*digit) <= size.side());
            digit.filter(|_| !cell.state.is_open()).unwrap_or(0)
        };
        let digits: Vec<u8> = answer.iter().zip(&cells[given..]).map(digit).collect();
        Some(Self {
            givens,
            written: SudokuGrid::of(size, digits),
            first: hidden + given,
            open: cells[given..].iter().map(|cell| cell.state.is_open()).collect(),
        })
    }

    fn size(&self) -> Size {
        self.givens.size()
    }

    /// Cells that break a rule: what stands there is no digit of this size, stands twice, or is not what was given.
    fn wrong(&self) -> Vec<bool> {
        let broken = broken_cells(&self.givens, &self.written).into_iter();
        let cells = broken.zip(self.written.cells()).zip(&self.open);
        cells.map(|((broken, digit), is_open)| broken && !(*is_open && *digit == 0)).collect()
    }

    /// Columns and rows of the whole board.
    fn extent(&self, scale: Scale) -> (u16, u16) {
        let size = self.size();
        let side = size.side() as u16;
        let (across, down) = (side / size.box_columns() as u16, side / size.box_rows() as u16);
        let around = 2 * u16::from(scale.ruled);
        let between = scale.apart * (down - 1);
        (side * scale.width + across - 1 + around, side * scale.height + between + around)
    }

    /// All scales, the largest first.
    fn scales(&self) -> [Scale; 7] {
        let size = self.size();
        let (columns, rows) = (size.box_columns() as u16, size.box_rows() as u16);
        let ruled = |width, height| Scale { width, height, ruled: true, apart: 1, below: 2 };
        let bare = |apart, below| Scale { width: 3, height: 1, ruled: false, apart, below };
        [
            ruled(2 * columns + 3, rows + 1),
            ruled(2 * columns + 1, rows),
            ruled(3, 1),
            bare(1, 2),
            bare(1, 1),
            bare(0, 1),
            bare(0, 0),
        ]
    }

    /// The largest scale in which it fits `area`; nothing where it fits in none.
    fn scale(&self, area: Rect) -> Option<Scale> {
        self.scales().into_iter().find(|scale| {
            let (width, height) = self.extent(*scale);
            width <= area.width && height + scale.below <= area.height
        })
    }

    /// Draws it in the middle of `area`; where it has no room, what it needs is said there.
    pub fn draw(
        &self,
        app: &App,
        lane: usize,
        painter: &Painter<'_>,
        area: Rect,
        buffer: &mut Buffer,
        hits: &mut HitMap,
    ) {
        let Some(scale) = self.scale(area) else { return self.draw_no_room(app, area, buffer) };
        let (width, height) = self.extent(scale);
        let left = area.x + (area.width - width) / 2;
        let top = area.y + (area.height - height - scale.below) / 2;
        if scale.ruled {
            self.draw_borders(app, Rect::new(left, top, width, height), scale, buffer);
        }
        let wrong = self.wrong();
        for (cell, is_wrong) in wrong.iter().enumerate() {
            let spot = self.spot(cell, (left, top), scale);
            self.draw_cell(app, painter, cell, *is_wrong, spot, buffer);
            hits.note(spot, Hit::Token { lane, position: self.first + cell });
        }
        if scale.below > 0 {
            let (verdict, style) =
                self.verdict(app, wrong.iter().filter(|wrong| **wrong).count(), area.width);
            let row = top + height + scale.below - 1;
            draw_centred(&verdict, style, Rect { y: row, height: 1, ..area }, buffer);
        }
    }

    /// Says why there is none.
    fn draw_no_room(&self, app: &App, area: Rect, buffer: &mut Buffer) {
        let [.., least] = self.scales();
        let (columns, rows) = self.extent(least);
        let name = self.size().name();
        let words = [
            format!("a grid of {name} needs {columns} columns and {rows} rows"),
            format!("{name} needs {columns}x{rows}"),
        ];
        let fits = |words: &&String| words.len() <= usize::from(area.width);
        let Some(words) = words.iter().find(fits) else { return };
        let middle = Rect { y: area.y + area.height / 2, height: 1, ..area };
        draw_centred(words, app.theme.quiet, middle.intersection(area), buffer);
    }

    /// What can be said of it in `width` columns.
    fn verdict(&self, app: &App, wrong: usize, width: u16) -> (String, Style) {
        let theme = &app.theme;
        let asked = self.open.iter().zip(self.givens.cells());
        let open = asked.filter(|(is_open, given)| **is_open && **given == 0).count();
        let (said, style): (Vec<String>, _) = match (open, wrong) {
            (0, 0) if self.open.contains(&true) => {
                (vec!["every empty cell is written".into(), "all written".into()], theme.quiet)
            }
            (0, 0) => (vec!["solved".into()], theme.fresh),
            (0, wrong) => {
                let broken = broken_rules(wrong);
                (
                    vec![format!("not solved: {broken}"), broken, format!("{wrong} wrong")],
                    theme.error,
                )
            }
            (open, 0) => {
                let cells = if open == 1 { "cell is" } else { "cells are" };
                (vec![format!("{open} {cells} open"), format!("{open} open")], theme.quiet)
            }
            (open, wrong) => {
                let long = format!("{open} open, {}", broken_rules(wrong));
                (vec![long, format!("{open} open, {wrong} wrong")], theme.error)
            }
        };
        let fits = |words: &&String| words.len() <= usize::from(width);
        (said.iter().find(fits).or(said.last()).cloned().unwrap_or_default(), style)
    }

    fn spot(&self, cell: usize, (left, top): (u16, u16), scale: Scale) -> Rect {
        let size = self.size();
        let (row, column) = (size.row(cell) as u16, size.column(cell) as u16);
        let (boxes_left, boxes_above) =
            (column / size.box_columns() as u16, row / size.box_rows() as u16);
        let around = u16::from(scale.ruled);
        let x = left + around + boxes_left + column * scale.width;
        let y = top + around + scale.apart * boxes_above + row * scale.height;
        Rect::new(x, y, scale.width, scale.height)
    }

    fn draw_borders(&self, app: &App, board: Rect, scale: Scale, buffer: &mut Buffer) {
        let size = self.size();
        let across = size.box_columns() as u16 * scale.width + 1;
        let down = size.box_rows() as u16 * scale.height + 1;
        let signs = if app.glyphs.ascii_only { ["|", "-", "+"] } else { ["┃", "━", "╋"] };
        let style = app.theme.border;
        for y in 0..board.height {
            for x in 0..board.width {
                let sign = match (x % across == 0, y % down == 0) {
                    (true, true) if app.glyphs.ascii_only => signs[2],
                    (true, true) => corner(x, y, board),
                    (true, false) => signs[0],
                    (false, true) => signs[1],
                    (false, false) => continue,
                };
                buffer.set_string(board.x + x, board.y + y, sign, style);
            }
        }
    }

    fn draw_cell(
        &self,
        app: &App,
        painter: &Painter<'_>,
        cell: usize,
        is_wrong: bool,
        spot: Rect,
        buffer: &mut Buffer,
    ) {
        let position = self.first + cell;
        let middle = (spot.x + spot.width / 2, spot.y + spot.height / 2);
        let given = self.givens.cells()[cell];
        let slot = Slot { line: 0, column: 0, width: 1, lead: 0 };
        let (text, mut style) = painter.face(position, slot);
        let is_open = painter.is_open(position);
        let text = match (given, is_open) {
            (0, _) | (_, false) => text,
            (given, true) => given.to_string(),
        };
        if given > 0 && !is_wrong {
            style = app.theme.prompt.add_modifier(Modifier::BOLD);
        } else if is_wrong {
            style = app.theme.error;
        }
        if app.token == Some(position) {
            style = style.patch(app.theme.cursor);
        }
        if is_open && given == 0 && spot.height > 1 {
            self.draw_candidates(app, painter, position, spot, buffer);
            return;
        }
        buffer.set_stringn(middle.0, middle.1, text.trim(), 1, style);
        // To be seen without colours, too.
        if is_wrong {
            buffer.set_string(middle.0 + 1, middle.1, "!", style);
        }
    }

    /// The digits that may stand in a cell, each at its place, the brighter the likelier.
    fn draw_candidates(
        &self,
        app: &App,
        painter: &Painter<'_>,
        position: usize,
        spot: Rect,
        buffer: &mut Buffer,
    ) {
        let columns = self.size().box_columns();
        let rows = self.size().box_rows() as u16;
        let (left, top) = (
            spot.x + (spot.width - 2 * columns as u16).div_ceil(2),
            spot.y + (spot.height - rows) / 2,
        );
        for (text, probability) in painter.candidates(position) {
            let Some(digit) =
                text.parse::<usize>().ok().filter(|digit| (1..=self.size().side()).contains(digit))
            else {
                continue;
            };
            if probability < FAINT {
                continue;
            }
            let (row, column) = ((digit - 1) / columns, (digit - 1) % columns);
            let style = app.theme.mix(app.theme.noise, app.theme.written, probability);
            let style = if probability > 0.5 { style.add_modifier(Modifier::BOLD) } else { style };
            let style =
                if app.token == Some(position) { style.patch(app.theme.cursor) } else { style };
            buffer.set_string(left + 2 * column as u16, top + row as u16, &text, style);
        }
    }
}

/// How many cells are wrong.
fn broken_rules(wrong: usize) -> String {
    match wrong {
        1 => "1 cell breaks a rule".to_owned(),
        wrong => format!("{wrong} cells break a rule"),
    }
}

/// Writes `text` in the middle of a row.
fn draw_centred(text: &str, style: Style, row: Rect, buffer: &mut Buffer) {
    let column = row.x + row.width.saturating_sub(text.len() as u16) / 2;
    if !row.is_empty() {
        buffer.set_stringn(column, row.y, text, row.width.into(), style);
    }
}

/// Where lines meet.
fn corner(x: u16, y: u16, board: Rect) -> &'static str {
    let (right, bottom) = (x + 1 == board.width, y + 1 == board.height);
    match (x == 0, right, y == 0, bottom) {
        (true, _, true, _) => "┏",
        (_, true, true, _) => "┓",
        (true, _, _, true) => "┗",
        (_, true, _, true) => "┛",
        (true, ..) => "┣",
        (_, true, ..) => "┫",
        (_, _, true, _) => "┳",
        (_, _, _, true) => "┻",
        _ => "╋",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_wrong_that_break_a_rule_or_hold_no_digit() {
        let grid = |text: &str| text.parse::<SudokuGrid>().expect("a grid");
        let mut open = vec![false; 16];
        open[1] = true;
        let board = Board {
            givens: grid("1..............."),
            written: SudokuGrid::of(Size::Four, [2, 0, 3, 5, 4, 4]),
            first: 17,
            open,
        };
        let wrong: Vec<usize> = board
            .wrong()
            .iter()
            .enumerate()
            .filter(|(_, wrong)| **wrong)
            .map(|(cell, _)| cell)
            .collect();
        let beside_open: Vec<usize> = (6..16).collect();
        assert_eq!(wrong, [vec![0, 3, 4, 5], beside_open].concat());
    }
}
