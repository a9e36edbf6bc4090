//! Reads a trace, which anybody may have made.

use std::collections::HashMap;
use std::io::BufRead;
use std::time::Duration;

use super::{TRACE_FORMAT, TraceHeader, TraceRecord, TraceToken, tokens};
use crate::diffusion::{Canvas, PositionUpdate, Step};
use crate::engine::ModelInfo;
use crate::knobs::Settings;
use crate::model::Tokenizer;
use crate::protocol::RecordReader;
use crate::{Error, Result, visible};

/// Positions of all moments together that any trace may have: each is a pointer in the history that shows it.
const ROOM: usize = 5 << 20;
/// As many more for each position that its steps say something of.
const ROOM_FOR_UPDATE: usize = 16;
/// Passes and positions: more than a run can have, and few enough to be added up.
const MOST: usize = 1 << 24;
/// Of a pass.
const LONGEST_PASS: Duration = Duration::from_secs(1 << 20);
/// Bytes of the text, were the longest token at every position: it is laid out several times over.
const LONGEST_TEXT: usize = 4 << 20;

/// A run that was written down, and can be watched again.
pub struct RecordedRun {
    /// The model that wrote it, of which nothing is there but the spelling of the tokens that the run has seen.
    pub model: ModelInfo,
    /// The fingerprint of its whole tokenizer ([`TraceModel::tokenizer`](super::TraceModel)).
    pub fingerprint: String,
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
        let header: serde_json::Value = input.read()?.ok_or_else(|| {
            Error::invalid(
                "the trace ends in its header, so there is no step in it; write it again",
            )
        })?;
        // The version before all else: what a later one says besides is not known here.
        match header["trace"].as_u64() {
            Some(version) if version > u64::from(TRACE_FORMAT) => {
                return Err(Error::invalid(format!(
                    "the trace is of version {version}, and this program reads those up to {TRACE_FORMAT}; \
                     use a later one"
                )));
            }
            Some(1..) => {}
            _ => {
                return Err(Error::invalid(
                    "line 2 is not the beginning of a trace; give one that `remask generate --trace` wrote",
                ));
            }
        }
        let header: TraceHeader = serde_json::from_value(header).map_err(|error| {
            let error = error.to_string();
            Error::invalid(format!("line 2 of the trace: {}", visible::line(&error)))
        })?;
        if header.canvas.is_empty() {
            return Err(Error::invalid("line 2 of the trace: its canvas has no positions"));
        }
        let mut reading = Reading {
            header,
            spelled: HashMap::new(),
            moments: Vec::new(),
            updates: 0,
            longest: 0,
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

/// Whether what a pass says of its certainty can be so; where nobody asked, it says nothing.
fn has_probabilities(update: &PositionUpdate) -> bool {
    // What was added up in f32 may be a little more.
    let is_probability = |p: f32| p.is_nan() || (0.0..=1.001).contains(&p);
    let is_entropy = |nats: f32| nats.is_nan() || (-0.001..=100.0).contains(&nats);
    is_probability(update.confidence)
        && is_entropy(update.entropy)
        && update.candidates.iter().all(|candidate| is_probability(candidate.probability))
}

/// A trace, as far as it was read.
struct Reading {
    header: TraceHeader,
    spelled: HashMap<u32, (Box<[u8]>, bool)>,
    moments: Vec<RecordedMoment>,
    /// Positions that its steps say something of.
    updates: usize,
    /// Bytes of the longest token.
    longest: usize,
    ended: bool,
}

impl Reading {
    fn take(&mut self, record: TraceRecord) -> std::result::Result<(), String> {
        if self.ended {
            return Err("something follows the end of the run".to_owned());
        }
        match record {
            TraceRecord::Tokens(tokens) => {
                self.check_spellings(&tokens)?;
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
                let mut states = canvas.states().iter().zip(self.header.canvas.states());
                if states.any(|(now, then)| now.is_given() != then.is_given()) {
                    return Err("a change by hand changed what was given".to_owned());
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
        let given =
            |place: &usize| self.header.canvas.states().get(*place).is_some_and(|s| s.is_given());
        if let Some(place) = step.updates.iter().map(|update| update.position).find(given) {
            return Err(format!("position {place} was given, and no step changes it"));
        }
        if !step.updates.iter().all(has_probabilities) || step.time() > LONGEST_PASS {
            return Err("a probability, an entropy or a time is none".to_owned());
        }
        let beyond = places.copied().find(|place| *place >= length);
        if let Some(place) = beyond.or((step.block.end > length).then_some(step.block.end)) {
            return Err(format!("position {place} is beyond the canvas of {length}"));
        }
        if !step.updates.is_sorted_by(|one, next| one.position < next.position)
            || step.block.start > step.block.end
        {
            return Err("the positions of the step are in no order".to_owned());
        }
        let counts = [step.planned, step.positions_read, step.open, step.index];
        if counts.iter().any(|count| *count > MOST) || !step.noise_level.is_finite() {
            return Err("a count of the step is larger than any run has".to_owned());
        }
        self.check_spelled(step.updates.iter().flat_map(tokens))
    }

    /// Whether every token can be one, and texts of them no longer than their file.
    fn check_spellings(&mut self, tokens: &[TraceToken]) -> std::result::Result<(), String> {
        for TraceToken { id, text, .. } in tokens {
            let length = text.bytes();
            if *id as usize >= Tokenizer::LARGEST {
                return Err(format!("no vocabulary has a token {id}"));
            }
            self.longest = self.longest.max(length);
            let (longest, positions) = (self.longest, self.header.canvas.len());
            if longest.saturating_mul(positions) > LONGEST_TEXT {
                return Err(format!(
                    "token {id} has {length} bytes, too many for a canvas of {positions} positions"
                ));
            }
        }
        Ok(())
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
        let fingerprint = header.model.tokenizer.clone();
        let model = header.model.into_info(Tokenizer::of_tokens(tokens)?);
        Ok(RecordedRun {
            model,
            fingerprint,
            knobs: header.knobs,
            canvas: header.canvas,
            moments,
            ended,
        })
    }
}
