//! `remask generate`: text without the playground.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::step_line::StepLine;
use super::{WritingFlags, standard_input};
use crate::cancel::Cancel;
use crate::diffusion::{Session, Step, StepOutcome, knobs};
use crate::engine::ModelInfo;
use crate::knobs::{Settings, Value};
use crate::model::{Backbone, ChatTurn, LanguageModel};
use crate::prompt::{Layout, Prompt};
use crate::protocol::StreamHeader;
use crate::summary::{Cost, Tokens};
use crate::tasks::{self, TaskVerdict};
use crate::trace::file::TraceWriter;
use crate::{Error, Result, visible};

/// Arguments of `remask generate`.
#[derive(clap::Args)]
pub struct Generate {
    /// What the text begins with; [[12]] in it is a hole of 12 tokens to be filled; without it, or as -, what
    /// comes through a pipe
    prompt: Option<String>,
    /// Token ids in place of a text, separated by commas; nothing is added, the mask id is a hole
    #[arg(long, value_name = "IDS", conflicts_with = "prompt", value_delimiter = ',')]
    prompt_ids: Option<Vec<u32>>,
    /// Repair PROMPT instead of going on from it: --strength of it becomes noise first
    #[arg(long, alias = "mend", conflicts_with = "prompt_ids")]
    repair: bool,
    /// PROMPT is a user's turn, and the text an instruct model's answer: it is put into the model's chat template
    #[arg(long, conflicts_with_all = ["prompt_ids", "repair"])]
    chat: bool,
    /// What the conversation begins with, for --chat: how the model shall answer
    #[arg(long, value_name = "TEXT", requires = "chat")]
    system: Option<String>,
    /// Print JSON in place of the text: a header, an object a step, and a summary
    #[arg(long)]
    json: bool,
    /// Write the run into FILE, step by step, for remask replay
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    writing: WritingFlags,
}

/// Runs the subcommand.
pub(super) fn run(args: Generate) -> Result<()> {
    let (config, source) = args.writing.resolve()?;
    let prompt = match args.prompt_ids {
        Some(ids) => Prompt::Ids(ids),
        None if args.repair => Prompt::Draft(given_text(args.prompt)?),
        None => Prompt::Text(given_text(args.prompt)?),
    };
    args.trace.as_deref().map_or(Ok(()), refuse_existing)?;
    let model = source.load()?;
    let prompt = match prompt {
        Prompt::Text(text) if args.chat => Prompt::Ids(conversation(&model, text, args.system)?),
        prompt => prompt,
    };
    let mut writing = Writing::begin(model, &prompt, config.settings)?;
    writing.answer_alone = args.chat;
    let mut trace = args.trace.as_deref().map(|path| writing.trace(path)).transpose()?;
    let mut written = Ok(());
    let show_progress = !args.json && std::io::stderr().is_terminal();
    let mut out = StandardOutput(std::io::stdout().lock());
    if args.json {
        out.json(&HeaderLine { r#type: "header", header: StreamHeader::default() })?;
    }
    while let Some(step) = writing.step()? {
        // The text is worth more than its record: what goes wrong with that is said behind it.
        written = written.and_then(|()| trace.as_mut().map_or(Ok(()), |trace| trace.step(&step)));
        if args.json {
            out.json(&writing.step_line(&step))?;
        } else if show_progress {
            progress(&step);
        }
    }
    written = written.and_then(|()| trace.as_mut().map_or(Ok(()), TraceWriter::end));
    if show_progress {
        // Wipes the progress line.
        let _ = write!(std::io::stderr(), "\r\x1b[2K");
    }
    if args.json {
        out.json(&writing.summary())?;
    } else {
        let text = writing.text();
        let text = text.trim_end_matches('\n');
        // A pipe gets the bytes as they are; a terminal nothing that it would obey.
        if std::io::stdout().is_terminal() {
            out.line(&visible::text(text))?;
        } else {
            out.line(text)?;
        }
        if show_progress {
            let _ = writeln!(std::io::stderr(), "{}", writing.cost_line());
            if let Some(verdict) = writing.verdict() {
                let _ = writeln!(std::io::stderr(), "verdict: {verdict}");
            }
        }
    }
    written
}

/// Nothing is written over, which may be a run that nobody can make again. A pipe or a device holds none.
fn refuse_existing(path: &Path) -> Result<()> {
    if path == Path::new(standard_input::DASH) {
        return Err(Error::invalid(
            "--trace takes a file: in the standard output the text stands; name one, or a pipe",
        ));
    }
    match path.is_file() {
        true => Err(Error::invalid(format!(
            "--trace: {} is there already, and is not written over; name another file",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// A conversation that begins with `text`, as `model` wants it to be written down. Nothing in it is a hole.
fn conversation(model: &LanguageModel, text: String, system: Option<String>) -> Result<Vec<u32>> {
    let template = model.chat_template().ok_or_else(|| {
        Error::invalid(format!(
            "{} has no chat template, so it was not trained on conversations; leave --chat out",
            visible::line(model.name())
        ))
    })?;
    let system = system.map(|content| ChatTurn { role: "system", content });
    let turns: Vec<ChatTurn> =
        system.into_iter().chain([ChatTurn { role: "user", content: text }]).collect();
    let bos = model.config().bos_id;
    let text = template.render(&turns, bos.is_some())?;
    Ok(bos.into_iter().chain(model.tokenizer().encode(&text)?).collect())
}

/// The text on the command line, or what comes through a pipe in its place.
fn given_text(prompt: Option<String>) -> Result<String> {
    let input = std::io::stdin();
    match prompt {
        Some(text) if text != standard_input::DASH => Ok(text),
        None if input.is_terminal() => Ok(String::new()),
        _ => Ok(standard_input::text(input.lock())?.unwrap_or_default()),
    }
}

/// A run and what it has cost so far.
struct Writing {
    model: LanguageModel,
    session: Session,
    cost: Cost,
    /// Passes that were foreseen at the first.
    foreseen: usize,
    /// Whether what was given is no part of the text: a conversation.
    answer_alone: bool,
}

impl Writing {
    fn begin(model: LanguageModel, prompt: &Prompt, settings: Settings) -> Result<Self> {
        let segments = prompt.segments(Layout::of(&model, &settings))?;
        let session = Session::new(&segments, settings, model.vocabulary(), model.context())?;
        Ok(Self { model, session, cost: Cost::default(), foreseen: 0, answer_alone: false })
    }

    fn step(&mut self) -> Result<Option<Box<Step>>> {
        match self.session.step(&mut self.model, &Cancel::never())? {
            StepOutcome::Stepped(step) => {
                if self.cost.passes == 0 {
                    self.foreseen = step.planned;
                }
                self.cost.add(&step);
                Ok(Some(step))
            }
            StepOutcome::Finished => Ok(None),
        }
    }

    /// Begins to write the run down in a file that is not there yet.
    fn trace(&self, path: &Path) -> Result<TraceWriter<File>> {
        let mut options = File::options();
        options.write(true);
        let file = if path.exists() { &options } else { options.create_new(true) };
        let file = file.open(path).map_err(Error::file(path))?;
        let (about, session) = (ModelInfo::of(&self.model), &self.session);
        TraceWriter::new(file, path, &about, session.settings(), session.canvas())
    }

    fn step_line<'a>(&'a self, step: &'a Step) -> StepLine<'a> {
        let (tokenizer, vocabulary) = (self.model.tokenizer(), self.model.vocabulary());
        StepLine::new(step, self.session.canvas(), tokenizer, vocabulary)
    }

    /// Everything up to the first end token behind what was given.
    fn text(&self) -> String {
        let canvas = self.session.canvas();
        let end = canvas.text_end(self.model.vocabulary());
        let start = if self.answer_alone { canvas.answer_span().start.min(end) } else { 0 };
        self.model.tokenizer().decode(&canvas.ids()[start..end])
    }

    /// What the task that the model was trained for says of the text.
    fn verdict(&self) -> Option<String> {
        let task = tasks::of(self.model.config())?;
        let (canvas, tokenizer) = (self.session.canvas(), self.model.tokenizer());
        let written = canvas.answer_until_end(self.model.vocabulary());
        let given = tokenizer.decode(&canvas.ids()[..written.start]);
        let answers = canvas.states()[written.start..].iter().all(|state| !state.is_given());
        let written = tokenizer.decode(&canvas.ids()[written]);
        Some(TaskVerdict::of(task, &given, &written, answers)?.words())
    }

    fn cost_line(&self) -> String {
        let tokens = Tokens::of(self.session.canvas(), self.model.vocabulary());
        format!(
            "{} tokens in {} passes, {:.2} s: {:.1} passes/s, {:.0} tokens/s",
            tokens.emitted,
            self.cost.passes,
            self.cost.seconds(),
            self.cost.per_second(self.cost.passes),
            self.cost.per_second(tokens.emitted),
        )
    }

    fn summary(&self) -> SummaryLine<'_> {
        let tokens = Tokens::of(self.session.canvas(), self.model.vocabulary());
        SummaryLine {
            r#type: "summary",
            model: self.model.name(),
            text: self.text(),
            verdict: self.verdict(),
            ids: self.session.canvas().ids(),
            passes: self.cost.passes,
            passes_saved: self.foreseen.saturating_sub(self.cost.passes),
            tokens: tokens.emitted,
            canvas_tokens: tokens.canvas,
            tokens_per_pass: tokens.emitted as f64 / self.cost.passes.max(1) as f64,
            seconds: self.cost.seconds(),
            passes_per_second: self.cost.per_second(self.cost.passes),
            tokens_per_second: self.cost.per_second(tokens.emitted),
            knobs: knobs().values(self.session.settings()).map(|(k, v)| (k.name, v)).collect(),
        }
    }
}

fn progress(step: &Step) {
    const WIDTH: usize = 30;
    let done = ((1.0 - step.noise_level) * WIDTH as f64).round() as usize;
    let bar = format!("{}{}", "#".repeat(done), "-".repeat(WIDTH - done));
    let _ = write!(
        std::io::stderr(),
        "\r\x1b[2K[{bar}] step {} of {}, {} open",
        step.index + 1,
        step.planned,
        step.open
    );
}

/// Standard output, with errors that name it.
struct StandardOutput<W: Write>(W);

impl<W: Write> StandardOutput<W> {
    fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.0, "{text}").map_err(Error::file("standard output"))
    }

    fn json(&mut self, value: &impl Serialize) -> Result<()> {
        self.line(&visible::json(&serde_json::to_string(value)?))
    }
}

/// The first line: what the others are written by, and by which rules ([`crate::protocol`]).
#[derive(Serialize)]
struct HeaderLine {
    r#type: &'static str,
    #[serde(flatten)]
    header: StreamHeader,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    r#type: &'static str,
    model: &'a str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    ids: &'a [u32],
    passes: usize,
    passes_saved: usize,
    tokens: usize,
    canvas_tokens: usize,
    tokens_per_pass: f64,
    seconds: f64,
    passes_per_second: f64,
    tokens_per_second: f64,
    knobs: BTreeMap<&'static str, Value>,
}
