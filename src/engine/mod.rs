//! The background inference thread: [`Command`]s in, [`Event`]s out.
//!
//! The thread owns the model. Commands come by an unbounded channel, so that whoever sends one never
//! waits; events go by a bounded one and are never dropped, so that a reader that falls behind slows
//! the engine down instead of losing steps. Every event of a run carries the run's number, and a
//! newer run calls the older one off between two layers of its pass.
//!
//! A run has one lane or several: a text each, with knobs of its own, all on the one thread. Which lane
//! makes the next pass is a matter of the [`LaneScheduling`].

mod client;
mod loader;
mod measuring;
mod moments;
mod replay;
mod rounds;
mod run;
mod worker;

pub use client::EngineClient;
pub use loader::ModelLoader;
pub(crate) use replay::RECORDED;
pub use replay::ReplayEngine;
pub use rounds::StepTime;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::cancel::Generations;
use crate::diffusion::{Canvas, Edit, Segment, Step};
use crate::explain::{Machine, PassCosts};
use crate::knobs::Settings;
use crate::model::{
    Backbone, LanguageModel, LoadProgress, Threads, Tokenizer, Vocabulary, WeightStats,
};
use crate::protocol::{milliseconds, shared};
use crate::quality::{Judge, Quality};
use crate::summary::Tokens;
use crate::tasks::{self, Task};
use crate::trace::NodeId;
use crate::{Error, Result};

/// Events that may wait before the engine has to.
const EVENTS_WAITING: usize = 64;

/// Tells one run from another; newer ones are larger.
pub type RunId = u64;

/// A lane that is kept when a run goes on from an earlier moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLane {
    /// Which.
    pub lane: usize,
    /// The moment that it goes on from.
    pub node: NodeId,
    /// How many of its moments are known to whoever asks. Later ones, of passes that ended before the engine
    /// read the command, are dropped, so that both count the same.
    pub known: usize,
}

impl KeptLane {
    /// A lane all of whose moments are known.
    pub fn new(lane: usize, node: NodeId) -> Self {
        Self { lane, node, known: usize::MAX }
    }
}

/// What the engine is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Begin a run and go on with it, or wait before its first step.
    Start {
        /// Its number.
        run: RunId,
        /// Its lanes.
        specs: Vec<LaneSpec>,
        /// Whose turn it is.
        scheduling: LaneScheduling,
        /// Whether it waits.
        paused: bool,
    },
    /// Change the text of a lane by hand.
    Edit(usize, Edit),
    /// Use other values of some knobs in a lane from its next step on.
    Turn(usize, Settings),
    /// Wait before the next step.
    Pause,
    /// Go on.
    Resume,
    /// Make one step and wait.
    StepOnce,
    /// Go to moments of the run and go on from there, with the knobs of now. What came of them before stays,
    /// and can be gone to again.
    Rewind {
        /// The number under which the run continues.
        run: RunId,
        /// The lanes that are kept, and where each goes on. The others are given up.
        keep: Vec<KeptLane>,
        /// Whose turn it is from now on.
        scheduling: LaneScheduling,
        /// Whether it waits there.
        paused: bool,
    },
    /// Load the model anew, from where it was loaded; [`Event::Ready`] says that it is there.
    Reload,
    /// Load the model at this path, or the bundled one, in the place of the first; [`Event::Ready`] says that it
    /// is there. Where it cannot be loaded, everything stays as it was.
    Open(Option<PathBuf>),
    /// Give the run up.
    Cancel,
    /// Measure what passes cost here; [`Event::Explained`] says it. A run that goes on waits meanwhile.
    Explain {
        /// The model that denoises.
        diffusion: usize,
        /// The model that writes from left to right, where one does.
        next_token: Option<usize>,
        /// Positions of the canvas, prompt included.
        positions: usize,
    },
    /// Start steps no closer together than this; for lanes that go in step, and not for clocks.
    Pace(#[serde(with = "milliseconds")] Duration),
}

/// One lane of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaneSpec {
    /// Which of the loaded models writes it.
    pub model: usize,
    /// What it is laid out from.
    pub segments: Vec<Segment>,
    /// Its knobs.
    pub settings: Settings,
}

/// How the lanes of a run share the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaneScheduling {
    /// The lane with the fewest steps is next: all are at the same step.
    InStep,
    /// The lane that had the least of the machine is next: all have had the same time.
    AtOnce,
    /// One lane after the other. With `repeats`, that was to warm up: each text is then written so many
    /// times more, in turns, and the middle time of each counts ([`Event::Timed`]).
    InTurn {
        /// How often each text is written for its time.
        repeats: usize,
    },
    /// One lane after the other, each once, for what comes of it: steps are not kept, and none can be
    /// gone back to. The run before can: a [`Command::Rewind`] goes on with that one.
    Once,
}

/// What of a model an onlooker needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct ModelInfo {
    /// What it is called.
    pub name: String,
    /// Turns ids into text.
    #[serde(with = "shared")]
    pub tokenizer: Arc<Tokenizer>,
    /// The ids with a meaning of their own.
    pub vocabulary: Vocabulary,
    /// Longest canvas in tokens, prompt included.
    pub context: usize,
    /// Put in front of a prompt text.
    pub bos: Option<u32>,
    /// Whether it can write from left to right.
    pub writes_next_token: bool,
    /// Whether it can draft what it writes so.
    #[serde(default)]
    pub can_draft: bool,
    /// How much of it every pass goes through.
    #[serde(default)]
    pub weights: WeightStats,
    /// How many tokens it was trained on, where that is known.
    pub tokens_seen: Option<u64>,
    /// The task that it was trained for; nothing where that was text.
    #[serde(default)]
    pub task: Option<String>,
}

impl ModelInfo {
    /// What `model` says of itself.
    pub fn of(model: &LanguageModel) -> Self {
        Self {
            name: model.name().to_owned(),
            tokenizer: Arc::clone(model.tokenizer()),
            vocabulary: model.vocabulary().clone(),
            context: model.context(),
            bos: model.config().bos_id,
            writes_next_token: model.config().trained_on_next_token,
            can_draft: model.can_draft(),
            weights: model.weight_stats(),
            tokens_seen: model.config().tokens_seen,
            task: model.config().task.clone(),
        }
    }

    /// The task that it was trained for; nothing where that was text, or a task that is not known here.
    pub fn task(&self) -> Option<&'static dyn Task> {
        tasks::by_name(self.task.as_deref()?).ok()
    }
}

/// What the engine reports.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A model is being read, and it takes a while.
    Loading(LoadProgress),
    /// The models are loaded.
    Ready {
        /// What is to be known of each.
        models: Vec<ModelInfo>,
        /// Who judges whom; empty where nobody does.
        note: String,
    },
    /// A run began, or went back.
    Started {
        /// Its number.
        run: RunId,
        /// Where each lane is, and the text as it stands there.
        lanes: Vec<(NodeId, Canvas)>,
        /// Whether the lanes go on from moments of the run before.
        goes_on: bool,
        /// Whether it waits.
        paused: bool,
    },
    /// One step was made.
    Stepped {
        /// In which run.
        run: RunId,
        /// In which of its lanes.
        lane: usize,
        /// What it did.
        step: Box<Step>,
    },
    /// A text was changed by hand.
    Edited {
        /// In which run.
        run: RunId,
        /// In which of its lanes.
        lane: usize,
        /// The text as it stands.
        canvas: Canvas,
    },
    /// Everything in a lane is decided.
    LaneEnded {
        /// In which run.
        run: RunId,
        /// Which lane.
        lane: usize,
        /// The tokens of the text.
        tokens: Tokens,
        /// Its answer: the ids behind what was given, up to the first end token.
        answer: Vec<u32>,
        /// What the judge says of the text, where there is one.
        quality: Option<Quality>,
    },
    /// All texts are known; they are written again for the time that it takes.
    Measuring {
        /// In which run.
        run: RunId,
        /// The round, from 1.
        round: usize,
        /// Rounds in all.
        of: usize,
    },
    /// What the passes of a lane take when nothing else goes on, in the round with the middle time.
    Timed {
        /// In which run.
        run: RunId,
        /// Which lane.
        lane: usize,
        /// One a pass.
        #[serde(with = "milliseconds::pairs")]
        times: Vec<StepTime>,
    },
    /// What passes cost here.
    Explained(Box<(PassCosts, Machine)>),
    /// The run waits.
    Paused(RunId),
    /// The run goes on.
    Resumed(RunId),
    /// Everything is decided in every lane, and measured where that was asked for.
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

/// What the engine's thread loads.
pub struct ModelSet {
    /// The models, each with what is to be known of it.
    pub models: Vec<(Box<dyn Backbone>, ModelInfo)>,
    /// Reads finished texts.
    pub judge: Option<Judge>,
    /// Who judges whom.
    pub note: String,
    /// What the models run on; all cores where nobody says.
    pub threads: Option<Threads>,
}

impl From<(Box<dyn Backbone>, ModelInfo)> for ModelSet {
    /// One model without a judge.
    fn from(model: (Box<dyn Backbone>, ModelInfo)) -> Self {
        Self { models: vec![model], judge: None, note: String::new(), threads: None }
    }
}

/// The sending side of an engine on a thread of this process.
pub struct Engine {
    commands: mpsc::UnboundedSender<Command>,
    generations: Generations,
    /// A newer one calls off what is being loaded.
    loads: Generations,
}

impl Engine {
    /// Starts the thread; `loader` works on it, again whenever a model is to be loaded. Returns at once.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(loader: impl ModelLoader) -> Result<(Self, mpsc::Receiver<Event>)> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, outbox) = mpsc::channel(EVENTS_WAITING);
        let generations = Generations::default();
        let loads = Generations::default();
        let (watch, watch_loads) = (generations.clone(), loads.clone());
        std::thread::Builder::new()
            .name(worker::THREAD_NAME.into())
            .spawn(move || worker::run(loader, inbox, &events, (watch, watch_loads)))
            .map_err(|e| Error::invalid(format!("cannot start the inference thread: {e}")))?;
        let engine = Self { commands, generations, loads };
        Ok((engine, outbox))
    }
}

impl EngineClient for Engine {
    fn next_run(&self) -> RunId {
        self.generations.advance()
    }

    fn call_off_loading(&self) {
        self.loads.advance();
    }

    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A pass or a model that nobody waits for any more should not hold the process up.
        self.generations.advance();
        self.loads.advance();
    }
}

/// Whether the calling thread is the engine's, for a panic hook that must not print over the screen.
pub fn on_engine_thread() -> bool {
    std::thread::current().name().is_some_and(|name| {
        name == worker::THREAD_NAME || name.starts_with(crate::model::PASS_THREAD)
    })
}
