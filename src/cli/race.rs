//! `remask race`: diffusion against autoregression, without a screen, in three stages: passes, this machine's clock, and
//! that of others, which is estimated.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::WritingFlags;
use super::flag_values::whole_number;
use super::rivals::Rivals;
use super::why::{self, WhyFlags};
use crate::diffusion::sampler::SAMPLER;
use crate::explain::Hardware;
use crate::knobs::Settings;
use crate::measurement::Measurement;
use crate::race::stages::{CostUnit, ModelSize, worth};
use crate::race::{BEGINNINGS, Entrant, verdict};
use crate::tasks::exam::{EXAM_SEED, TaskGrade};
use crate::tasks::{Problem, Split, Task};
use crate::{Error, Result, visible};

/// Problems of a task where no number is named.
const PROBLEMS: u32 = 100;

/// Arguments of `remask race`.
#[derive(clap::Args)]
pub struct Race {
    /// What the texts begin with; twenty of our own if absent, or held-out problems where the model was trained for a
    /// task
    #[arg(value_name = "PROMPT")]
    prompts: Vec<String>,
    /// How many problems of the task, where the model was trained for one [default: 100]
    #[arg(long, value_name = "N", conflicts_with = "prompts", value_parser = whole_number::<u32>("--problems", 1..=1_000_000))]
    problems: Option<u32>,
    /// How often each text is written; the middle time counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = whole_number::<u16>("--repeats", 1..=65_535))]
    repeats: u16,
    /// Print JSON: a line a text, then the lanes, the stages, why, and the verdict
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
    let settings = with_the_way_of(source.task(), &config.settings)?;
    let mut lineup = args.rivals.load(&source, &settings)?;
    let task = lineup.lanes[0].task().filter(|_| args.prompts.is_empty());
    let problems: Vec<Problem> = task.map_or_else(Vec::new, |task| {
        let problem = |index| task.problem(EXAM_SEED, Split::HeldOut, index);
        (0..u64::from(args.problems.unwrap_or(PROBLEMS))).map(problem).collect()
    });
    if let (None, Some(count)) = (task, args.problems) {
        return Err(Error::invalid(format!(
            "this model was not trained for a task, so --problems {count} has none to put to it; name beginnings, \
             or a model of a task: --model python"
        )));
    }
    let prompts: Vec<String> = match (args.prompts.as_slice(), task) {
        ([], None) => BEGINNINGS.map(str::to_owned).to_vec(),
        ([], Some(task)) => {
            let prompt = |problem| lineup.lanes[0].prompt(task, problem);
            problems.iter().map(prompt).collect::<Result<_>>()?
        }
        (given, _) => given.to_vec(),
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
            if let (Some(task), Some(problem)) = (task, problems.get(index)) {
                lane.grade(task, problem);
            }
        }
    }
    progress("measuring what a pass costs");
    let why = args.why.measure(&mut lineup, &prompts)?;
    progress("");
    let entrants: Vec<&Entrant> = lineup.lanes.iter().map(|lane| &lane.entrant).collect();
    let verdict = match entrants.as_slice() {
        [first, second, ..] => verdict(first, second, true),
        _ => String::new(),
    };
    let stages = stages(&why.hardware);
    if args.json {
        for entrant in &entrants {
            let scores = entrant.grade.as_ref().map(|TaskGrade { measures, tally }| {
                measures
                    .iter()
                    .enumerate()
                    .map(|(i, measure)| (measure.name, tally.mean(i)))
                    .collect()
            });
            let line = RaceLine::new("lane", &entrant.name, None, &entrant.total());
            print(json(&RaceLine { scores, ..line })?)?;
        }
        for stage in stages {
            print(json(&stage_line(stage, &entrants))?)?;
        }
        print(json(&why::line(&why))?)?;
        return print(json(&serde_json::json!({
            "type": "verdict", "text": verdict, "judge": lineup.note
        }))?);
    }
    print(table(&entrants, &lineup.note))?;
    let outcomes = stages
        .iter()
        .filter_map(|stage| Some(format!("{}: {}", stage.title(), stage.outcome(&entrants)?)));
    for said in outcomes.chain(worth(&entrants)) {
        print(format!("- {said}"))?;
    }
    print(format!("\n{verdict}"))?;
    print(why::section(&why))
}

/// `chosen`, and where no sampler is among it what answers to problems of `task` are raced with.
fn with_the_way_of(task: Option<&dyn Task>, chosen: &Settings) -> Result<Settings> {
    let mut settings = chosen.clone();
    if let Some(task) = task.filter(|_| !chosen.is_set(&SAMPLER)) {
        let way = task.raced().settings()?;
        settings.set_unless_set(&way.set_knobs().collect::<Vec<_>>());
    }
    Ok(settings)
}

/// The stages of the race, and of the last every machine.
fn stages(hardware: &[Hardware]) -> Vec<CostUnit<'_>> {
    let there = |there| CostUnit::OtherMachine(there, ModelSize::EightBillion);
    let here = [CostUnit::Passes, CostUnit::ThisMachine];
    here.into_iter().chain(hardware.iter().map(there)).collect()
}

/// What a stage came to, for scripts: passes or seconds a token by lane, and the sentence.
fn stage_line(stage: CostUnit<'_>, entrants: &[&Entrant]) -> serde_json::Value {
    let cost = |entrant: &&Entrant| (entrant.name.clone(), stage.cost(entrant).into());
    let costs: serde_json::Map<_, _> = entrants.iter().map(cost).collect();
    let machine = match stage {
        CostUnit::OtherMachine(there, _) => Some(&*there.name),
        _ => None,
    };
    serde_json::json!({
        "type": "stage", "stage": stage.name(), "machine": machine, "unit": stage.unit(),
        "cost_per_token": costs, "text": stage.outcome(entrants),
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(visible::json(&serde_json::to_string(value)?).into_owned())
}

/// The lanes, as Markdown.
fn table(entrants: &[&Entrant], note: &str) -> String {
    let Some(first) = entrants.first() else { return String::new() };
    let grade = |of: fn(&TaskGrade) -> Vec<String>| {
        move |entrant: &Entrant| -> String {
            let cells = entrant.grade.as_ref().map(of).unwrap_or_default();
            cells.iter().map(|cell| format!(" {cell} |")).collect()
        }
    };
    let names =
        grade(|grade| grade.measures.iter().map(|measure| measure.name.to_owned()).collect());
    let scores = grade(TaskGrade::cells);
    let rule = "---|".repeat(first.grade.as_ref().map_or(0, |grade| grade.measures.len()));
    let mut lines = vec![
        format!(
            "{} a lane, one lane after the other, warmed up; {note}.",
            if first.trials.len() == 1 {
                "1 text".to_owned()
            } else {
                format!("{} texts", first.trials.len())
            }
        ),
        String::new(),
        format!(
            "| lane |{} tokens | passes (NFE) | tokens/pass | tokens/s, middle half of the texts | nats/token | \
             nats/new pair | perplexity | unigram entropy | rep-4 |",
            names(first)
        ),
        format!("|---|{rule}---|---|---|---|---|---|---|---|---|"),
    ];
    for entrant in entrants {
        let total = entrant.total();
        let [low, middle, high] = entrant.quartiles(Measurement::tokens_per_second);
        lines.push(format!(
            "| {} |{} {} | {} | {:.1} | {middle:.0} ({low:.0} to {high:.0}) | {:.2} | {:.2} | {:.1} | {:.2} | {:.0} % |",
            entrant.name,
            scores(entrant),
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
    /// Mean scores by the task's measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<BTreeMap<&'static str, f64>>,
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
            scores: None,
        }
    }
}
