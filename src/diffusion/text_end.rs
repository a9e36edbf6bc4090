//! Where a text ends: what stands behind an answer, and behind an end token.

use super::canvas::Segment;
use super::session::Session;
use super::step::PositionUpdate;
use super::step_scope::StepScope;
use crate::Result;
use crate::model::{Logits, Prediction, Vocabulary};

impl Session {
    /// Where an answer is asked for, what would begin behind it ends it.
    pub(super) fn end_at_stops(
        &self,
        logits: &mut dyn Logits,
        vocabulary: &Vocabulary,
    ) -> Result<()> {
        match vocabulary.eos.first() {
            Some(end) if self.answers => logits.join(&vocabulary.stops, *end),
            _ => Ok(()),
        }
    }

    /// Writes end tokens behind a block that is finished and has one in it, where nothing behind it was read.
    pub(super) fn end_behind(
        &mut self,
        scope: &StepScope,
        vocabulary: &Vocabulary,
    ) -> Vec<PositionUpdate> {
        let first = &scope.begin.span;
        let behind = self.canvas.open().next().filter(|next| *next >= first.end);
        // Of a block that the model has learned all that is written counts, whichever part of it was written last.
        let begin = self.learned_block.map_or(first.start, |block| first.start / block * block);
        let written = begin.max(self.canvas.answer_span().start)..first.end;
        let ends = self.canvas.ids()[written].iter().copied().find(|id| vocabulary.is_eos(*id));
        let was_read = scope.end > scope.span.end;
        let (Some(_), Some(token), false) = (behind, ends, was_read) else { return Vec::new() };
        if (self.resolved.correct.pending)(&self.states, self.whole_progress()) {
            return Vec::new();
        }
        let rest: Vec<usize> = self.canvas.open().collect();
        rest.into_iter().map(|at| self.put(at, token, Prediction::certain(token))).collect()
    }
}

/// Whether an answer may have it: nothing that stands behind one.
pub(super) fn is_of_answer(segment: &Segment) -> bool {
    matches!(segment, Segment::Prompt(_) | Segment::Noise(_))
}
