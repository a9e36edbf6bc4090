//! A text as code, while half of it is noise: its own lines and indentation, in the colours of its syntax.
//!
//! Colours are told from what is decided, and from guesses that are more likely right than wrong; the rest is a
//! gap to the grammar. So they change where a line does, and not with every guess.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::arrangement::{noise_length, say_the_end_once, shown_ids};
use super::painter::Painter;
use crate::diffusion::noise::{NOISE, Noise};
use crate::trace::{Cell, CellState, Frame as Moment};
use crate::tui::app::{App, Model};
use crate::tui::code_layout::{CodeLayout, TokenPart};
use crate::tui::display::{COLOR_MODE, ColorMode};
use crate::tui::highlight::SyntaxClass;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::token_layout::{Slot, columns};

/// A guess that is less likely breaks no line, and is a gap to the grammar.
const BELIEVED: f32 = 0.5;

/// Columns that a row has at the most, and columns that most have less of.
const WIDEST: u16 = 88;
const USUAL: u16 = 64;

/// Tokens to a line, about: by them the text is placed, so that it stands still while lines come and go.
const TOKENS_A_LINE: usize = 8;

/// The code of a moment.
pub(super) struct CodePage<'a> {
    app: &'a App,
    lane: usize,
    moment: &'a Moment,
    /// The first token that is shown.
    hidden: usize,
    layout: CodeLayout,
    /// For each token the classes of its bytes; none where it is a gap, or colours say something else.
    classes: Vec<Option<Vec<SyntaxClass>>>,
    /// Columns of the longest row that may be.
    width: u16,
}

impl<'a> CodePage<'a> {
    /// Lays out the text of `lane` at `moment` for `area`, less the first `hidden` tokens.
    pub fn new(
        app: &'a App,
        lane: usize,
        (moment, model): (&'a Moment, &Model),
        hidden: usize,
        area: Rect,
    ) -> Self {
        let width = area.width.saturating_sub(2).min(WIDEST);
        let pieces = pieces(app, lane, model, moment).split_off(hidden);
        let layout = CodeLayout::new(&pieces, width);
        let in_colours = app.display.get(&COLOR_MODE) == ColorMode::State;
        let classes = match &model.highlighter {
            Some(highlighter) if in_colours => {
                // What is below the window is not read.
                let height = usize::from(area.height);
                let below = height + app.scroll.min(layout.rows.saturating_sub(height));
                let in_sight = layout.parts.partition_point(|part| part.row < below);
                let shown = in_sight.checked_sub(1).map_or(0, |last| layout.parts[last].token + 1);
                let texts = texts((moment, model), hidden, &pieces[..shown]);
                let text: String = texts.iter().map(|text| text.unwrap_or(" ")).collect();
                let mut classes = split(&highlighter.borrow_mut().classes(&text), &texts);
                classes.resize(pieces.len(), None);
                classes
            }
            _ => vec![None; pieces.len()],
        };
        Self { app, lane, moment, hidden, layout, classes, width }
    }

    /// Rows that it takes.
    pub fn rows(&self) -> usize {
        self.layout.rows
    }

    /// Draws it into `area`, from the row on that the window is scrolled to.
    pub fn draw(&self, painter: &Painter<'_>, area: Rect, buffer: &mut Buffer, hits: &mut HitMap) {
        let height = usize::from(area.height);
        hits.note(area, Hit::Canvas { lane: self.lane, lines: self.rows() });
        let scroll = self.app.scroll.min(self.rows().saturating_sub(height));
        let top = area.y + self.above(height) as u16;
        let left = area.x + self.beside(area.width);
        let spot = |row: usize, column: u16, width: u16| {
            let row = u16::try_from(row.checked_sub(scroll)?).ok()?;
            let spot = Rect::new(left + column, top.checked_add(row)?, width, 1);
            (spot.y < area.bottom()).then_some(spot)
        };
        for (row, column) in &self.layout.continued {
            if let Some(spot) = column.checked_sub(2).and_then(|sign| spot(*row, sign, 1)) {
                let sign = self.app.glyphs.goes_on;
                buffer.set_string(spot.x, spot.y, sign, self.app.theme.quiet);
            }
        }
        for part in &self.layout.parts {
            if let Some(spot) = spot(part.row, part.column, part.width) {
                self.draw_part(painter, part, spot, buffer);
                let position = self.hidden + part.token;
                hits.note(spot, Hit::Token { lane: self.lane, position });
            }
        }
    }

    /// Columns on its left, out of `width`: so many that what is given stands in the middle, which does not change.
    fn beside(&self, width: u16) -> u16 {
        let is_given = |part: &&TokenPart| {
            self.moment.cells[self.hidden + part.token].state == CellState::Prompt
        };
        let given = self.layout.parts.iter().take_while(is_given);
        let widest = given.map(|part| part.column + part.width).fold(USUAL, u16::max);
        let free = width.saturating_sub(widest).div_ceil(2);
        // A line break behind a full row has a column, too.
        free.max(1).min((width - self.width).saturating_sub(1))
    }

    /// Rows above it, out of `height`.
    fn above(&self, height: usize) -> usize {
        let tokens = self.moment.cells.len() - self.hidden;
        let about = tokens.div_ceil(TOKENS_A_LINE);
        let free = height.saturating_sub(about);
        let above = if self.app.is_zen() { free / 2 } else { free * 2 / 5 };
        above.min(height.saturating_sub(self.rows()))
    }

    fn draw_part(&self, painter: &Painter<'_>, part: &TokenPart, spot: Rect, buffer: &mut Buffer) {
        let position = self.hidden + part.token;
        let cell = &self.moment.cells[position];
        let place = Slot { line: part.row, column: part.column, width: part.width, lead: 1 };
        let (mut text, style) = painter.face(position, place);
        if is_unscored(cell) {
            text.insert(0, ' ');
        }
        if part.breaks {
            // One that is only guessed is seen.
            let sign = if cell.state.is_open() { self.app.glyphs.line_break } else { " " };
            let style = style.remove_modifier(Modifier::UNDERLINED);
            buffer.set_string(spot.x, spot.y, sign, painter.marked(position, style));
            return;
        }
        let classes = self.classes[part.token].as_ref().filter(|_| !cell.state.is_open());
        let mut column = 0;
        let shown = text.char_indices().skip(part.chars.start).take(part.chars.len());
        for (at, letter) in shown {
            let letter = match letter {
                '\n' => self.app.glyphs.line_break.to_owned(),
                letter => letter.to_string(),
            };
            let wide = columns(&letter);
            if column + wide > spot.width {
                break;
            }
            let class = classes.and_then(|classes| classes.get(at));
            let style = match class {
                Some(class) => painter.decided_style(position, Some(self.app.theme.code(*class))),
                None => style,
            };
            buffer.set_string(spot.x + column, spot.y, letter, painter.marked(position, style));
            column += wide;
        }
    }
}

/// What room is made for, one piece a token: what stands there or, where that is noise, the guess, and before the
/// first guess a word of noise. Only breaks that are believed break a line.
fn pieces(app: &App, lane: usize, model: &Model, moment: &Moment) -> Vec<String> {
    let uniform = app.lanes[lane].run_settings.get(&NOISE) == Noise::Uniform;
    let mut pieces = model.token_text.pieces(&shown_ids(moment));
    for (position, (piece, cell)) in pieces.iter_mut().zip(&moment.cells).enumerate() {
        if is_unscored(cell) && !uniform {
            *piece = format!(" {}", "-".repeat(noise_length(position)));
        } else if !is_believed(cell) && piece.contains('\n') {
            // Without the indentation behind it, which would be a gap in the line.
            *piece = piece.replace('\n', app.glyphs.line_break).trim_end_matches(' ').to_owned();
        }
    }
    say_the_end_once(&mut pieces, moment, &model.about.vocabulary);
    pieces
}

/// What the grammar reads, of each of `pieces`; nothing where that is a gap to it.
fn texts<'a>(
    (moment, model): (&Moment, &Model),
    hidden: usize,
    pieces: &'a [String],
) -> Vec<Option<&'a str>> {
    let tokens = moment.cells.iter().zip(shown_ids(moment)).skip(hidden);
    let text = |((cell, id), piece): ((&Arc<Cell>, u32), &'a String)| {
        let is_code = is_believed(cell) && !model.about.vocabulary.is_eos(id);
        is_code.then_some(piece.as_str())
    };
    tokens.zip(pieces).map(text).collect()
}

fn is_unscored(cell: &Cell) -> bool {
    cell.state == CellState::Noise
}

/// Whether it is decided, or as good as.
fn is_believed(cell: &Cell) -> bool {
    !cell.state.is_open() || (!is_unscored(cell) && cell.confidence >= BELIEVED)
}

/// The part of `classes` that each of `texts` has; one that is a gap has a byte.
fn split(classes: &[SyntaxClass], texts: &[Option<&str>]) -> Vec<Option<Vec<SyntaxClass>>> {
    let mut rest = classes;
    let split = texts.iter().map(|text| {
        let (own, behind) = rest.split_at(text.map_or(1, str::len).min(rest.len()));
        rest = behind;
        text.map(|_| own.to_vec())
    });
    split.collect()
}
