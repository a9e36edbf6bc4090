//! What a step works on: the block, the positions in scope, the place in the schedule.

use std::ops::Range;

use super::block::{ActiveBlock, BlockGrid, BlockInFlight};
use super::canvas::TokenState;
use super::parts::{Progress, Scope};
use super::session::{BlockBegin, Session};

/// What a step looks at.
pub(super) struct StepScope {
    /// Whether its block has only just become active.
    pub(super) began: bool,
    /// When it did, and how much of it was noise then.
    pub(super) begin: BlockBegin,
    /// The blocks that are written, one behind the other, or the whole answer as one.
    pub(super) blocks: Vec<BlockInFlight>,
    /// All of them.
    pub(super) span: Range<usize>,
    /// How much of the canvas is read, from the left.
    pub(super) end: usize,
    /// The positions in scope, ascending.
    pub(super) positions: Vec<usize>,
    /// These and whatever else the sampler observes, ascending.
    pub(super) observed: Vec<usize>,
    /// Positions that are judged without being seen.
    pub(super) shadow: Range<usize>,
    pub(super) progress: Progress,
}

impl StepScope {
    /// How much of the canvas, from the left, no step from here on changes or looks at.
    pub(super) fn finished(&self) -> usize {
        self.observed.first().map_or(self.span.start, |first| self.span.start.min(*first))
    }
}

impl Session {
    /// What the next step looks at, and where it stands in its schedule. The noise behind a block is not read where the
    /// model `writes_blocks`, as long as there is nothing but noise.
    pub(super) fn step_scope(&self, writes_blocks: bool) -> StepScope {
        let resolved = &self.resolved;
        let scope = resolved.correct.scope;
        let whole = || self.canvas.answer_span();
        let (first, began, budget) = if scope == Scope::Answer {
            (whole(), 0, self.budget())
        } else {
            let active = self.active_block();
            let span = active.as_ref().map_or_else(whole, |block| block.span.clone());
            let began = match &self.block {
                Some(before) if before.span == span => before.step,
                _ => self.step,
            };
            // An even share of what was left when the block began; the first blocks one more where it does
            // not come out even, and one at least. (LLaDA's code refuses what does not come out even.)
            let left = self.steps_in_all().saturating_sub(began);
            let blocks = active.map_or(1, |block| block.left);
            (span, began, left.div_ceil(blocks).max(1))
        };
        let blocks = if resolved.pipelines() {
            BlockInFlight::from(&self.canvas, self.settings(), self.grid(), first.clone())
        } else {
            vec![BlockInFlight::alone(first.clone())]
        };
        let span = first.start..blocks.last().map_or(first.end, |last| last.span.end);
        let inside = |position: &usize| span.contains(position);
        let open: Vec<usize> = self.canvas.open().filter(inside).collect();
        let free: Vec<usize> = self.canvas.free().filter(inside).collect();
        let begin = match &self.block {
            Some(before) if before.span == first => before.clone(),
            _ => BlockBegin { span: first.clone(), step: began, open: open.len() },
        };
        let skipped = if scope == Scope::Answer { self.skipped } else { 0 };
        let progress = Progress {
            done: self.step - began + skipped,
            budget,
            open: open.len(),
            total: free.len(),
            open_at_begin: begin.open,
        };
        let positions = if scope == Scope::Open { open } else { free };
        let behind = &self.canvas.states()[span.end..];
        let is_last = writes_blocks && behind.iter().all(|state| *state == TokenState::Noise);
        let all = self.canvas.ids().len();
        // The noise of a block that the model has learned belongs to it, whatever of it is written.
        let learned = self.learned_block.map_or(span.end, |block| span.end.next_multiple_of(block));
        let end = if is_last { learned.min(all) } else { all };
        let mut observed = positions.clone();
        if resolved.schedule.observes_all {
            observed.extend(self.canvas.open().filter(|position| *position < end));
            observed.sort_unstable();
            observed.dedup();
        }
        let block_is_new =
            self.block.as_ref().is_none_or(|before| before.span.start != first.start);
        let shadow = if resolved.correct.shadow { span.clone() } else { 0..0 };
        StepScope {
            began: block_is_new,
            begin,
            blocks,
            span,
            end,
            positions,
            observed,
            shadow,
            progress,
        }
    }

    fn grid(&self) -> BlockGrid {
        BlockGrid::new(&self.canvas, self.settings(), self.learned_block)
    }

    /// The block to be written: the one that was, while its sampler is not done with it.
    fn active_block(&self) -> Option<ActiveBlock> {
        let next = self.canvas.open().next();
        let Some(BlockBegin { span, .. }) = &self.block else {
            return ActiveBlock::find(&self.canvas, self.grid(), next?);
        };
        let full = self.canvas.open().all(|position| !span.contains(&position));
        let progress = self.whole_progress();
        let pending = full && (self.resolved.correct.pending)(&self.states, progress);
        ActiveBlock::find(&self.canvas, self.grid(), if pending { span.start } else { next? })
    }

    /// Where the run as a whole stands.
    pub(super) fn whole_progress(&self) -> Progress {
        Progress {
            done: self.step + self.skipped,
            budget: self.budget(),
            open: self.canvas.open().count(),
            total: self.canvas.free().count(),
            open_at_begin: self.canvas.free().count(),
        }
    }

    /// The budget, less what a text with little noise in it has behind it at the beginning.
    fn steps_in_all(&self) -> usize {
        self.budget().saturating_sub(self.skipped)
    }

    /// Steps in all: the budget, or as many as have been made and still could be.
    pub(super) fn planned(&self, open: usize) -> usize {
        let resolved = &self.resolved;
        if self.is_finished() {
            return self.step;
        }
        let left = self.steps_in_all().max(self.step + 1);
        if resolved.correct.scope == Scope::Answer {
            return left;
        }
        let blocks = ActiveBlock::open(&self.canvas, self.grid());
        let all = ActiveBlock::count(&self.canvas, self.grid());
        // What may fall may have to be written again.
        let open =
            if resolved.correct.scope == Scope::Open { open } else { self.canvas.free().count() };
        let most = self.step + open.max(1) + resolved.correct.after * all;
        if resolved.sampler.next_token.is_some() || !resolved.goes_by_budget() {
            return most;
        }
        // Every block takes a step at least, and almost every step writes a token at least.
        let foreseen = left.max(self.step + blocks) + resolved.correct.after * all;
        let may_write_nothing =
            resolved.select.needs_levels || resolved.schedule.name == "timesteps";
        if may_write_nothing { foreseen } else { foreseen.min(most) }
    }
}
