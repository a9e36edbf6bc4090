//! `remask train`: a model of one's own, from plain text.

mod limits;
mod lines;
mod material;
mod samples;
mod screen;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::ConfigFlags;
use super::flag_values::whole_number;
use crate::diffusion::noise::SEED;
use crate::hub_models::located;
use crate::model::checkpoint::{TOKENIZER, folder_of};
use crate::model::ops::Precision;
use crate::model::{Checkpoint, LanguageModel, ModelConfig, Threads, Tokenizer};
use crate::tasks::{Shape, Task};
use crate::train::checkpoint::{FolderLock, NumberFormat};
use crate::train::corpus;
use crate::train::evaluation::HeldOutEval;
use crate::train::parameters::Parameters;
use crate::train::text::TrainingText;
use crate::train::{Budget, Plan, PlanChanges, Report, Trainer, Workers, checkpoint, objective};
use crate::{Error, Result, files};
use lines::Line;
use material::{Material, Texts};
use samples::{grades, samples};
use screen::TrainingOutput;

/// The shape of a network that learns from files, unless another is asked for.
const PLAIN: Shape = Shape { hidden: 128, layers: 4, heads: 4, vocab: 1024 };
/// Minutes between saves, unless told otherwise.
const SAVE_EVERY: f64 = 2.0;
/// Held-out documents that the last report looks at, at most.
const MEASURED: usize = 300;

/// Arguments of `remask train`.
#[derive(clap::Args)]
pub struct Train {
    /// Texts to learn from; documents end with a line <|endoftext|>, or with their file; what stands before an
    /// <|answer|> in one of them is given
    #[arg(required_unless_present = "task", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Learn a task, whose texts are made as they are needed; with FILE, three documents of it to one that is made
    #[arg(long, value_name = "NAME", conflicts_with = "held_out", value_parser = task)]
    task: Option<&'static dyn Task>,
    /// A text to measure on, in place of a part of FILE that is then not learned from
    #[arg(long, value_name = "FILE")]
    held_out: Option<PathBuf>,
    /// Where the model goes: a folder that --model opens
    #[arg(long, value_name = "DIR", default_value = "remask-train")]
    out: PathBuf,
    /// Go on with the run in --out, as it was begun
    #[arg(long)]
    resume: bool,
    /// Begin with the weights and the tokenizer of this folder, in place of fresh ones
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// A tokenizer.json to use, in place of one made from the text
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "from", "vocab"])]
    tokenizer: Option<PathBuf>,
    /// Minutes to train for [default: 10]
    #[arg(long, value_name = "N", conflicts_with = "tokens")]
    minutes: Option<f64>,
    /// Rows to train for, tokens and the noise behind them; such a run is the same on any machine
    #[arg(long, value_name = "N")]
    tokens: Option<usize>,
    /// Width of the network [default: 128, or what the task takes]
    #[arg(long, value_name = "N", conflicts_with_all = ["resume", "from"])]
    hidden: Option<usize>,
    /// Layers of the network; more than that of --from has stand among its own, and change nothing at first
    /// [default: 4, what the task takes, or those of --from]
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    layers: Option<usize>,
    /// Attention heads [default: 4, or what the task takes]
    #[arg(long, value_name = "N", conflicts_with_all = ["resume", "from"])]
    heads: Option<usize>,
    /// Tokens of the vocabulary, at most [default: 1024, or what the task takes]
    #[arg(long, value_name = "N", conflicts_with_all = ["resume", "from"])]
    vocab: Option<usize>,
    /// Rows a step: tokens and the noise behind them
    #[arg(long, value_name = "N", default_value_t = 4096, conflicts_with = "resume")]
    batch_tokens: usize,
    /// Scales the learning rates [default: 1]
    #[arg(long, value_name = "X")]
    rate: Option<f64>,
    /// Share of the activations that is left out at the end of the run; it rises from nothing
    #[arg(long, value_name = "X", default_value_t = 0.1, conflicts_with = "resume")]
    dropout: f64,
    /// Share of itself that a matrix loses in a step, in proportion to the learning rate
    #[arg(long, value_name = "X", default_value_t = 0.1, conflicts_with = "resume")]
    weight_decay: f64,
    /// What products are made in [default: bf16 where the machine multiplies it, else f32]
    #[arg(long, value_name = "TYPE", value_enum)]
    precision: Option<Products>,
    /// Numbers of the saved weights
    #[arg(long, value_name = "TYPE", value_enum, default_value = "f32")]
    dtype: NumberFormat,
    /// Minutes between saves; each comes with held-out figures and a sample
    #[arg(long, value_name = "N", default_value_t = SAVE_EVERY)]
    save_every: f64,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    /// Print lines, in place of the screen that a terminal gets
    #[arg(long, conflicts_with = "json")]
    lines: bool,
    /// Decides all chance: first weights, order of the texts, noise [default: 0]
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = whole_number::<u64>("--seed", 0..=u64::MAX))]
    seed: Option<u64>,
    #[command(flatten)]
    config: ConfigFlags,
}

/// What the products of training are made in.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Products {
    /// Single precision
    F32,
    /// Operands rounded, sums in f32 (AVX-512 BF16)
    Bf16,
}

impl Products {
    fn precision(self) -> Result<Precision> {
        match self {
            Self::F32 => Ok(Precision::F32),
            Self::Bf16 if Precision::fastest() == Precision::Bf16 => Ok(Precision::Bf16),
            Self::Bf16 => Err(Error::invalid(
                "--precision bf16 takes a machine with AVX-512 BF16; leave it out, or give f32",
            )),
        }
    }
}

/// Runs the subcommand.
pub(super) fn run(args: Train) -> Result<()> {
    limits::check(&args)?;
    let config = args.config.resolve()?;
    let seed = args.seed.unwrap_or_else(|| config.settings.get(&SEED));
    let ascii = config.ascii.unwrap_or_else(|| !super::show_flags::locale_is_utf8());
    let threads = Threads::new(config.threads)?;
    if args.resume {
        checkpoint::check_begun(&args.out)?;
    }
    // Before its state is read: nobody else may add to it from here on.
    let lock = args.resume.then(|| FolderLock::take(&args.out)).transpose()?;
    let training = Training::begin(&args, seed, threads)?;
    // Until here nothing is written, and a signal may do what it usually does.
    let stop = super::signals::stop_flag()?;
    let output = TrainingOutput::new(&args, &stop, (config.theme.as_deref(), ascii))?;
    training.run(lock, &stop, output)
}

struct Training<'a> {
    args: &'a Train,
    threads: Threads,
    workers: Workers,
    tokenizer_json: String,
    material: Material,
    trainer: Trainer,
}

impl<'a> Training<'a> {
    fn begin(args: &'a Train, seed: u64, threads: Threads) -> Result<Self> {
        let texts = Texts::read(args, seed)?;
        let shape = args.task.map_or(PLAIN, Task::shape);
        let from = args.from.clone().map(|from| Checkpoint::open(&located(from))).transpose()?;
        let (tokenizer_json, config) = if args.resume {
            (read_text(&args.out.join(TOKENIZER))?, read_config(&args.out)?)
        } else if let (Some(path), Some(from)) = (&args.from, &from) {
            let tokenizer = read_text(&folder_of(path)?.join(TOKENIZER))?;
            (tokenizer, grown(from.config.clone(), args.layers)?)
        } else {
            let tokenizer = match &args.tokenizer {
                Some(file) => given_tokenizer(file)?,
                None => texts.make_tokenizer(args.vocab.unwrap_or(shape.vocab))?,
            };
            let size = Tokenizer::from_json("the new tokenizer", tokenizer.as_bytes())?.len();
            let (hidden, layers, heads) = (args.hidden, args.layers, args.heads);
            let config = ModelConfig::for_training(
                hidden.unwrap_or(shape.hidden),
                layers.unwrap_or(shape.layers),
                heads.unwrap_or(shape.heads),
                size,
            )?;
            (tokenizer, config)
        };
        let tokenizer = Tokenizer::from_json("the tokenizer", tokenizer_json.as_bytes())?;
        objective::check(&config)?;
        let task = args.task.map(|task| task.name().to_owned());
        let config = ModelConfig { task, ..objective::trained(config) };
        limits::check_memory(&config, args.batch_tokens, threads.count())?;
        let material = texts.encoded(tokenizer)?;
        let trainer = trainer(args, from.as_ref(), config, &*material.train, seed)?;
        // Of a run that is gone on with only its state says what a step takes.
        if args.resume {
            limits::check_memory(trainer.config(), trainer.plan().batch_tokens, threads.count())?;
        }
        Ok(Self {
            args,
            workers: Workers::new(threads.count())?,
            threads,
            material,
            trainer,
            tokenizer_json,
        })
    }

    fn run(
        mut self,
        lock: Option<FolderLock>,
        stop: &AtomicBool,
        mut output: TrainingOutput,
    ) -> Result<()> {
        let _lock = match lock {
            Some(lock) => lock,
            // Finds out now, and not after an hour, whether there is room to save.
            None => checkpoint::first_save(&self.args.out, || self.save())?,
        };
        output.say(Line::Begins {
            parameters: self.trainer.parameters(),
            text: self.material.about.clone(),
            held_out: self.material.held_out.documents.len(),
            vocab: self.trainer.config().vocab_size,
        })?;
        let (began, tokens_before) = (Instant::now(), self.trainer.tokens());
        let spent_before = self.trainer.spent();
        let mut saved = Instant::now();
        while self.trainer.spent() < 1.0 && !stop.load(Ordering::Relaxed) {
            let losses = self.trainer.step(&*self.material.train, &self.workers)?;
            let seconds = began.elapsed().as_secs_f64();
            let spent = self.trainer.spent();
            let line = Line::Step {
                step: self.trainer.steps(),
                tokens_seen: self.trainer.tokens(),
                losses,
                tokens_per_second: (self.trainer.tokens() - tokens_before) as f64 / seconds,
                seconds_left: (1.0 - spent) * seconds / (spent - spent_before).max(1e-9),
                spent,
            };
            self.say_or_save(&mut output, line)?;
            if saved.elapsed() >= Duration::from_secs_f64(self.args.save_every * 60.0) {
                /// A look in between must not take longer than what it looks at.
                const GLANCE: usize = 20;
                self.save()?;
                if let Some(report) = self.report(GLANCE, stop, &mut output)? {
                    self.say_or_save(&mut output, report)?;
                }
                saved = Instant::now();
            }
        }
        self.save()?;
        if self.trainer.spent() < 1.0 {
            return output.say(Line::Interrupted { command: self.command() });
        }
        if let Some(report) = self.report(MEASURED, stop, &mut output)? {
            output.say(report)?;
        }
        output.say(Line::Done { folder: self.args.out.display().to_string() })
    }

    fn save(&self) -> Result<()> {
        self.trainer.save(&self.args.out, &self.tokenizer_json, self.args.dtype)
    }

    /// Says `line`; where nobody hears it any more, what was learned is kept.
    fn say_or_save(&self, output: &mut TrainingOutput, line: Line) -> Result<()> {
        output.say(line).or_else(|error| self.save().and(Err(error)))
    }

    /// Figures of the averaged model on the first `documents` held-out texts and problems, and what it writes;
    /// nothing where it is stopped meanwhile.
    fn report(
        &self,
        documents: usize,
        stop: &AtomicBool,
        output: &mut TrainingOutput,
    ) -> Result<Option<Line>> {
        output.measures(true);
        let text = self.material.held_out.first(documents);
        let examination = HeldOutEval {
            text: &text,
            vocab: self.trainer.config().vocab_size,
            length: objective::WINDOW,
            workers: &self.workers,
            stop: Some(stop),
        };
        let figures = match examination.of(&self.trainer.averaged()?) {
            Err(Error::Cancelled) => return Ok(None),
            figures => figures?,
        };
        let mut model = LanguageModel::open(&self.args.out, self.threads.clone())?;
        let (samples, grades) = match self.args.task {
            Some(task) => match grades(&model, task, documents as u64, stop) {
                Err(Error::Cancelled) => return Ok(None),
                grades => (Vec::new(), grades?),
            },
            None => (samples(&mut model)?, Vec::new()),
        };
        output.measures(false);
        Ok(Some(Line::Report(Box::new(Report {
            tokens_seen: self.trainer.tokens(),
            documents: text.documents.len(),
            figures,
            samples,
            grades,
        }))))
    }

    /// What goes on with this run.
    fn command(&self) -> String {
        let quoted =
            |path: &PathBuf| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
        let mut text: Vec<String> = self.args.files.iter().map(quoted).collect();
        text.extend(self.args.task.map(|task| format!("--task {}", task.name())));
        let held_out = self.args.held_out.as_ref();
        let held_out = held_out.map(|file| format!(" --held-out {}", quoted(file)));
        let dtype = match self.args.dtype {
            NumberFormat::F32 => "",
            NumberFormat::F16 => " --dtype f16",
            NumberFormat::Q8_0 => " --dtype q8_0",
        };
        let save_every = match self.args.save_every {
            SAVE_EVERY => String::new(),
            minutes => format!(" --save-every {minutes}"),
        };
        format!(
            "remask train {}{} --out {}{dtype}{save_every} --resume",
            text.join(" "),
            held_out.unwrap_or_default(),
            quoted(&self.args.out)
        )
    }
}

/// A new run, or the one that is gone on with.
fn trainer(
    args: &Train,
    from: Option<&Checkpoint>,
    config: ModelConfig,
    text: &dyn TrainingText,
    seed: u64,
) -> Result<Trainer> {
    const MINUTES: f64 = 10.0;
    let budget = match (args.minutes, args.tokens) {
        (_, Some(tokens)) => Some(Budget::Tokens(tokens)),
        (Some(minutes), None) => Some(Budget::Seconds(minutes * 60.0)),
        (None, None) => None,
    };
    let precision = args.precision.map(Products::precision).transpose()?;
    if args.resume {
        let changes = PlanChanges { budget, rate: args.rate, precision };
        let trainer = Trainer::resume(config, &args.out, &changes)?;
        if trainer.plan().text != text.fingerprint() {
            return Err(Error::invalid(format!(
                "the run in {} was begun with another text; name the same files, or begin anew with \
                 --from '{0}' and another --out",
                args.out.display()
            )));
        }
        return Ok(trainer);
    }
    checkpoint::refuse_foreign(&args.out)?;
    let plan = Plan {
        seed,
        batch_tokens: args.batch_tokens,
        rate: args.rate.unwrap_or(1.0),
        dropout: args.dropout,
        weight_decay: args.weight_decay,
        precision: precision.unwrap_or_else(Precision::fastest),
        budget: budget.unwrap_or(Budget::Seconds(MINUTES * 60.0)),
        text: text.fingerprint(),
    };
    let parameters = match from {
        Some(from) => {
            from.check()?;
            Parameters::continued(&from.config, &config, &*from.weights, seed)?
        }
        None => Parameters::fresh(&config, seed)?,
    };
    Trainer::new(config, plan, parameters)
}

/// `config` with as many layers as were asked for.
fn grown(config: ModelConfig, layers: Option<usize>) -> Result<ModelConfig> {
    match layers {
        Some(layers) if layers < config.layers => Err(Error::invalid(format!(
            "--layers cannot be {layers}; the model to begin with has {}, and none of them is left out",
            config.layers
        ))),
        layers => Ok(ModelConfig { layers: layers.unwrap_or(config.layers), ..config }),
    }
}

/// A tokenizer whose first two tokens are those that training takes for the end and for the mask.
fn given_tokenizer(file: &Path) -> Result<String> {
    let json = read_text(file)?;
    let tokenizer = Tokenizer::from_json(&file.display().to_string(), json.as_bytes())?;
    if [corpus::END_ID, corpus::MASK_ID].iter().all(|id| tokenizer.is_special(*id)) {
        return Ok(json);
    }
    Err(Error::invalid(format!(
        "{}: its tokens 0 and 1 are not an end and a mask; give one that remask train made, or leave \
         --tokenizer out",
        file.display()
    )))
}

fn read_text(path: &Path) -> Result<String> {
    files::read_text(path, files::DESCRIPTION)
}

/// What `folder` says of its network.
fn read_config(folder: &Path) -> Result<ModelConfig> {
    let name = folder.display().to_string();
    ModelConfig::from_json(&name, read_text(&folder.join("config.json"))?.as_bytes())
}

fn task(name: &str) -> std::result::Result<&'static dyn Task, Error> {
    crate::tasks::by_name(name)
}
