//! What a sweep of a knob goes through: the values it visits, and the lane that is written at each.

use super::app::App;
use super::display;
use crate::Result;
use crate::diffusion::Session;
use crate::diffusion::noise::SEED;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{SAMPLER, with_sampler};
use crate::knobs::{Kind, Knob, Settings, Value};

/// More values than this are not told apart.
const MOST: usize = 9;
/// A count is swept from so many times less to so many times more than it is.
const REACH: u64 = 4;

impl App {
    /// The knobs of now with `knob` at `value`; a sampler comes with all of its own parts, or it would not
    /// be that sampler.
    pub(super) fn swept(&self, knob: &'static Knob, value: Value) -> Result<Settings> {
        let mut settings = self.lane().settings.clone();
        if let (true, Value::Choice(name)) = (SAMPLER.is(knob), value) {
            settings = with_sampler(&settings, name)?;
        }
        settings.set(knob, value);
        Ok(settings)
    }

    /// All words that make sense; of numbers up to nine, the one of now among them.
    pub(super) fn values_to_sweep(&self, knob: &'static Knob) -> Vec<Value> {
        let is_used = ResolvedSampler::of(&self.lane().settings).uses(knob);
        if display::knobs().holds(knob) || SEED.is(knob) || !is_used {
            return Vec::new();
        }
        let now = self.value(knob);
        let mut all = vec![now];
        match &knob.kind {
            Kind::Choice { options, .. } => {
                all = options().iter().map(|option| Value::Choice(option.name)).collect();
            }
            _ => {
                for direction in [-1, 1] {
                    all.extend(notches(knob, now, direction));
                }
            }
        }
        all.retain(|value| self.fits(knob, *value));
        if !matches!(knob.kind, Kind::Choice { .. }) {
            all.sort_by(|a, b| amount(*a).total_cmp(&amount(*b)));
            all = thinned(&all, now);
        }
        all
    }

    /// Whether this model can write a text with that value at all.
    fn fits(&self, knob: &'static Knob, value: Value) -> bool {
        let model = self.lane().model;
        let Some(about) = self.models.get(model).map(|model| &model.about) else { return false };
        let begins = |settings: Settings| -> Result<bool> {
            let next_token = ResolvedSampler::of(&settings).sampler.next_token.is_some();
            let segments = self.segments_for(model, &settings)?;
            Session::new(&segments, settings, &about.vocabulary, about.context)?;
            Ok(about.writes_next_token || !next_token)
        };
        self.swept(knob, value).and_then(begins).unwrap_or(false)
    }
}

/// The values that single notches visit from `value` on.
fn notches(knob: &Knob, value: Value, direction: i32) -> Vec<Value> {
    const ENOUGH: usize = 200;
    let reach = match value {
        Value::Count(n) => n / REACH..=n.saturating_mul(REACH),
        _ => 0..=u64::MAX,
    };
    let within = |value: &Value| match value {
        Value::Count(n) => reach.contains(n),
        _ => true,
    };
    let next = |value: &Value| {
        let next = knob.nudge(*value, direction, false);
        (next != *value).then_some(next)
    };
    let visited = std::iter::successors(next(&value), next);
    visited.take_while(within).take(ENOUGH).collect()
}

/// As a number; off is beyond all of them.
fn amount(value: Value) -> f64 {
    match value {
        Value::Real(x) => x,
        Value::Count(n) => n as f64,
        Value::Off | Value::Choice(_) => f64::INFINITY,
    }
}

/// No more than can be told apart, evenly spread, `now` among them.
fn thinned(all: &[Value], now: Value) -> Vec<Value> {
    if all.len() <= MOST {
        return all.to_vec();
    }
    let here = all.iter().position(|value| *value == now).unwrap_or(0);
    let last = all.len() - 1;
    let mut chosen: Vec<usize> = (0..MOST).map(|k| k * last / (MOST - 1)).collect();
    if let Some(nearest) = chosen.iter_mut().min_by_key(|index| index.abs_diff(here)) {
        *nearest = here;
    }
    chosen.into_iter().map(|index| all[index]).collect()
}
