//! `remask export`: a run that was written down, as a file for people who do not have the program.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::replay;
use super::show_flags::ShowFlags;
use super::standard_input::DASH;
use crate::config::Config;
use crate::export::{ExportFormat, FilmOptions, export};
use crate::tui::theme::{ColorDepth, Theme};
use crate::tui::view::SMALLEST;
use crate::{Error, Result};

/// Arguments of `remask export`.
#[derive(clap::Args)]
pub struct Export {
    /// The trace, as `remask generate --trace` writes it; - for one that comes through a pipe
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it becomes; without it, what --out is called by
    #[arg(long, value_name = "FORMAT")]
    to: Option<ExportFormat>,
    /// Where it goes; without it, or as -, to the standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Columns and rows of the screen that is shown
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "100x30", value_parser = size)]
    size: (u16, u16),
    /// Show the panels around the text, too
    #[arg(long)]
    panels: bool,
    #[command(flatten)]
    show: ShowFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Export) -> Result<()> {
    let out = args.out.filter(|path| path.as_os_str() != DASH);
    let called = out.as_deref().and_then(|path| path.extension()?.to_str()).map(str::to_owned);
    let format = args.to.or_else(|| ExportFormat::of_extension(called.as_deref()?));
    let format = format.ok_or_else(|| {
        Error::invalid(
            "it is not said what it shall become; add --to cast, html, svg, gif, png, txt or md",
        )
    })?;
    if out.is_none() && format.is_binary() && std::io::stdout().is_terminal() {
        return Err(Error::invalid(
            "a picture is nothing to be read in a terminal; say where it goes with --out FILE",
        ));
    }
    if let Some(path) = out.as_deref().filter(|path| path.exists()) {
        return Err(Error::invalid(format!(
            "--out: {} is there already, and is not written over; name another file",
            path.display()
        )));
    }
    let config = Config::load(None)?;
    let theme = args.show.theme.clone().or_else(|| config.theme.clone());
    let show = args.show.resolve(&config)?;
    let options = FilmOptions {
        size: args.size,
        pace: Duration::from_secs_f64(1.0 / show.steps_a_second()),
        panels: args.panels,
        // Whoever looks at it has another terminal, or none.
        theme: Theme::load(theme.as_deref().unwrap_or(Theme::DEFAULT), ColorDepth::True)?,
        glyphs: show.glyphs,
        display: show.display,
    };
    let exported = export(replay::recorded(&args.file)?, format, options)?;
    match out {
        Some(path) => std::fs::write(&path, exported).map_err(Error::file(&path)),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(&exported).map_err(Error::file("standard output"))
        }
    }
}

fn size(text: &str) -> std::result::Result<(u16, u16), String> {
    const MOST: u16 = 500;
    let (columns, rows) = text.split_once('x').ok_or("it takes columns and rows: 100x30")?;
    let side = |text: &str, least| {
        let number: Option<u16> = text.parse().ok();
        number
            .filter(|number| (least..=MOST).contains(number))
            .ok_or_else(|| format!("{text:?} is none; it takes from {least} to {MOST}"))
    };
    Ok((side(columns, SMALLEST.0)?, side(rows, SMALLEST.1)?))
}
