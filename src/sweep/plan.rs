//! What is measured: the combinations of all axes, and the texts that each of them writes.

use std::collections::HashSet;

use super::axis::Axis;
use crate::diffusion::knobs;
use crate::diffusion::noise::SEED;
use crate::diffusion::resolved::ResolvedSampler;
use crate::knobs::{Knob, Settings, Value};
use crate::presets::toml_value;
use crate::tasks::exam::EXAM_SEED;
use crate::tasks::{Measure, Problem, Split, Task};
use crate::{Error, Result};

/// A model that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId {
    /// Its folder; `None` for the bundled one.
    pub folder: Option<String>,
    /// What it is called.
    pub name: String,
    /// What tells it from another of that name (weights of that name may be trained on).
    pub stamp: String,
}

/// Problems that the texts of a sweep answer.
#[derive(Clone, Debug)]
pub struct SweepExam {
    /// What their task is called.
    pub task: &'static str,
    /// What the answers are scored by.
    pub measures: &'static [Measure],
    /// The problems, each of which is a prompt.
    pub problems: Vec<Problem>,
}

impl SweepExam {
    /// The first `count` held-out problems of `task`.
    pub fn new(task: &dyn Task, count: u64) -> Self {
        let problem = |index| task.problem(EXAM_SEED, Split::HeldOut, index);
        let problems = (0..count).map(problem).collect();
        Self { task: task.name(), measures: task.measures(), problems }
    }

    /// What the texts begin with.
    pub fn prompts(&self) -> Vec<String> {
        self.problems.iter().map(|problem| problem.prompt.clone()).collect()
    }
}

/// More seeds than anybody waits for.
pub const MOST_SEEDS: u64 = 1_000_000;

/// Everything that decides what a sweep comes to.
#[derive(Clone, Debug)]
pub struct SweepPlan {
    /// What all combinations have in common; the seed is the first one.
    pub base: Settings,
    /// The knobs that are varied, in the order in which they are shown.
    pub axes: Vec<Axis>,
    /// What the texts begin with.
    pub prompts: Vec<String>,
    /// Where the prompts are problems of a task: those.
    pub exam: Option<SweepExam>,
    /// How many seeds, counted up from the base's.
    pub seeds: u64,
    /// Whether rows say how long they took.
    pub timings: bool,
    /// Who writes.
    pub model: ModelId,
    /// Who judges.
    pub judge: ModelId,
}

/// One combination.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The value of each axis; nothing where the combination's sampler does not use that knob.
    pub values: Vec<Option<Value>>,
    /// All knobs, with the first seed.
    pub settings: Settings,
}

/// The combinations that are measured, in the order in which they are.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Those that make sense, each once; never empty.
    pub settings: Vec<Setting>,
    /// Why others were left out, and how many for that reason.
    pub left_out: Vec<(String, usize)>,
}

/// One text of one combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which of all, from 0.
    pub index: usize,
    /// Which combination of the grid.
    pub setting: usize,
    /// Which prompt of the plan.
    pub prompt: usize,
    /// Its seed.
    pub seed: u64,
}

impl SweepPlan {
    /// Refuses what cannot be measured, and brings the axes into the order of the knobs.
    ///
    /// # Errors
    /// When nothing is varied or there is nothing to write; or when the seeds run over.
    pub fn checked(mut self) -> Result<Self> {
        let place = |axis: &Axis| knobs().place(axis.knob);
        self.axes.sort_by_key(place);
        if self.axes.is_empty() {
            return Err(Error::invalid(
                "nothing is swept; give at least one knob several values, as in --steps 8,16,32",
            ));
        }
        if self.prompts.is_empty() || self.seeds == 0 {
            return Err(Error::invalid("a sweep takes at least one prompt and one seed"));
        }
        let first = self.first_seed();
        if first.checked_add(self.seeds - 1).is_none() {
            return Err(Error::invalid(format!(
                "seed {first} leaves no room for {} seeds; choose a lower one",
                self.seeds
            )));
        }
        Ok(self)
    }

    fn first_seed(&self) -> u64 {
        self.base.get(&SEED)
    }

    /// The combinations of all axes, the first axis turning slowest. Left out are those that `fits`
    /// refuses, and those that differ from an earlier one only in knobs that their sampler does not use.
    ///
    /// # Errors
    /// When none is left: the reasons.
    pub fn grid(&self, fits: impl Fn(&Settings) -> Result<()>) -> Result<Grid> {
        let mut grid = Grid { settings: Vec::new(), left_out: Vec::new() };
        let mut labels = HashSet::new();
        let count: usize = self.axes.iter().map(|axis| axis.values.len()).product();
        for index in 0..count {
            let setting = self.combination(index);
            if let Err(error) = fits(&setting.settings) {
                grid.leave_out(error.to_string());
            } else if !labels.insert(self.label(&setting)) {
                grid.leave_out(
                    "the sampler does not use what tells it from one that is measured".to_owned(),
                );
            } else {
                grid.settings.push(setting);
            }
        }
        if grid.settings.is_empty() {
            let reasons: Vec<&str> = grid.left_out.iter().map(|(why, _)| why.as_str()).collect();
            return Err(Error::invalid(format!(
                "no combination can be measured: {}",
                reasons.join("; ")
            )));
        }
        Ok(grid)
    }

    /// The combination at `index`, counted with the last axis turning fastest.
    fn combination(&self, mut index: usize) -> Setting {
        let mut settings = self.base.clone();
        for axis in self.axes.iter().rev() {
            settings.set(axis.knob, axis.values[index % axis.values.len()]);
            index /= axis.values.len();
        }
        let resolved = ResolvedSampler::of(&settings);
        let used = |axis: &Axis| resolved.uses(axis.knob).then(|| settings.value(axis.knob));
        Setting { values: self.axes.iter().map(used).collect(), settings }
    }

    /// The problem that the `prompt`-th prompt is; nothing where it is none.
    pub fn problem(&self, prompt: usize) -> Option<&Problem> {
        self.exam.as_ref()?.problems.get(prompt)
    }

    /// Who says what a text is worth: the model that judges, or the task.
    pub fn judge_name(&self) -> String {
        match &self.exam {
            Some(exam) => format!("the task {}", exam.task),
            None => self.judge.name.clone(),
        }
    }

    /// Texts of one combination.
    pub fn texts(&self) -> usize {
        usize::try_from(self.seeds).unwrap_or(usize::MAX).saturating_mul(self.prompts.len())
    }

    /// `8 texts a setting (4 prompts, 2 seeds)`; of prompts that are problems it says so.
    pub fn texts_in_words(&self) -> String {
        let counted = |count: usize, what| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        let (texts, prompts) = (self.texts(), self.prompts.len());
        let seeds = counted(texts / prompts.max(1), "seed");
        let prompts = counted(prompts, if self.exam.is_some() { "problem" } else { "prompt" });
        format!("{} a setting ({prompts}, {seeds})", counted(texts, "text"))
    }

    /// Every text of `grid`: combination by combination, within it prompt by prompt, seeds last.
    pub fn jobs(&self, grid: &Grid) -> impl Iterator<Item = Job> {
        let texts = self.texts();
        let (seeds, first) = (texts / self.prompts.len().max(1), self.first_seed());
        (0..texts.saturating_mul(grid.settings.len())).map(move |index| Job {
            index,
            setting: index / texts,
            prompt: index % texts / seeds,
            seed: first + (index % seeds) as u64,
        })
    }

    /// `setting` in a few words: `sampler p2, steps 16`; knobs that it does not use are not named.
    pub fn label(&self, setting: &Setting) -> String {
        let values = self.axes.iter().zip(&setting.values);
        let named = values
            .filter_map(|(axis, value)| {
                value.map(|value| format!("{} {}", axis.knob.name, axis.knob.show(value)))
            })
            .collect::<Vec<_>>();
        named.join(", ")
    }

    /// The plan as a file that [`super::request::SweepRequest::from_toml`] reads. Two plans are the same where
    /// this text is.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# The plan of a sweep. To measure it again: remask sweep THIS_FILE --out ANOTHER_FOLDER\n",
        );
        for (key, subject) in [("model", &self.model), ("judge", &self.judge)] {
            if let Some(folder) = &subject.folder {
                text.push_str(&line(key, folder.as_str()));
            }
        }
        let prompts: Vec<toml::Value> =
            self.prompts.iter().map(|text| toml::Value::from(text.as_str())).collect();
        // The task makes the problems again; with the prompts alone nothing could be scored.
        text.push_str(&match &self.exam {
            Some(exam) => line("problems", i64::try_from(exam.problems.len()).unwrap_or(i64::MAX)),
            None => line("prompts", prompts),
        });
        text.push_str(&line("seeds", i64::try_from(self.seeds).unwrap_or(i64::MAX)));
        text.push_str(&line("timings", self.timings));
        text.push_str("\n[axes]\n");
        for Axis { knob, values } in &self.axes {
            let values: Vec<toml::Value> = values.iter().map(|v| toml_value(knob, *v)).collect();
            text.push_str(&line(knob.name, values));
        }
        text.push_str("\n[knobs]\n");
        let varied = |knob: &Knob| self.axes.iter().any(|axis| axis.knob.name == knob.name);
        for (knob, value) in knobs().values(&self.base).filter(|(knob, _)| !varied(knob)) {
            text.push_str(&line(knob.name, toml_value(knob, value)));
        }
        text.push_str("\n# What measured it; a sweep is only gone on with by the same.\n[stamp]\n");
        text.push_str(&line("remask", env!("CARGO_PKG_VERSION")));
        for (key, subject) in [("model", &self.model), ("judge", &self.judge)] {
            text.push_str(&line(key, format!("{}: {}", subject.name, subject.stamp)));
        }
        text
    }
}

impl Grid {
    fn leave_out(&mut self, reason: String) {
        match self.left_out.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((reason, 1)),
        }
    }
}

fn line(key: &str, value: impl Into<toml::Value>) -> String {
    format!("{key} = {}\n", value.into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::diffusion::resolved::ResolvedSampler;

    /// A plan of `axes` with two prompts and two seeds from 7.
    pub fn plan(axes: &[(&str, &str)]) -> SweepPlan {
        let axes =
            axes.iter().map(|(name, text)| Axis::parse(knobs().get(name).unwrap(), text).unwrap());
        let subject = ModelId { folder: None, name: "tiny".to_owned(), stamp: "1".to_owned() };
        let plan = SweepPlan {
            base: Settings::default().with("seed", "7").unwrap(),
            axes: axes.collect(),
            prompts: vec!["a".to_owned(), "b, \"c\"".to_owned()],
            exam: None,
            seeds: 2,
            timings: true,
            model: subject.clone(),
            judge: subject,
        };
        plan.checked().unwrap()
    }

    /// `plan` with two problems of a task in the place of its prompts.
    pub fn examined(plan: &SweepPlan) -> SweepPlan {
        const MEASURES: [Measure; 2] = [
            Measure { name: "right", about: "all", said: Some(["wrong", "right"]) },
            Measure { name: "near", about: "some", said: None },
        ];
        let problem = |prompt: &str| Problem {
            prompt: prompt.to_owned(),
            answer: "1".to_owned(),
            group: "numbers",
        };
        let problems = vec![problem("1="), problem("0+1=")];
        let exam = SweepExam { task: "sums", measures: &MEASURES, problems };
        SweepPlan { prompts: exam.prompts(), exam: Some(exam), ..plan.clone() }
    }

    pub fn sound(settings: &Settings) -> Result<()> {
        ResolvedSampler::of(settings).check()
    }

    fn labels(plan: &SweepPlan, grid: &Grid) -> Vec<String> {
        grid.settings.iter().map(|setting| plan.label(setting)).collect()
    }

    #[test]
    fn the_order_is_that_of_the_knobs_whatever_the_order_of_the_axes() {
        let plan = plan(&[("temperature", "0.7,0"), ("steps", "16,8")]);
        let grid = plan.grid(sound).unwrap();
        assert_eq!(
            labels(&plan, &grid),
            [
                "steps 16, temperature 0.7",
                "steps 16, temperature 0",
                "steps 8, temperature 0.7",
                "steps 8, temperature 0"
            ]
        );
        let jobs: Vec<Job> = plan.jobs(&grid).collect();
        assert_eq!(jobs.len(), 16);
        assert_eq!(jobs[6], Job { index: 6, setting: 1, prompt: 1, seed: 7 });
        assert_eq!(jobs[15], Job { index: 15, setting: 3, prompt: 1, seed: 8 });
    }

    #[test]
    fn combinations_without_sense_are_left_out_and_counted() {
        let plan = plan(&[("sampler", "low-confidence,ancestral"), ("schedule", "auto,threshold")]);
        let grid = plan.grid(sound).unwrap();
        assert_eq!(grid.settings.len(), 3);
        assert_eq!(grid.left_out.len(), 1);
        assert!(grid.left_out[0].0.contains("select chance makes no sense"), "{grid:?}");
        let nothing = plan.grid(|_| Err(Error::invalid("too long"))).unwrap_err().to_string();
        assert_eq!(nothing, "no combination can be measured: too long");
    }

    #[test]
    fn what_a_sampler_does_not_heed_is_not_measured_twice() {
        let plan = plan(&[("sampler", "p2,threshold,autoregressive"), ("steps", "8,16,32")]);
        let grid = plan.grid(sound).unwrap();
        let expected = [
            "sampler p2, steps 8",
            "sampler p2, steps 16",
            "sampler p2, steps 32",
            "sampler threshold",
            "sampler autoregressive",
        ];
        assert_eq!(labels(&plan, &grid), expected);
        assert_eq!(grid.left_out[0].1, 4);
    }

    #[test]
    fn plans_that_measure_nothing_are_refused() {
        let plan = plan(&[("steps", "8,16")]);
        let odd = SweepPlan { axes: Vec::new(), ..plan.clone() };
        assert!(odd.checked().unwrap_err().to_string().contains("as in --steps 8,16,32"));
        let odd = SweepPlan { prompts: Vec::new(), ..plan.clone() };
        assert!(odd.checked().is_err());
        let last = plan.base.clone().with("seed", &u64::MAX.to_string()).unwrap();
        let odd = SweepPlan { base: last, ..plan };
        assert!(odd.checked().unwrap_err().to_string().contains("choose a lower one"));
    }
}
