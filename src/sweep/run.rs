//! Measuring what has not been measured yet.

use super::evaluator::Evaluator;
use super::folder::Folder;
use super::plan::{Grid, Job, SweepPlan};
use super::record::Row;
use crate::Result;
use crate::diffusion::noise::SEED;
use crate::knobs::{Settings, Value};

/// How far a text is.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It is about to be written.
    Began(Job),
    /// Its row is kept.
    Done(Row),
}

/// Measures the jobs that `folder` has no row for, one after the other, undisturbed. `watch` hears of
/// each of them twice.
///
/// # Errors
/// When a text cannot be written, read or kept; or what `watch` says, which ends the sweep for now.
pub fn run(
    plan: &SweepPlan,
    grid: &Grid,
    evaluator: &mut Evaluator,
    folder: &mut Folder,
    mut watch: impl FnMut(Stage) -> Result<()>,
) -> Result<()> {
    let mut jobs = plan.jobs(grid).skip(folder.rows().len()).peekable();
    if let Some(job) = jobs.peek().filter(|_| plan.timings) {
        // The first text of a process pays for pages that were never touched.
        evaluator.measure(&settings(grid, *job), plan, job.prompt)?;
    }
    for job in jobs {
        watch(Stage::Began(job))?;
        let (measurement, scores) = evaluator.measure(&settings(grid, job), plan, job.prompt)?;
        let row = Row { job, measurement, scores };
        folder.append(row.clone(), plan, grid)?;
        watch(Stage::Done(row))?;
    }
    Ok(())
}

fn settings(grid: &Grid, job: Job) -> Settings {
    let mut settings = grid.settings[job.setting].settings.clone();
    settings.set(&SEED, Value::Count(job.seed));
    settings
}
