//! The command line: one file a subcommand.

mod evaluate;
mod generate;
mod knob_flags;
mod models;
mod play;
mod presets;
mod race;
mod rivals;
mod signals;
mod sweep;
mod train;
mod why;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Config;
use crate::model::{LanguageModel, Threads};
use crate::presets::Preset;
use crate::recent_models::RecentModels;
use crate::{Error, Result, visible};
use knob_flags::KnobFlags;

/// Exit code for input that can't be worked with; clap uses the same.
const USAGE: u8 = 2;

/// Watch a diffusion language model turn noise into text, live, and turn its knobs.
///
/// Without a subcommand the playground opens, with the bundled model denoising a story.
#[derive(Parser)]
#[command(
    name = "remask",
    version,
    subcommand_negates_reqs = true,
    after_help = "Every knob can also be set in the configuration file ([knobs] temperature = 0.7) or in the\n\
                  environment (REMASK_TEMPERATURE=0.7). Flags win over the environment, the environment over\n\
                  the file. In the playground, ? shows the keys."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommands>,
    #[command(flatten)]
    play: play::Play,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Write text without the playground: for pipes, scripts and checks
    Generate(generate::Generate),
    /// Measure a model on held-out text
    Evaluate(evaluate::Evaluate),
    /// Look into a checkpoint, or write its logits down
    Models(models::Models),
    /// Race diffusion against autoregression on the same beginnings, fairly, with quality beside speed
    Race(race::Race),
    /// Measure every combination of several knobs' values: quality against passes and time, the best kept
    Sweep(sweep::Sweep),
    /// List the named settings, or print one of them
    Presets(presets::Presets),
    /// Train a tiny diffusion model on plain text, and watch it learn to write
    Train(train::Train),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What every subcommand understands.
#[derive(clap::Args)]
struct Common {
    /// A Hugging Face folder (config.json, tokenizer.json, weights), or a file of weights in one; the bundled
    /// model if absent
    #[arg(long, value_name = "DIR", global = true)]
    model: Option<PathBuf>,
    /// Threads for the network; the number of cores if absent
    #[arg(long, value_name = "N", global = true)]
    threads: Option<NonZeroUsize>,
    /// The configuration file, in place of the usual one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Settings by name, or the path of their file; single flags still win
    #[arg(long, value_name = "NAME", global = true)]
    preset: Option<String>,
    #[command(flatten)]
    knobs: KnobFlags,
}

/// A way to load the model later, on another thread.
struct ModelSource {
    folder: Option<PathBuf>,
    threads: Option<NonZeroUsize>,
}

impl ModelSource {
    /// The same threads for the model in another folder; the bundled model where it is `None`.
    fn of(&self, folder: Option<PathBuf>) -> Self {
        Self { folder, threads: self.threads }
    }

    fn load(&self) -> Result<LanguageModel> {
        let threads = Threads::new(self.threads)?;
        match &self.folder {
            Some(folder) => {
                let model = LanguageModel::open(folder, threads)?;
                RecentModels::usual().remember(folder);
                Ok(model)
            }
            None => LanguageModel::bundled(threads),
        }
    }
}

impl Common {
    /// Defaults, file, environment, preset and flags, in rising order.
    fn resolve(self) -> Result<(Config, ModelSource)> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(name) = &self.preset {
            config.settings = Preset::find(name)?.applied_to(&config.settings);
        }
        self.knobs.apply(&mut config.settings);
        let source = ModelSource {
            folder: self.model.or_else(|| config.model.take()),
            threads: self.threads.or(config.threads),
        };
        Ok((config, source))
    }
}

/// Parses the command line, runs it, and says how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let result = match cli.command {
        None => play::run(cli.play, cli.common),
        Some(Subcommands::Generate(generate)) => generate::run(generate, cli.common),
        Some(Subcommands::Evaluate(evaluate)) => evaluate::run(evaluate, cli.common),
        Some(Subcommands::Models(models)) => models::run(models, cli.common),
        Some(Subcommands::Race(race)) => race::run(race, cli.common),
        Some(Subcommands::Sweep(sweep)) => sweep::run(sweep, cli.common),
        Some(Subcommands::Presets(presets)) => presets::run(presets),
        Some(Subcommands::Train(train)) => train::run(train, cli.common),
        Some(Subcommands::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "remask", &mut script);
            std::io::stdout().write_all(&script).map_err(Error::file("standard output"))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let reason = shortened(&error.to_string());
            let _ = writeln!(std::io::stderr(), "remask: {}", visible::line(&reason));
            if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// Help and versions go to standard output; a value that cannot be is one line; for the rest clap's
/// own words name the nearest flag.
fn refuse(error: &clap::Error) -> ExitCode {
    let reason = std::error::Error::source(error);
    match (error.kind(), reason) {
        (ErrorKind::ValueValidation, Some(reason)) => {
            // Our own errors name the thing and the value; those of the standard library do not.
            let named = if reason.is::<Error>() {
                String::new()
            } else {
                let part = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
                format!(
                    "{} cannot be {:?}: ",
                    part(ContextKind::InvalidArg),
                    part(ContextKind::InvalidValue)
                )
            };
            let reason = shortened(&format!("{named}{reason}"));
            let _ = writeln!(std::io::stderr(), "remask: {}", visible::line(&reason));
        }
        (ErrorKind::InvalidSubcommand, _) => {
            let word = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
            let word = word.unwrap_or_default();
            let _ = writeln!(
                std::io::stderr(),
                "remask: there is no subcommand {word:?}; to begin a text with it: remask --prompt {word:?}"
            );
        }
        _ => print(error),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// In clap's own colours, unless an argument, which it may quote, holds what a terminal would obey.
fn print(error: &clap::Error) {
    let harmless = |argument: std::ffi::OsString| {
        let argument = argument.to_string_lossy();
        visible::line(&argument) == argument && argument.len() < LONGEST
    };
    if std::env::args_os().all(harmless) {
        let _ = error.print();
    } else {
        // As text it is without colours, and without the escapes of what it quotes.
        let text = shortened(&error.render().to_string());
        let _ = writeln!(std::io::stderr(), "{}", visible::text(&text));
    }
}

/// Characters of a message that are shown.
const LONGEST: usize = 600;

/// `message` without its middle, where it is so long that it quotes a whole file.
fn shortened(message: &str) -> String {
    if message.chars().count() <= LONGEST {
        return message.to_owned();
    }
    let first: String = message.chars().take(LONGEST * 2 / 3).collect();
    let mut last: Vec<char> = message.chars().rev().take(LONGEST / 3).collect();
    last.reverse();
    format!("{first} ... {}", last.into_iter().collect::<String>())
}

/// Whoever reads our output has seen enough: no failure.
fn is_broken_pipe(error: &Error) -> bool {
    /// What a terminal says that is closed (EIO).
    const CLOSED: i32 = 5;
    let Error::File { path, source } = error else { return false };
    let closed = cfg!(unix) && source.raw_os_error() == Some(CLOSED);
    source.kind() == std::io::ErrorKind::BrokenPipe
        || (closed && path.as_os_str() == "standard output")
}
