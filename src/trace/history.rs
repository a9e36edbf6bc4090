//! Every frame of a run: the canvas after each pass and each change by hand, with all that is known of every
//! token.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::tree::{NodeId, Tree};
use crate::diffusion::approximate_cache::CachedPass;
use crate::diffusion::{Canvas, Segment, Step, TokenOutcome, TokenState};
use crate::knobs::Value;
use crate::model::{Candidate, Vocabulary};
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
    /// Noise whose draft was not kept in this very step.
    Refused,
    /// Held or put there by hand.
    Pinned,
}

impl CellState {
    /// Whether it is noise, guessed at or not.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Noise | Self::Draft | Self::Remasked | Self::Refused)
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
    /// The moment of its branch, counted from 1, in which it was decided. A change by hand is a moment too: how
    /// many passes had been made by then, that frame's [`Cost`] says.
    pub written_at: Option<usize>,
    /// The likeliest tokens when it was last scored.
    pub candidates: Arc<[Candidate]>,
}

/// What a pass did, in numbers; or that a hand did it.
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
    /// Positions that had a guess before it: drafts, where these are verified.
    pub drafted: usize,
    /// Positions that the pass read.
    pub positions_read: usize,
    /// What it read, where an approximate cache is used.
    pub cached: Option<Arc<CachedPass>>,
    /// Positions that it scored, ascending.
    pub scored: Vec<u32>,
    /// The block that was open for writing.
    pub block: Range<usize>,
    /// Share of the answer that is noise after it.
    pub noise_level: f64,
    /// Whether it was no pass, but a hand.
    pub by_hand: bool,
    /// Knobs it was the first to use.
    pub turned: Vec<(&'static str, Value)>,
}

/// The canvas at a moment.
#[derive(Clone, Debug)]
pub struct Frame {
    /// One a position. Shared with the frame before where nothing changed.
    pub cells: Vec<Arc<Cell>>,
    /// What the pass, or the hand, that led here did; nothing for the first frame.
    pub facts: StepFacts,
    /// All passes so far.
    pub cost: Cost,
    /// Passes that were foreseen in all.
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
                    TokenState::Pinned => CellState::Pinned,
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

    /// The cells, what happened in the step before being over.
    fn settled(&self) -> Vec<Arc<Cell>> {
        let mut cells = self.cells.clone();
        for cell in &mut cells {
            let settled = match cell.state {
                CellState::Remasked => CellState::Draft,
                CellState::Refused => CellState::Noise,
                CellState::Overwritten => CellState::Written,
                _ => continue,
            };
            Arc::make_mut(cell).state = settled;
        }
        cells
    }

    /// The same text, changed by hand into `canvas`.
    fn edited(&self, canvas: &Canvas) -> Self {
        let mut cells = self.settled();
        let now = canvas.ids().iter().zip(canvas.states());
        for (cell, (id, state)) in cells.iter_mut().zip(now) {
            let (state, written_at) = match (state, cell.state) {
                (TokenState::Pinned, CellState::Pinned) if cell.id == *id => continue,
                (TokenState::Pinned, _) => {
                    (CellState::Pinned, cell.written_at.filter(|_| cell.id == *id))
                }
                (TokenState::Written, CellState::Pinned) => (CellState::Written, cell.written_at),
                (TokenState::Noise, state) if !state.is_open() => (CellState::Noise, None),
                // Another random token, where noise is random tokens.
                (TokenState::Noise, state) if cell.id != *id => (state, None),
                _ => continue,
            };
            let known = cell.id == *id;
            let cell = Arc::make_mut(cell);
            cell.prediction = cell.prediction.filter(|_| known);
            (cell.id, cell.state, cell.written_at) = (*id, state, written_at);
        }
        let facts = StepFacts { by_hand: true, ..StepFacts::default() };
        Self { cells, facts, ..self.clone() }
    }

    /// `depth` moments in, a step later.
    fn after(&self, step: &Step, depth: usize) -> Self {
        let mut cells = self.settled();
        let mut certainty = 0.0;
        for change in &step.updates {
            let Some(cell) = cells.get_mut(change.position) else {
                continue;
            };
            let (state, written_at) = match change.outcome {
                TokenOutcome::Draft => (CellState::Draft, None),
                TokenOutcome::Refused => (CellState::Refused, None),
                TokenOutcome::Written => (CellState::Written, Some(depth)),
                TokenOutcome::Overwritten => (CellState::Overwritten, Some(depth)),
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
                drafted: self.cells.iter().filter(|c| c.state == CellState::Draft).count(),
                positions_read: step.positions_read,
                cached: step.cached.clone().map(Arc::new),
                scored: step.updates.iter().map(|update| update.position as u32).collect(),
                block: step.block.clone(),
                noise_level: step.noise_level,
                by_hand: false,
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

    /// Where the text ends: at the first end token behind what was given, or behind everything.
    pub fn text_end(&self, vocabulary: &Vocabulary) -> usize {
        let given = |cell: &Arc<Cell>| matches!(cell.state, CellState::Prompt | CellState::Fixed);
        let tail = self.cells.iter().rposition(given).map_or(0, |last| last + 1);
        let ends = |cell: &Arc<Cell>| !cell.state.is_open() && vocabulary.is_eos(cell.id);
        self.cells[tail..].iter().position(ends).map_or(self.cells.len(), |at| tail + at)
    }

    /// Tokens that were written before the end of the text: those that count, as
    /// [`Tokens`](crate::summary::Tokens) counts them. What stood in a draft is nobody's speed.
    pub fn emitted(&self, vocabulary: &Vocabulary) -> usize {
        let end = self.text_end(vocabulary);
        let counts = |cell: &&Arc<Cell>| cell.written_at.is_some() && !vocabulary.is_eos(cell.id);
        self.cells[..end].iter().filter(counts).count()
    }

    /// Positions that are still noise.
    pub fn open(&self) -> usize {
        self.cells.iter().filter(|c| c.state.is_open()).count()
    }

    /// Stretches of the answer, where something is given behind one of them; else none.
    pub fn holes(&self) -> usize {
        let given = |c: &Arc<Cell>| matches!(c.state, CellState::Prompt | CellState::Fixed);
        let stretches = self.cells.chunk_by(|one, next| given(one) == given(next));
        match self.cells.iter().any(|c| c.state == CellState::Fixed) {
            true => stretches.filter(|cells| !given(&cells[0])).count(),
            false => 0,
        }
    }

    /// Positions that were or are noise.
    pub fn answer(&self) -> usize {
        let given = |c: &&Arc<Cell>| !matches!(c.state, CellState::Prompt | CellState::Fixed);
        self.cells.iter().filter(given).count()
    }
}

/// The frames of one run, in all of its branches; the k-th of a branch is the canvas after k moments: passes,
/// and changes by hand.
#[derive(Clone, Debug, Default)]
pub struct History {
    tree: Tree<Frame>,
    /// From the noise to the end of the branch that is shown.
    path: Vec<NodeId>,
}

impl History {
    /// Begins anew with `canvas` before its first step, `planned` steps being foreseen.
    pub fn restart(&mut self, canvas: &Canvas, planned: usize) {
        self.tree = Tree::new(Frame::first(canvas, planned));
        self.path = vec![NodeId::default()];
    }

    /// Goes to the branch that ends with `node`; what came after it stays, in a branch of its own.
    pub fn go_to(&mut self, node: NodeId) {
        let path = self.tree.path(node);
        if !path.is_empty() {
            self.path = path;
        }
    }

    /// Takes one more pass in.
    pub fn push(&mut self, step: &Step) {
        let depth = self.path.len();
        self.grow(|last| last.after(step, depth));
    }

    /// Takes in what was changed by hand.
    pub fn push_edit(&mut self, canvas: &Canvas) {
        self.grow(|last| last.edited(canvas));
    }

    fn grow(&mut self, next: impl FnOnce(&Frame) -> Frame) {
        if let Some((node, last)) = self.path.last().and_then(|at| Some((*at, self.tree.get(*at)?)))
        {
            let frame = next(last);
            self.path.push(self.tree.push(node, frame));
        }
    }

    fn frames(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.path.iter().filter_map(|node| self.tree.get(*node))
    }

    /// The frame at a moment of the branch: 0 is the noise, and passes and changes by hand count alike.
    pub fn frame(&self, moment: usize) -> Option<&Frame> {
        self.tree.get(*self.path.get(moment)?)
    }

    /// The same moment among those of all branches.
    pub fn node(&self, moment: usize) -> Option<NodeId> {
        self.path.get(moment).copied()
    }

    /// The moment that the branch ends with.
    pub fn end(&self) -> Option<NodeId> {
        self.path.last().copied()
    }

    /// The newest frame of the branch.
    pub fn last(&self) -> Option<&Frame> {
        self.frames().next_back()
    }

    /// Moments of the branch, but for the first: passes, and changes by hand.
    pub fn steps(&self) -> usize {
        self.path.len().saturating_sub(1)
    }

    /// Passes of the branch.
    pub fn passes(&self) -> usize {
        self.last().map_or(0, |last| last.cost.passes)
    }

    /// The last moment of the branch by which no more than `passes` had been made.
    pub fn after_passes(&self, passes: usize) -> usize {
        let made =
            |node: &NodeId| self.tree.get(*node).is_some_and(|frame| frame.cost.passes <= passes);
        self.path.partition_point(made).saturating_sub(1)
    }

    /// Moments of all branches.
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Whether nothing has begun.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// The last moment of every branch, in the order in which they were made.
    pub fn branches(&self) -> Vec<NodeId> {
        let nodes = (0..self.tree.len()).map(NodeId);
        nodes.filter(|node| self.tree.children(*node).next().is_none()).collect()
    }

    /// Model seconds at a moment of the branch, or at its end.
    pub fn moment(&self, moment: usize) -> f64 {
        self.frame(moment).or(self.last()).map_or(0.0, |frame| frame.cost.seconds())
    }

    /// Model seconds at each moment but the first.
    pub fn moments(&self) -> impl Iterator<Item = f64> {
        self.frames().skip(1).map(|frame| frame.cost.seconds())
    }

    /// The last moment of the branch by which no more than so many model seconds had been spent.
    pub fn step_at(&self, seconds: f64) -> usize {
        // What was added up in another order is still the same moment.
        const SAME: f64 = 1e-9;
        let made = |node: &NodeId| {
            self.tree.get(*node).is_some_and(|frame| frame.cost.seconds() <= seconds + SAME)
        };
        self.path.partition_point(made).saturating_sub(1)
    }

    /// Replaces what the passes of the branch took, network and sampler; those without a time in `times` keep
    /// theirs.
    pub fn retime(&mut self, times: &[(Duration, Duration)]) {
        let (mut cost, mut times) = (Cost::default(), times.iter());
        for node in self.path.iter().skip(1) {
            let Some(frame) = self.tree.get_mut(*node) else { continue };
            // What was done by hand took no pass.
            if frame.cost.passes > cost.passes {
                let Some((forward, sampling)) = times.next() else { return };
                cost.passes += 1;
                cost.forward += *forward;
                cost.sampling += *sampling;
            }
            frame.cost = cost;
        }
    }

    /// Of the drafts at each depth behind the next token, from 1: how many were kept, and how many were verified.
    pub fn drafts(&self) -> Vec<(usize, usize)> {
        let mut depths: Vec<(usize, usize)> = Vec::new();
        for StepFacts { drafted, committed: written, .. } in self.facts() {
            // A step that wrote nothing drafted itself.
            let drafted = if *written == 0 { 0 } else { *drafted };
            depths.resize(depths.len().max(drafted), (0, 0));
            for (depth, (kept, verified)) in depths.iter_mut().enumerate().take(drafted) {
                *kept += usize::from(*written > depth + 1);
                // What stands behind a draft that fell was never looked at.
                *verified += usize::from(*written > depth);
            }
        }
        depths
    }

    /// What each pass and each hand did, from the first.
    pub fn facts(&self) -> impl Iterator<Item = &StepFacts> {
        self.frames().skip(1).map(|frame| &frame.facts)
    }
}
