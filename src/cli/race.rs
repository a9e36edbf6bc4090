//! `remask race`: diffusion against autoregression, without a screen.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::WritingFlags;
use super::flag_values::whole_number;
use super::rivals::Rivals;
use super::why::{self, WhyFlags};
use crate::measurement::Measurement;
use crate::race::{BEGINNINGS, Entrant, verdict};
use crate::{Error, Result, visible};

/// Arguments of `remask race`.
#[derive(clap::Args)]
pub struct Race {
    /// What the texts begin with; twenty of our own if absent
    #[arg(value_name = "PROMPT")]
    prompts: Vec<String>,
    /// How often each text is written; the middle time counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = whole_number::<u16>("--repeats", 1..=65_535))]
    repeats: u16,
    /// Print JSON: a line a text, then both lanes, why, and the verdict
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    why: WhyFlags,
    #[command(flatten)]
    rivals: Rivals,
    #[command(flatten)]
    writing: WritingFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Race) -> Result<()> {
    let (config, source) = args.writing.resolve()?;
    let mut lineup = args.rivals.load(&source, &config.settings)?;
    let prompts: Vec<&str> = match args.prompts.as_slice() {
        [] => BEGINNINGS.to_vec(),
        given => given.iter().map(String::as_str).collect(),
    };
    let show_progress = !args.json && std::io::stderr().is_terminal();
    let progress = |text: &str| {
        if show_progress {
            let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        }
    };
    let mut out = std::io::stdout().lock();
    let mut print = |line: String| writeln!(out, "{line}").map_err(Error::file("standard output"));
    for (index, prompt) in prompts.iter().enumerate() {
        progress(&format!("{} of {}", index + 1, prompts.len()));
        for lane in &mut lineup.lanes {
            let trial = lane.trial(&lineup.judge, prompt, args.repeats.into())?;
            if args.json {
                let (name, text) = (&lane.entrant.name, Some(trial.text.as_str()));
                print(json(&RaceLine::new("trial", name, text, &trial.measurement))?)?;
            }
            lane.entrant.trials.push(trial);
        }
    }
    progress("measuring what a pass costs");
    let why = args.why.measure(&mut lineup, &prompts)?;
    progress("");
    let [first, second] = &lineup.lanes;
    let (first, second) = (&first.entrant, &second.entrant);
    let verdict = verdict(first, second);
    if args.json {
        for entrant in [first, second] {
            print(json(&RaceLine::new("lane", &entrant.name, None, &entrant.total()))?)?;
        }
        print(json(&why::line(&why))?)?;
        return print(json(&serde_json::json!({
            "type": "verdict", "text": verdict, "judge": lineup.note
        }))?);
    }
    print(table(first, second, &lineup.note))?;
    print(verdict)?;
    print(why::section(&why))
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(visible::json(&serde_json::to_string(value)?).into_owned())
}

/// Both lanes, as Markdown.
fn table(first: &Entrant, second: &Entrant, note: &str) -> String {
    let mut lines = vec![
        format!(
            "{} a lane, one lane after the other, warmed up; {note}.",
            if first.trials.len() == 1 { "1 text".to_owned() } else { format!("{} texts", first.trials.len()) }
        ),
        String::new(),
        "| lane | tokens | passes (NFE) | tokens/pass | tokens/s, middle half of the texts | nats/token | \
         nats/new pair | perplexity | unigram entropy | rep-4 |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for entrant in [first, second] {
        let total = entrant.total();
        let [low, middle, high] = entrant.quartiles(Measurement::tokens_per_second);
        lines.push(format!(
            "| {} | {} | {} | {:.1} | {middle:.0} ({low:.0} to {high:.0}) | {:.2} | {:.2} | {:.1} | {:.2} | {:.0} % |",
            entrant.name,
            total.tokens,
            total.passes,
            total.tokens_per_pass(),
            total.quality.nats_per_token(),
            total.quality.nats_per_new_pair(),
            total.quality.perplexity(),
            total.quality.unigram_entropy(),
            total.quality.repetition() * 100.0
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[derive(Serialize)]
struct RaceLine<'a> {
    r#type: &'static str,
    lane: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    tokens: usize,
    canvas_tokens: usize,
    passes: usize,
    seconds: f64,
    tokens_per_second: f64,
    nats_per_token: f64,
    nats_per_new_pair: f64,
    distinct: f64,
    repetition: f64,
    perplexity: f64,
    unigram_entropy: f64,
}

impl<'a> RaceLine<'a> {
    fn new(
        kind: &'static str,
        lane: &'a str,
        text: Option<&'a str>,
        measured: &Measurement,
    ) -> Self {
        Self {
            r#type: kind,
            lane,
            text,
            tokens: measured.tokens,
            canvas_tokens: measured.canvas_tokens,
            passes: measured.passes,
            seconds: measured.time.as_secs_f64(),
            tokens_per_second: measured.tokens_per_second(),
            nats_per_token: measured.quality.nats_per_token(),
            nats_per_new_pair: measured.quality.nats_per_new_pair(),
            distinct: measured.quality.distinct(),
            repetition: measured.quality.repetition(),
            perplexity: measured.quality.perplexity(),
            unigram_entropy: measured.quality.unigram_entropy(),
        }
    }
}
