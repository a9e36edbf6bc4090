//! Where a sweep keeps what it has measured: the plan, and a row for each text, twice.
//!
//! A row is one write, so that whoever kills the program loses at most the row that was being written.
//! The JSON lines are what counts; the CSV file is made from them anew whenever a sweep is gone on with.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::plan::{Grid, SweepPlan};
use super::record::Row;
use crate::train::checkpoint::write_text;
use crate::{Error, Result, files};

/// The plan.
pub const PLAN: &str = "sweep.toml";
/// The rows, as JSON lines.
pub const ROWS: &str = "results.jsonl";
/// The rows, as CSV.
pub const TABLE: &str = "results.csv";
/// Every file that a sweep writes; the last ones when it is done.
const WRITTEN: [&str; 7] = [PLAN, ROWS, TABLE, "passes.svg", "time.svg", "best.toml", "knee.toml"];

/// The folder of one sweep, held by this process alone.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    rows: Vec<Row>,
    lines: File,
    table: File,
}

impl Folder {
    /// Makes the folder, or goes on with what an earlier run of the same plan left in it.
    ///
    /// # Errors
    /// When another plan's sweep is in it, or one that is running, or rows that are none; or when the
    /// disk refuses.
    pub fn open(path: &Path, plan: &SweepPlan, grid: &Grid) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(Error::file(path))?;
        refuse_foreign(path)?;
        let at = path.join(ROWS);
        files::check_regular_or_absent(&at)?;
        let lines = OpenOptions::new().read(true).append(true).create(true).open(&at);
        let lines = lines.map_err(Error::file(&at))?;
        // A disk that knows no locks is no reason to measure nothing.
        if matches!(lines.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(Error::invalid(format!(
                "another sweep is writing into {}; wait for it, or choose another --out",
                path.display()
            )));
        }
        // The bytes, their text, and the rows.
        let bytes = files::read_whole_open(&lines, &at, 3)?;
        settle_plan(path, plan, bytes.is_empty())?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            lines.set_len(whole as u64).map_err(Error::file(&at))?;
        }
        let rows = read_rows(&bytes[..whole], plan, grid).map_err(|e| {
            Error::invalid(format!("{}, {e}; delete it, or choose another --out", at.display()))
        })?;
        let table = begin_table(&path.join(TABLE), &rows, plan, grid)?;
        Ok(Self { path: path.to_owned(), rows, lines, table })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has been measured: the first of all jobs, in their order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Keeps the row of the next job.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append(&mut self, row: Row, plan: &SweepPlan, grid: &Grid) -> Result<()> {
        let line = format!("{}\n", row.to_json(plan, grid));
        self.lines.write_all(line.as_bytes()).map_err(Error::file(self.path.join(ROWS)))?;
        let line = format!("{}\n", row.to_csv(plan, grid));
        self.table.write_all(line.as_bytes()).map_err(Error::file(self.path.join(TABLE)))?;
        self.rows.push(row);
        Ok(())
    }
}

/// A folder without a sweep in it is taken only where nothing of what a sweep writes is there: those files
/// are somebody's.
fn refuse_foreign(folder: &Path) -> Result<()> {
    let ours = [PLAN, ROWS].iter().all(|name| folder.join(name).exists());
    // The rows are made before the plan: a sweep that was killed in between left them empty.
    let begun = std::fs::metadata(folder.join(ROWS)).is_ok_and(|rows| rows.len() == 0);
    if ours || begun {
        return Ok(());
    }
    let files = std::fs::read_dir(folder).map_err(Error::file(folder))?;
    let written = |name: &std::ffi::OsStr| WRITTEN.iter().any(|ours| name == *ours);
    match files.flatten().find(|file| written(&file.file_name())) {
        None => Ok(()),
        Some(theirs) => Err(Error::invalid(format!(
            "{} holds a {}, but {} is missing, so it is no sweep's; choose another --out",
            folder.display(),
            theirs.file_name().display(),
            if folder.join(PLAN).exists() { ROWS } else { PLAN }
        ))),
    }
}

/// Writes the plan down, or sees that it is the one that is there.
fn settle_plan(folder: &Path, plan: &SweepPlan, empty: bool) -> Result<()> {
    let (at, text) = (folder.join(PLAN), plan.to_toml());
    let known = at.exists().then(|| files::read_text(&at, files::SETTINGS)).transpose()?;
    let other = match known {
        Some(known) if known == text => return Ok(()),
        Some(known) => difference(&known, &text),
        None if empty => return write_text(&at, &text),
        None => format!("{PLAN} is missing"),
    };
    Err(Error::invalid(format!(
        "{} holds another sweep ({other}); choose another --out, or delete the folder",
        folder.display()
    )))
}

/// The first line in which two plans differ.
fn difference(known: &str, now: &str) -> String {
    let (known, now) = (&mut known.lines(), &mut now.lines());
    loop {
        match (known.next(), now.next()) {
            (Some(known), Some(now)) if known == now => {}
            (Some(known), Some(now)) => return format!("there {known}, here {now}"),
            (Some(known), None) => return format!("there {known}, here nothing"),
            (None, Some(now)) => return format!("there nothing, here {now}"),
            (None, None) => return "line ends differ".to_owned(),
        }
    }
}

fn read_rows(bytes: &[u8], plan: &SweepPlan, grid: &Grid) -> Result<Vec<Row>> {
    let text = std::str::from_utf8(bytes).map_err(|e| Error::invalid(format!("not text ({e})")))?;
    let mut jobs = plan.jobs(grid);
    let row = |(index, line): (usize, &str)| {
        let job = jobs.next().ok_or_else(|| Error::invalid("more rows than the plan has"));
        let row = job.and_then(|job| Row::from_json(plan, job, line));
        row.map_err(|e| Error::invalid(format!("line {}: {e}", index + 1)))
    };
    text.lines().enumerate().map(row).collect()
}

/// The CSV file with `rows` in it, open for those to come.
fn begin_table(at: &Path, rows: &[Row], plan: &SweepPlan, grid: &Grid) -> Result<File> {
    let mut text = format!("{}\n", Row::header(plan));
    for row in rows {
        text.push_str(&row.to_csv(plan, grid));
        text.push('\n');
    }
    write_text(at, &text)?;
    OpenOptions::new().append(true).open(at).map_err(Error::file(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{plan, sound};
    use crate::sweep::record::tests::row;

    fn read(folder: &Path, name: &str) -> String {
        std::fs::read_to_string(folder.join(name)).unwrap()
    }

    /// Appends rows until there are `until`.
    fn fill(folder: &mut Folder, until: usize, plan: &SweepPlan, grid: &Grid) {
        for job in plan.jobs(grid).take(until).skip(folder.rows().len()) {
            folder.append(row(job, 8, 20.1), plan, grid).unwrap();
        }
    }

    #[test]
    fn a_torn_last_line_is_written_again() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let whole = tempfile::tempdir().unwrap();
        fill(&mut Folder::open(whole.path(), &plan, &grid).unwrap(), 8, &plan, &grid);
        let torn = tempfile::tempdir().unwrap();
        for (rows, cut) in [(3, 1), (5, 20), (6, 0)] {
            fill(&mut Folder::open(torn.path(), &plan, &grid).unwrap(), rows, &plan, &grid);
            for name in [ROWS, TABLE] {
                let text = read(torn.path(), name);
                std::fs::write(torn.path().join(name), &text[..text.len() - cut]).unwrap();
            }
            let folder = Folder::open(torn.path(), &plan, &grid).unwrap();
            assert_eq!(folder.rows().len(), rows - usize::from(cut > 0));
        }
        fill(&mut Folder::open(torn.path(), &plan, &grid).unwrap(), 8, &plan, &grid);
        for name in [PLAN, ROWS, TABLE] {
            assert_eq!(read(torn.path(), name), read(whole.path(), name));
        }
    }

    #[test]
    fn another_sweep_in_the_folder_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let (one, two) = (plan(&[("steps", "8,16")]), plan(&[("steps", "8,32")]));
        let grids = [one.grid(sound).unwrap(), two.grid(sound).unwrap()];
        let mut folder = Folder::open(place.path(), &one, &grids[0]).unwrap();
        fill(&mut folder, 1, &one, &grids[0]);
        let open = |plan, grid| Folder::open(place.path(), plan, grid).unwrap_err().to_string();
        assert!(open(&one, &grids[0]).contains("another sweep is writing"));
        drop(folder);
        let error = open(&two, &grids[1]);
        assert!(error.contains("there steps = [8, 16], here steps = [8, 32]"), "{error}");
        assert!(error.contains("another --out"), "{error}");
        std::fs::remove_file(place.path().join(PLAN)).unwrap();
        assert!(open(&one, &grids[0]).contains("sweep.toml is missing"));
    }

    #[test]
    fn files_of_the_same_names_that_no_sweep_wrote_are_left_alone() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        for name in WRITTEN {
            let place = tempfile::tempdir().unwrap();
            std::fs::write(place.path().join(name), "mine").unwrap();
            let error = Folder::open(place.path(), &plan, &grid).unwrap_err().to_string();
            assert!(error.contains("another --out"), "{error}");
            assert_eq!(read(place.path(), name), "mine");
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_not_waited_for() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        for name in [PLAN, ROWS] {
            let place = tempfile::tempdir().unwrap();
            drop(Folder::open(place.path(), &plan, &grid).unwrap());
            let path = place.path().join(name);
            std::fs::remove_file(&path).unwrap();
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
            let error = Folder::open(place.path(), &plan, &grid).unwrap_err().to_string();
            assert!(error.contains("it is a pipe"), "{error}");
        }
    }

    #[test]
    fn rows_that_are_none_are_named() {
        let place = tempfile::tempdir().unwrap();
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        drop(Folder::open(place.path(), &plan, &grid).unwrap());
        std::fs::write(place.path().join(ROWS), "{}\n").unwrap();
        let error = Folder::open(place.path(), &plan, &grid).unwrap_err().to_string();
        assert!(error.contains("results.jsonl, line 1: not a row of a sweep"), "{error}");
    }
}
