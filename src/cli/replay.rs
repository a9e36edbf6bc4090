//! `remask replay`: a run that was written down, in the playground's view.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use super::show_flags::ShowFlags;
use super::standard_input;
use crate::config::Config;
use crate::engine::ReplayEngine;
use crate::knobs::Settings;
use crate::prompt::PromptHistory;
use crate::recent_models::RecentModels;
use crate::trace::file::RecordedRun;
use crate::tui::app::Setup;
use crate::tui::attract::Attract;
use crate::tui::keymap::Keymap;
use crate::tui::zen::ZenMode;
use crate::{Error, Result, files, tui};

/// Arguments of `remask replay`.
#[derive(clap::Args)]
pub struct Replay {
    /// The trace, as `remask generate --trace` writes it; - for one that comes through a pipe
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    show: ShowFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Replay) -> Result<()> {
    let config = Config::load(None)?;
    let show = args.show.resolve(&config)?;
    let recorded = recorded(&args.file)?;
    if !std::io::stdout().is_terminal() {
        return Err(Error::invalid(
            "a replay needs a terminal; the trace itself is lines of JSON, for pipes and scripts",
        ));
    }
    let setup = Setup {
        settings: recorded.knobs.clone(),
        display: show.display,
        prompt: String::new(),
        prompts: PromptHistory::in_memory(),
        theme: show.theme,
        glyphs: show.glyphs,
        motion: show.motion,
        zen: ZenMode::Off,
        attract: Attract::default(),
        keymap: Keymap::new(&config.keys)?,
        price: None,
        hardware: Vec::new(),
        recent_models: RecentModels::usual(),
        borrowed_steps: false,
        chosen: Settings::default(),
        recorded: true,
    };
    let (engine, events) = ReplayEngine::spawn(recorded)?;
    tui::run(engine, events, setup).map(|_| ())
}

/// The run that `file` holds, or that comes through a pipe.
pub(super) fn recorded(file: &Path) -> Result<RecordedRun> {
    let input: Box<dyn BufRead> = match file.as_os_str() == standard_input::DASH {
        true => Box::new(std::io::stdin().lock()),
        // A pipe is as good as a file; of a folder it is said what it is.
        false if file.is_dir() => Box::new(BufReader::new(files::open(file)?)),
        false => Box::new(BufReader::new(File::open(file).map_err(Error::file(file))?)),
    };
    RecordedRun::read(input).map_err(|error| match error {
        Error::File { .. } => error,
        _ => Error::invalid(format!("{}: {error}", file.display())),
    })
}
