//! Keeping a run as a file.

use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::PathBuf;

use super::app::{App, Notice};
use super::lane::LaneView;
use crate::engine::ModelInfo;
use crate::trace::Frame;
use crate::trace::file::TraceWriter;
use crate::{Error, Result};

impl App {
    /// Writes the branch that is shown, of the lane under the cursor, into a file of its own in the folder that the
    /// program was begun in.
    pub(super) fn save_trace(&mut self) {
        let lane = self.lane();
        let notice = match (self.model(lane), lane.history.frame(0)) {
            _ if self.recorded => Notice::bad("this run is in a file already"),
            (Some(model), Some(first)) => match written(lane, &model.about, first) {
                Ok(path) => {
                    let path = path.display();
                    Notice::good(format!("written down: remask replay {path} shows it again"))
                }
                Err(error) => Notice::bad(format!("the run was not written down: {error}")),
            },
            _ => Notice::bad("there is no run yet that could be written down"),
        };
        self.notice = Some(notice);
    }
}

/// Writes the branch of `lane` that began with `first` into a free file, and says which; leaves none that is not whole.
fn written(lane: &LaneView, model: &ModelInfo, first: &Frame) -> Result<PathBuf> {
    let (file, path) = free_file()?;
    let write = || {
        let (out, knobs) = (BufWriter::new(file), &lane.begun_with);
        let mut trace = TraceWriter::new(out, &path, model, knobs, &first.canvas())?;
        trace.branch(&lane.history)?;
        if lane.ended { trace.end() } else { Ok(()) }
    };
    let result = write();
    if result.is_err() {
        let _ = std::fs::remove_file(&path);
    }
    result.map(|()| path)
}

/// The first file of a run that is not there yet.
fn free_file() -> Result<(File, PathBuf)> {
    const MOST: usize = 10_000;
    for number in 1..=MOST {
        let path = PathBuf::from(format!("remask-run-{number}.jsonl"));
        match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => return Ok((file.map_err(Error::file(&path))?, path)),
        }
    }
    Err(Error::invalid(format!(
        "there are {MOST} runs in this folder; move remask-run-*.jsonl to another"
    )))
}
