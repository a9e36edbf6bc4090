//! Measuring what has not been measured yet.

use super::bench::Bench;
use super::folder::Folder;
use super::plan::{Grid, Plan, Trial};
use super::record::Row;
use crate::Result;
use crate::diffusion::noise::SEED;
use crate::knobs::{Settings, Value};

/// How far a text is.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// It is about to be written.
    Began(Trial),
    /// Its row is kept.
    Done(Row),
}

/// Measures the trials that `folder` has no row for, one after the other, undisturbed. `watch` hears of
/// each of them twice.
///
/// # Errors
/// When a text cannot be written, read or kept; or what `watch` says, which ends the sweep for now.
pub fn run(
    plan: &Plan,
    grid: &Grid,
    bench: &mut Bench,
    folder: &mut Folder,
    mut watch: impl FnMut(Stage) -> Result<()>,
) -> Result<()> {
    let mut trials = plan.trials(grid).skip(folder.rows().len()).peekable();
    if let Some(trial) = trials.peek().filter(|_| plan.timings) {
        // The first text of a process pays for pages that were never touched.
        bench.measure(&settings(grid, *trial), &plan.prompts[trial.prompt])?;
    }
    for trial in trials {
        watch(Stage::Began(trial))?;
        let measured = bench.measure(&settings(grid, trial), &plan.prompts[trial.prompt])?;
        let row = Row { trial, measured };
        folder.append(row, plan, grid)?;
        watch(Stage::Done(row))?;
    }
    Ok(())
}

fn settings(grid: &Grid, trial: Trial) -> Settings {
    let mut settings = grid.settings[trial.setting].settings.clone();
    settings.set(&SEED, Value::Count(trial.seed));
    settings
}
