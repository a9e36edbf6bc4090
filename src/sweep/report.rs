//! What a sweep came to: the best front, plots of it, and presets.

use std::path::{Path, PathBuf};

use super::pareto::{knee, pareto_front};
use super::plan::{Grid, SweepPlan};
use super::plot::{Point, Scatter};
use super::record::Row;
use super::setting_summary::{SettingSummary, summaries};
use super::yardstick::Yardstick;
use crate::Result;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::sampler::SAMPLER;
use crate::knobs::Knob;
use crate::measurement::Measurement;
use crate::presets::Preset;
use crate::train::checkpoint::write_text;

/// What the rows say.
pub struct SweepReport<'a> {
    plan: &'a SweepPlan,
    grid: &'a Grid,
    yardstick: Yardstick,
    /// The combinations that were measured, in the order of the grid.
    pub summaries: Vec<SettingSummary>,
    /// The places in `summaries` of those that no other beats in passes and quality, fewest passes first.
    pub front: Vec<usize>,
}

impl<'a> SweepReport<'a> {
    /// What `rows` say.
    pub fn new(plan: &'a SweepPlan, grid: &'a Grid, rows: &[Row]) -> Self {
        let mut report = Self {
            plan,
            grid,
            yardstick: Yardstick::of(plan),
            summaries: summaries(rows),
            front: Vec::new(),
        };
        report.front = pareto_front(&report.points(Measurement::passes_per_text));
        report
    }

    /// What the combination of `summary` is called.
    pub fn label(&self, summary: &SettingSummary) -> String {
        self.plan.label(&self.grid.settings[summary.setting])
    }

    /// The place in `summaries` of the best for quality; nothing where no combination wrote anything.
    pub fn best(&self) -> Option<usize> {
        self.front.last().copied()
    }

    /// The place in `summaries` of the most for its passes (see [`knee`]).
    pub fn knee(&self) -> Option<usize> {
        knee(&self.points(Measurement::passes_per_text), &self.front)
    }

    /// Quality against passes.
    pub fn passes_plot(&self) -> Scatter {
        self.plot("passes a text", self.front.clone(), Measurement::passes_per_text)
    }

    /// Quality against time, with the best front for time; nothing where the plan keeps no times.
    pub fn time_plot(&self) -> Option<Scatter> {
        let front = pareto_front(&self.points(Measurement::seconds_per_text));
        let plot = || self.plot("seconds a text", front, Measurement::seconds_per_text);
        self.plan.timings.then(plot)
    }

    /// Cost, and quality as a number that is lower where it is better.
    fn points(&self, x: fn(&Measurement) -> f64) -> Vec<(f64, f64)> {
        let point =
            |summary: &SettingSummary| (x(&summary.measurement), self.yardstick.badness(summary));
        self.summaries.iter().map(point).collect()
    }

    fn plot(&self, x_label: &str, front: Vec<usize>, x: fn(&Measurement) -> f64) -> Scatter {
        let point = |summary: &SettingSummary| Point {
            x: x(&summary.measurement),
            y: self.yardstick.quality(summary),
            group: self.group(summary),
            label: format!(
                "{}: {:.3} {x_label}, {}",
                self.label(summary),
                x(&summary.measurement),
                self.yardstick.in_words(summary, 3)
            ),
        };
        let lower_is_better = self.yardstick.lower_is_better();
        let better = if lower_is_better { "lower" } else { "higher" };
        Scatter {
            title: format!("{}: {}", self.plan.model.name, self.plan.texts_in_words()),
            x_label: x_label.to_owned(),
            y_label: format!("{} ({better} is better)", self.yardstick.name()),
            lower_is_better,
            points: self.summaries.iter().map(point).collect(),
            front,
            joined: self.groups_are_lines(),
        }
    }

    /// Whether no more than one knob is varied within each group.
    fn groups_are_lines(&self) -> bool {
        let group = self.group_knob();
        self.plan.axes.iter().filter(|axis| axis.knob.name != group.name).count() <= 1
    }

    /// Points where it holds the same share a colour: the sampler if that is varied, or else what is
    /// varied beside the steps.
    fn group_knob(&self) -> &'static Knob {
        let mut axes = self.plan.axes.iter().map(|axis| axis.knob);
        if axes.clone().any(|knob| SAMPLER.is(knob)) {
            return &SAMPLER;
        }
        axes.find(|knob| !STEPS.is(knob)).unwrap_or(&SAMPLER)
    }

    fn group(&self, summary: &SettingSummary) -> String {
        let knob = self.group_knob();
        let shown = knob.show(self.grid.settings[summary.setting].settings.value(knob));
        if SAMPLER.is(knob) { shown } else { format!("{} {shown}", knob.name) }
    }

    /// The combination at `place` as a preset. `what` says how it was chosen.
    fn preset(&self, name: &str, what: &str, place: usize) -> Preset {
        let summary = &self.summaries[place];
        let setting = &self.grid.settings[summary.setting];
        let mut settings = setting.settings.clone();
        for (axis, value) in self.plan.axes.iter().zip(&setting.values) {
            // What the sampler does not use would only puzzle whoever reads it.
            if value.is_none() {
                settings.set(axis.knob, axis.knob.default());
            }
        }
        Preset {
            help: format!(
                "{what} of {} settings: {} in {:.1} passes",
                self.summaries.len(),
                self.yardstick.in_words(summary, 2),
                summary.measurement.passes_per_text()
            ),
            source: format!(
                "remask sweep: {} writes, {} judges, {}",
                self.plan.model.name,
                self.plan.judge_name(),
                self.plan.texts_in_words()
            ),
            ..Preset::of(name, &settings)
        }
    }

    /// Writes plots and presets into `folder`, and returns what it has written.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut texts = vec![("passes.svg", self.passes_plot().to_svg())];
        texts.extend(self.time_plot().map(|plot| ("time.svg", plot.to_svg())));
        let best = self.best().map(|at| self.preset("best", "the best", at));
        texts.extend(best.map(|preset| ("best.toml", preset.to_toml())));
        let knee = self.knee().map(|at| self.preset("knee", "the most for its passes", at));
        texts.extend(knee.map(|preset| ("knee.toml", preset.to_toml())));
        let save = |(name, text): (&str, String)| {
            let path = folder.join(name);
            write_text(&path, &text).map(|()| path)
        };
        texts.into_iter().map(save).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{examined, plan, sound};
    use crate::sweep::record::tests::row;

    /// Rows of combinations that take `passes` and cost `nats`.
    fn rows(plan: &SweepPlan, grid: &Grid, worth: &[(usize, f64)]) -> Vec<Row> {
        let row = |job: crate::sweep::plan::Job| {
            let (passes, nats) = worth[job.setting];
            row(job, passes, nats)
        };
        plan.jobs(grid).map(row).collect()
    }

    #[test]
    fn presets_say_what_they_were_measured_against() {
        let plan = plan(&[("steps", "8,16,32,64"), ("temperature", "0.5")]);
        let grid = plan.grid(sound).unwrap();
        let rows = rows(&plan, &grid, &[(8, 56.0), (16, 30.0), (32, 29.0), (64, 28.0)]);
        let outcome = SweepReport::new(&plan, &grid, &rows);
        assert_eq!((outcome.best(), outcome.knee()), (Some(3), Some(1)));
        let folder = tempfile::tempdir().unwrap();
        let files = outcome.save(folder.path()).unwrap();
        assert_eq!(files.len(), 4);
        let text = std::fs::read_to_string(folder.path().join("best.toml")).unwrap();
        let preset = Preset::from_toml("best", &text).unwrap();
        assert_eq!(preset.help, "the best of 4 settings: 2.00 nats/new pair in 64.0 passes");
        assert_eq!(
            preset.source,
            "remask sweep: tiny writes, tiny judges, 4 texts a setting (2 prompts, 2 seeds)"
        );
        assert!(!preset.settings.is_set(&crate::diffusion::noise::SEED));
        assert!(text.contains("temperature = 0.5"), "{text}");
    }

    #[test]
    fn answers_to_problems_are_told_apart_by_their_scores_whatever_the_judge_says() {
        let plan = examined(&plan(&[("steps", "8,16,32")]));
        let grid = plan.grid(sound).unwrap();
        // The fewer are right, the likelier the judge finds them.
        let worth = [(8, 28.0, 0.0), (16, 56.0, 0.75), (32, 84.0, 1.0)];
        let row = |job: crate::sweep::plan::Job| {
            let (passes, nats, right) = worth[job.setting];
            Row { scores: vec![right, 1.0], ..row(job, passes, nats) }
        };
        let rows: Vec<Row> = plan.jobs(&grid).map(row).collect();
        let report = SweepReport::new(&plan, &grid, &rows);
        assert_eq!(report.front, [0, 1, 2]);
        assert_eq!((report.best(), report.knee()), (Some(2), Some(1)));
        let plot = report.passes_plot();
        assert_eq!(plot.y_label, "% right (higher is better)");
        assert_eq!(plot.points.iter().map(|point| point.y).collect::<Vec<_>>(), [0.0, 75.0, 100.0]);
        assert!(plot.points[1].label.ends_with("16.000 passes a text, 75 % right"), "{plot:?}");
        let preset = report.preset("best", "the best", 2);
        assert_eq!(preset.help, "the best of 3 settings: 100 % right in 32.0 passes");
        let source = "remask sweep: tiny writes, the task sums judges, 4 texts a setting (2 problems, 2 seeds)";
        assert_eq!(preset.source, source);
    }

    #[test]
    fn a_preset_names_no_knob_that_its_sampler_does_not_heed() {
        let plan = plan(&[("sampler", "p2,threshold"), ("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let rows = rows(&plan, &grid, &[(8, 56.0), (16, 30.0), (20, 20.0)]);
        let preset = SweepReport::new(&plan, &grid, &rows).preset("best", "the best", 2);
        assert_eq!(preset.settings.get(&SAMPLER).as_str(), "threshold");
        assert!(!preset.settings.is_set(&STEPS));
    }

    #[test]
    fn colours_are_samplers_or_what_is_varied_beside_the_steps() {
        for (axes, expected) in [
            (&[("steps", "8,16"), ("temperature", "0,1")][..], ["temperature 0", "temperature 1"]),
            (&[("sampler", "p2,random"), ("temperature", "0,1")], ["p2", "p2"]),
            (&[("steps", "8,16")], ["low-confidence", "low-confidence"]),
        ] {
            let mut plan = plan(axes);
            let grid = plan.grid(sound).unwrap();
            let worth = vec![(8, 28.0); grid.settings.len()];
            let rows = rows(&plan, &grid, &worth);
            let outcome = SweepReport::new(&plan, &grid, &rows);
            let groups = |plot: Scatter| plot.points.into_iter().map(|p| p.group).take(2);
            assert!(groups(outcome.passes_plot()).eq(expected), "{axes:?}");
            plan.timings = false;
            assert!(SweepReport::new(&plan, &grid, &rows).time_plot().is_none());
        }
    }
}
