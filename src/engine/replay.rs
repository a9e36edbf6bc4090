//! A run that was written down, played as if its passes were made now.
//!
//! To a playground it is an engine like any other: it can be made to wait, to step, to go back and on. What would need
//! the model it refuses.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Command, EVENTS_WAITING, EngineClient, Event, KeptLane, RunId};
use crate::cancel::Generations;
use crate::diffusion::Canvas;
use crate::summary::Tokens;
use crate::trace::NodeId;
use crate::trace::file::{RecordedMoment, RecordedRun};
use crate::{Error, Result};

/// What is said of everything that a recorded run cannot do.
pub(crate) const RECORDED: &str = "this run is a recording: it can be looked at, and not be changed; `remask` begins one of your own";

/// The sending side of a thread that plays a [`RecordedRun`].
pub struct ReplayEngine {
    commands: Sender<Command>,
    generations: Generations,
}

impl ReplayEngine {
    /// Starts the thread, which says at once that its model is there. Returns at once.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(run: RecordedRun) -> Result<(Self, mpsc::Receiver<Event>)> {
        let (commands, inbox) = channel();
        let (events, outbox) = mpsc::channel(EVENTS_WAITING);
        let player = Player {
            recorded: run,
            events,
            run: None,
            state: State::Idle,
            sent: Vec::new(),
            at: 0,
            pace: Duration::ZERO,
            stepped: Instant::now(),
        };
        std::thread::Builder::new()
            .name("remask-replay".into())
            .spawn(move || player.play(&inbox))
            .map_err(|e| Error::invalid(format!("cannot start the thread of the replay: {e}")))?;
        Ok((Self { commands, generations: Generations::default() }, outbox))
    }
}

impl EngineClient for ReplayEngine {
    fn next_run(&self) -> RunId {
        self.generations.advance()
    }

    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No run was begun, or it came to its end.
    Idle,
    Running,
    Paused,
}

/// Nobody listens any more.
struct NoListener;

struct Player {
    recorded: RecordedRun,
    events: mpsc::Sender<Event>,
    run: Option<RunId>,
    state: State,
    /// Of each moment that was sent, in the order of sending: how many recorded moments lie before it.
    sent: Vec<usize>,
    /// Recorded moments behind the one that is played.
    at: usize,
    pace: Duration,
    stepped: Instant,
}

impl Player {
    fn play(mut self, inbox: &Receiver<Command>) {
        let models = vec![self.recorded.model.clone()];
        let mut listening = self.send(Event::Ready { models, note: String::new() });
        while listening.is_ok() {
            let command = match self.state {
                State::Running => {
                    let due = self.stepped + self.pace;
                    inbox.recv_timeout(due.saturating_duration_since(Instant::now()))
                }
                State::Idle | State::Paused => inbox.recv().map_err(RecvTimeoutError::from),
            };
            listening = match command {
                Ok(command) => self.handle(command),
                Err(RecvTimeoutError::Timeout) => self.step(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
        }
    }

    fn send(&self, event: Event) -> std::result::Result<(), NoListener> {
        self.events.blocking_send(event).map_err(|_| NoListener)
    }

    fn handle(&mut self, command: Command) -> std::result::Result<(), NoListener> {
        match command {
            Command::Start { run, specs, paused, .. } => match specs.len() {
                1 => {
                    self.sent = vec![0];
                    self.begin(run, NodeId::default(), false, paused)
                }
                _ => self.fail(run),
            },
            Command::Rewind { run, keep, paused, .. } => match keep.as_slice() {
                [KeptLane { lane: 0, node, known }] if node.0 < self.sent.len() => {
                    self.sent.truncate((*known).max(node.0 + 1));
                    self.begin(run, *node, true, paused)
                }
                _ => self.fail(run),
            },
            Command::Pause => self.change(State::Running, State::Paused, Event::Paused),
            Command::Resume => self.change(State::Paused, State::Running, Event::Resumed),
            Command::StepOnce => {
                self.change(State::Running, State::Paused, Event::Paused)?;
                if self.state == State::Paused { self.step() } else { Ok(()) }
            }
            Command::Cancel => match (self.state, self.run) {
                (State::Idle, _) | (_, None) => Ok(()),
                (_, Some(run)) => {
                    self.state = State::Idle;
                    self.send(Event::Cancelled(run))
                }
            },
            Command::Pace(pace) => {
                self.pace = pace;
                Ok(())
            }
            Command::Edit(..)
            | Command::Turn(..)
            | Command::Reload
            | Command::Open(_)
            | Command::Explain { .. } => self.send(Event::Refused(Error::invalid(RECORDED))),
        }
    }

    fn fail(&mut self, run: RunId) -> std::result::Result<(), NoListener> {
        self.state = State::Idle;
        self.send(Event::Failed { run, error: Error::invalid(RECORDED) })
    }

    /// Goes from one state to another, where it is in that one, and says so.
    fn change(
        &mut self,
        from: State,
        to: State,
        event: impl FnOnce(RunId) -> Event,
    ) -> std::result::Result<(), NoListener> {
        match self.run {
            Some(run) if self.state == from => {
                self.state = to;
                self.send(event(run))
            }
            _ => Ok(()),
        }
    }

    /// Goes on from `node`, which is one of its moments.
    fn begin(
        &mut self,
        run: RunId,
        node: NodeId,
        goes_on: bool,
        paused: bool,
    ) -> std::result::Result<(), NoListener> {
        self.at = self.sent[node.0];
        self.run = Some(run);
        self.state = if paused { State::Paused } else { State::Running };
        self.stepped = Instant::now();
        let lanes = vec![(node, self.canvas())];
        self.send(Event::Started { run, lanes, goes_on, paused })?;
        self.end_if_over()
    }

    /// The text at the moment that is played.
    fn canvas(&self) -> Canvas {
        let mut canvas = self.recorded.canvas.clone();
        for moment in &self.recorded.moments[..self.at] {
            match moment {
                RecordedMoment::Step(step) => canvas.follow(step),
                RecordedMoment::Edited(edited) => canvas.clone_from(edited),
            }
        }
        canvas
    }

    fn step(&mut self) -> std::result::Result<(), NoListener> {
        let Some(run) = self.run else { return Ok(()) };
        if let Some(moment) = self.recorded.moments.get(self.at).cloned() {
            self.at += 1;
            self.sent.push(self.at);
            self.stepped = Instant::now();
            self.send(match moment {
                RecordedMoment::Step(step) => Event::Stepped { run, lane: 0, step },
                RecordedMoment::Edited(canvas) => Event::Edited { run, lane: 0, canvas },
            })?;
        }
        self.end_if_over()
    }

    /// Behind the last moment, says that there is no more; of a run that was broken off, that it was.
    fn end_if_over(&mut self) -> std::result::Result<(), NoListener> {
        let run = match self.run {
            Some(run) if self.at == self.recorded.moments.len() => run,
            _ => return Ok(()),
        };
        self.state = State::Idle;
        if !self.recorded.ended {
            return self.send(Event::Cancelled(run));
        }
        let (canvas, vocabulary) = (self.canvas(), &self.recorded.model.vocabulary);
        let tokens = Tokens::of(&canvas, vocabulary);
        let answer = canvas.ids()[canvas.answer_until_end(vocabulary)].to_vec();
        self.send(Event::LaneEnded { run, lane: 0, tokens, answer, quality: None })?;
        self.send(Event::Finished(run))
    }
}
