//! Sweeping the knob under the cursor: the same beginning at each of its values, with several seeds, or the same problems
//! where the model was trained for a task. A line a value, the best front marked, and the plot where there is room.

mod table;
mod yardstick;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::Style;

use yardstick::SweepYardstick;

use super::list::ListCursor;
use super::{Answer, Overlay, beside_its_own, fitted};
use crate::Result;
use crate::engine::{Event, LaneScheduling, LaneSpec, RunId};
use crate::knobs::{Knob, Value};
use crate::measurement::Measurement;
use crate::sweep::pareto::pareto_front;
use crate::sweep::plot::{Point, Scatter};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice, Phase};
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::Mouse;
use crate::tui::view::KeyHint;

/// A knob, its values, and what they came to so far.
pub struct SweepOverlay {
    /// Which knob.
    pub knob: &'static Knob,
    /// Its values, ascending.
    pub values: Vec<Value>,
    /// One a value, all of its texts together.
    pub measured: Vec<Measurement>,
    /// What is written at each of them, and what that is worth.
    yardstick: SweepYardstick,
    /// The value under the cursor.
    list: ListCursor,
    run: RunId,
    /// Passes and time of the text that is being written.
    pending: (usize, Duration),
    /// How the run below stood.
    was: Phase,
    /// Whether it can be gone on with.
    goes_on: bool,
}

impl SweepOverlay {
    /// Texts that are written, and texts in all.
    pub fn progress(&self) -> (usize, usize) {
        (
            self.measured.iter().map(|measured| measured.texts).sum(),
            self.values.len() * self.yardstick.texts(),
        )
    }

    /// The values that are complete and that no other beats in passes and quality.
    pub fn front(&self) -> Vec<usize> {
        let sign = if self.yardstick.lower_is_better() { 1.0 } else { -1.0 };
        let points: Vec<(f64, f64)> =
            self.points().map(|point| (point.x, sign * point.y)).collect();
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
            y_label: self.yardstick.axis(),
            lower_is_better: self.yardstick.lower_is_better(),
            front: self.front(),
            joined: false,
            points,
        })
    }

    fn points(&self) -> impl Iterator<Item = Point> {
        self.values.iter().zip(&self.measured).enumerate().map(|(index, (value, measured))| {
            let complete = measured.texts == self.yardstick.texts();
            Point {
                x: measured.passes_per_text(),
                y: if complete { self.quality(index) } else { f64::NAN },
                group: self.knob.show(*value),
                label: String::new(),
            }
        })
    }

    /// What the texts at the value of `index` are worth; no number before the first.
    fn quality(&self, index: usize) -> f64 {
        self.yardstick.quality(index, &self.measured[index])
    }

    /// The value under the cursor, as an index.
    pub fn at(&self) -> usize {
        self.list.at
    }

    fn chosen(&self) -> Answer {
        let (knob, value) = (self.knob, self.values[self.list.at]);
        Answer::close_then(move |app| app.begin_with(knob, value))
    }

    /// Whether the text at this value is being written.
    pub fn is_writing(&self, value: usize) -> bool {
        self.progress().0 / self.yardstick.texts() == value && self.pending.0 > 0
    }
}

impl Overlay for SweepOverlay {
    fn title(&self) -> String {
        let (done, all) = self.progress();
        if done < all {
            format!("sweep of {}: {done} of {all} texts", self.knob.name)
        } else {
            format!("sweep of {}: {} a value", self.knob.name, self.yardstick.what_is_written())
        }
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "takes the value").or("take"),
            KeyHint::note("* nothing better takes fewer passes").or("* is unbeaten"),
            KeyHint::key(KeyCode::Esc, "leaves it").or("leave"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        const PLOT: u16 = 17;
        /// Where there is less room, no plot is drawn.
        const LEAST: u16 = 12;
        let room = screen.height.saturating_sub(self.rows() + 4);
        let plot = if self.plot().is_some() && room >= LEAST { PLOT } else { 0 };
        let height = self.rows() + plot + 2;
        fitted(screen, 84, height)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let rows = self.rows().min(inside.height);
        let [table, plot] =
            Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(inside);
        self.draw_table(frame, app, table, hits);
        if let Some(scatter) = self.plot() {
            let inside = Rect {
                x: plot.x + 1,
                y: plot.y + 1,
                width: plot.width.saturating_sub(2),
                height: plot.height.saturating_sub(1),
            };
            let look = app.theme.plot_style(app.glyphs.ascii_only);
            scatter.draw(inside, frame.buffer_mut(), look);
        }
    }

    /// What goes on below is not to be disturbed.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        if matches!(action, Some(Action::Cancel | Action::Sweep)) {
            return Answer::Close;
        }
        match key.code {
            KeyCode::Char('k') => self.list.go_by(-1, self.values.len()),
            KeyCode::Char('j') => self.list.go_by(1, self.values.len()),
            KeyCode::Enter => return self.chosen(),
            KeyCode::Esc => return Answer::Close,
            _ if self.list.on_key(key, self.values.len()) => {}
            _ if matches!(action, Some(Action::Quit | Action::Suspend)) => {
                return beside_its_own(key, action);
            }
            _ => {}
        }
        Answer::Stay
    }

    /// A click shows a value, a second one on it takes it.
    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        match self.list.on_mouse(mouse, self.values.len()) {
            true => self.chosen(),
            false => Answer::Stay,
        }
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.list.on_drawn(hits);
    }

    /// The events of its own run are about nothing below.
    fn on_engine(&mut self, event: &Event) -> Answer {
        match event {
            Event::Stepped { run, step, .. } if *run == self.run => {
                self.pending.0 += 1;
                self.pending.1 += step.time();
            }
            Event::LaneEnded { run, lane, tokens, answer, quality } if *run == self.run => {
                // Only whole texts count.
                let (passes, time) = std::mem::take(&mut self.pending);
                self.yardstick.grade(*lane, answer);
                if let Some(measured) = self.measured.get_mut(lane / self.yardstick.texts()) {
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
            Event::Started { run, .. } | Event::Finished(run) if *run == self.run => {}
            Event::Failed { run, error } if *run == self.run => {
                let notice = Notice::bad(error.to_string());
                return Answer::close_then(|app| app.notice = Some(notice));
            }
            _ => return Answer::Pass,
        }
        Answer::Stay
    }

    fn measures(&self, _: &App) -> bool {
        true
    }

    fn state(&self, app: &App) -> Option<(&'static str, &'static str, Style)> {
        let [running, _, done, _] = app.glyphs.states;
        let (written, all) = self.progress();
        Some(match written < all {
            true => (running, "sweeping", app.theme.running),
            false => (done, "swept", app.theme.accent),
        })
    }

    fn caption(&self, app: &App) -> Option<&'static str> {
        let goes_on = !matches!(app.phase, Phase::Stopped(_));
        goes_on.then_some(self.yardstick.caption())
    }

    /// The run below goes on as it was; one that cannot is still looked at.
    fn leave(self: Box<Self>, app: &mut App) {
        let stood = matches!(self.was, Phase::Running | Phase::Paused | Phase::Finished);
        match app.phase {
            // An engine that stopped meanwhile stays so.
            Phase::Stopped(_) => app.engine.cancel(),
            _ if self.goes_on && stood => {
                app.take_up_again(self.was != Phase::Running);
                // Nothing of it has to begin that could be waited for.
                app.phase = self.was;
            }
            _ => {
                app.engine.cancel();
                app.phase = match self.was {
                    Phase::Finished | Phase::Failed(_) => self.was,
                    _ => Phase::Cancelled,
                };
            }
        }
    }
}

impl SweepOverlay {
    /// Rows of the table: its head, and one a value.
    fn rows(&self) -> u16 {
        self.values.len() as u16 + 1
    }
}

impl App {
    /// Writes the text at every value of the knob under the cursor.
    pub(in crate::tui) fn begin_sweep(&mut self) {
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
        let yardstick = SweepYardstick::of(self, values.len());
        let entries: Result<Vec<LaneSpec>> = values
            .iter()
            .flat_map(|value| (0..yardstick.texts()).map(|text| (*value, text)))
            .map(|(value, text)| yardstick.lane(self, self.swept(knob, value)?, text))
            .collect();
        match entries {
            Ok(entries) => {
                let measured = vec![Measurement::default(); values.len()];
                let at = values.iter().position(|value| *value == self.value(knob)).unwrap_or(0);
                let list = ListCursor::new(at);
                let run = self.engine.start(entries, LaneScheduling::Once, false);
                // The engine lays the run below aside. What was timed would be timed anew.
                let goes_on = self.run.take().is_some() && self.begun && !self.mode.is_on_clock();
                self.clock.runs = false;
                let was = std::mem::replace(&mut self.phase, Phase::Waiting);
                let pending = (0, Duration::ZERO);
                self.open(SweepOverlay {
                    knob,
                    values,
                    measured,
                    yardstick,
                    list,
                    run,
                    pending,
                    was,
                    goes_on,
                });
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }

    /// Begins anew with `knob` at `value`.
    fn begin_with(&mut self, knob: &'static Knob, value: Value) {
        match self.swept(knob, value) {
            Ok(settings) => {
                self.lane_mut().settings = settings;
                self.start();
            }
            Err(error) => self.notice = Some(Notice::bad(error.to_string())),
        }
    }
}
