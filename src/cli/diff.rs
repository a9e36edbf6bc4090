//! `remask diff`: where two runs part that were written down. Whether they do is no matter of the exit code.

use std::io::Write;
use std::path::PathBuf;

use super::replay;
use crate::trace::file::RunDifference;
use crate::{Error, Result, visible};

/// Arguments of `remask diff`.
#[derive(clap::Args)]
pub struct Diff {
    /// A trace, as `remask generate --trace` writes it
    #[arg(value_name = "FILE")]
    first: PathBuf,
    /// Another one
    #[arg(value_name = "OTHER")]
    second: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(super) fn run(args: Diff) -> Result<()> {
    let runs = [replay::recorded(&args.first)?, replay::recorded(&args.second)?];
    let difference = RunDifference::of(runs.each_ref());
    let text = if args.json { serde_json::to_string(&difference)? } else { words(&difference) };
    writeln!(std::io::stdout().lock(), "{}", text.trim_end())
        .map_err(Error::file("standard output"))
}

/// Words of a position that are listed, at most.
const MOST_LISTED: usize = 8;

fn words(difference: &RunDifference) -> String {
    let RunDifference { models, knobs, moments: [ours, theirs], parting, lengths, end } =
        difference;
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String| lines.push(format!("{name:<14} {text}"));
    if let Some([ours, theirs]) = models {
        line("model", format!("{ours} | {theirs}"));
    }
    for (name, [ours, theirs]) in knobs {
        line(name, format!("{ours} | {theirs}"));
    }
    if difference.is_none() {
        line("runs", format!("the same, in all {ours} moments"));
        return lines.join("\n");
    }
    line("moments", format!("{ours} | {theirs}"));
    if lengths[0] != lengths[1] {
        line("positions", format!("{} | {}", lengths[0], lengths[1]));
    }
    let Some(parting) = parting else {
        line(
            "alike",
            format!("in the first {}: one is the beginning of the other", ours.min(theirs)),
        );
        return lines.join("\n");
    };
    let (count, shown) = (parting.positions.len(), parting.positions.len().min(MOST_LISTED));
    match parting.moment {
        0 => line("part", "before the first pass".to_owned()),
        moment => line("part", format!("in moment {moment}, at {count} positions")),
    }
    let word = |word: &Option<String>| match word {
        Some(word) => format!("{:?}", visible::line(word)),
        None => "noise".to_owned(),
    };
    for (position, [ours, theirs]) in &parting.positions[..shown] {
        line(&format!("  at {position}"), format!("{} | {}", word(ours), word(theirs)));
    }
    if count > shown {
        line("", format!("and {} more", count - shown));
    }
    line("end", format!("{end} of {} positions differ", lengths[0].min(lengths[1])));
    lines.join("\n")
}
