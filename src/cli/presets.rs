//! `remask presets`: the named settings, and what each one holds.

use std::io::{IsTerminal, Write};

use crate::presets::{Preset, all};
use crate::{Error, Result, visible};

/// Arguments of `remask presets`.
#[derive(clap::Args)]
pub struct Presets {
    /// Print this one as TOML, to be changed and shared
    name: Option<String>,
}

/// Runs the subcommand.
pub(super) fn run(args: Presets) -> Result<()> {
    let text = match args.name {
        Some(name) => Preset::find(&name)?.to_toml(),
        None => {
            let (all, broken) = all();
            for error in broken {
                let _ =
                    writeln!(std::io::stderr(), "remask: {}", visible::line(&error.to_string()));
            }
            let width = all.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
            let line = |preset: &Preset| {
                let line = format!("{:<width$}  {}", preset.name, preset.help);
                format!("{}\n", visible::line(&line))
            };
            all.iter().map(line).collect()
        }
    };
    let text = if std::io::stdout().is_terminal() { visible::text(&text) } else { text.into() };
    write!(std::io::stdout(), "{text}").map_err(Error::file("standard output"))
}
