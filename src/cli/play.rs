//! `remask` without a subcommand: the playground.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::rivals::Rivals;
use super::show_flags::ShowFlags;
use super::why::WhyFlags;
use super::{ModelSource, WritingFlags};
use crate::engine::{Engine, ModelLoader, ModelSet};
use crate::model::LoadWatch;
use crate::prompt::PromptHistory;
use crate::recent_models::RecentModels;
use crate::tasks::Task;
use crate::tui;
use crate::tui::app::Setup;
use crate::tui::attract::Attract;
use crate::tui::keymap::Keymap;
use crate::tui::opening;
use crate::tui::zen::ZenMode;
use crate::{Error, Result};

/// Arguments of the playground.
#[derive(clap::Args)]
pub struct Play {
    /// What the text begins with; [[12]] in it is a hole of 12 tokens to be filled
    #[arg(long, value_name = "TEXT", help_heading = "Playground")]
    prompt: Option<String>,
    #[command(flatten)]
    show: ShowFlags,
    /// Show all panels at once; else the first text has the screen for itself
    #[arg(long, help_heading = "Playground", hide_short_help = true)]
    no_opening: bool,
    /// Stand still when a text is done; else other texts follow while nobody presses a key
    #[arg(long, help_heading = "Playground", hide_short_help = true)]
    no_attract: bool,
    /// Leave nothing behind; else the last text stays in the terminal when the playground is closed
    #[arg(long, help_heading = "Playground", hide_short_help = true)]
    no_print_text: bool,
    #[command(flatten)]
    rivals: Rivals,
    #[command(flatten)]
    why: WhyFlags,
    #[command(flatten)]
    writing: WritingFlags,
}

/// Runs the playground.
pub(super) fn run(args: Play) -> Result<()> {
    let (config, source) = args.writing.resolve()?;
    let task = source.task();
    let way = task.map(Task::shown);
    let show = args.show.resolve(&config)?;
    let first = opening::prompt(task, source.folder.is_none(), &config.settings);
    let print_text = !args.no_print_text && config.print_text.unwrap_or(true);
    let opening = !args.no_opening && config.opening.unwrap_or(true);
    let attract = !args.no_attract && config.attract.unwrap_or(true);
    let setup = Setup {
        settings: opening::settings(&config.settings, way)?,
        display: show.display,
        prompt: args.prompt.or(config.prompt).unwrap_or(first),
        prompts: match config.history {
            Some(false) => PromptHistory::in_memory(),
            _ => PromptHistory::usual(),
        },
        theme: show.theme,
        glyphs: show.glyphs,
        motion: show.motion,
        zen: if opening { ZenMode::Opening } else { ZenMode::Off },
        attract: if attract { Attract::ON } else { Attract::default() },
        keymap: Keymap::new(&config.keys)?,
        price: args.why.price(),
        hardware: args.why.hardware(),
        recent_models: RecentModels::usual(),
        borrowed_steps: opening::borrows_steps(&config.settings, way),
        chosen: config.settings,
        recorded: false,
    };
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        // A model that is not there is amiss in a terminal, too.
        source.check()?;
        return Err(Error::invalid(
            "the playground needs a terminal; for pipes and scripts there is `remask generate`",
        ));
    }
    let loader = Loader { rivals: args.rivals, source };
    let (engine, events) = Engine::spawn(loader)?;
    let text = tui::run(engine, events, setup)?;
    match text.filter(|_| print_text) {
        Some(text) => writeln!(std::io::stdout(), "{text}").map_err(Error::file("standard output")),
        None => Ok(()),
    }
}

/// Loads the first model from wherever it was asked for last, the others and the judge as the flags say.
struct Loader {
    rivals: Rivals,
    source: ModelSource,
}

impl ModelLoader for Loader {
    fn load(&mut self, watch: &LoadWatch) -> Result<ModelSet> {
        self.rivals.loaded(&self.source, watch)
    }

    fn open(&mut self, path: Option<&Path>, watch: &LoadWatch) -> Result<ModelSet> {
        let source = self.source.of(path.map(Path::to_owned));
        let loaded = self.rivals.loaded(&source, watch)?;
        self.source = source;
        Ok(loaded)
    }
}
