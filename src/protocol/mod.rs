//! What an engine and whoever watches it say to each other, as lines of JSON.
//!
//! A stream is a [`StreamHeader`] and then one record a line: [`Command`](crate::engine::Command)s one way,
//! [`Event`](crate::engine::Event)s the other, or the [`Step`](crate::diffusion::Step)s of `remask generate
//! --json`, behind which a summary stands. They are the very types that a playground and its engine pass through a channel, so that a run
//! can be watched from another process, or kept and looked at later.
//!
//! A knob travels by name, and its value as it is typed; a token by its id, and the tokenizer with
//! [`Event::Ready`](crate::engine::Event::Ready). Times are in milliseconds, and 0 where nobody took them. A
//! number that is none is `null`.

pub(crate) mod knob_values;
pub(crate) mod milliseconds;
pub(crate) mod nullable;
pub(crate) mod shared;

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, memory, visible};

/// The version of the records. A reader refuses any other.
pub const FORMAT: u32 = 1;
/// A line is no longer than this: a tokenizer of a quarter of a million tokens, several times over.
const LONGEST_LINE: u64 = 256 << 20;

/// The first line of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamHeader {
    /// [`FORMAT`].
    pub format: u32,
    /// Who writes, with its version.
    pub program: String,
}

impl Default for StreamHeader {
    fn default() -> Self {
        let program = format!("remask {}", env!("CARGO_PKG_VERSION"));
        Self { format: FORMAT, program }
    }
}

/// Writes records, the header before them.
pub struct RecordWriter<W> {
    out: W,
    /// What errors call it.
    name: PathBuf,
}

impl<W: Write> RecordWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn new(out: W) -> Result<Self> {
        Self::named(out, "the stream")
    }

    /// As [`RecordWriter::new`], into something that errors call `name`.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn named(out: W, name: impl Into<PathBuf>) -> Result<Self> {
        let mut writer = Self { out, name: name.into() };
        writer.write(&StreamHeader::default())?;
        Ok(writer)
    }

    /// Writes one line, in which nothing that a terminal would obey is left as it is.
    ///
    /// # Errors
    /// When `out` takes nothing more.
    pub fn write(&mut self, record: &impl Serialize) -> Result<()> {
        let line = visible::json(&serde_json::to_string(record)?).into_owned();
        writeln!(self.out, "{line}")
            .and_then(|()| self.out.flush())
            .map_err(Error::file(&self.name))
    }
}

/// Reads what a [`RecordWriter`] wrote.
pub struct RecordReader<R> {
    input: R,
    line: usize,
}

impl<R: BufRead> RecordReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When there is none, or it is of another format.
    pub fn new(input: R) -> Result<Self> {
        let mut reader = Self { input, line: 0 };
        match reader.read::<StreamHeader>()? {
            Some(header) if header.format == FORMAT => Ok(reader),
            Some(header) => Err(Error::invalid(format!(
                "the stream is of format {} ({}), and this program reads format {FORMAT}; use the version \
                 that wrote it",
                header.format,
                visible::line(&header.program)
            ))),
            None => Err(Error::invalid("the stream is empty; it takes one that remask wrote")),
        }
    }

    /// The number of the line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The next record; nothing at the end, or where the last line was cut off.
    ///
    /// # Errors
    /// Names a line that is no such record.
    pub fn read<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let mut line = Vec::new();
        let mut limited = self.input.by_ref().take(LONGEST_LINE);
        limited.read_until(b'\n', &mut line).map_err(Error::file("the stream"))?;
        self.line += 1;
        if line.len() as u64 == LONGEST_LINE {
            return Err(Error::invalid(format!(
                "line {} of the stream goes on beyond {}, and is no record",
                self.line,
                memory::shown(LONGEST_LINE)
            )));
        }
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(|e| {
            let reason = e.to_string();
            let reason = visible::line(&reason);
            Error::invalid(format!("line {} of the stream is no record: {reason}", self.line))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_format_a_cut_line_and_nonsense_are_told_apart() {
        let read = |text: &'static str| RecordReader::new(text.as_bytes());
        let later = read("{\"format\":2,\"program\":\"remask 9\"}\n").err().unwrap().to_string();
        assert!(later.contains("format 2 (remask 9)"), "{later}");
        assert!(read("").is_err());
        let mut reader = read("{\"format\":1,\"program\":\"x\"}\n7\n\"no\"\n8").unwrap();
        assert_eq!(reader.read::<u32>().unwrap(), Some(7));
        let error = reader.read::<u32>().unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        assert_eq!(reader.read::<u32>().unwrap(), None);
    }
}
