//! The loop of the inference thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio::time::Instant;

use super::run::{Lane, Run, State};
use super::{Command, Event, KeptLane, LaneScheduling, LaneSpec, ModelLoader, ModelSet, RunId};
use crate::cancel::Generations;
use crate::diffusion::{Edit, Session, StepOutcome};
use crate::model::{Backbone, LoadWatch};
use crate::{Error, Result, unwind};

pub(super) const THREAD_NAME: &str = "remask-engine";

/// Loads the model and works until nobody sends or listens any more. A panic becomes an event.
pub(super) fn run(
    mut loader: impl ModelLoader,
    commands: UnboundedReceiver<Command>,
    events: &Sender<Event>,
    (generations, loads): (Generations, Generations),
) {
    let work = || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|e| Error::EngineStopped(e.to_string()))?;
        let loaded = match loader.load(&watch_of(events, &loads)) {
            // Whoever does not wait for their own model has the one that needs no waiting.
            Err(Error::Cancelled) => loader.open(None, &LoadWatch::default()),
            loaded => loaded,
        }?;
        let mut worker = Worker {
            loader: &mut loader,
            loaded,
            generations,
            loads,
            commands,
            events: events.clone(),
            run: None,
            shelved: None,
            pace: Duration::ZERO,
        };
        runtime.block_on(async {
            worker.announce().await;
            worker.work().await;
        });
        Ok(())
    };
    let stopped = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(panic) => Error::EngineStopped(format!(
            "the inference thread stopped: it panicked: {}",
            unwind::message(panic.as_ref())
        )),
    };
    let _ = events.blocking_send(Event::Stopped(stopped));
}

/// Tells whoever listens how far a model is read that is loaded now. Of a full channel nobody is waiting for more.
fn watch_of(events: &Sender<Event>, loads: &Generations) -> LoadWatch {
    let events = events.clone();
    LoadWatch::new(loads.watch_newest(), move |progress| {
        let _ = events.try_send(Event::Loading(progress));
    })
}

pub(super) struct Worker<'a> {
    loader: &'a mut dyn ModelLoader,
    pub(super) loaded: ModelSet,
    pub(super) generations: Generations,
    loads: Generations,
    commands: UnboundedReceiver<Command>,
    events: Sender<Event>,
    pub(super) run: Option<Run>,
    /// The run that a sweep was begun over: it can be gone back into.
    shelved: Option<Run>,
    pace: Duration,
}

impl Worker<'_> {
    /// A full channel makes the engine wait; a closed one is noticed by the commands' end.
    pub(super) async fn send(&self, event: Event) {
        let _ = self.events.send(event).await;
    }

    async fn announce(&mut self) {
        let models = self.loaded.models.iter().map(|(_, about)| about.clone()).collect();
        self.send(Event::Ready { models, note: self.loaded.note.clone() }).await;
    }

    /// Goes on with what was loaded; as before, where it could not be.
    async fn take_over(&mut self, loaded: Result<ModelSet>) {
        match loaded {
            Ok(loaded) => {
                self.loaded = loaded;
                self.run = None;
                self.shelved = None;
                self.announce().await;
            }
            Err(error) => self.send(Event::Refused(error)).await,
        }
    }

    async fn work(&mut self) {
        loop {
            match self.next_command().await {
                Next::Command(command) => self.handle(command).await,
                Next::Step => self.pass().await,
                Next::Leave => return,
            }
        }
    }

    /// The next command; a step where one is due and no command waits.
    async fn next_command(&mut self) -> Next {
        let due = match &self.run {
            Some(run) if matches!(run.state, State::Running | State::Measuring(_)) => run.due(),
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

    async fn handle(&mut self, command: Command) {
        match command {
            Command::Start { run, specs, scheduling, paused } => {
                self.start(run, specs, scheduling, paused).await
            }
            Command::Rewind { run, keep, scheduling, paused } => {
                self.rewind(run, &keep, scheduling, paused).await
            }
            Command::Edit(lane, edit) => self.edit(lane, &edit).await,
            Command::Turn(lane, turned) => {
                // A mix without sense is refused where it is made; here the run goes on as it was.
                if let Some(lane) = self.run.as_mut().and_then(|run| run.lanes.get_mut(lane))
                    && let Err(error) =
                        lane.session.turn_all(lane.session.settings().clone().turned_to(&turned))
                {
                    self.send(Event::Refused(error)).await;
                }
            }
            Command::Reload => {
                let loaded = self.loader.load(&watch_of(&self.events, &self.loads));
                self.take_over(loaded).await;
            }
            Command::Open(path) => {
                let watch = watch_of(&self.events, &self.loads);
                let loaded = self.loader.open(path.as_deref(), &watch);
                self.take_over(loaded).await;
            }
            Command::Pause => self.pause().await,
            Command::Resume => {
                if let Some(run) = &mut self.run
                    && matches!(run.state, State::Paused)
                {
                    run.state = State::Running;
                    let id = run.id;
                    self.send(Event::Resumed(id)).await;
                }
            }
            Command::StepOnce => {
                self.pause().await;
                if self.run.as_ref().is_some_and(|run| matches!(run.state, State::Paused)) {
                    self.row().await;
                }
            }
            Command::Cancel => {
                // Kept, so that it can be gone back into.
                if let Some(run) = &mut self.run
                    && !matches!(run.state, State::Ended)
                {
                    run.state = State::Ended;
                    let id = run.id;
                    self.send(Event::Cancelled(id)).await;
                }
            }
            Command::Explain { diffusion, next_token, positions } => {
                match self.explain(diffusion, next_token, positions) {
                    Ok(measured) => self.send(Event::Explained(Box::new(measured))).await,
                    // Whoever called it off does not wait for it.
                    Err(Error::Cancelled) => {}
                    Err(error) => self.send(Event::Refused(error)).await,
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

    async fn start(
        &mut self,
        id: RunId,
        specs: Vec<LaneSpec>,
        scheduling: LaneScheduling,
        paused: bool,
    ) {
        match scheduling {
            // Of one sweep after the other the run below is the one that is gone back into.
            LaneScheduling::Once => {
                let below = self.run.take().filter(|run| run.scheduling != LaneScheduling::Once);
                self.shelved = below.or(self.shelved.take());
            }
            _ => self.shelved = None,
        }
        match specs.into_iter().map(|spec| self.lane(spec)).collect::<Result<Vec<_>>>() {
            Ok(mut lanes) => {
                if let (LaneScheduling::Once, Some(first)) = (scheduling, lanes.first_mut()) {
                    // The first pass pays for memory that was never touched, which is nobody's time. What
                    // it cannot do, the run will say.
                    let mut session = first.session.clone();
                    let _ = session.step(first.model.as_mut(), &self.generations.watch(id));
                }
                self.begin(id, lanes, scheduling, paused, false).await
            }
            Err(error) => {
                self.run = None;
                self.send(Event::Failed { run: id, error }).await;
            }
        }
    }

    /// A model that shares the weights of a loaded one.
    pub(super) fn another(&self, index: usize) -> Result<Box<dyn Backbone>> {
        let missing = || Error::invalid("there is no such model; start the lane with another");
        self.loaded.models.get(index).map(|(model, _)| model.clone_shared()).ok_or_else(missing)
    }

    fn lane(&self, spec: LaneSpec) -> Result<Lane> {
        let model = self.another(spec.model)?;
        let (vocabulary, context) = (model.vocabulary(), model.context());
        let session = Session::new(&spec.segments, spec.settings, vocabulary, context)?;
        Ok(Lane::new(model, spec.model, session))
    }

    async fn rewind(
        &mut self,
        id: RunId,
        keep: &[KeptLane],
        scheduling: LaneScheduling,
        paused: bool,
    ) {
        let cancel = self.generations.watch(id);
        // The steps of a sweep are not kept: what is gone back into is what it was begun over.
        if self.run.as_ref().is_none_or(|run| run.scheduling == LaneScheduling::Once)
            && let Some(below) = self.shelved.take()
        {
            self.run = Some(below);
        }
        let lanes = self.run.as_mut().map(|run| run.lanes.as_mut_slice()).unwrap_or_default();
        for kept in keep {
            if let Some(lane) = lanes.get_mut(kept.lane) {
                lane.moments.truncate(kept.known);
            }
        }
        let moments: Result<Vec<_>> = keep
            .iter()
            .filter_map(|kept| Some(lanes.get_mut(kept.lane)?.moment(kept.node, &cancel)))
            .collect();
        let moments = match moments {
            Ok(moments) => moments,
            // Whoever called it off has sent the command that says what comes next; the run is as it was.
            Err(Error::Cancelled) => return,
            Err(error) => return self.send(Event::Failed { run: id, error }).await,
        };
        let lanes = self.run.take().map(|run| run.lanes).unwrap_or_default();
        let mut lanes: Vec<Option<Lane>> = lanes.into_iter().map(Some).collect();
        let count = lanes.len();
        let known = keep.iter().filter(|kept| kept.lane < count).zip(moments);
        let kept = known.filter_map(|(kept, moment)| {
            let mut lane = lanes.get_mut(kept.lane)?.take()?;
            lane.go_to(kept.node, moment);
            Some(lane)
        });
        let kept = kept.collect();
        self.begin(id, kept, scheduling, paused, true).await;
    }

    /// Changes a text by hand; not one that is timed, nor one whose steps are not kept.
    async fn edit(&mut self, index: usize, edit: &Edit) {
        let Some(run) = &mut self.run else { return };
        if let Some(why) = run.refuses_hands() {
            return self.send(Event::Refused(Error::invalid(why))).await;
        }
        let id = run.id;
        let Some(lane) = run.lanes.get_mut(index) else { return };
        if let Err(error) = lane.session.edit(edit, lane.model.vocabulary()) {
            return self.send(Event::Refused(error)).await;
        }
        lane.moments.push(&lane.session, lane.spent, Some(edit.clone()));
        lane.ended = lane.session.is_finished();
        lane.quality = None;
        let (canvas, ended) = (lane.session.canvas().clone(), lane.ended);
        let reopens = matches!(run.state, State::Ended) && !ended;
        if reopens {
            run.state = State::Paused;
        }
        self.send(Event::Edited { run: id, lane: index, canvas }).await;
        if ended {
            self.end_lane(index).await;
        } else if reopens {
            self.send(Event::Paused(id)).await;
        }
    }

    async fn begin(
        &mut self,
        id: RunId,
        lanes: Vec<Lane>,
        scheduling: LaneScheduling,
        paused: bool,
        goes_on: bool,
    ) {
        if lanes.is_empty() {
            let error = Error::invalid("there is no text to go on with; begin again");
            return self.send(Event::Failed { run: id, error }).await;
        }
        let stand = |lane: &Lane| (lane.moments.at(), lane.session.canvas().clone());
        let stands = lanes.iter().map(stand).collect();
        let ended: Vec<usize> = (0..lanes.len()).filter(|index| lanes[*index].ended).collect();
        self.send(Event::Started { run: id, lanes: stands, goes_on, paused }).await;
        self.run = Some(Run {
            id,
            cancel: self.generations.watch(id),
            lanes,
            scheduling,
            state: if paused { State::Paused } else { State::Running },
            row: None,
            due: Instant::now(),
        });
        for lane in ended {
            self.end_lane(lane).await;
        }
    }

    async fn pause(&mut self) {
        if let Some(run) = &mut self.run
            && matches!(run.state, State::Running)
        {
            run.state = State::Paused;
            let id = run.id;
            self.send(Event::Paused(id)).await;
        }
    }

    /// One pass, of the lane whose turn it is.
    async fn pass(&mut self) {
        match self.run.as_ref().map(|run| &run.state) {
            Some(State::Measuring(_)) => self.measure().await,
            Some(_) => {
                if let Some(lane) = self.run.as_ref().and_then(Run::next_lane) {
                    self.step(lane).await;
                }
                self.end_if_all_ended().await;
            }
            None => {}
        }
    }

    /// One step of every lane that is the furthest behind; of one lane where they do not go in step.
    async fn row(&mut self) {
        let Some(run) = &self.run else { return };
        let Some(first) = run.next_lane() else {
            return self.end_if_all_ended().await;
        };
        let step = run.lanes[first].session.steps_taken();
        let beside = |lane: &usize| {
            let lane = &run.lanes[*lane];
            let here = lane.session.steps_taken() == step;
            run.scheduling == LaneScheduling::InStep && !lane.ended && here
        };
        let others: Vec<usize> = (first + 1..run.lanes.len()).filter(beside).collect();
        for lane in std::iter::once(first).chain(others) {
            self.step(lane).await;
        }
        self.end_if_all_ended().await;
    }

    async fn step(&mut self, index: usize) {
        let Some(run) = &mut self.run else { return };
        run.step_begins(index, self.pace);
        let id = run.id;
        let lane = &mut run.lanes[index];
        match lane.session.step(lane.model.as_mut(), &run.cancel) {
            Ok(StepOutcome::Stepped(step)) => {
                lane.spent += step.time();
                if run.scheduling != LaneScheduling::Once {
                    lane.moments.push(&lane.session, lane.spent, None);
                }
                lane.ended = lane.session.is_finished();
                let ended = lane.ended;
                self.send(Event::Stepped { run: id, lane: index, step }).await;
                if ended {
                    self.end_lane(index).await;
                }
            }
            Ok(StepOutcome::Finished) => {
                lane.ended = true;
                self.end_lane(index).await;
            }
            // Whoever called it off has sent the command that says what comes next.
            Err(Error::Cancelled) => run.state = State::Paused,
            Err(error) => {
                self.run = None;
                self.send(Event::Failed { run: id, error }).await;
            }
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
