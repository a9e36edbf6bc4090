//! Writes a trace while the run goes on.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::{
    TRACE_FORMAT, TokenSpelling, TraceHeader, TraceModel, TraceRecord, TraceToken, tokens,
};
use crate::Result;
use crate::diffusion::{Canvas, Step};
use crate::engine::ModelInfo;
use crate::knobs::Settings;
use crate::model::Tokenizer;
use crate::protocol::RecordWriter;
use crate::trace::History;

/// A trace in the making.
pub struct TraceWriter<W> {
    out: RecordWriter<W>,
    tokenizer: Arc<Tokenizer>,
    /// The tokens that are spelled already.
    spelled: HashSet<u32>,
}

impl<W: Write> TraceWriter<W> {
    /// Writes how a run begins: `canvas` before its first pass. Errors call `out` by `name`.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn new(
        out: W,
        name: &Path,
        model: &ModelInfo,
        knobs: &Settings,
        canvas: &Canvas,
    ) -> Result<Self> {
        let mut out = RecordWriter::named(out, name)?;
        out.write(&TraceHeader {
            trace: TRACE_FORMAT,
            model: TraceModel::of(model),
            knobs: knobs.clone(),
            canvas: canvas.clone(),
        })?;
        let tokenizer = Arc::clone(&model.tokenizer);
        let mut writer = Self { out, tokenizer, spelled: HashSet::new() };
        writer.spell(canvas.ids().iter().copied())?;
        Ok(writer)
    }

    /// Writes what a pass did.
    ///
    /// # Errors
    /// When the file takes nothing more.
    pub fn step(&mut self, step: &Step) -> Result<()> {
        self.spell(step.updates.iter().flat_map(tokens))?;
        self.out.write(&TraceRecord::Step(Box::new(step.clone())))
    }

    /// Writes everything that led to the end of the branch of `history` that is shown.
    ///
    /// # Errors
    /// When the file takes nothing more.
    pub fn branch(&mut self, history: &History) -> Result<()> {
        for record in history.records() {
            match &record {
                TraceRecord::Step(step) => self.spell(step.updates.iter().flat_map(tokens))?,
                TraceRecord::Edited(canvas) => self.spell(canvas.ids().iter().copied())?,
                TraceRecord::Tokens(_) | TraceRecord::Ended => {}
            }
            self.out.write(&record)?;
        }
        Ok(())
    }

    /// Writes that everything is decided.
    ///
    /// # Errors
    /// When the file takes nothing more.
    pub fn end(&mut self) -> Result<()> {
        self.out.write(&TraceRecord::Ended)
    }

    /// Spells those of `ids` that were not seen before.
    fn spell(&mut self, ids: impl Iterator<Item = u32>) -> Result<()> {
        let fresh = ids.filter(|id| self.spelled.insert(*id));
        let tokens = fresh.map(|id| TraceToken {
            id,
            text: TokenSpelling::of(self.tokenizer.bytes(id)),
            special: self.tokenizer.is_special(id),
        });
        match tokens.collect::<Vec<_>>() {
            tokens if tokens.is_empty() => Ok(()),
            tokens => self.out.write(&TraceRecord::Tokens(tokens)),
        }
    }
}
