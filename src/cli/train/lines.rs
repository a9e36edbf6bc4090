//! What a training run says of itself: a line of text, or of JSON.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use crate::cli::evaluate::table;
use crate::train::{Grade, Losses, Report, Sample};
use crate::{Error, Result, visible};

/// What a run says of itself.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Line {
    Begins {
        parameters: usize,
        /// How much there is to learn from.
        text: String,
        /// Held-out documents.
        held_out: usize,
        vocab: usize,
    },
    Step {
        step: usize,
        tokens_seen: usize,
        #[serde(flatten)]
        losses: Losses,
        tokens_per_second: f64,
        seconds_left: f64,
        /// Share of the budget, 0 to 1.
        spent: f64,
    },
    Report(Box<Report>),
    Interrupted {
        command: String,
    },
    Done {
        folder: String,
    },
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begins { parameters, text, held_out, vocab } => write!(
                f,
                "{:.2} M parameters, vocabulary {vocab}; {text}; {held_out} documents held out",
                *parameters as f64 / 1e6
            ),
            Self::Step { step, losses, tokens_per_second, seconds_left, .. } => write!(
                f,
                "step {step}: next token {}, from noise {}, drafts {}; {tokens_per_second:.0} rows/s, {:.1} minutes left",
                nats(losses.next_token),
                nats(losses.noised),
                nats(losses.drafts),
                seconds_left / 60.0
            ),
            Self::Report(report) => {
                let millions = report.tokens_seen as f64 / 1e6;
                let (documents, table) = (report.documents, table(&report.figures));
                write!(
                    f,
                    "after {millions:.2} M rows, on {documents} held-out documents:\n{table}"
                )?;
                report.samples.iter().try_for_each(|Sample { mode, text }| {
                    write!(f, "\nit writes ({mode}): {:?}", text.trim())
                })?;
                report.grades.iter().try_for_each(|Grade { way, group, scores }| {
                    let name = format!("{group}, {way}");
                    write!(f, "\n{name:<38}")?;
                    scores
                        .iter()
                        .try_for_each(|(measure, score)| write!(f, " {measure} {score:.3}"))
                })
            }
            Self::Interrupted { command } => {
                write!(f, "saved; go on with: {}", visible::line(command))
            }
            Self::Done { folder } => {
                write!(f, "done; open it with: remask --model '{}'", visible::line(folder))
            }
        }
    }
}

fn nats(loss: Option<f32>) -> String {
    loss.map_or_else(|| "-".to_owned(), |nats| format!("{nats:.3}"))
}

/// Prints `line`; on a terminal the line of a step replaces the one before it.
///
/// # Errors
/// When nobody reads it any more.
pub(super) fn say(line: &Line, json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let live = out.is_terminal();
    let written = if json {
        serde_json::to_string(line)
            .map_err(std::io::Error::other)
            .and_then(|json| writeln!(out, "{}", visible::json(&json)))
    } else {
        match line {
            Line::Step { .. } if live => write!(out, "\r\x1b[2K{line}"),
            Line::Step { step, .. } if step % 50 != 0 => Ok(()),
            line if live => writeln!(out, "\r\x1b[2K{line}"),
            line => writeln!(out, "{line}"),
        }
    };
    written.and_then(|()| out.flush()).map_err(Error::file("standard output"))
}
