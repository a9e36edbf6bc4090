//! Screens as pixels, in Hack, a font for terminals (<https://sourcefoundry.org/hack/>), with what it lacks from the fonts
//! that stand beside it.

use std::collections::HashMap;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use epaint_default_fonts::{EMOJI_ICON, HACK_REGULAR, NOTO_EMOJI_REGULAR};
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::look::{CellLook, StyledRun, rows};
use crate::{Error, Result};

/// A cell in pixels. With letters of this size those of Hack are as wide.
pub(super) const CELL: (usize, usize) = (8, 16);
/// Size of the letters: Hack's are 1233 of 2048 wide.
const EM: f32 = 8.0 * 2048.0 / 1233.0;
/// Around the screen.
pub(super) const MARGIN: usize = 10;
/// What letters have that have no colour of their own.
const INK: [u8; 3] = [192, 202, 245];

/// Pixels, row by row.
#[derive(Clone, PartialEq)]
pub(super) struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<[u8; 3]>,
}

/// Draws screens.
pub(super) struct Rasterizer {
    fonts: Vec<FontRef<'static>>,
    /// How much of each pixel of a cell a sign covers, for each that was drawn.
    drawn: HashMap<(char, Modifier, usize), Vec<f32>>,
}

impl Rasterizer {
    /// # Errors
    /// Only when a font that is compiled in is none.
    pub fn new() -> Result<Self> {
        let fonts = [HACK_REGULAR, NOTO_EMOJI_REGULAR, EMOJI_ICON].map(FontRef::try_from_slice);
        let fonts = fonts.into_iter().collect::<std::result::Result<_, _>>();
        let fonts = fonts.map_err(|error| Error::Internal(format!("a font: {error}")))?;
        Ok(Self { fonts, drawn: HashMap::new() })
    }

    /// `screen` on its `ground`.
    pub fn picture(&mut self, screen: &Buffer, ground: [u8; 3]) -> Picture {
        let (columns, lines) = (usize::from(screen.area.width), usize::from(screen.area.height));
        let (width, height) = (columns * CELL.0 + 2 * MARGIN, lines * CELL.1 + 2 * MARGIN);
        let mut picture = Picture { width, height, pixels: vec![ground; width * height] };
        for (line, runs) in rows(screen, |look| look).iter().enumerate() {
            for run in runs {
                self.run(&mut picture, run, line, ground);
            }
        }
        picture
    }

    fn run(&mut self, picture: &mut Picture, run: &StyledRun, line: usize, ground: [u8; 3]) {
        let back = run.look.back.unwrap_or(ground);
        let fore = ink(run.look, back);
        let (x, y) = (MARGIN + run.column * CELL.0, MARGIN + line * CELL.1);
        picture.fill((x, y), (run.width * CELL.0, CELL.1), back);
        let mut column = 0;
        for sign in run.text.chars() {
            let wide = unicode_width::UnicodeWidthChar::width(sign).unwrap_or(0);
            if wide == 0 {
                continue;
            }
            if sign != ' ' {
                let font = run.look.font & (Modifier::BOLD | Modifier::ITALIC);
                let coverage = self.coverage(sign, font, wide);
                picture.lay((x + column * CELL.0, y), wide * CELL.0, coverage, (fore, back));
            }
            column += wide;
        }
        let width = run.width * CELL.0;
        for (font, height) in
            [(Modifier::UNDERLINED, CELL.1 - 2), (Modifier::CROSSED_OUT, CELL.1 / 2)]
        {
            if run.look.font.contains(font) {
                picture.fill((x, y + height), (width, 1), fore);
            }
        }
    }

    /// How much of each pixel `sign` covers in so many cells side by side.
    fn coverage(&mut self, sign: char, font: Modifier, cells: usize) -> &[f32] {
        let fonts = &self.fonts;
        self.drawn.entry((sign, font, cells)).or_insert_with(|| {
            let mut coverage = vec![0.0; cells * CELL.0 * CELL.1];
            outline(fonts, sign, font, cells * CELL.0, &mut coverage);
            coverage
        })
    }
}

/// What no font has, and another sign that says the same.
const STAND_INS: [(char, char); 3] = [('✓', '✔'), ('✗', '✖'), ('✎', '✏')];

/// Of a block element (Unicode, U+2580 to U+2590) the part of its cell: from, to, across and down, in eighths. Drawn as such,
/// since those of a font leave gaps where cells are higher than its letters.
fn block(sign: char) -> Option<[usize; 4]> {
    Some(match sign {
        '▀' => [0, 8, 0, 4],
        '▐' => [4, 8, 0, 8],
        '▁'..='█' => [0, 8, 7 - (sign as usize - '▁' as usize), 8],
        '▉'..='▏' => [0, 7 - (sign as usize - '▉' as usize), 0, 8],
        _ => return None,
    })
}

/// Draws `sign` into a cell of `width`, with the first of `fonts` that has it; of what none has, a frame.
fn outline(fonts: &[FontRef<'_>], sign: char, font: Modifier, width: usize, coverage: &mut [f32]) {
    let mut cover = |x: i32, y: i32, share: f32| {
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y))
            && x < width
            && y < CELL.1
        {
            let pixel = &mut coverage[y * width + x];
            *pixel = (*pixel + share).min(1.0);
        }
    };
    if let Some([left, right, top, bottom]) = block(sign) {
        for y in top * CELL.1 / 8..bottom * CELL.1 / 8 {
            (left * width / 8..right * width / 8).for_each(|x| cover(x as i32, y as i32, 1.0));
        }
        return;
    }
    let stand_in = STAND_INS.iter().find(|(own, _)| *own == sign);
    let sign = stand_in.map_or(sign, |(_, other)| *other);
    let known = fonts.iter().find(|font| font.glyph_id(sign).0 != 0);
    let Some(face) = known else {
        for x in 1..width as i32 - 1 {
            for y in 3..CELL.1 as i32 - 3 {
                let is_edge = x == 1 || x == width as i32 - 2 || y == 3 || y == CELL.1 as i32 - 4;
                cover(x, y, f32::from(is_edge));
            }
        }
        return;
    };
    // Half of the pixels that are left stand above the letters, and half below them.
    let id = face.glyph_id(sign);
    let whole = EM * face.height_unscaled() / face.units_per_em().unwrap_or(1.0);
    let advance = face.as_scaled(whole).h_advance(id);
    // Signs of other fonts are wider than the letters of this one.
    let scale = PxScale::from(whole * (width as f32 / advance.max(1.0)).min(1.0));
    let scaled = face.as_scaled(scale);
    let baseline = ((CELL.1 as f32 - scaled.height()) / 2.0 + scaled.ascent()).round();
    let left = ((width as f32 - scaled.h_advance(id)) / 2.0).max(0.0);
    // A letter is the bolder the wider it is drawn twice.
    let shifts: &[f32] = if font.contains(Modifier::BOLD) { &[0.0, 0.5] } else { &[0.0] };
    for shift in shifts {
        let glyph = id.with_scale_and_position(scale, point(left + shift, baseline));
        let Some(outlined) = face.outline_glyph(glyph) else { continue };
        let bounds = outlined.px_bounds();
        let (x0, y0) = (bounds.min.x as i32, bounds.min.y as i32);
        outlined.draw(|x, y, share| {
            let (x, y) = (x as i32 + x0, y as i32 + y0);
            let lean = match font.contains(Modifier::ITALIC) {
                true => ((baseline - y as f32) * 0.2).round() as i32,
                false => 0,
            };
            cover(x + lean, y, share);
        });
    }
}

/// The colour of what stands on `back`.
fn ink(look: CellLook, back: [u8; 3]) -> [u8; 3] {
    let ink = look.fore.unwrap_or(INK);
    if look.font.contains(Modifier::DIM) { mixed(back, ink, 0.6) } else { ink }
}

/// `share` of `over`, and of `under` the rest.
fn mixed(under: [u8; 3], over: [u8; 3], share: f32) -> [u8; 3] {
    let part = |at: usize| {
        let (under, over) = (f32::from(under[at]), f32::from(over[at]));
        (under + (over - under) * share).round() as u8
    };
    [part(0), part(1), part(2)]
}

impl Picture {
    fn fill(&mut self, (x, y): (usize, usize), (width, height): (usize, usize), color: [u8; 3]) {
        for row in y..(y + height).min(self.height) {
            let end = (x + width).min(self.width);
            self.pixels[row * self.width..][x.min(end)..end].fill(color);
        }
    }

    /// Lays ink over paper where `coverage`, `width` wide, says how much.
    fn lay(
        &mut self,
        (x, y): (usize, usize),
        width: usize,
        coverage: &[f32],
        (fore, back): ([u8; 3], [u8; 3]),
    ) {
        /// Shades between paper and ink: more are not told apart, and cost bytes.
        const SHADES: f32 = 8.0;
        for (row, shares) in coverage.chunks(width).enumerate() {
            for (column, share) in shares.iter().enumerate() {
                let share = (share * SHADES).round() / SHADES;
                let (column, row) = (x + column, y + row);
                if share > 0.0 && column < self.width && row < self.height {
                    self.pixels[row * self.width + column] = mixed(back, fore, share);
                }
            }
        }
    }
}
