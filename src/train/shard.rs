//! A piece of a batch: sequences and noised blocks laid end to end, and what is asked of them.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::objective::Objective;
use crate::Result;
use crate::model::draft_head;
use crate::model::layout::{Inside, PassLayout, Span};
use crate::model::ops::cross_entropy;
use crate::model::transformer::{Dropout, Transformer};

/// Rows of the logits that carry loss, for one objective.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// The rows.
    pub rows: Vec<u32>,
    /// The token that each should predict.
    pub targets: Vec<u32>,
    /// What each counts.
    pub weights: Vec<f32>,
    /// The tokens before each target, for the draft head: two a row. Empty for other objectives.
    pub previous: Vec<u32>,
}

/// Rows that go through the network together. No padding: documents stand one behind the other and do not
/// see each other.
#[derive(Clone, Debug, Default)]
pub struct Shard {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Where each stands in its document.
    pub positions: Vec<u32>,
    /// Who sees whom.
    pub spans: Vec<Span>,
    /// What is asked, by objective.
    pub asked: [Targets; Objective::COUNT],
}

impl Shard {
    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Adds `ids`, the first of which stands at `first`, and which see `context` and each other as
    /// `inside` says; returns the rows they got.
    pub fn push(
        &mut self,
        ids: &[u32],
        first: usize,
        context: Range<usize>,
        inside: Inside,
    ) -> Range<usize> {
        let rows = self.rows()..self.rows() + ids.len();
        self.ids.extend_from_slice(ids);
        self.positions.extend(first as u32..(first + ids.len()) as u32);
        self.spans.push(Span::new(rows.clone(), context, inside));
        rows
    }

    /// Asks `row` for `target`.
    pub fn ask(&mut self, objective: Objective, row: usize, target: u32, weight: f32) {
        let asked = &mut self.asked[objective as usize];
        asked.rows.push(row as u32);
        asked.targets.push(target);
        asked.weights.push(weight);
    }

    /// Asks the draft head for the token of `text` at `position`, from `row` and the tokens before it.
    pub fn ask_draft(&mut self, row: usize, text: &[u32], position: usize) {
        self.ask(Objective::Draft, row, text[position], 1.0);
        let previous = draft_head::previous(text, &[position]);
        self.asked[Objective::Draft as usize].previous.extend(previous);
    }

    /// Adds `other` behind this one.
    pub fn append(&mut self, other: Self) {
        let shift = self.rows();
        let moved = |range: Range<usize>| range.start + shift..range.end + shift;
        self.ids.extend(other.ids);
        self.positions.extend(other.positions);
        self.spans.extend(other.spans.into_iter().map(|span| Span {
            rows: moved(span.rows),
            context: moved(span.context),
            inside: span.inside,
            unseen: span.unseen.map(|key| key + shift),
        }));
        for (asked, other) in self.asked.iter_mut().zip(other.asked) {
            asked.rows.extend(other.rows.into_iter().map(|row| row + shift as u32));
            asked.targets.extend(other.targets);
            asked.weights.extend(other.weights);
            asked.previous.extend(other.previous);
        }
    }

    /// Hidden states (1, rows, D).
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn hidden(&self, model: &Transformer, dropout: Option<Dropout>) -> Result<Tensor> {
        let ids = Tensor::from_slice(&self.ids, (1, self.rows()), &Device::Cpu)?;
        let layout =
            PassLayout { positions: self.positions.clone(), spans: self.spans.clone(), cached: 0 };
        model.hidden_in_training(&ids, &Arc::new(layout), dropout)
    }

    /// Nats of each row that is asked for `objective`; nothing where none is.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn nats(
        &self,
        model: &Transformer,
        hidden: &Tensor,
        objective: Objective,
    ) -> Result<Option<Tensor>> {
        let asked = &self.asked[objective as usize];
        if asked.rows.is_empty() {
            return Ok(None);
        }
        let logits = match objective {
            Objective::Draft => model.draft_logits(hidden, &asked.rows, &asked.previous)?,
            _ => model.logits_of_rows(hidden, &asked.rows)?,
        };
        Ok(Some(cross_entropy(&logits, asked.targets.clone())?))
    }

    /// The weighted sum of the nats of `objective`; nothing where nothing is asked.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn loss(
        &self,
        model: &Transformer,
        hidden: &Tensor,
        objective: Objective,
    ) -> Result<Option<Tensor>> {
        let Some(nats) = self.nats(model, hidden, objective)? else { return Ok(None) };
        let weights = &self.asked[objective as usize].weights;
        let weights = Tensor::from_slice(weights, weights.len(), &Device::Cpu)?;
        Ok(Some((&nats * weights.to_dtype(nats.dtype())?)?.sum_all()?))
    }
}
