//! The loop of the inference thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio::time::Instant;

use super::{Command, Event, Loaded, RunId};
use crate::cancel::{Cancel, Generations};
use crate::diffusion::{Segment, Session, StepOutcome};
use crate::knobs::Settings;
use crate::model::Denoiser;
use crate::{Error, Result};

pub(super) const THREAD_NAME: &str = "remask-engine";

/// Loads the model and works until nobody sends or listens any more. A panic becomes an event.
pub(super) fn run(
    mut load: impl FnMut() -> Result<Loaded>,
    commands: UnboundedReceiver<Command>,
    events: &Sender<Event>,
    generations: Generations,
) {
    let work = || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|e| Error::EngineStopped(e.to_string()))?;
        let (model, about) = load()?;
        let worker = Worker {
            load: &mut load,
            model,
            generations,
            commands,
            events: events.clone(),
            run: None,
            pace: Duration::ZERO,
        };
        runtime.block_on(async {
            worker.send(Event::Ready(Box::new(about))).await;
            worker.work().await;
        });
        Ok(())
    };
    let stopped = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(panic) => Error::EngineStopped(panic_message(panic.as_ref())),
    };
    let _ = events.blocking_send(Event::Stopped(stopped));
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the inference thread stopped: it panicked: {}", text.unwrap_or("no message"))
}

/// A run in progress.
struct Run {
    id: RunId,
    cancel: Cancel,
    session: Session,
    /// The session before each step that was made, so that any of them can be returned to.
    past: Vec<Session>,
    state: State,
    /// When the next step may begin.
    due: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Paused,
    /// Everything is decided, or it was given up.
    Ended,
}

struct Worker<'a> {
    load: &'a mut dyn FnMut() -> Result<Loaded>,
    model: Box<dyn Denoiser>,
    generations: Generations,
    commands: UnboundedReceiver<Command>,
    events: Sender<Event>,
    run: Option<Run>,
    pace: Duration,
}

impl Worker<'_> {
    /// A full channel makes the engine wait; a closed one is noticed by the commands' end.
    async fn send(&self, event: Event) {
        let _ = self.events.send(event).await;
    }

    async fn work(mut self) {
        loop {
            match self.next_command().await {
                Next::Command(command) => self.obey(command).await,
                Next::Step => self.step().await,
                Next::Leave => return,
            }
        }
    }

    /// The next command; a step where one is due and no command waits.
    async fn next_command(&mut self) -> Next {
        let due = match &self.run {
            Some(run) if run.state == State::Running => run.due,
            _ => return Next::from(self.commands.recv().await),
        };
        match self.commands.try_recv() {
            Ok(command) => return Next::Command(command),
            Err(TryRecvError::Disconnected) => return Next::Leave,
            Err(TryRecvError::Empty) => {}
        }
        if due <= Instant::now() {
            return Next::Step;
        }
        match tokio::time::timeout_at(due, self.commands.recv()).await {
            Ok(command) => Next::from(command),
            Err(_) => Next::Step,
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Start { run, segments, settings, paused } => {
                self.start(run, &segments, settings, paused).await
            }
            Command::Rewind { run, step, paused } => self.rewind(run, step, paused).await,
            Command::Turn(knob, value) => {
                // A mix without sense is refused where it is made; here the run goes on as it was.
                if let Some(run) = &mut self.run
                    && let Err(error) = run.session.turn(knob, value)
                {
                    self.send(Event::Refused(error)).await;
                }
            }
            Command::Reload => match (self.load)() {
                Ok((model, about)) => {
                    self.model = model;
                    self.run = None;
                    self.send(Event::Ready(Box::new(about))).await;
                }
                Err(error) => self.send(Event::Refused(error)).await,
            },
            Command::Pause => self.set_state(State::Running, State::Paused).await,
            Command::Resume => self.set_state(State::Paused, State::Running).await,
            Command::StepOnce => {
                if self.run.as_ref().is_some_and(|run| run.state != State::Ended) {
                    self.set_state(State::Running, State::Paused).await;
                    self.step().await;
                }
            }
            Command::Cancel => {
                // Kept, so that it can be gone back into.
                if let Some(run) = &mut self.run {
                    run.state = State::Ended;
                    let id = run.id;
                    self.send(Event::Cancelled(id)).await;
                }
            }
            Command::Pace(pace) => {
                if let Some(run) = &mut self.run {
                    // As if the new pace had held when the last step began.
                    run.due = run.due.checked_sub(self.pace).unwrap_or(run.due) + pace;
                }
                self.pace = pace;
            }
        }
    }

    async fn start(&mut self, id: RunId, segments: &[Segment], settings: Settings, paused: bool) {
        let vocabulary = self.model.vocabulary();
        match Session::new(segments, settings, vocabulary, self.model.context()) {
            Ok(session) => self.begin(id, session, Vec::new(), paused).await,
            Err(error) => {
                self.run = None;
                self.send(Event::Failed { run: id, error }).await;
            }
        }
    }

    async fn rewind(&mut self, id: RunId, step: usize, paused: bool) {
        let Some(mut run) = self.run.take() else {
            return;
        };
        let settings = run.session.settings().clone();
        let mut session = match run.past.get(step) {
            Some(session) => session.clone(),
            None => run.session,
        };
        // They are the settings of a session, so they make sense.
        let _ = session.turn_all(settings);
        run.past.truncate(step);
        self.begin(id, session, run.past, paused).await;
    }

    async fn begin(&mut self, id: RunId, session: Session, past: Vec<Session>, paused: bool) {
        self.send(Event::Started {
            run: id,
            step: past.len(),
            canvas: session.canvas().clone(),
            paused,
        })
        .await;
        self.run = Some(Run {
            id,
            cancel: self.generations.watch(id),
            session,
            past,
            state: if paused { State::Paused } else { State::Running },
            due: Instant::now(),
        });
    }

    async fn set_state(&mut self, from: State, to: State) {
        if let Some(run) = &mut self.run
            && run.state == from
        {
            run.state = to;
            let event =
                if to == State::Paused { Event::Paused(run.id) } else { Event::Resumed(run.id) };
            self.send(event).await;
        }
    }

    async fn step(&mut self) {
        let Some(run) = &mut self.run else { return };
        run.due = Instant::now() + self.pace;
        let before = run.session.clone();
        let id = run.id;
        let event = match run.session.step(self.model.as_mut(), &run.cancel) {
            Ok(StepOutcome::Stepped(step)) => {
                run.past.push(before);
                Event::Stepped { run: id, step }
            }
            Ok(StepOutcome::Finished) => Event::Finished(id),
            Err(Error::Cancelled) => {
                // Whoever called it off has sent the command that says what comes next.
                run.state = State::Paused;
                return;
            }
            Err(error) => {
                self.run = None;
                self.send(Event::Failed { run: id, error }).await;
                return;
            }
        };
        let finished = run.session.is_finished();
        if finished {
            run.state = State::Ended;
        }
        let was_step = matches!(event, Event::Stepped { .. });
        self.send(event).await;
        if finished && was_step {
            self.send(Event::Finished(id)).await;
        }
    }
}

enum Next {
    Command(Command),
    Step,
    Leave,
}

impl From<Option<Command>> for Next {
    fn from(command: Option<Command>) -> Self {
        command.map_or(Self::Leave, Self::Command)
    }
}
