//! Keeping a run as a file.

use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use super::app::{App, Notice};
use crate::trace::file::TraceWriter;
use crate::{Error, Result};

impl App {
    /// Writes the branch that is shown, of the lane under the cursor, into a file of its own in the folder that the
    /// program was begun in.
    pub(super) fn save_trace(&mut self) {
        let why = match self.frame() {
            _ if self.recorded => Some("this run is in a file already"),
            None => Some("there is no run yet that could be written down"),
            Some(_) => None,
        };
        if let Some(why) = why {
            self.notice = Some(Notice::bad(why));
            return;
        }
        self.notice = Some(match self.write_trace(Path::new("")) {
            Ok(path) => {
                let path = path.display();
                Notice::good(format!("written down: remask replay {path} shows it again"))
            }
            Err(error) => Notice::bad(format!("the run was not written down: {error}")),
        });
    }

    /// Writes the trace into `folder`, and says where.
    fn write_trace(&self, folder: &Path) -> Result<PathBuf> {
        let lane = self.lane();
        let (Some(model), Some(first)) = (self.model(lane), lane.history.frame(0)) else {
            return Err(Error::invalid("there is no run yet"));
        };
        let (file, path) = free_file(folder)?;
        let (out, knobs) = (BufWriter::new(file), &lane.run_settings);
        let mut trace = TraceWriter::new(out, &path, &model.about, knobs, &first.canvas())?;
        trace.branch(&lane.history)?;
        if lane.ended {
            trace.end()?;
        }
        Ok(path)
    }
}

/// The first file of its kind in `folder` that is not there yet.
fn free_file(folder: &Path) -> Result<(File, PathBuf)> {
    /// Whoever has as many has them from something else.
    const MOST: usize = 10_000;
    for number in 1..MOST {
        let path = folder.join(format!("remask-run-{number}.jsonl"));
        match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => return Ok((file.map_err(Error::file(&path))?, path)),
        }
    }
    Err(Error::invalid("the folder is full of runs; move some of remask-run-*.jsonl"))
}
