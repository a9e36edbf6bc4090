//! A recorded run as a file for people who do not have the program: a recording of a terminal, a page, a picture that
//! moves, or the text alone.
//!
//! Every frame is drawn by the playground's own view, so that what is shown is what whoever ran it saw.

mod cast;
mod film;
mod html;
mod look;
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
    /// The text
    Txt,
    /// The text, and a table of what it was made with
    Md,
}

impl ExportFormat {
    /// The format that a file is called by.
    pub fn of_extension(extension: &str) -> Option<Self> {
        clap::ValueEnum::from_str(extension, true).ok()
    }
}

/// `run` as a file of `format`.
///
/// # Errors
/// When the run cannot be played, or the system gives no thread for that.
pub fn export(run: RecordedRun, format: ExportFormat, options: FilmOptions) -> Result<String> {
    match format {
        ExportFormat::Txt => Ok(text::plain(&run)),
        ExportFormat::Md => Ok(text::markdown(&run)),
        ExportFormat::Cast => cast::cast(&Film::of(run, options)?),
        ExportFormat::Html => html::page(&Film::of(run, options)?),
        ExportFormat::Svg => Ok(svg::picture(&Film::of(run, options)?)),
    }
}
