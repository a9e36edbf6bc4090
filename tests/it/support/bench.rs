//! An engine with a fake model: commands go in, events come out.

use crate::support::harness::PATIENCE;
use crate::support::{FakeModel, stories};
use remask::diffusion::{Edit, PositionUpdate, Segment, Step};
use remask::engine::{
    Command, Engine, EngineClient, Event, LaneScheduling, LaneSpec, ModelInfo, RunId,
};
use remask::knobs::Settings;
use remask::model::Backbone;
use tokio::sync::mpsc::Receiver;

pub struct Bench {
    pub engine: Engine,
    pub events: Receiver<Event>,
}

impl Bench {
    pub fn new(model: FakeModel) -> Self {
        let mut model = Some(model);
        let (engine, events) = Engine::spawn(move || {
            let Some(model) = model.take() else {
                return Err(remask::Error::invalid("there is no second model"));
            };
            let mut about = ModelInfo::of(&stories());
            about.vocabulary = model.vocabulary().clone();
            Ok((Box::new(model) as Box<dyn Backbone>, about).into())
        })
        .unwrap();
        let mut bench = Self { engine, events };
        assert!(matches!(bench.next(), Event::Ready { .. }));
        bench
    }

    pub fn next(&mut self) -> Event {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await })
            .expect("no event came")
            .expect("the engine is gone")
    }

    pub fn start(&mut self, canvas: usize, steps: usize, paused: bool) -> RunId {
        let settings = Settings::default().with("steps", &steps.to_string()).unwrap();
        let segments = vec![Segment::Prompt(vec![3, 4]), Segment::Noise(canvas)];
        let entry = LaneSpec { model: 0, segments, settings };
        let run = self.engine.start(vec![entry], LaneScheduling::InStep, paused);
        loop {
            // Events of the run before may still be on their way.
            if let Event::Started { run: started, .. } = self.next()
                && started == run
            {
                return run;
            }
        }
    }

    /// The next step; panics at anything else.
    pub fn step(&mut self, run: RunId) -> Step {
        match self.next() {
            Event::Stepped { run: of, step, .. } if of == run => *step,
            other => panic!("{} in place of a step", name(&other)),
        }
    }

    /// All steps until the run has finished.
    pub fn finish(&mut self, run: RunId) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            match self.next() {
                Event::Stepped { run: of, step, .. } if of == run => steps.push(*step),
                Event::Finished(of) if of == run => return steps,
                Event::Paused(_)
                | Event::Resumed(_)
                | Event::Started { .. }
                | Event::LaneEnded { .. } => {}
                other => panic!("{} in the middle of a run", name(&other)),
            }
        }
    }

    /// Whether nothing has happened, and nothing will by itself: commands are taken in their order, and the
    /// answer to this one is the next event.
    pub fn is_quiet(&mut self) -> bool {
        self.engine.send(Command::Edit(0, Edit::Pin(vec![usize::MAX])));
        matches!(self.next(), Event::Refused(_))
    }
}

pub fn name(event: &Event) -> &'static str {
    match event {
        Event::Loading(_) => "Loading",
        Event::Ready { .. } => "Ready",
        Event::Started { .. } => "Started",
        Event::Stepped { .. } => "Stepped",
        Event::Edited { .. } => "Edited",
        Event::LaneEnded { .. } => "LaneEnded",
        Event::Measuring { .. } => "Measuring",
        Event::Timed { .. } => "Timed",
        Event::Explained(_) => "Explained",
        Event::Paused(_) => "Paused",
        Event::Resumed(_) => "Resumed",
        Event::Finished(_) => "Finished",
        Event::Cancelled(_) => "Cancelled",
        Event::Failed { .. } => "Failed",
        Event::Refused(_) => "Refused",
        Event::Stopped(_) => "Stopped",
    }
}

/// What each step changed.
pub fn changes(steps: &[Step]) -> Vec<Vec<PositionUpdate>> {
    steps.iter().map(|step| step.updates.clone()).collect()
}
