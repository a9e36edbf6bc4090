//! `remask train`: a model of one's own, from plain text.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Common;
use super::evaluate::table;
use crate::cancel::Cancel;
use crate::diffusion::{Segment, Session, StepOutcome};
use crate::knobs::Settings;
use crate::model::weights::Safetensors;
use crate::model::{Denoiser, LanguageModel, ModelConfig, Threads, Tokenizer};
use crate::train::corpus::{self, Encoded};
use crate::train::evaluation::{Figures, evaluate};
use crate::train::parameters::Parameters;
use crate::train::{Losses, Plan, Trainer, checkpoint, objective};
use crate::{Error, Result};

/// Arguments of `remask train`.
#[derive(clap::Args)]
pub struct Train {
    /// Texts to learn from; documents end with a line <|endoftext|>, or with their file
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the model goes: a folder that --model opens
    #[arg(long, value_name = "DIR", default_value = "remask-train")]
    out: PathBuf,
    /// Go on with the run in --out, as it was begun
    #[arg(long)]
    resume: bool,
    /// Begin with the weights and the tokenizer of this folder, in place of fresh ones
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Minutes to train for
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    minutes: f64,
    /// Width of the network
    #[arg(long, value_name = "N", default_value_t = 128)]
    hidden: usize,
    /// Layers of the network
    #[arg(long, value_name = "N", default_value_t = 4)]
    layers: usize,
    /// Attention heads
    #[arg(long, value_name = "N", default_value_t = 4)]
    heads: usize,
    /// Tokens of the vocabulary, at most
    #[arg(long, value_name = "N", default_value_t = 1024)]
    vocab: usize,
    /// Tokens a step
    #[arg(long, value_name = "N", default_value_t = 2048)]
    batch_tokens: usize,
    /// Scales the learning rates
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    rate: f64,
    /// Minutes between saves; each comes with held-out figures and a sample
    #[arg(long, value_name = "N", default_value_t = 2.0)]
    save_every: f64,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

/// What a run was begun with, kept beside its state.
#[derive(Serialize, Deserialize)]
struct Begun {
    seed: u64,
    batch_tokens: usize,
    rate: f64,
    minutes: f64,
    seconds_spent: f64,
}

const BEGUN: &str = "training.json";

/// Runs the subcommand.
pub(super) fn run(args: Train, common: Common) -> Result<()> {
    if !(args.minutes > 0.0 && args.save_every > 0.0 && args.rate > 0.0) {
        return Err(Error::invalid("--minutes, --save-every and --rate take numbers above 0"));
    }
    let (config, source) = common.resolve()?;
    let seed = config.settings.count(&crate::diffusion::noise::SEED).unwrap_or(0) as u64;
    let threads = Threads::new(source.threads)?;
    let stop = stop_flag()?;
    threads.clone().run(|| Training::begin(&args, seed, threads)?.run(&stop))
}

/// Set by Ctrl-C and SIGTERM; the run then saves and ends.
fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(Error::Terminal)?;
    }
    Ok(stop)
}

struct Training<'a> {
    args: &'a Train,
    threads: Threads,
    begun: Begun,
    tokenizer_json: String,
    train: Encoded,
    held_out: Encoded,
    vocab: usize,
    trainer: Trainer,
}

impl<'a> Training<'a> {
    fn begin(args: &'a Train, seed: u64, threads: Threads) -> Result<Self> {
        let documents = corpus::read(&args.files)?;
        let begun = Begun::of(args, seed)?;
        let (train, held_out) = corpus::split(documents, begun.seed);
        let plan = Plan { seed: begun.seed, batch_tokens: begun.batch_tokens, rate: begun.rate };
        let known = if args.resume { Some(&args.out) } else { args.from.as_ref() };
        let (tokenizer_json, config) = if let Some(folder) = known {
            (read_text(&folder.join("tokenizer.json"))?, read_config(folder)?)
        } else {
            let tokenizer = corpus::train_tokenizer(&train, args.vocab)?;
            let size = Tokenizer::from_json("the new tokenizer", tokenizer.as_bytes())?.len();
            (tokenizer, ModelConfig::for_training(args.hidden, args.layers, args.heads, size)?)
        };
        let tokenizer = Tokenizer::from_json("the tokenizer", tokenizer_json.as_bytes())?;
        objective::check(&config)?;
        let vocab = config.vocab_size;
        let trainer = if args.resume {
            Trainer::resume(config, plan, &args.out)?
        } else {
            refuse_foreign(&args.out)?;
            let parameters = match &args.from {
                Some(folder) => {
                    let weights = Safetensors::open(&folder.join("model.safetensors"))?;
                    Parameters::from_weights(&config, &weights)?
                }
                None => Parameters::fresh(&config, begun.seed)?,
            };
            checkpoint::prepare(&args.out)?;
            Trainer::new(config, plan, parameters)
        };
        Ok(Self {
            args,
            threads,
            begun,
            train: Encoded::new(&tokenizer, &train)?,
            held_out: Encoded::new(&tokenizer, &held_out)?,
            tokenizer_json,
            vocab,
            trainer,
        })
    }

    fn run(mut self, stop: &AtomicBool) -> Result<()> {
        self.say(&Line::Begins {
            parameters: self.trainer.parameters(),
            documents: self.train.documents.len(),
            held_out: self.held_out.documents.len(),
            tokens: self.train.tokens(),
            vocab: self.vocab,
            unigram_entropy: self.train.unigram_entropy(),
        })?;
        let began = Instant::now();
        let before = self.begun.seconds_spent;
        let budget = self.begun.minutes * 60.0;
        let mut saved = Instant::now();
        let tokens_before = self.trainer.tokens();
        while self.begun.seconds_spent < budget && !stop.load(Ordering::Relaxed) {
            let spent = self.begun.seconds_spent / budget;
            let losses = self.trainer.step(&self.train.documents, spent)?;
            self.begun.seconds_spent = before + began.elapsed().as_secs_f64();
            let tokens = (self.trainer.tokens() - tokens_before) as f64;
            self.say(&Line::Step {
                step: self.trainer.steps(),
                losses,
                tokens_per_second: tokens / began.elapsed().as_secs_f64(),
                seconds_left: (budget - self.begun.seconds_spent).max(0.0),
            })?;
            if saved.elapsed() >= Duration::from_secs_f64(self.args.save_every * 60.0) {
                self.save()?;
                self.report()?;
                saved = Instant::now();
            }
        }
        self.save()?;
        if self.begun.seconds_spent < budget {
            return self.say(&Line::Interrupted { command: self.command() });
        }
        self.report()?;
        self.say(&Line::Done { folder: self.args.out.display().to_string() })
    }

    fn save(&self) -> Result<()> {
        self.trainer.save(&self.args.out, &self.tokenizer_json)?;
        let begun = serde_json::to_string(&self.begun)
            .map_err(|e| Error::invalid(format!("cannot write JSON: {e}")))?;
        checkpoint::write_text(&self.args.out.join(BEGUN), &begun)
    }

    /// Held-out figures of the averaged model, and what it writes.
    fn report(&self) -> Result<()> {
        const LENGTH: usize = 256;
        let figures = evaluate(&self.trainer.averaged()?, &self.held_out, self.vocab, LENGTH)?;
        let text = sample(&self.args.out, &self.threads)?;
        self.say(&Line::Report { figures, text })
    }

    /// What goes on with this run.
    fn command(&self) -> String {
        let quoted = |path: &PathBuf| format!("'{}'", path.display());
        let files: Vec<String> = self.args.files.iter().map(quoted).collect();
        format!("remask train {} --out {} --resume", files.join(" "), quoted(&self.args.out))
    }

    fn say(&self, line: &Line) -> Result<()> {
        let mut out = std::io::stdout().lock();
        let live = out.is_terminal();
        let written = if self.args.json {
            serde_json::to_string(line)
                .map_err(std::io::Error::other)
                .and_then(|json| writeln!(out, "{json}"))
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
}

impl Begun {
    /// What the arguments say; with `--resume`, what the run was begun with.
    fn of(args: &Train, seed: u64) -> Result<Self> {
        if args.resume {
            let path = args.out.join(BEGUN);
            return serde_json::from_str(&read_text(&path)?)
                .map_err(|e| Error::invalid(format!("{}: {e}", path.display())));
        }
        Ok(Self {
            seed,
            batch_tokens: args.batch_tokens,
            rate: args.rate,
            minutes: args.minutes,
            seconds_spent: 0.0,
        })
    }
}

/// A folder that holds something else is left alone.
fn refuse_foreign(folder: &Path) -> Result<()> {
    let Ok(mut entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    if entries.next().is_some() {
        return Err(Error::invalid(format!(
            "{} holds something already; add --resume to go on with a run, or name another --out",
            folder.display()
        )));
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::file(path))
}

fn read_config(folder: &Path) -> Result<ModelConfig> {
    let name = folder.display().to_string();
    ModelConfig::from_json(&name, read_text(&folder.join("config.json"))?.as_bytes())
}

/// What the saved model writes from nothing but noise, always from the same dice.
fn sample(folder: &Path, threads: &Threads) -> Result<String> {
    let mut model = LanguageModel::open(folder, threads.clone())?;
    let knobs = Settings::default().with("steps", "32")?.with("temperature", "0.6")?;
    let segments = [Segment::Prompt(vec![corpus::END_ID]), Segment::Noise(48)];
    let mut session = Session::new(&segments, knobs, model.vocabulary(), model.context())?;
    while let StepOutcome::Stepped(_) = session.step(&mut model, &Cancel::never())? {}
    Ok(model.tokenizer().decode(session.canvas().ids()))
}

/// What a run says of itself.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Begins {
        parameters: usize,
        documents: usize,
        held_out: usize,
        tokens: usize,
        vocab: usize,
        unigram_entropy: f64,
    },
    Step {
        step: usize,
        #[serde(flatten)]
        losses: Losses,
        tokens_per_second: f64,
        seconds_left: f64,
    },
    Report {
        #[serde(flatten)]
        figures: Figures,
        text: String,
    },
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
            Self::Begins { parameters, documents, held_out, tokens, vocab, unigram_entropy } => {
                write!(
                    f,
                    "{:.2} M parameters, vocabulary {vocab}; {tokens} tokens in {documents} documents, {held_out} \
                 held out; unigram entropy {unigram_entropy:.3} nats/token",
                    *parameters as f64 / 1e6
                )
            }
            Self::Step { step, losses, tokens_per_second, seconds_left } => write!(
                f,
                "step {step}: next token {:.3}, from noise {:.3}; {tokens_per_second:.0} tokens/s, {:.1} minutes left",
                losses.next_token,
                losses.noised,
                seconds_left / 60.0
            ),
            Self::Report { figures, text } => {
                write!(f, "held out:\n{}\nit writes: {:?}", table(figures), text.trim())
            }
            Self::Interrupted { command } => write!(f, "saved; go on with: {command}"),
            Self::Done { folder } => write!(f, "done; open it with: remask --model '{folder}'"),
        }
    }
}
