//! The end of a run as a picture that does not move (PNG: <https://www.w3.org/TR/png/>).

use super::film::Film;
use super::look::ground;
use super::raster::Rasterizer;
use crate::{Error, Result};

/// The last frame of `film`.
///
/// # Errors
/// Only when there is none.
pub(super) fn still(film: &Film) -> Result<Vec<u8>> {
    let fail = |error: ::png::EncodingError| Error::Internal(format!("a picture: {error}"));
    let screen = film.frames.last().ok_or_else(|| Error::Internal("a film of no frames".into()))?;
    let picture = Rasterizer::new()?.picture(screen, ground(screen));
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, picture.width as u32, picture.height as u32);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(fail)?;
    writer.write_image_data(&picture.pixels.concat()).map_err(fail)?;
    writer.finish().map_err(fail)?;
    Ok(bytes)
}
