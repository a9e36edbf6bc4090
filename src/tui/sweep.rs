//! Sweeping the knob under the cursor: the same beginning at each of its values, with several seeds.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use super::action::Action;
use super::app::{App, Notice, Overlay, Phase};
use crate::Result;
use crate::diffusion::Session;
use crate::diffusion::noise::SEED;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{SAMPLER, with_sampler};
use crate::engine::{Event, LaneScheduling, LaneSpec, RunId};
use crate::knobs::{Kind, Knob, Settings, Value};
use crate::measurement::Measurement;
use crate::sweep::pareto::pareto_front;
use crate::sweep::plot::{Point, Scatter};

/// Texts of every value, each with a seed of its own.
pub const SEEDS: usize = 3;
/// More values than this are not told apart.
const MOST: usize = 9;
/// A count is swept from so many times less to so many times more than it is.
const REACH: u64 = 4;

/// A knob, its values, and what they came to so far.
pub struct SweepView {
    /// Which knob.
    pub knob: &'static Knob,
    /// Its values, ascending.
    pub values: Vec<Value>,
    /// One a value, all of its texts together.
    pub measured: Vec<Measurement>,
    /// The value under the cursor, as an index.
    pub at: usize,
    run: RunId,
    /// Passes and time of the text that is being written.
    pending: (usize, Duration),
    /// How the run below stood.
    was: Phase,
}

impl SweepView {
    /// Texts that are written, and texts in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.measured.iter().map(|measured| measured.texts).sum(), self.values.len() * SEEDS)
    }

    /// The values that are complete and that no other beats in passes and quality.
    pub fn front(&self) -> Vec<usize> {
        let points: Vec<(f64, f64)> = self.points().map(|point| (point.x, point.y)).collect();
        pareto_front(&points)
    }

    /// Quality against passes, where the passes differ.
    pub fn plot(&self) -> Option<Scatter> {
        let points: Vec<Point> = self.points().collect();
        let passes = || points.iter().filter(|point| point.y.is_finite()).map(|point| point.x);
        let (low, high) = (passes().fold(f64::INFINITY, f64::min), passes().fold(0.0, f64::max));
        (high > 1.1 * low).then(|| Scatter {
            title: "quality against passes".to_owned(),
            x_label: "passes a text".to_owned(),
            y_label: "nats/new pair (lower is better)".to_owned(),
            front: self.front(),
            joined: false,
            points,
        })
    }

    fn points(&self) -> impl Iterator<Item = Point> {
        self.values.iter().zip(&self.measured).map(|(value, measured)| {
            let complete = measured.texts == SEEDS;
            Point {
                x: measured.passes_per_text(),
                y: if complete { measured.nats_per_new_pair() } else { f64::NAN },
                group: self.knob.show(*value),
                label: String::new(),
            }
        })
    }

    /// Whether the text at this value is being written.
    pub fn is_writing(&self, value: usize) -> bool {
        self.progress().0 / SEEDS == value && self.pending.0 > 0
    }

    /// Takes an event in where it is about this sweep.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::Stepped { run, step, .. } if *run == self.run => {
                self.pending.0 += 1;
                self.pending.1 += step.time();
            }
            Event::LaneEnded { run, lane, tokens, quality } if *run == self.run => {
                // Only whole texts count.
                let (passes, time) = std::mem::take(&mut self.pending);
                if let Some(measured) = self.measured.get_mut(lane / SEEDS) {
                    *measured += Measurement {
                        texts: 1,
                        passes,
                        tokens: tokens.emitted,
                        canvas_tokens: tokens.canvas,
                        time,
                        quality: quality.unwrap_or_default(),
                    };
                }
            }
            Event::Started { run, .. } | Event::Finished(run) => return *run == self.run,
            _ => return false,
        }
        true
    }
}

impl App {
    /// Writes the text at every value of the knob under the cursor.
    pub(super) fn begin_sweep(&mut self) {
        if !self.can_begin() {
            return;
        }
        let knob = self.selected_knob();
        let values = self.values_to_sweep(knob);
        if values.len() < 2 {
            let text =
                format!("{} changes nothing that could be swept; choose another knob", knob.name);
            self.notice = Some(Notice::bad(text));
            return;
        }
        let entries: Result<Vec<LaneSpec>> = values
            .iter()
            .flat_map(|value| (0..SEEDS).map(|seed| (*value, seed as u64)))
            .map(|(value, seed)| self.lane_at(knob, value, seed))
            .collect();
        match entries {
            Ok(entries) => {
                let measured = vec![Measurement::default(); values.len()];
                let at = values.iter().position(|value| *value == self.value(knob)).unwrap_or(0);
                let run = self.engine.start(entries, LaneScheduling::Once, false);
                // The engine gives the run below up; what it wrote can still be looked at.
                self.run = None;
                self.clock.runs = false;
                let was = std::mem::replace(&mut self.phase, Phase::Waiting);
                let pending = (0, Duration::ZERO);
                let sweep = SweepView { knob, values, measured, at, run, pending, was };
                self.overlay = Overlay::Sweep(Box::new(sweep));
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    fn lane_at(&self, knob: &'static Knob, value: Value, seed: u64) -> Result<LaneSpec> {
        let mut settings = self.swept(knob, value)?;
        let first = settings.get(&SEED);
        settings.set(&SEED, Value::Count(first.wrapping_add(seed)));
        let model = self.lane().model;
        Ok(LaneSpec { model, segments: self.segments_for(model, &settings)?, settings })
    }

    /// The knobs of now with `knob` at `value`; a sampler comes with all of its own parts, or it would not
    /// be that sampler.
    fn swept(&self, knob: &'static Knob, value: Value) -> Result<Settings> {
        let mut settings = self.lane().settings.clone();
        if let (true, Value::Choice(name)) = (SAMPLER.is(knob), value) {
            settings = with_sampler(&settings, name)?;
        }
        settings.set(knob, value);
        Ok(settings)
    }

    /// All words that make sense; of numbers up to nine, the one of now among them.
    fn values_to_sweep(&self, knob: &'static Knob) -> Vec<Value> {
        if super::display::knobs().holds(knob) || SEED.is(knob) {
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
            let next_token = ResolvedSampler::of(&settings).sampler.next_token;
            let segments = self.segments_for(model, &settings)?;
            Session::new(&segments, settings, &about.vocabulary, about.context)?;
            Ok(about.writes_next_token || !next_token)
        };
        self.swept(knob, value).and_then(begins).unwrap_or(false)
    }

    /// Whether `run` is the sweep that is shown.
    pub(super) fn is_sweep(&self, run: RunId) -> bool {
        matches!(&self.overlay, Overlay::Sweep(sweep) if sweep.run == run)
    }

    /// Closes the sweep; the text below stands as it was, but cannot be gone on with.
    pub(super) fn leave_sweep(&mut self) {
        let Overlay::Sweep(sweep) = std::mem::replace(&mut self.overlay, Overlay::None) else {
            return;
        };
        self.engine.cancel();
        self.phase = match sweep.was {
            Phase::Finished | Phase::Failed(_) => sweep.was,
            _ => Phase::Cancelled,
        };
    }

    /// Takes a key in while a sweep is shown; whether it meant something there.
    pub(super) fn on_sweep_key(&mut self, key: KeyEvent, action: Option<Action>) -> bool {
        let Overlay::Sweep(sweep) = &mut self.overlay else { return false };
        if action == Some(Action::Cancel) || action == Some(Action::Sweep) {
            self.leave_sweep();
            return true;
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => sweep.at = sweep.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                sweep.at = (sweep.at + 1).min(sweep.values.len() - 1);
            }
            KeyCode::Enter => {
                let (knob, value) = (sweep.knob, sweep.values[sweep.at]);
                self.leave_sweep();
                match self.swept(knob, value) {
                    Ok(settings) => {
                        self.lane_mut().settings = settings;
                        self.start();
                    }
                    Err(error) => self.notice = Some(Notice::bad(error.to_string())),
                }
            }
            KeyCode::Esc => self.leave_sweep(),
            _ => return false,
        }
        true
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
