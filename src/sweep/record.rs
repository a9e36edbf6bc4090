//! One row of the results: what a text cost and what it is worth, as JSON and as CSV.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use super::plan::{Grid, Job, SweepPlan};
use crate::knobs::{Knob, Value};
use crate::measurement::Measurement;
use crate::quality::Quality;
use crate::{Error, Result};

/// A text of the plan and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which text.
    pub job: Job,
    /// What it came to; nats to the millionth and times to the microsecond, so that reading a row back
    /// changes nothing.
    pub measurement: Measurement,
    /// Its scores by the measures of the task whose problem it answers, to the millionth; none where it answers none.
    pub scores: Vec<f64>,
}

/// The part of a written row that the plan does not know.
#[derive(Deserialize)]
struct StoredRow {
    index: usize,
    passes: usize,
    tokens: usize,
    canvas_tokens: usize,
    judged_tokens: usize,
    nats: f64,
    pairs: usize,
    new_pairs: usize,
    fours: usize,
    repeated_fours: usize,
    /// Rows of earlier versions do not have it.
    #[serde(default)]
    unigram_nats: f64,
    #[serde(default)]
    seconds: f64,
    /// Scores among it.
    #[serde(flatten)]
    others: BTreeMap<String, Json>,
}

impl Row {
    /// The row as one line of JSON, without the line's end. Its fields are those of the CSV file, in the
    /// same order: what never changes first, times last, and those only where the plan has them.
    pub fn to_json(&self, plan: &SweepPlan, grid: &Grid) -> String {
        let fields = self.fields(plan, grid).into_iter();
        let fields: Vec<String> =
            fields.map(|(name, value)| format!("{}:{value}", Json::from(name))).collect();
        format!("{{{}}}", fields.join(","))
    }

    /// The row as one line of CSV, without the line's end.
    pub fn to_csv(&self, plan: &SweepPlan, grid: &Grid) -> String {
        let fields = self.fields(plan, grid).into_iter();
        let cells: Vec<String> = fields.map(|(_, value)| cell(&value)).collect();
        cells.join(",")
    }

    /// The names of the columns, as the first line of CSV, without the line's end.
    pub fn header(plan: &SweepPlan) -> String {
        names(plan).join(",")
    }

    /// Reads what [`Row::to_json`] wrote for `job` of `plan`.
    ///
    /// # Errors
    /// When the line is no such row, or is that of another job.
    pub fn from_json(plan: &SweepPlan, job: Job, line: &str) -> Result<Self> {
        let none = |why: String| Error::invalid(format!("not a row of a sweep ({why})"));
        let written: StoredRow = serde_json::from_str(line).map_err(|e| none(e.to_string()))?;
        if written.index != job.index {
            return Err(Error::invalid(format!(
                "row {} stands where row {} should",
                written.index, job.index
            )));
        }
        let quality = Quality {
            tokens: written.judged_tokens,
            nats: written.nats,
            pairs: written.pairs,
            new_pairs: written.new_pairs,
            fours: written.fours,
            repeated_fours: written.repeated_fours,
            unigram_nats: written.unigram_nats,
        };
        let time = Duration::try_from_secs_f64(written.seconds)
            .map_err(|e| Error::invalid(format!("seconds cannot be {}: {e}", written.seconds)))?;
        let score = |name: String| {
            let score = written.others.get(&name).and_then(Json::as_f64);
            score.ok_or_else(|| none(format!("missing field `{name}`")))
        };
        let scores = score_names(plan).map(score).collect::<Result<_>>()?;
        let StoredRow { passes, tokens, canvas_tokens, .. } = written;
        let texts = 1;
        let measurement = Measurement { texts, passes, tokens, canvas_tokens, time, quality };
        Ok(Self { job, measurement, scores })
    }

    fn fields(&self, plan: &SweepPlan, grid: &Grid) -> Vec<(String, Json)> {
        let Self { job, measurement, scores } = self;
        let quality = &measurement.quality;
        let mut values = vec![Json::from(job.index)];
        let setting = &grid.settings[job.setting];
        for (axis, value) in plan.axes.iter().zip(&setting.values) {
            values.push(value.map_or(Json::Null, |value| json_value(axis.knob, value)));
        }
        values.extend([
            Json::from(job.seed),
            Json::from(plan.prompts[job.prompt].as_str()),
            Json::from(measurement.passes),
            Json::from(measurement.tokens),
            Json::from(measurement.canvas_tokens),
        ]);
        values.extend(scores.iter().map(|score| Json::from(*score)));
        values.extend([
            Json::from(rounded(quality.nats_per_token())),
            Json::from(rounded(quality.nats_per_new_pair())),
            Json::from(rounded(quality.distinct())),
            Json::from(rounded(quality.repetition())),
            Json::from(rounded(quality.perplexity())),
            Json::from(rounded(quality.unigram_entropy())),
            Json::from(quality.tokens),
            Json::from(quality.nats),
            Json::from(quality.pairs),
            Json::from(quality.new_pairs),
            Json::from(quality.fours),
            Json::from(quality.repeated_fours),
            Json::from(quality.unigram_nats),
        ]);
        if plan.timings {
            values.extend([
                Json::from(rounded(measurement.time.as_secs_f64())),
                Json::from(rounded(measurement.tokens_per_second())),
            ]);
        }
        names(plan).into_iter().zip(values).collect()
    }
}

fn names(plan: &SweepPlan) -> Vec<String> {
    let mut names = vec!["index"];
    names.extend(plan.axes.iter().map(|axis| axis.knob.name));
    names.extend(["seed", "prompt", "passes", "tokens", "canvas_tokens"]);
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.extend(score_names(plan));
    let mut others = vec![
        "nats_per_token",
        "nats_per_new_pair",
        "distinct",
        "repetition",
        "perplexity",
        "unigram_entropy",
        "judged_tokens",
        "nats",
        "pairs",
        "new_pairs",
        "fours",
        "repeated_fours",
        "unigram_nats",
    ];
    if plan.timings {
        others.extend(["seconds", "tokens_per_second"]);
    }
    names.extend(others.into_iter().map(str::to_owned));
    names
}

/// The columns of the scores: a measure may be called as another column is, as `passes` of Python.
fn score_names(plan: &SweepPlan) -> impl Iterator<Item = String> {
    let measures = plan.exam.as_ref().map_or(&[][..], |exam| exam.measures);
    measures.iter().map(|measure| format!("score_{}", measure.name.replace(' ', "_")))
}

/// To the millionth. So few digits are read back as the very same number.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

fn json_value(knob: &Knob, value: Value) -> Json {
    match value {
        Value::Real(x) => Json::from(x),
        Value::Count(n) => Json::from(n),
        Value::Off | Value::Choice(_) => Json::from(knob.show(value)),
    }
}

/// A cell of CSV (RFC 4180).
fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) if text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sweep::plan::tests::{examined, plan, sound};

    /// The row of a text of 16 tokens that answers no problem.
    pub fn row(job: Job, passes: usize, nats: f64) -> Row {
        Row { job, measurement: measured(passes, nats), scores: Vec::new() }
    }

    /// What a text of 16 tokens came to.
    pub fn measured(passes: usize, nats: f64) -> Measurement {
        let quality = Quality {
            tokens: 16,
            nats: rounded(nats),
            pairs: 15,
            new_pairs: 14,
            fours: 13,
            repeated_fours: 1,
            unigram_nats: 32.0,
        };
        let time = Duration::from_micros(1000 * passes as u64);
        Measurement { texts: 1, passes, tokens: 16, canvas_tokens: 16, time, quality }
    }

    #[test]
    fn a_row_is_read_back_as_it_was() {
        let plan = plan(&[("sampler", "p2,threshold"), ("steps", "8,16"), ("top-k", "off,5")]);
        let grid = plan.grid(sound).unwrap();
        for job in plan.jobs(&grid) {
            let row = row(job, job.index, 10.0 / 3.0 + 1e3);
            let line = row.to_json(&plan, &grid);
            assert!(serde_json::from_str::<Json>(&line).is_ok(), "{line}");
            let again = Row::from_json(&plan, job, &line).unwrap();
            assert_eq!(again, row);
            assert_eq!(again.to_json(&plan, &grid), line);
        }
    }

    #[test]
    fn both_files_have_the_same_columns_and_times_only_where_asked_for() {
        let mut plan = plan(&[("sampler", "threshold,p2"), ("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let job = plan.jobs(&grid).nth(2).unwrap();
        let row = row(job, 8, 28.0);
        let expected = "index,sampler,steps,seed,prompt,passes,tokens,canvas_tokens,nats_per_token,\
                        nats_per_new_pair,distinct,repetition,perplexity,unigram_entropy,judged_tokens,nats,\
                        pairs,new_pairs,fours,repeated_fours,unigram_nats,seconds,tokens_per_second";
        assert_eq!(Row::header(&plan), expected);
        assert_eq!(
            row.to_csv(&plan, &grid),
            "2,threshold,,7,\"b, \"\"c\"\"\",8,16,16,1.75,2.0,0.933333,0.076923,5.754603,2.0,16,28.0,\
             15,14,13,1,32.0,0.008,2000.0"
        );
        plan.timings = false;
        assert!(Row::header(&plan).ends_with("unigram_nats"));
        assert!(row.to_json(&plan, &grid).ends_with("\"unigram_nats\":32.0}"));
    }

    #[test]
    fn a_row_of_another_trial_is_refused() {
        let plan = plan(&[("steps", "8,16")]);
        let grid = plan.grid(sound).unwrap();
        let jobs: Vec<Job> = plan.jobs(&grid).collect();
        let line = row(jobs[1], 8, 1.0).to_json(&plan, &grid);
        let error = Row::from_json(&plan, jobs[0], &line).unwrap_err().to_string();
        assert_eq!(error, "row 1 stands where row 0 should");
        assert!(Row::from_json(&plan, jobs[1], &line[..line.len() - 4]).is_err());
    }

    #[test]
    fn scores_are_columns_of_their_own_and_read_back() {
        let plan = examined(&plan(&[("steps", "8,16")]));
        let grid = plan.grid(sound).unwrap();
        let job = plan.jobs(&grid).nth(3).unwrap();
        let row = Row { scores: vec![1.0, 0.333333], ..row(job, 8, 28.0) };
        assert!(
            Row::header(&plan).contains(",canvas_tokens,score_right,score_near,nats_per_token,")
        );
        assert!(row.to_csv(&plan, &grid).starts_with("3,8,8,0+1=,8,16,16,1.0,0.333333,1.75,"));
        let line = row.to_json(&plan, &grid);
        assert_eq!(Row::from_json(&plan, job, &line).unwrap(), row);
        let without = line.replace("score_right", "score_wrong");
        let error = Row::from_json(&plan, job, &without).unwrap_err().to_string();
        assert_eq!(error, "not a row of a sweep (missing field `score_right`)");
    }
}
