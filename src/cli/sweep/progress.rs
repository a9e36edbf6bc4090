//! What a person sees while a sweep runs: a line for each combination that is done, and one below that
//! is written over.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::{screen, table};
use crate::sweep::folder::Folder;
use crate::sweep::plan::{Grid, Job, SweepPlan};
use crate::sweep::record::Row;
use crate::sweep::setting_summary::summaries;

/// Goes to standard error, and only where that is a terminal.
pub struct ProgressLine<'a> {
    plan: &'a SweepPlan,
    grid: &'a Grid,
    shown: bool,
    began: Instant,
    /// Texts that are there, those of earlier runs among them.
    done: usize,
    /// Those of earlier runs.
    found: usize,
    /// Rows of the combination that is being measured.
    rows: Vec<Row>,
}

impl<'a> ProgressLine<'a> {
    /// Goes on from what `folder` holds. `lines` says whether combinations get a line.
    pub fn new(plan: &'a SweepPlan, grid: &'a Grid, folder: &Folder, lines: bool) -> Self {
        let found = folder.rows().len();
        let shown = lines && std::io::stderr().is_terminal();
        if shown && found > 0 {
            let all = plan.texts() * grid.settings.len();
            let _ = writeln!(std::io::stderr(), "{found} of {all} texts are there already");
        }
        let rows = folder.rows()[found - found % plan.texts()..].to_vec();
        Self { plan, grid, shown, began: Instant::now(), done: found, found, rows }
    }

    /// A text is about to be written.
    pub fn began(&mut self, job: Job) {
        if !self.shown {
            return;
        }
        let all = self.plan.texts() * self.grid.settings.len();
        let left = match self.done - self.found {
            0 => String::new(),
            done => {
                let each = self.began.elapsed().as_secs_f64() / done as f64;
                let left = Duration::from_secs_f64(each * (all - self.done) as f64);
                format!(", {} left", human(left))
            }
        };
        let label = self.plan.label(&self.grid.settings[job.setting]);
        let line = format!("{} of {all}{left}: {label}, seed {}", job.index + 1, job.seed);
        // A line that wraps could not be written over.
        let line: String = line.chars().take(usize::from(screen::width()) - 1).collect();
        let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
    }

    /// A text is done.
    pub fn done(&mut self, row: &Row) {
        self.done += 1;
        self.rows.push(row.clone());
        if self.done.is_multiple_of(self.plan.texts()) {
            let rows = std::mem::take(&mut self.rows);
            if let (true, Some(summary)) = (self.shown, summaries(&rows).first()) {
                let label = self.plan.label(&self.grid.settings[summary.setting]);
                let line = table::line(self.plan, summary, label);
                let _ = writeln!(std::io::stderr(), "\r\x1b[2K{line}");
            }
        }
    }

    /// Takes the line away.
    pub fn wipe(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
