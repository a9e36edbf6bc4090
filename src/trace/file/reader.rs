//! Reads a trace, which anybody may have made.

use std::collections::HashMap;
use std::io::BufRead;

use super::writer::tokens;
use super::{TRACE_FORMAT, TraceHeader, TraceRecord};
use crate::diffusion::{Canvas, Step};
use crate::engine::ModelInfo;
use crate::knobs::Settings;
use crate::model::Tokenizer;
use crate::protocol::RecordReader;
use crate::{Error, Result, visible};

/// Positions of all moments together that any trace may have: each is a pointer in the history that shows it ...
const ROOM: usize = 5 << 20;
/// ... and as many more for each position that its steps say something of.
const ROOM_FOR_UPDATE: usize = 16;
/// More passes than a run can have, and few enough to be added up.
const MOST_PASSES: usize = 1 << 24;

/// A run that was written down, and can be watched again.
pub struct RecordedRun {
    /// The model that wrote it, of which nothing is there but the spelling of the tokens that the run has seen.
    pub model: ModelInfo,
    /// The knobs that it was begun with.
    pub knobs: Settings,
    /// The text before the first pass.
    pub canvas: Canvas,
    /// What led to each moment behind it.
    pub moments: Vec<RecordedMoment>,
    /// Whether it was written to its end, and not broken off.
    pub ended: bool,
}

/// What led to a moment of a recorded run.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedMoment {
    /// A pass.
    Step(Box<Step>),
    /// A change by hand, and the text behind it.
    Edited(Canvas),
}

impl RecordedRun {
    /// Reads a trace, up to the last whole line of one that was cut off.
    ///
    /// # Errors
    /// When there is no beginning of a trace, or it is of a later version; names a line that is no part of one.
    pub fn read(input: impl BufRead) -> Result<Self> {
        let mut input = RecordReader::new(input).map_err(|error| {
            let error = error.to_string();
            Error::invalid(format!(
                "it is no trace ({error}); give one that `remask generate --trace` wrote"
            ))
        })?;
        let header: TraceHeader = input.read()?.ok_or_else(|| {
            Error::invalid(
                "the trace ends in its header, so there is no step in it; write it again",
            )
        })?;
        if header.trace > TRACE_FORMAT {
            return Err(Error::invalid(format!(
                "the trace is of version {}, and this program reads those up to {TRACE_FORMAT}; use a later one",
                header.trace
            )));
        }
        let mut reading = Reading {
            header,
            spelled: HashMap::new(),
            moments: Vec::new(),
            updates: 0,
            ended: false,
        };
        while let Some(record) = input.read()? {
            reading.take(record).map_err(|why| {
                let why = visible::line(&why).into_owned();
                Error::invalid(format!("line {} of the trace: {why}", input.line()))
            })?;
        }
        reading.into_run()
    }
}

/// A trace, as far as it was read.
struct Reading {
    header: TraceHeader,
    spelled: HashMap<u32, (Box<[u8]>, bool)>,
    moments: Vec<RecordedMoment>,
    updates: usize,
    ended: bool,
}

impl Reading {
    fn take(&mut self, record: TraceRecord) -> std::result::Result<(), String> {
        if self.ended {
            return Err("something follows the end of the run".to_owned());
        }
        match record {
            TraceRecord::Tokens(tokens) => {
                let spelled = tokens.into_iter();
                self.spelled.extend(
                    spelled.map(|token| (token.id, (token.text.into_bytes(), token.special))),
                );
            }
            TraceRecord::Step(step) => {
                self.check(&step)?;
                self.updates += step.updates.len();
                self.moment(RecordedMoment::Step(step))?;
            }
            TraceRecord::Edited(canvas) => {
                let (length, whole) = (canvas.len(), self.header.canvas.len());
                if length != whole {
                    return Err(format!("a change by hand made {length} positions of {whole}"));
                }
                self.check_spelled(canvas.ids().iter().copied())?;
                self.updates += length;
                self.moment(RecordedMoment::Edited(canvas))?;
            }
            TraceRecord::Ended => self.ended = true,
        }
        Ok(())
    }

    /// Takes a moment in, where there is room to show it.
    fn moment(&mut self, moment: RecordedMoment) -> std::result::Result<(), String> {
        self.moments.push(moment);
        let (moments, length) = (self.moments.len() + 1, self.header.canvas.len());
        let room = ROOM.saturating_add(self.updates.saturating_mul(ROOM_FOR_UPDATE));
        if moments.saturating_mul(length) > room {
            return Err(format!(
                "{moments} moments of {length} positions are more than can be shown; cut the file off before it"
            ));
        }
        Ok(())
    }

    /// Whether `step` can have been made on this canvas.
    fn check(&self, step: &Step) -> std::result::Result<(), String> {
        let length = self.header.canvas.len();
        let read = step.cached.iter().flat_map(|cached| &cached.read);
        let places = step.updates.iter().map(|update| &update.position).chain(read);
        let beyond = places.copied().find(|place| *place >= length);
        if let Some(place) = beyond.or((step.block.end > length).then_some(step.block.end)) {
            return Err(format!("position {place} is beyond the canvas of {length}"));
        }
        let counts = [step.planned, step.positions_read, step.open, step.index];
        if counts.iter().any(|count| *count > MOST_PASSES) || !step.noise_level.is_finite() {
            return Err("a count of the step is larger than any run has".to_owned());
        }
        self.check_spelled(step.updates.iter().flat_map(tokens))
    }

    fn check_spelled(
        &self,
        mut named: impl Iterator<Item = u32>,
    ) -> std::result::Result<(), String> {
        match named.find(|id| !self.spelled.contains_key(id)) {
            Some(id) => Err(format!("token {id} was not spelled before")),
            None => Ok(()),
        }
    }

    fn into_run(self) -> Result<RecordedRun> {
        let Self { header, spelled, moments, ended, .. } = self;
        if let Some(id) = header.canvas.ids().iter().find(|id| !spelled.contains_key(id)) {
            return Err(Error::invalid(format!(
                "the trace ends before token {id} of its canvas is spelled; write it again"
            )));
        }
        let tokens = spelled.into_iter().map(|(id, (bytes, special))| (id, bytes, special));
        let model = header.model.into_info(Tokenizer::of_tokens(tokens)?);
        Ok(RecordedRun { model, knobs: header.knobs, canvas: header.canvas, moments, ended })
    }
}
