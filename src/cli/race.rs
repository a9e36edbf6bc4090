//! `remask race`: diffusion against autoregression, without a screen.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::Common;
use super::rivals::Rivals;
use super::why::{self, WhyFlags};
use crate::race::{BEGINNINGS, Heat, Lane, verdict};
use crate::{Error, Result};

/// Arguments of `remask race`.
#[derive(clap::Args)]
pub struct Race {
    /// What the texts begin with; twenty of our own if absent
    #[arg(value_name = "PROMPT")]
    prompts: Vec<String>,
    /// How often each text is written; the middle time counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Print JSON: a line a text, then both lanes, why, and the verdict
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    why: WhyFlags,
    #[command(flatten)]
    rivals: Rivals,
}

/// Runs the subcommand.
pub(super) fn run(args: Race, common: Common) -> Result<()> {
    let (config, source) = common.resolve()?;
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
        for entry in &mut lineup.entries {
            let heat = entry.heat(&lineup.judge, prompt, args.repeats.into())?;
            if args.json {
                print(json(&HeatLine::new("heat", &entry.lane.name, Some(&heat.text), &heat))?)?;
            }
            entry.lane.heats.push(heat);
        }
    }
    progress("measuring what a pass costs");
    let why = args.why.measure(&mut lineup, &prompts)?;
    progress("");
    let [first, second] = &lineup.entries;
    let (first, second) = (&first.lane, &second.lane);
    let verdict = verdict(first, second);
    if args.json {
        for lane in [first, second] {
            print(json(&HeatLine::new("lane", &lane.name, None, &lane.total()))?)?;
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
    Ok(serde_json::to_string(value)?)
}

/// Both lanes, as Markdown.
fn table(first: &Lane, second: &Lane, note: &str) -> String {
    let mut lines = vec![
        format!(
            "{} a lane, one lane after the other, warmed up; {note}.",
            if first.heats.len() == 1 { "1 text".to_owned() } else { format!("{} texts", first.heats.len()) }
        ),
        String::new(),
        "| lane | tokens | passes (NFE) | tokens/pass | tokens/s, middle half of the texts | nats/token | \
         nats/new pair | perplexity | unigram entropy | rep-4 |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for lane in [first, second] {
        let total = lane.total();
        let [low, middle, high] = lane.quartiles(Heat::tokens_per_second);
        lines.push(format!(
            "| {} | {} | {} | {:.1} | {middle:.0} ({low:.0} to {high:.0}) | {:.2} | {:.2} | {:.1} | {:.2} | {:.0} % |",
            lane.name,
            total.tokens,
            total.passes,
            total.tokens as f64 / total.passes.max(1) as f64,
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
struct HeatLine<'a> {
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

impl<'a> HeatLine<'a> {
    fn new(kind: &'static str, lane: &'a str, text: Option<&'a str>, heat: &Heat) -> Self {
        Self {
            r#type: kind,
            lane,
            text,
            tokens: heat.tokens,
            canvas_tokens: heat.canvas_tokens,
            passes: heat.passes,
            seconds: heat.time.as_secs_f64(),
            tokens_per_second: heat.tokens_per_second(),
            nats_per_token: heat.quality.nats_per_token(),
            nats_per_new_pair: heat.quality.nats_per_new_pair(),
            distinct: heat.quality.distinct(),
            repetition: heat.quality.repetition(),
            perplexity: heat.quality.perplexity(),
            unigram_entropy: heat.quality.unigram_entropy(),
        }
    }
}
