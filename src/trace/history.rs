//! Every frame of a run: the canvas after each step, with all that is known of every token.

use std::sync::Arc;
use std::time::Duration;

use crate::diffusion::{Candidate, Canvas, Segment, Step, TokenOutcome, TokenState};
use crate::knobs::Value;
use crate::model::Vocabulary;
use crate::summary::Cost;

/// What a position shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellState {
    /// Given in front of the noise.
    Prompt,
    /// Given behind some of the noise.
    Fixed,
    /// Noise that no step has scored yet.
    Noise,
    /// Noise with a guess.
    Draft,
    /// Decided.
    Written,
    /// Decided otherwise than before, in this very step.
    Overwritten,
    /// Noise again since this very step.
    Remasked,
}

impl CellState {
    /// Whether it is noise, guessed at or not.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Noise | Self::Draft | Self::Remasked)
    }
}

/// One position at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The id that stands there, noise included.
    pub id: u32,
    /// What it shows.
    pub state: CellState,
    /// What the model would write there, or wrote; `None` before it was first scored.
    pub prediction: Option<u32>,
    /// Probability of it when it was last scored.
    pub confidence: f32,
    /// In nats, when it was last scored.
    pub entropy: f32,
    /// The step, counted from 1, that decided it.
    pub written_at: Option<usize>,
    /// The likeliest tokens when it was last scored.
    pub candidates: Arc<[Candidate]>,
}

/// What a step did, in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepFacts {
    /// Positions decided in it.
    pub committed: usize,
    /// Positions written over in it.
    pub overwritten: usize,
    /// Positions remasked in it.
    pub remasked: usize,
    /// Mean probability of what it decided.
    pub confidence: f32,
    /// Mean entropy of what was open, in nats.
    pub entropy: f32,
    /// Knobs it was the first to use.
    pub turned: Vec<(&'static str, Value)>,
}

/// The canvas after a number of steps.
#[derive(Clone, Debug)]
pub struct Frame {
    /// One a position. Shared with the frame before where nothing changed.
    pub cells: Vec<Arc<Cell>>,
    /// What the step that led here did; nothing for the first frame.
    pub facts: StepFacts,
    /// All steps so far.
    pub cost: Cost,
    /// Steps that were foreseen in all.
    pub planned: usize,
}

impl Frame {
    fn first(canvas: &Canvas, planned: usize) -> Self {
        let pairs = canvas.ids().iter().zip(canvas.states());
        let cells = pairs.map(|(id, state)| {
            Arc::new(Cell {
                id: *id,
                state: match state {
                    TokenState::Prompt => CellState::Prompt,
                    TokenState::Fixed => CellState::Fixed,
                    TokenState::Noise => CellState::Noise,
                    TokenState::Written => CellState::Written,
                },
                prediction: None,
                confidence: 0.0,
                entropy: 0.0,
                written_at: None,
                candidates: Arc::from([]),
            })
        });
        Self { cells: cells.collect(), facts: StepFacts::default(), cost: Cost::default(), planned }
    }

    fn after(&self, step: &Step) -> Self {
        let mut cells = self.cells.clone();
        for cell in &mut cells {
            let settled = match cell.state {
                CellState::Remasked => CellState::Draft,
                CellState::Overwritten => CellState::Written,
                _ => continue,
            };
            Arc::make_mut(cell).state = settled;
        }
        let mut certainty = 0.0;
        for change in &step.updates {
            let Some(cell) = cells.get_mut(change.position) else {
                continue;
            };
            let (state, written_at) = match change.outcome {
                TokenOutcome::Draft => (CellState::Draft, None),
                TokenOutcome::Written => (CellState::Written, Some(step.index + 1)),
                TokenOutcome::Overwritten => (CellState::Overwritten, Some(step.index + 1)),
                TokenOutcome::Kept => (CellState::Written, cell.written_at),
                TokenOutcome::Remasked => (CellState::Remasked, None),
            };
            if change.outcome == TokenOutcome::Written {
                certainty += change.confidence;
            }
            *cell = Arc::new(Cell {
                id: change.new,
                state,
                prediction: Some(change.prediction),
                confidence: change.confidence,
                entropy: change.entropy,
                written_at,
                candidates: change.candidates.clone().into(),
            });
        }
        let committed = step.count(TokenOutcome::Written);
        let mut cost = self.cost;
        cost.add(step);
        Self {
            cells,
            facts: StepFacts {
                committed,
                overwritten: step.count(TokenOutcome::Overwritten),
                remasked: step.count(TokenOutcome::Remasked),
                confidence: certainty / committed.max(1) as f32,
                entropy: step.mean_entropy(),
                turned: step.turned.clone(),
            },
            cost,
            planned: step.planned,
        }
    }

    /// How many tokens in front are control tokens that were given, as the begin token.
    pub fn leading_control_tokens(&self, vocabulary: &Vocabulary) -> usize {
        let is_control = |cell: &&Arc<Cell>| {
            cell.state == CellState::Prompt && vocabulary.special.contains(&cell.id)
        };
        self.cells.iter().take_while(is_control).count()
    }

    /// The segments of a run that repairs this text: what was given is given again, what was written up
    /// to the first end token behind it is a draft, and noise is noise.
    pub fn as_draft(&self, vocabulary: &Vocabulary) -> Vec<Segment> {
        let given = |cell: &Arc<Cell>| matches!(cell.state, CellState::Prompt | CellState::Fixed);
        let tail = self.cells.iter().rposition(given).map_or(0, |last| last + 1);
        let ids: Vec<u32> = self.cells.iter().map(|cell| cell.id).collect();
        let end = (tail + vocabulary.emitted(&ids[tail..]) + 1).min(ids.len());
        let mut segments: Vec<Segment> = Vec::new();
        for cell in &self.cells[..end] {
            match (cell.state, segments.last_mut()) {
                (CellState::Prompt, Some(Segment::Prompt(ids))) => ids.push(cell.id),
                (CellState::Prompt, _) => segments.push(Segment::Prompt(vec![cell.id])),
                (CellState::Fixed, Some(Segment::Fixed(ids))) => ids.push(cell.id),
                (CellState::Fixed, _) => segments.push(Segment::Fixed(vec![cell.id])),
                (state, Some(Segment::Noise(count))) if state.is_open() => *count += 1,
                (state, _) if state.is_open() => segments.push(Segment::Noise(1)),
                (_, Some(Segment::Draft(ids))) => ids.push(cell.id),
                _ => segments.push(Segment::Draft(vec![cell.id])),
            }
        }
        segments
    }

    /// Tokens that were written before the first end token behind what was given: those that count, as
    /// [`Tokens`](crate::summary::Tokens) counts them. What stood in a draft is nobody's speed.
    pub fn emitted(&self, vocabulary: &Vocabulary) -> usize {
        let given = |cell: &Arc<Cell>| matches!(cell.state, CellState::Prompt | CellState::Fixed);
        let tail = self.cells.iter().rposition(given).map_or(0, |last| last + 1);
        let ends = |cell: &Arc<Cell>| !cell.state.is_open() && vocabulary.is_eos(cell.id);
        let end = self.cells[tail..].iter().position(ends).map_or(self.cells.len(), |at| tail + at);
        let counts = |cell: &&Arc<Cell>| cell.written_at.is_some() && !vocabulary.is_eos(cell.id);
        self.cells[..end].iter().filter(counts).count()
    }

    /// Positions that are still noise.
    pub fn open(&self) -> usize {
        self.cells.iter().filter(|c| c.state.is_open()).count()
    }

    /// Positions that were or are noise.
    pub fn answer(&self) -> usize {
        let given = |c: &&Arc<Cell>| !matches!(c.state, CellState::Prompt | CellState::Fixed);
        self.cells.iter().filter(given).count()
    }
}

/// The frames of one run; the k-th is the canvas after k steps.
#[derive(Clone, Debug, Default)]
pub struct History {
    frames: Vec<Frame>,
}

impl History {
    /// Begins anew with `canvas` before its first step, `planned` steps being foreseen.
    pub fn restart(&mut self, canvas: &Canvas, planned: usize) {
        self.frames = vec![Frame::first(canvas, planned)];
    }

    /// Forgets everything after the first `steps` steps.
    pub fn truncate(&mut self, steps: usize) {
        self.frames.truncate(steps + 1);
    }

    /// Takes one more step in.
    pub fn push(&mut self, step: &Step) {
        if let Some(last) = self.frames.last() {
            self.frames.push(last.after(step));
        }
    }

    /// The frame after `steps` steps.
    pub fn frame(&self, steps: usize) -> Option<&Frame> {
        self.frames.get(steps)
    }

    /// The newest frame.
    pub fn last(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// Steps taken in.
    pub fn steps(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// Model seconds when `steps` steps had been made, or all there are.
    pub fn moment(&self, steps: usize) -> f64 {
        let frame = self.frames.get(steps).or(self.frames.last());
        frame.map_or(0.0, |frame| frame.cost.seconds())
    }

    /// Model seconds at the end of each step.
    pub fn moments(&self) -> impl Iterator<Item = f64> {
        self.frames.iter().skip(1).map(|frame| frame.cost.seconds())
    }

    /// Steps that had been made after so many model seconds.
    pub fn step_at(&self, seconds: f64) -> usize {
        // What was added up in another order is still the same moment.
        const SAME: f64 = 1e-9;
        let made = self.frames.partition_point(|frame| frame.cost.seconds() <= seconds + SAME);
        made.saturating_sub(1)
    }

    /// Replaces what the passes took, network and sampler; those without a time in `times` keep theirs.
    pub fn retime(&mut self, times: &[(Duration, Duration)]) {
        let mut cost = Cost::default();
        for (frame, (forward, sampling)) in self.frames.iter_mut().skip(1).zip(times) {
            cost.passes += 1;
            cost.forward += *forward;
            cost.sampling += *sampling;
            frame.cost = cost;
        }
    }

    /// What each step did, from the first.
    pub fn facts(&self) -> impl Iterator<Item = &StepFacts> {
        self.frames.iter().skip(1).map(|frame| &frame.facts)
    }
}
