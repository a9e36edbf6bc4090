//! The command line: one file a subcommand.

mod common;
mod diff;
mod evaluate;
mod export;
mod flag_values;
mod generate;
mod knob_flags;
mod models;
mod play;
mod presets;
mod pull;
mod race;
mod refusal;
mod replay;
mod rivals;
mod show_flags;
mod signals;
mod standard_input;
mod step_line;
mod sweep;
mod train;
mod why;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{Error, Result};
use common::{ConfigFlags, ModelFlags, ModelSource, WritingFlags};
use refusal::{USAGE, complain, refuse, subcommand_path};
use rivals::RACE;

/// Watch a diffusion language model turn noise into text, live, and turn its knobs.
///
/// Without a subcommand the playground opens, with the bundled model denoising a story.
#[derive(Parser)]
#[command(
    name = "remask",
    bin_name = "remask",
    version,
    subcommand_negates_reqs = true,
    after_help = "In the playground, ? shows the keys. remask --help lists every flag and every knob.",
    after_long_help = "Every knob can also be set in the configuration file ([knobs] temperature = 0.7) or in the \
                       environment (REMASK_TEMPERATURE=0.7). Flags win over the environment, the environment \
                       over the file. In the playground, ? shows the keys."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommands>,
    #[command(flatten)]
    play: play::Play,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Write text without the playground: for pipes, scripts and checks
    Generate(generate::Generate),
    /// Watch a run again that `generate --trace` wrote down; it needs no model
    Replay(replay::Replay),
    /// Make a page, a picture, a recording or a text of such a run, to show it to others
    Export(export::Export),
    /// Say where two runs part that `generate --trace` wrote down
    Diff(diff::Diff),
    /// Measure a model on held-out text, or a model of a task on held-out problems
    Evaluate(evaluate::Evaluate),
    /// Look into a checkpoint, or write its logits down
    Models(models::Models),
    /// Race diffusion against autoregression, fairly, with quality beside speed
    Race(race::Race),
    /// Measure every combination of several knobs' values, and keep the best
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

/// The command line. `-h` of the playground leaves the flags of races to that of `remask race`.
fn command() -> Command {
    Cli::command().mut_args(|arg| match arg.get_help_heading() {
        Some(RACE) => arg.hide_short_help(true),
        // The playground has a key for it.
        _ if arg.get_id() == "theme" => arg.hide_short_help(true),
        _ => arg,
    })
}

/// Parses the command line, runs it, and says how it went.
pub fn main() -> ExitCode {
    let arguments = flags_behind_subcommand(std::env::args_os().collect());
    let parsed = command().try_get_matches_from(&arguments);
    let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
    let result = match parsed {
        Err(error) => {
            let command = command();
            let words = arguments.iter().skip(1);
            let words = words.map(|word| word.to_string_lossy().into_owned());
            return refuse(&error, &command, &subcommand_path(&command, words));
        }
        Ok(cli) => run(cli),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        None => play::run(cli.play),
        Some(Subcommands::Generate(generate)) => generate::run(generate),
        Some(Subcommands::Replay(replay)) => replay::run(replay),
        Some(Subcommands::Diff(diff)) => diff::run(diff),
        Some(Subcommands::Export(export)) => export::run(export),
        Some(Subcommands::Evaluate(evaluate)) => evaluate::run(evaluate),
        Some(Subcommands::Models(models)) => models::run(models),
        Some(Subcommands::Race(race)) => race::run(race),
        Some(Subcommands::Sweep(sweep)) => sweep::run(sweep),
        Some(Subcommands::Presets(presets)) => presets::run(presets),
        Some(Subcommands::Train(train)) => train::run(train),
        Some(Subcommands::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "remask", &mut script);
            std::io::stdout().write_all(&script).map_err(Error::file("standard output"))
        }
    }
}

/// `arguments` with the flags in front of a subcommand behind it, where they belong: their place does not matter.
fn flags_behind_subcommand(arguments: Vec<OsString>) -> Vec<OsString> {
    let subcommands: Vec<String> =
        command().get_subcommands().map(|known| known.get_name().to_owned()).collect();
    // Where what stands before it makes a command line by itself, it is no value of a flag.
    let is_subcommand = |at: &usize| {
        subcommands.iter().any(|known| arguments[*at] == known.as_str())
            && command().try_get_matches_from(&arguments[..*at]).is_ok()
    };
    match (2..arguments.len()).find(is_subcommand) {
        Some(at) => [&arguments[..1], &arguments[at..], &arguments[1..at]].concat(),
        None => arguments,
    }
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
