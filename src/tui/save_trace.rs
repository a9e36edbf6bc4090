//! Keeping a run as a file.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::app::{App, Notice};
use super::lane::LaneView;
use crate::engine::ModelInfo;
use crate::export::{ExportFormat, FilmOptions, export};
use crate::trace::Frame;
use crate::trace::file::{RecordedRun, TraceWriter};
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

    /// Writes the same branch as a page that can be shown to anybody.
    pub(super) fn export_page(&mut self) {
        let lane = self.lane();
        let notice = match (self.model(lane), lane.history.frame(0)) {
            (Some(model), Some(first)) => match page(self, lane, &model.about, first) {
                Ok(path) => {
                    Notice::good(format!("{} shows this run in any browser", path.display()))
                }
                Err(error) => Notice::bad(format!("there is no page of the run: {error}")),
            },
            _ => Notice::bad("there is no run yet that could be shown"),
        };
        self.notice = Some(notice);
    }
}

/// Writes the branch of `lane` that began with `first` into a free file, and says which; leaves none that is not whole.
fn written(lane: &LaneView, model: &ModelInfo, first: &Frame) -> Result<PathBuf> {
    let (file, path) = free_file("jsonl")?;
    kept(&path, trace(lane, model, first, BufWriter::new(file), &path))
}

/// The branch of `lane` that began with `first` as a page, in the colours of `app`.
fn page(app: &App, lane: &LaneView, model: &ModelInfo, first: &Frame) -> Result<PathBuf> {
    let (mut file, path) = free_file("html")?;
    let mut write = || {
        let mut bytes = Vec::new();
        trace(lane, model, first, &mut bytes, &path)?;
        let options = FilmOptions {
            size: PAGE,
            pace: Duration::from_secs_f64(1.0 / STEPS_A_SECOND),
            panels: true,
            theme: app.theme.clone(),
            glyphs: app.glyphs,
            display: app.display.clone(),
        };
        let run = RecordedRun::read(bytes.as_slice())?;
        // The thread of the playground may not wait for another engine.
        let export = std::thread::spawn(move || export(run, ExportFormat::Html, options));
        let page = export.join().map_err(|_| Error::Internal("a thread panicked".into()))??;
        file.write_all(&page).map_err(Error::file(&path))
    };
    let result = write();
    kept(&path, result)
}

/// Columns and rows of a page.
const PAGE: (u16, u16) = (120, 34);
/// How fast a page goes.
const STEPS_A_SECOND: f64 = 8.0;

fn trace(
    lane: &LaneView,
    model: &ModelInfo,
    first: &Frame,
    out: impl Write,
    path: &Path,
) -> Result<()> {
    let mut trace = TraceWriter::new(out, path, model, &lane.begun_with, &first.canvas())?;
    trace.branch(&lane.history)?;
    if lane.ended { trace.end() } else { Ok(()) }
}

/// The file at `path`, which is taken away where it is not whole.
fn kept(path: &Path, written: Result<()>) -> Result<PathBuf> {
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written.map(|()| path.to_owned())
}

/// The first file of a run, with this extension, that is not there yet.
fn free_file(extension: &str) -> Result<(File, PathBuf)> {
    const MOST: usize = 10_000;
    for number in 1..=MOST {
        let path = PathBuf::from(format!("remask-run-{number}.{extension}"));
        match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => return Ok((file.map_err(Error::file(&path))?, path)),
        }
    }
    Err(Error::invalid(format!(
        "there are {MOST} runs in this folder; move remask-run-*.{extension} to another"
    )))
}
