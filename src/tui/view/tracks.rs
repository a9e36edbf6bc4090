//! The tracks: how much of its text each lane had written when, all on one axis.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::hints::Hint;
use super::panes::Pane;
use super::{bar, seconds};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::lane::{LaneView, letter};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::panel_focus::Panel;
use crate::tui::race_stage::RaceStage;

/// Columns in front of the tracks.
const LABEL: u16 = 22;

/// The tracks; a click goes to that time.
pub(super) struct Tracks;

impl Pane for Tracks {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let track = Rect::new(
            area.x + LABEL,
            area.y,
            area.width.saturating_sub(LABEL + 1),
            area.height.saturating_sub(1),
        );
        let axis = TimeAxis::of(app, track.width);
        hits.note(track, Hit::Tracks);
        let height = (track.height / app.lanes.len() as u16).max(1);
        for (index, lane) in app.lanes.iter().enumerate() {
            let row = Rect { y: track.y + index as u16 * height, height, ..track };
            draw_label(frame, app, (index, lane), Rect { x: area.x, width: LABEL, ..row });
            draw_track(frame, app, lane, row, &axis);
        }
        let below = Rect { y: track.bottom(), height: 1, ..track };
        draw_axis(frame, app, below, &axis);
    }

    fn hints(&self, _: &App) -> Vec<Hint> {
        vec![
            Hint::new(21, &[Action::Order], "order"),
            Hint::new(30, &[Action::TimeBack, Action::TimeForward], "time"),
        ]
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match mouse.gesture {
            Gesture::Press | Gesture::Drag => app.go_along(share_at(mouse.at.x, mouse.area)),
            Gesture::Wheel(direction) => app.turn_time(direction),
        }
    }
}

/// How far along the tracks that column is, 0 to 1, beside them too.
fn share_at(column: u16, tracks: Rect) -> f64 {
    let along = f64::from(column) - f64::from(tracks.x) + 1.0;
    (along / f64::from(tracks.width.max(1))).clamp(0.0, 1.0)
}

/// What a column of the tracks stands for.
struct TimeAxis {
    columns: u16,
    on_clock: bool,
    /// Seconds, or passes, from left to right.
    whole: f64,
    /// Where the screen is, in the same.
    here: f64,
}

impl TimeAxis {
    fn of(app: &App, columns: u16) -> Self {
        let on_clock = app.mode.shows_clock();
        let (whole, here) = if on_clock {
            (app.whole_race().max(app.horizon()), app.clock.at)
        } else {
            let whole = app.lanes.iter().map(LaneView::expected_passes).max().unwrap_or(0);
            (whole as f64, app.passes_shown() as f64)
        };
        Self { columns: columns.max(1), on_clock, whole: whole.max(f64::MIN_POSITIVE), here }
    }

    /// The moment that `lane` is at by the end of `column`; nothing where that is not known yet.
    fn moment(&self, lane: &LaneView, column: u16) -> Option<usize> {
        let end = self.whole * f64::from(column + 1) / f64::from(self.columns);
        if self.on_clock {
            let known = column <= self.column(lane.seconds());
            known.then(|| lane.moment_at(end))
        } else {
            let passes = end as usize;
            (passes <= lane.history.passes()).then(|| lane.history.after_passes(passes))
        }
    }

    fn column(&self, at: f64) -> u16 {
        let share = (at / self.whole).clamp(0.0, 1.0);
        ((share * f64::from(self.columns)) as u16).min(self.columns - 1)
    }
}

fn draw_label(frame: &mut Frame<'_>, app: &App, (index, lane): (usize, &LaneView), area: Rect) {
    let focused = index == app.focus;
    let style = if focused { app.theme.accent } else { app.theme.quiet };
    let sign = match app.panel() {
        Some(Panel::Timeline) => app.theme.selected,
        _ => app.theme.strong,
    };
    let room = usize::from(LABEL - 4);
    let mut sampler: String = lane.sampler().chars().take(room).collect();
    if lane.sampler().len() > room {
        sampler.pop();
        sampler.push_str(app.glyphs.cut);
    }
    let line = Line::from(vec![
        Span::styled(format!(" {} ", letter(index)), sign),
        Span::styled(sampler, style),
    ]);
    frame.render_widget(line, area);
}

/// The share of the text that is written, as bars that rise from left to right.
fn draw_track(frame: &mut Frame<'_>, app: &App, lane: &LaneView, area: Rect, axis: &TimeAxis) {
    let theme = &app.theme;
    let buffer = frame.buffer_mut();
    let here = axis.column(axis.here);
    // On the clock a lane that is at its end has nothing more to show.
    let ends = if axis.on_clock && lane.ended { axis.column(lane.seconds()) } else { axis.columns };
    if axis.on_clock && lane.ended {
        // Behind the end there is room to say when it was.
        let text = format!(" {} {}", app.glyphs.states[2], on_clock(app, lane.seconds()));
        let at = area.x + ends + 1;
        if at + (text.chars().count() as u16) < area.right() && here >= ends {
            buffer.set_string(at, area.bottom() - 1, text, theme.accent);
        }
    }
    for column in 0..axis.columns {
        let (x, bottom) = (area.x + column, area.bottom() - 1);
        let Some(moment) = axis.moment(lane, column).filter(|_| column <= ends) else {
            if !lane.ended {
                buffer.set_string(x, bottom, app.glyphs.dot, theme.border);
            }
            continue;
        };
        let Some(moment) = lane.history.frame(moment) else { continue };
        let share = 1.0 - moment.open() as f32 / moment.answer().max(1) as f32;
        let style = if column > here { theme.border } else { theme.bars };
        for row in 0..area.height {
            let filled = share * f32::from(area.height) - f32::from(row);
            let sign = bar(app, filled.clamp(0.0, 1.0));
            buffer.set_string(x, bottom - row, sign, style);
        }
    }
}

/// So many seconds of the clock of the lanes, or the passes that it counts.
pub(super) fn on_clock(app: &App, at: f64) -> String {
    match app.counts_passes() {
        // One is made when its time is over.
        true => format!("{:.0} passes", (at / RaceStage::PASS + 1e-6).floor()),
        false => seconds(at),
    }
}

fn draw_axis(frame: &mut Frame<'_>, app: &App, area: Rect, axis: &TimeAxis) {
    let theme = &app.theme;
    let label = if axis.on_clock {
        format!(" one clock, {}", on_clock(app, axis.whole))
    } else {
        let steps = if axis.whole < 1.5 { "step" } else { "steps" };
        format!(" {:.0} {steps}", axis.whole)
    };
    frame.buffer_mut().set_string(area.x - LABEL, area.y, label, theme.quiet);
    if axis.here > 0.0 {
        let x = area.x + axis.column(axis.here);
        frame.buffer_mut().set_string(x, area.y, app.glyphs.playhead, theme.running);
    }
}
