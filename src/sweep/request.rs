//! What a file asks of a sweep.
//!
//! ```toml
//! prompts = ["Once upon a time", "One day"]
//! seeds = 5
//!
//! [axes]
//! sampler = "all"
//! steps = [8, 16, 32]
//!
//! [knobs]
//! canvas = 96
//! ```

use std::path::PathBuf;

use super::axis::Axis;
use super::plan::MOST_SEEDS;
use crate::config::{knobs_of, plain, table};
use crate::diffusion::knobs;
use crate::knobs::Settings;
use crate::nearest::nearest;
use crate::{Error, Result};

/// What was asked for; the rest is left to whoever reads it.
#[derive(Debug, Default)]
pub struct SweepRequest {
    /// Knobs with several values.
    pub axes: Vec<Axis>,
    /// Knobs with one.
    pub knobs: toml::Table,
    /// What the texts begin with.
    pub prompts: Option<Vec<String>>,
    /// How many problems of the model's task they answer, in place of prompts.
    pub problems: Option<u64>,
    /// How many seeds.
    pub seeds: Option<u64>,
    /// Whether rows say how long they took.
    pub timings: Option<bool>,
    /// The folder of the model.
    pub model: Option<PathBuf>,
    /// The folder of the judge.
    pub judge: Option<PathBuf>,
}

const KEYS: [&str; 9] =
    ["axes", "knobs", "prompts", "problems", "seeds", "timings", "model", "judge", "stamp"];

impl SweepRequest {
    /// Reads TOML: one of one's own, or one that [`super::plan::SweepPlan::to_toml`] wrote. `name` is what
    /// errors call it.
    ///
    /// # Errors
    /// Names what is unknown or cannot be, and the nearest that is known.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        Self::read(text).map_err(|e| Error::invalid(format!("{name}: {e}")))
    }

    fn read(text: &str) -> Result<Self> {
        let mut request = Self::default();
        for (key, value) in table(text)? {
            request.take(&key, value)?;
        }
        if request.prompts.is_some() && request.problems.is_some() {
            return Err(Error::invalid("prompts and problems exclude each other; leave one out"));
        }
        Ok(request)
    }

    fn take(&mut self, key: &str, value: toml::Value) -> Result<()> {
        use toml::Value::{Array, Boolean, Integer, String, Table};
        match (key, value) {
            ("axes", Table(axes)) => {
                let axes = axes.iter().map(|(name, value)| axis(name, value));
                self.axes = axes.collect::<Result<_>>()?;
            }
            ("knobs", Table(knobs)) => {
                knobs_of(Settings::default(), &knobs)?;
                self.knobs = knobs;
            }
            ("prompts", Array(texts)) if texts.iter().all(toml::Value::is_str) => {
                let texts = texts.iter().filter_map(|text| text.as_str().map(str::to_owned));
                self.prompts = Some(texts.collect());
            }
            // Each of them is made before the first is answered.
            ("problems", Integer(n)) if (1..=1_000_000).contains(&n) => {
                self.problems = u64::try_from(n).ok();
            }
            ("seeds", Integer(n)) if (1..=MOST_SEEDS as i64).contains(&n) => {
                self.seeds = Some(n as u64);
            }
            ("timings", Boolean(timings)) => self.timings = Some(timings),
            ("model", String(folder)) => self.model = Some(folder.into()),
            ("judge", String(folder)) => self.judge = Some(folder.into()),
            // What an earlier sweep was measured with; this one says for itself.
            ("stamp", Table(_)) => {}
            (key, value) if KEYS.contains(&key) => return Err(refuse(key, &value)),
            (key, _) => {
                let meant = nearest(key, KEYS.into_iter());
                return Err(Error::invalid(format!(
                    "unknown key {key:?}; did you mean {meant:?}?"
                )));
            }
        }
        Ok(())
    }
}

fn refuse(key: &str, value: &toml::Value) -> Error {
    let takes = match key {
        "prompts" => "texts: [\"Once upon a time\", \"One day\"]",
        "problems" => "1 to 1000000",
        "seeds" => "1 to 1000000",
        "timings" => "true or false",
        "model" | "judge" => "the path of a folder",
        _ => "a table",
    };
    Error::invalid(format!("{key} cannot be {value}; it takes {takes}"))
}

/// `steps = [8, 16]`, `sampler = "all"`.
fn axis(name: &str, value: &toml::Value) -> Result<Axis> {
    let knob = knobs().get(name).map_err(|e| Error::invalid(format!("[axes]: {e}")))?;
    let words: Vec<String> = match value {
        toml::Value::Array(values) => {
            values.iter().map(|value| plain(name, value)).collect::<Result<_>>()?
        }
        value => vec![plain(name, value)?],
    };
    Axis::new(knob, words.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::plan;

    #[test]
    fn a_plan_that_was_written_is_read_as_it_was() {
        let plan = plan(&[("sampler", "all"), ("top-k", "off,5"), ("temperature", "0,0.7")]);
        let request = SweepRequest::from_toml("sweep.toml", &plan.to_toml()).unwrap();
        let base =
            knobs_of(Settings::default().with("steps", "3").unwrap(), &request.knobs).unwrap();
        let again = super::super::plan::SweepPlan {
            base,
            axes: request.axes,
            prompts: request.prompts.unwrap(),
            seeds: request.seeds.unwrap(),
            timings: request.timings.unwrap(),
            ..plan.clone()
        };
        assert_eq!(again.checked().unwrap().to_toml(), plan.to_toml());
    }

    #[test]
    fn a_plan_with_problems_of_a_task_says_how_many() {
        let plan = crate::sweep::plan::tests::examined(&plan(&[("steps", "8,16")]));
        let text = plan.to_toml();
        let request = SweepRequest::from_toml("sweep.toml", &text).unwrap();
        assert_eq!((request.problems, request.prompts), (Some(2), None), "{text}");
        assert_eq!(plan.texts_in_words(), "4 texts a setting (2 problems, 2 seeds)");
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (text, expected) in [
            ("axis = 1", "sweep.toml: unknown key \"axis\"; did you mean \"axes\"?"),
            ("[axes]\nstep = [1]", "[axes]: unknown knob \"step\"; did you mean \"steps\"?"),
            ("[axes]\nsteps = [8, 'x']", "steps cannot be \"x\"; it takes 1 to 32768 passes"),
            ("[axes]\nsteps = []", "steps has no values; it takes 1 to 32768 passes"),
            ("[axes]\nsteps = [[8]]", "steps cannot be [8]; it takes a single value"),
            ("[knobs]\ntemprature = 1", "did you mean \"temperature\"?"),
            ("seeds = 0", "seeds cannot be 0; it takes 1 to 1000000"),
            ("problems = 0", "problems cannot be 0; it takes 1 to 1000000"),
            ("problems = 1000001", "problems cannot be 1000001; it takes 1 to 1000000"),
            ("problems = 3\nprompts = ['x']", "prompts and problems exclude each other"),
            ("prompts = 'x'", "prompts cannot be \"x\"; it takes texts"),
            ("axes = 3", "axes cannot be 3; it takes a table"),
            ("axes = ", "TOML parse error"),
        ] {
            let message = SweepRequest::from_toml("sweep.toml", text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?} says {message:?}");
        }
    }
}
