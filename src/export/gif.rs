//! An animated GIF (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>): of each frame what differs from the one before, in
//! the colours that most of the film is made of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use ::gif::{DisposalMethod, Encoder, Frame, Repeat};

use super::film::Film;
use super::look::ground;
use super::raster::{Picture, Rasterizer};
use crate::{Error, Result};

/// Colours of the film; one more stands for what stays as it is.
const COLORS: usize = 255;
const UNCHANGED: u8 = COLORS as u8;
/// How long the end stands before it begins again.
const REST: Duration = Duration::from_secs(3);

/// `film` as a GIF that begins anew when it is over.
///
/// # Errors
/// When it is larger than a GIF can be.
pub(super) fn animation(film: &Film) -> Result<Vec<u8>> {
    let ground = film.frames.first().map_or([0; 3], ground);
    let mut rasterizer = Rasterizer::new()?;
    let mut palette = Palette::of(film, &mut rasterizer, ground);
    let mut bytes = Vec::new();
    let fail =
        |error: ::gif::EncodingError| Error::invalid(format!("it cannot be made a GIF: {error}"));
    let first = film.frames.first().ok_or_else(|| Error::Internal("a film of no frames".into()))?;
    let size = rasterizer.picture(first, ground);
    let too_large =
        |_| Error::invalid("a GIF has at most 65,535 pixels a side; choose a smaller --size");
    let width = u16::try_from(size.width).map_err(too_large)?;
    let height = u16::try_from(size.height).map_err(too_large)?;
    let mut encoder = Encoder::new(&mut bytes, width, height, &palette.table()).map_err(fail)?;
    encoder.set_repeat(Repeat::Infinite).map_err(fail)?;
    let mut before: Option<Vec<u8>> = None;
    let mut pending: Option<Frame<'static>> = None;
    for screen in &film.frames {
        let now = palette.indices(&rasterizer.picture(screen, ground));
        match (difference(before.as_deref(), &now, size.width), &mut pending) {
            // Nothing has changed: what is there stands longer.
            (None, Some(pending)) => {
                pending.delay = pending.delay.saturating_add(hundredths(film.pace))
            }
            (None, None) => {}
            (Some(mut frame), _) => {
                frame.delay = hundredths(film.pace);
                if let Some(done) = pending.replace(frame) {
                    encoder.write_frame(&done).map_err(fail)?;
                }
            }
        }
        before = Some(now);
    }
    if let Some(mut last) = pending {
        last.delay = last.delay.saturating_add(hundredths(REST));
        encoder.write_frame(&last).map_err(fail)?;
    }
    drop(encoder);
    Ok(bytes)
}

/// A time as GIF has it. Shorter ones than two hundredths viewers make ten.
fn hundredths(time: Duration) -> u16 {
    (time.as_millis() / 10).clamp(2, u128::from(u16::MAX)) as u16
}

/// The frame that turns `before` into `now`; nothing where they are alike.
fn difference(before: Option<&[u8]>, now: &[u8], width: usize) -> Option<Frame<'static>> {
    let changed = |at: usize| before.is_none_or(|before| before[at] != now[at]);
    let rows = || (0..now.len() / width).filter(|row| (0..width).any(|x| changed(row * width + x)));
    let (top, bottom) = (rows().next()?, rows().next_back()?);
    let in_column = |x: &usize| (top..=bottom).any(|row| changed(row * width + x));
    let (left, right) = ((0..width).find(in_column)?, (0..width).rev().find(in_column)?);
    let pixel = |at: usize| if changed(at) { now[at] } else { UNCHANGED };
    let pixels: Vec<u8> = (top..=bottom)
        .flat_map(|row| (left..=right).map(move |x| row * width + x))
        .map(pixel)
        .collect();
    Some(Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        dispose: DisposalMethod::Keep,
        transparent: Some(UNCHANGED),
        buffer: Cow::Owned(pixels),
        ..Frame::default()
    })
}

/// The colours that a film is shown in.
struct Palette {
    colors: Vec<[u8; 3]>,
    /// Which of them stands for a colour, for each that was asked for.
    nearest: HashMap<[u8; 3], u8>,
}

impl Palette {
    /// The most frequent ones of `film`.
    fn of(film: &Film, rasterizer: &mut Rasterizer, ground: [u8; 3]) -> Self {
        let mut counts: HashMap<[u8; 3], u64> = HashMap::new();
        for screen in &film.frames {
            for pixel in rasterizer.picture(screen, ground).pixels {
                *counts.entry(pixel).or_default() += 1;
            }
        }
        let mut colors: Vec<([u8; 3], u64)> = counts.into_iter().collect();
        // Of equal counts the darker first: the same film is the same file.
        colors.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
        colors.truncate(COLORS);
        Self {
            colors: colors.into_iter().map(|(color, _)| color).collect(),
            nearest: HashMap::new(),
        }
    }

    /// All of them, and one for what stays as it is.
    fn table(&self) -> Vec<u8> {
        let mut table = self.colors.concat();
        table.resize(3 * (COLORS + 1), 0);
        table
    }

    fn indices(&mut self, picture: &Picture) -> Vec<u8> {
        picture.pixels.iter().map(|pixel| self.index(*pixel)).collect()
    }

    fn index(&mut self, color: [u8; 3]) -> u8 {
        let colors = &self.colors;
        *self.nearest.entry(color).or_insert_with(|| {
            let apart = |other: &[u8; 3]| -> i32 {
                (0..3).map(|part| (i32::from(color[part]) - i32::from(other[part])).pow(2)).sum()
            };
            let nearest = colors.iter().enumerate().min_by_key(|(_, other)| apart(other));
            nearest.map_or(0, |(index, _)| index as u8)
        })
    }
}
