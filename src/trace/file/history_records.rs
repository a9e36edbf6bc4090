//! What led from one frame of a history to the next, as it came in.

use crate::diffusion::{Canvas, PositionUpdate, Step, TokenOutcome, TokenState};
use crate::trace::{Cell, CellState, Frame, History};

use super::TraceRecord;

impl History {
    /// What led to each moment of the branch that is shown, from the first: a pass, or a change by hand.
    pub(super) fn records(&self) -> impl Iterator<Item = TraceRecord> {
        (1..=self.steps()).filter_map(|moment| {
            let (before, after) = (self.frame(moment - 1)?, self.frame(moment)?);
            Some(match after.facts.by_hand {
                true => TraceRecord::Edited(after.canvas()),
                false => TraceRecord::Step(Box::new(after.step_from(before, moment))),
            })
        })
    }
}

impl Frame {
    /// The text as it stands.
    pub fn canvas(&self) -> Canvas {
        Canvas::standing(self.cells.iter().map(|cell| (cell.id, token_state(cell.state))))
    }

    /// The pass that led here from the moment `before`, as the `moment`-th of its branch.
    fn step_from(&self, before: &Self, moment: usize) -> Step {
        let facts = &self.facts;
        let update = |position: &u32| {
            let position = *position as usize;
            let (old, cell) = (before.cells.get(position)?, self.cells.get(position)?);
            Some(PositionUpdate {
                position,
                old: old.id,
                new: cell.id,
                outcome: outcome(cell, moment),
                prediction: cell.prediction.unwrap_or(cell.id),
                confidence: cell.confidence,
                entropy: cell.entropy,
                candidates: cell.candidates.to_vec(),
            })
        };
        Step {
            index: self.cost.passes.saturating_sub(1),
            noise_level: facts.noise_level,
            open: self.open(),
            block: facts.block.clone(),
            updates: facts.scored.iter().filter_map(update).collect(),
            turned: facts.turned.clone(),
            planned: self.planned,
            positions_read: facts.positions_read,
            cached: facts.cached.as_deref().cloned(),
            forward: self.cost.forward.saturating_sub(before.cost.forward),
            sampling: self.cost.sampling.saturating_sub(before.cost.sampling),
        }
    }
}

/// What a pass did to a position that is `cell` after it.
fn outcome(cell: &Cell, moment: usize) -> TokenOutcome {
    match cell.state {
        CellState::Noise | CellState::Draft => TokenOutcome::Draft,
        CellState::Refused => TokenOutcome::Refused,
        CellState::Remasked => TokenOutcome::Remasked,
        CellState::Overwritten => TokenOutcome::Overwritten,
        CellState::Written if cell.written_at == Some(moment) => TokenOutcome::Written,
        CellState::Written | CellState::Pinned | CellState::Prompt | CellState::Fixed => {
            TokenOutcome::Kept
        }
    }
}

fn token_state(state: CellState) -> TokenState {
    match state {
        CellState::Prompt => TokenState::Prompt,
        CellState::Fixed => TokenState::Fixed,
        CellState::Pinned => TokenState::Pinned,
        CellState::Written | CellState::Overwritten => TokenState::Written,
        state => {
            debug_assert!(state.is_open());
            TokenState::Noise
        }
    }
}
