//! Sweeping the knob under the cursor: the same beginning at each of its values, with several seeds.

use crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Notice, Overlay, Phase};
use crate::diffusion::noise::SEED;
use crate::engine::{Entry, Event, Order, RunId};
use crate::knobs::{Kind, Knob, Settings, Value};
use crate::sweep::front::front;
use crate::sweep::plot::{Point, Scatter};
use crate::sweep::standing::Standing;

/// Texts of every value, each with dice of its own.
pub const SEEDS: usize = 3;
/// More values than this are not told apart.
const MOST: usize = 9;
/// A count is swept from so many times less to so many times more than it is.
const REACH: u64 = 4;

/// A knob, its values, and what they came to so far.
pub struct Sweep {
    /// Which knob.
    pub knob: &'static Knob,
    /// Its values, ascending.
    pub values: Vec<Value>,
    /// One a value, all of its texts together.
    pub standings: Vec<Standing>,
    /// The value under the cursor, as an index.
    pub at: usize,
    run: RunId,
}

impl Sweep {
    /// Texts that are written, and texts in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.standings.iter().map(|standing| standing.texts).sum(), self.values.len() * SEEDS)
    }

    /// The values that are complete and that no other beats in passes and quality.
    pub fn front(&self) -> Vec<usize> {
        let points: Vec<(f64, f64)> = self.points().map(|point| (point.x, point.y)).collect();
        front(&points)
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
        self.values.iter().zip(&self.standings).map(|(value, standing)| {
            let complete = standing.texts == SEEDS;
            Point {
                x: standing.passes_per_text(),
                y: if complete { standing.nats_per_new_pair() } else { f64::NAN },
                group: self.knob.show(*value),
                label: String::new(),
            }
        })
    }

    /// Takes an event in where it is about this sweep.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::Stepped { run, lane, step } if *run == self.run => {
                let standing = &mut self.standings[lane / SEEDS];
                standing.passes += 1;
                standing.time += step.time();
            }
            Event::LaneEnded { run, lane, quality } if *run == self.run => {
                let standing = &mut self.standings[lane / SEEDS];
                standing.texts += 1;
                let quality = quality.unwrap_or_default();
                standing.tokens += quality.tokens;
                standing.quality.add(&quality);
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
        let knob = self.selected_knob();
        let values = self.values_to_sweep(knob);
        if values.len() < 2 {
            let text =
                format!("{} changes nothing that could be swept; choose another knob", knob.name);
            self.notice = Some(Notice::bad(text));
            return;
        }
        let entries: Result<Vec<Entry>, _> = values
            .iter()
            .flat_map(|value| (0..SEEDS).map(|seed| (*value, seed as u64)))
            .map(|(value, seed)| self.trial(knob, value, seed))
            .collect();
        match entries {
            Ok(entries) => {
                let standings = (0..values.len()).map(Standing::new).collect();
                let at = values.iter().position(|value| *value == self.value(knob)).unwrap_or(0);
                let run = self.engine.start(entries, Order::InTurn { repeats: 0 }, false);
                self.phase = Phase::Waiting;
                self.overlay = Overlay::Sweep(Box::new(Sweep { knob, values, standings, at, run }));
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    fn trial(&self, knob: &'static Knob, value: Value, seed: u64) -> crate::Result<Entry> {
        let mut settings = self.lane().settings.clone();
        settings.set(knob, value);
        if let Value::Count(first) = settings.get(&SEED) {
            settings.set(&SEED, Value::Count(first.wrapping_add(seed)));
        }
        let segments = self.segments_for(self.lane().model, &settings)?;
        Ok(Entry { model: self.lane().model, segments, settings })
    }

    /// All words that make sense; of numbers up to nine, the one of now among them.
    fn values_to_sweep(&self, knob: &'static Knob) -> Vec<Value> {
        let shown = super::show::ALL.iter().any(|shown| shown.name == knob.name);
        if shown || knob.name == SEED.name {
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
        all.retain(|value| self.objection(knob, *value).is_none() && self.fits(knob, *value));
        if !matches!(knob.kind, Kind::Choice { .. }) {
            all.sort_by(|a, b| amount(*a).total_cmp(&amount(*b)));
            all = thinned(&all, now);
        }
        all
    }

    /// Whether a text with that value can be laid out at all.
    fn fits(&self, knob: &'static Knob, value: Value) -> bool {
        let Some(model) = self.model(self.lane()) else { return false };
        let length = |settings: &Settings| {
            let segments = self.segments_for(self.lane().model, settings);
            segments.map_or(usize::MAX, |all| all.iter().map(|one| one.positions()).sum())
        };
        let mut settings = self.lane().settings.clone();
        settings.set(knob, value);
        length(&settings) <= model.about.context
    }

    /// Takes a key in while a sweep is shown; whether it meant something there.
    pub(super) fn on_sweep_key(&mut self, key: KeyEvent) -> bool {
        let Overlay::Sweep(sweep) = &mut self.overlay else { return false };
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => sweep.at = sweep.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                sweep.at = (sweep.at + 1).min(sweep.values.len() - 1);
            }
            KeyCode::Enter => {
                let (knob, value) = (sweep.knob, sweep.values[sweep.at]);
                self.overlay = Overlay::None;
                self.turn(knob, value);
                self.start();
            }
            KeyCode::Esc => {
                self.overlay = Overlay::None;
                self.start();
            }
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
