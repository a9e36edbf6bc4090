//! A recorded run as a file for people who do not have the program: a recording of a terminal, a page, a picture that
//! moves or does not, or the text alone.
//!
//! Every frame is drawn by the playground's own view, so that what is shown is what whoever ran it saw.

mod cast;
mod film;
mod gif;
mod html;
mod look;
mod png;
mod raster;
mod svg;
mod text;

pub use film::{Film, FilmOptions};

use crate::Result;
use crate::trace::file::RecordedRun;

/// What a run can be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// asciicast v2, for asciinema and its player
    Cast,
    /// A page with a scrubber, which needs nothing else and no network
    Html,
    /// A picture that moves by itself, also where scripts do not run
    Svg,
    /// A picture that moves, for whatever shows no SVG
    Gif,
    /// The end of the run, a picture that does not move
    Png,
    /// The text
    Txt,
    /// The text, and a table of what it was made with
    Md,
}

impl ExportFormat {
    /// Whether it is none to be read as a text.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Gif | Self::Png)
    }

    /// The format that a file is called by.
    pub fn of_extension(extension: &str) -> Option<Self> {
        clap::ValueEnum::from_str(extension, true).ok()
    }
}

/// `run` as a file of `format`.
///
/// # Errors
/// When the run cannot be played, or the system gives no thread for that.
pub fn export(run: RecordedRun, format: ExportFormat, options: FilmOptions) -> Result<Vec<u8>> {
    let text = match format {
        ExportFormat::Gif => return gif::animation(&Film::of(run, options)?),
        ExportFormat::Png => return png::still(&Film::of(run, options)?),
        ExportFormat::Txt => text::plain(&run),
        ExportFormat::Md => text::markdown(&run),
        ExportFormat::Cast => cast::cast(&Film::of(run, options)?)?,
        ExportFormat::Html => html::page(&Film::of(run, options)?)?,
        ExportFormat::Svg => svg::picture(&Film::of(run, options)?),
    };
    Ok(text.into_bytes())
}
