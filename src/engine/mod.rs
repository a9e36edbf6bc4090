//! The background inference thread: [`Command`]s in, [`Event`]s out.
//!
//! The thread owns the model. Commands come by an unbounded channel, so that whoever sends one never
//! waits; events go by a bounded one and are never dropped, so that a reader that falls behind slows
//! the engine down instead of losing steps. Every event of a run carries the run's number, and a
//! newer run calls the older one off between two layers of its pass.

mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::cancel::Generations;
use crate::diffusion::{Canvas, Segment, Step};
use crate::knobs::{Knob, Settings, Value};
use crate::model::{Denoiser, LanguageModel, Tokenizer, Vocabulary};
use crate::{Error, Result};

/// Events that may wait before the engine has to.
const EVENTS_WAITING: usize = 64;

/// Tells one run from another; newer ones are larger.
pub type RunId = u64;

/// What the engine is told.
#[derive(Debug)]
pub enum Command {
    /// Begin a run and go on with it, or wait before its first step.
    Start {
        /// Its number.
        run: RunId,
        /// What it is laid out from.
        segments: Vec<Segment>,
        /// Its knobs.
        settings: Settings,
        /// Whether it waits.
        paused: bool,
    },
    /// Use another value from the next step on.
    Turn(&'static Knob, Value),
    /// Wait before the next step.
    Pause,
    /// Go on.
    Resume,
    /// Make one step and wait.
    StepOnce,
    /// Go back to where `step` steps had been made and go on from there, with the knobs of now.
    Rewind {
        /// The number under which the run continues.
        run: RunId,
        /// Steps to keep.
        step: usize,
        /// Whether it waits there.
        paused: bool,
    },
    /// Load the model anew, from where it was loaded; [`Event::Ready`] says that it is there.
    Reload,
    /// Give the run up.
    Cancel,
    /// Start steps no closer together than this.
    Pace(Duration),
}

/// What of a model an onlooker needs.
#[derive(Clone)]
pub struct About {
    /// What it is called.
    pub name: String,
    /// Turns ids into text.
    pub tokenizer: Arc<Tokenizer>,
    /// The ids with a meaning of their own.
    pub vocabulary: Vocabulary,
    /// Longest canvas in tokens, prompt included.
    pub context: usize,
    /// Put in front of a prompt text.
    pub bos: Option<u32>,
    /// How many tokens it was trained on, where that is known.
    pub tokens_seen: Option<u64>,
}

impl About {
    /// What `model` says of itself.
    pub fn of(model: &LanguageModel) -> Self {
        Self {
            name: model.name().to_owned(),
            tokenizer: Arc::clone(model.tokenizer()),
            vocabulary: model.vocabulary().clone(),
            context: model.context(),
            bos: model.config().bos_id,
            tokens_seen: model.config().tokens_seen,
        }
    }
}

/// What the engine reports.
pub enum Event {
    /// The model is loaded.
    Ready(Box<About>),
    /// A run began, or went back; this is its canvas before the next step.
    Started {
        /// Its number.
        run: RunId,
        /// Steps made so far: 0, or those kept by a rewind.
        step: usize,
        /// The text as it stands.
        canvas: Canvas,
        /// Whether it waits.
        paused: bool,
    },
    /// One step was made.
    Stepped {
        /// Whose.
        run: RunId,
        /// Which.
        step: Box<Step>,
    },
    /// The run waits.
    Paused(RunId),
    /// The run goes on.
    Resumed(RunId),
    /// Everything is decided.
    Finished(RunId),
    /// The run was given up.
    Cancelled(RunId),
    /// What was asked for makes no sense or could not be done; everything stands as it was.
    Refused(Error),
    /// A run could not begin or go on. The engine lives, and takes a new one.
    Failed {
        /// Which run.
        run: RunId,
        /// Why.
        error: Error,
    },
    /// The engine is gone: the model could not be loaded, or it panicked.
    Stopped(Error),
}

/// A model and what is to be known of it, as the engine's thread loads it.
pub type Loaded = (Box<dyn Denoiser>, About);

/// The sending side.
pub struct Engine {
    commands: mpsc::UnboundedSender<Command>,
    generations: Generations,
}

impl Engine {
    /// Starts the thread; `load` runs on it, again whenever the model is to be loaded anew. Returns at
    /// once.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        load: impl FnMut() -> Result<Loaded> + Send + 'static,
    ) -> Result<(Self, mpsc::Receiver<Event>)> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, outbox) = mpsc::channel(EVENTS_WAITING);
        let generations = Generations::default();
        let watch = generations.clone();
        std::thread::Builder::new()
            .name(worker::THREAD_NAME.into())
            .spawn(move || worker::run(load, inbox, &events, watch))
            .map_err(|e| Error::invalid(format!("cannot start the inference thread: {e}")))?;
        let engine = Self { commands, generations };
        Ok((engine, outbox))
    }

    /// Begins a run, which calls the one before it off, and returns its number.
    pub fn start(&self, segments: Vec<Segment>, settings: Settings, paused: bool) -> RunId {
        let run = self.generations.advance();
        self.send(Command::Start { run, segments, settings, paused });
        run
    }

    /// Goes back to where `step` steps had been made, and returns the number under which the run
    /// continues.
    pub fn rewind(&self, step: usize, paused: bool) -> RunId {
        let run = self.generations.advance();
        self.send(Command::Rewind { run, step, paused });
        run
    }

    /// Gives the run up, in the middle of a pass if need be.
    pub fn cancel(&self) {
        self.generations.advance();
        self.send(Command::Cancel);
    }

    /// Sends anything else. A dead engine is reported by [`Event::Stopped`], not here.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A pass that nobody waits for any more should not hold the process up.
        self.generations.advance();
    }
}

/// Whether the calling thread is the engine's, for a panic hook that must not print over the screen.
pub fn on_engine_thread() -> bool {
    std::thread::current().name().is_some_and(|name| {
        name == worker::THREAD_NAME || name.starts_with(crate::model::PASS_THREAD)
    })
}
