//! Sweeping the knob under the cursor: the same beginning at each of its values, with several seeds. A line a
//! value, the best front marked, and the plot where there is room.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

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

/// Texts of every value, each with a seed of its own.
pub const SEEDS: usize = 3;
/// Columns of the values, and of each number.
const VALUE: usize = 16;
const NUMBER: usize = 10;

/// A knob, its values, and what they came to so far.
pub struct SweepOverlay {
    /// Which knob.
    pub knob: &'static Knob,
    /// Its values, ascending.
    pub values: Vec<Value>,
    /// One a value, all of its texts together.
    pub measured: Vec<Measurement>,
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
            lower_is_better: true,
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
        self.progress().0 / SEEDS == value && self.pending.0 > 0
    }
}

impl Overlay for SweepOverlay {
    fn title(&self) -> String {
        let (done, all) = self.progress();
        if done < all {
            format!("sweep of {}: {done} of {all} texts", self.knob.name)
        } else {
            format!("sweep of {}: {SEEDS} texts a value", self.knob.name)
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
        goes_on.then_some("every text is written from its beginning, one after the other")
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

    fn draw_table(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let theme = &app.theme;
        let nats = if area.width < 77 { "nats/new pair" } else { "nats/new pair, low is good" };
        let head = format!(
            "   {:<VALUE$}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}  {nats}",
            self.knob.name, "passes", "tokens/s", "repeats"
        );
        frame.render_widget(Line::styled(head, theme.quiet), Rect { height: 1, ..area });
        let head = 1.min(area.height);
        let rows = Rect { y: area.y + head, height: area.height - head, ..area };
        let front = self.front();
        // One that is far off would make all the others look alike.
        const FAR_OFF: f64 = 3.0;
        let nats = self.measured.iter().map(|measured| measured.nats_per_new_pair());
        let nats = nats.filter(|nats| nats.is_finite());
        let (best, worst) =
            nats.fold((f64::INFINITY, 0.0f64), |(low, high), nats| (low.min(nats), high.max(nats)));
        let worst = worst.min(best * FAR_OFF);
        self.list.draw(frame, app, (rows, self.values.len()), hits, |index, _, base| {
            self.row_line(app, (index, front.contains(&index)), (base, worst))
        });
    }

    fn row_line<'a>(
        &self,
        app: &App,
        (index, best): (usize, bool),
        (base, worst): (Style, f64),
    ) -> Line<'a> {
        const BAR: f64 = 16.0;
        let theme = &app.theme;
        let measured = &self.measured[index];
        let mark = if best { "*" } else { " " };
        let pointer = if index == self.list.at { app.glyphs.pointer } else { " " };
        let mut spans = vec![
            Span::styled(format!("{pointer}{mark} "), theme.key.patch(base)),
            Span::styled(
                format!("{:<VALUE$}", self.knob.show(self.values[index])),
                theme.accent.patch(base),
            ),
        ];
        if measured.texts == 0 {
            let text = if self.is_writing(index) { "is being written" } else { "" };
            spans.push(Span::styled(text, theme.quiet.patch(base)));
            return Line::from(spans);
        }
        let nats = measured.nats_per_new_pair();
        let share = if worst > 0.0 && nats.is_finite() { nats / worst } else { 0.0 };
        let filled = share.min(1.0) * BAR;
        spans.push(Span::styled(
            format!(
                "{:>NUMBER$.1}{:>NUMBER$.0}{:>NUMBER$}  ",
                measured.passes_per_text(),
                measured.tokens_per_second(),
                format!("{:.0} %", measured.quality.repetition() * 100.0)
            ),
            theme.screen.patch(base),
        ));
        let shown = if nats.is_finite() { format!("{nats:.2} ") } else { "-".to_owned() };
        spans.push(Span::styled(shown, theme.strong.patch(base)));
        let bar = app.glyphs.gauge[0].repeat(filled.round() as usize);
        let bar = if share > 1.0 { format!("{bar}{}", app.glyphs.cut) } else { bar };
        spans.push(Span::styled(bar, theme.gauge.patch(Style { bg: base.bg, ..Style::new() })));
        Line::from(spans)
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
        let entries: Result<Vec<LaneSpec>> = values
            .iter()
            .flat_map(|value| (0..SEEDS).map(|seed| (*value, seed as u64)))
            .map(|(value, seed)| self.lane_at(knob, value, seed))
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
