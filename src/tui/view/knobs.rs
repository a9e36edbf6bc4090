//! The knob panel: every parameter with its value, and a line on the one under the cursor.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::fitting::fitted;
use super::hints::Hint;
use super::panel;
use super::panes::Pane;
use crate::diffusion::resolved::ResolvedSampler;
use crate::knobs::{Knob, Value};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::knob_groups::{KnobGroup, KnobRow};
use crate::tui::lane::letter;
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::panel_focus::Panel;

/// The knobs; they can be turned by click, drag and wheel.
pub(super) struct Knobs;

impl Pane for Knobs {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let title = match app.lanes.len() {
            1 => "knobs".to_owned(),
            _ => format!("knobs of {}", letter(app.focus)),
        };
        let block = panel(app, &title, Panel::Knobs);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let help_rows = if inner.width < 32 { 6 } else { 5 };
        let help_rows = if inner.height > help_rows + 5 { help_rows } else { 0 };
        let lines = app.knob_rows();
        // The help stands right below the list.
        let list_rows = (inner.height - help_rows).min(lines.len() as u16);
        let [list, help, _] = Layout::vertical([
            Constraint::Length(list_rows),
            Constraint::Length(help_rows),
            Constraint::Fill(1),
        ])
        .areas(inner);
        let rows = usize::from(list.height);
        let resolved = ResolvedSampler::of(&app.lane().settings);
        // Columns of the longest name and a space.
        let names = lines.iter().map(|row| match row {
            KnobRow::Knob(_, knob) => knob.name.len() + 1,
            KnobRow::Group(..) => 0,
        });
        let name_width = names.max().unwrap_or(0);
        let selected = |row: &KnobRow| matches!(row, KnobRow::Knob(index, _) if *index == app.knob);
        let cursor = lines.iter().position(selected).unwrap_or(0);
        // The cursor stays in sight, with a row of what comes next.
        let scroll = (cursor + 2).saturating_sub(rows).min(lines.len().saturating_sub(rows));
        for (row, line) in (list.y..).zip(lines.iter().skip(scroll).take(rows)) {
            let row = Rect::new(list.x, row, list.width, 1);
            match *line {
                KnobRow::Knob(index, knob) => {
                    draw_knob(frame, app, &resolved, row, (index, knob, name_width), hits);
                }
                KnobRow::Group(group, count) => draw_group(frame, app, row, (group, count), hits),
            }
        }
        draw_more(frame, app, list, scroll > 0, scroll + rows < lines.len());
        draw_help(frame, app, &resolved, help);
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        knob_hints(app)
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match (mouse.hit, mouse.gesture) {
            (Hit::Gauge(knob), Gesture::Press) => {
                app.knob = knob;
                turn_to(app, knob, mouse);
            }
            (Hit::Gauge(knob), Gesture::Drag) => turn_to(app, knob, mouse),
            (Hit::Knob(knob), Gesture::Press) => {
                // A second click on a word turns it to the next one.
                if app.knob == knob {
                    app.nudge(app.selected_knob(), 1, false);
                }
                app.knob = knob;
            }
            (Hit::Knob(knob) | Hit::Gauge(knob), Gesture::Wheel(direction)) => {
                app.knob = knob;
                app.nudge(app.selected_knob(), direction, false);
            }
            (Hit::KnobGroup(group), Gesture::Press) => app.fold(group),
            _ => {}
        }
    }
}

/// A group, folded or not, and how many knobs it has.
fn draw_group(
    frame: &mut Frame<'_>,
    app: &App,
    row: Rect,
    (group, count): (KnobGroup, usize),
    hits: &mut HitMap,
) {
    let [folded, unfolded] = app.glyphs.folds;
    let sign = if app.unfolded.holds(group) { unfolded } else { folded };
    let line = Line::from(vec![
        Span::styled(format!("{sign} "), app.theme.key),
        Span::styled(group.title(), app.theme.title),
        Span::styled(format!("  {count}"), app.theme.quiet),
    ]);
    frame.render_widget(fitted(line, row.width, app.glyphs), row);
    hits.note(row, Hit::KnobGroup(group));
}

/// Keys of the knobs, whatever shows them. Of lanes side by side the lane is chosen before the knob.
pub(super) fn knob_hints(app: &App) -> Vec<Hint> {
    let alone = app.lanes.len() == 1;
    let mut hints = vec![
        Hint::new(if alone { 10 } else { 35 }, &[Action::KnobPrevious, Action::KnobNext], "knob"),
        Hint::new(11, &[Action::KnobDown, Action::KnobUp], "turn"),
        Hint::new(44, &[Action::AllKnobs], "all knobs").or("all"),
        Hint::new(40, &[Action::Presets], "presets"),
    ];
    if alone {
        hints.push(Hint::new(41, &[Action::Sweep], "sweep"));
    }
    hints
}

/// Turns a knob to where the mouse is along its gauge, or beside it.
fn turn_to(app: &mut App, knob: usize, mouse: Mouse) {
    let along = f64::from(mouse.at.x) - f64::from(mouse.area.x);
    let share = (along / f64::from(mouse.area.width.max(2) - 1)).clamp(0.0, 1.0);
    if let Some(knob) = app.knobs().get(knob).copied()
        && let Some(value) = knob.at_fraction(share)
    {
        app.turn(knob, value);
    }
}

/// What the knob under the cursor does.
fn draw_help(frame: &mut Frame<'_>, app: &App, resolved: &ResolvedSampler, area: Rect) {
    let knob = app.selected_knob();
    let mut words = vec![Span::styled(knob.help_for(app.value(knob)), app.theme.quiet)];
    if app.is_overruled(knob) {
        words.push(Span::styled("  the prompt says how many now", app.theme.key));
    } else if !resolved.uses(knob) {
        let text = format!("  {} goes without it", resolved.sampler.name);
        words.push(Span::styled(text, app.theme.key));
    }
    if app.waits_for_next_run(knob) {
        let key = app.keymap.key(Action::Restart);
        let text = format!("  {} {key} applies it", app.glyphs.next_run);
        words.push(Span::styled(text, app.theme.key));
    }
    let text = vec![Line::from(""), Line::from(words)];
    let indented = Rect::new(area.x + 1, area.y, area.width.saturating_sub(2), area.height);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), indented);
}

fn draw_knob(
    frame: &mut Frame<'_>,
    app: &App,
    resolved: &ResolvedSampler,
    row: Rect,
    (index, knob, name_width): (usize, &'static Knob, usize),
    hits: &mut HitMap,
) {
    let theme = &app.theme;
    let selected = index == app.knob;
    let value = app.value(knob);
    let base = if selected { theme.selected } else { Style::new() };
    frame.buffer_mut().set_style(row, base);
    if selected {
        // On the frame, so that names and values have the whole width.
        let at = row.x.saturating_sub(1);
        frame.buffer_mut().set_string(at, row.y, app.glyphs.pointer, theme.key);
    }
    let waiting = if app.waits_for_next_run(knob) {
        format!(" {}", app.glyphs.next_run)
    } else {
        String::new()
    };
    let changed = value != knob.default();
    let value_style = if !resolved.uses(knob) || app.is_overruled(knob) {
        theme.quiet
    } else if changed {
        theme.accent
    } else {
        theme.screen
    };
    let unturned = theme.quiet.patch(base);
    let room = usize::from(row.width).saturating_sub(name_width + waiting.len());
    let spans = vec![
        Span::styled(format!("{:<name_width$}", knob.name), unturned),
        Span::styled(
            cut(app, shown(resolved, knob, value), room),
            Style { bg: None, ..value_style }.patch(base),
        ),
        Span::styled(waiting, theme.key),
    ];
    frame.render_widget(Line::from(spans), row);
    hits.note(row, Hit::Knob(index));
    let length: u16 = if row.width >= 34 { 12 } else { 6 };
    if let Some(share) = knob.fraction(value) {
        let gauge = Rect::new(row.right() - length - 1, row.y, length, 1);
        draw_gauge(frame, app, gauge, share);
        hits.note(gauge, Hit::Gauge(index));
    }
}

fn draw_gauge(frame: &mut Frame<'_>, app: &App, area: Rect, share: f64) {
    let [full, empty] = app.glyphs.gauge;
    let filled = (share * f64::from(area.width)).round() as usize;
    let rest = usize::from(area.width) - filled.min(area.width.into());
    let gauge = Style { bg: None, ..app.theme.gauge };
    let spans = vec![
        Span::styled(full.repeat(filled), gauge),
        Span::styled(empty.repeat(rest), app.theme.border),
    ];
    frame.render_widget(Line::from(spans), area);
}

/// Says at the right edge of `list` that there is more above or below.
pub(in crate::tui) fn draw_more(
    frame: &mut Frame<'_>,
    app: &App,
    list: Rect,
    above: bool,
    below: bool,
) {
    if list.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    let x = list.right().saturating_sub(1);
    if above {
        let sign = if app.glyphs.ascii_only { "^" } else { "↑" };
        buffer.set_string(x, list.y, sign, app.theme.key);
    }
    if below {
        let sign = if app.glyphs.ascii_only { "v" } else { "↓" };
        buffer.set_string(x, list.bottom().saturating_sub(1), sign, app.theme.key);
    }
}

/// `text`, or as much of it as fits into `room` columns.
fn cut(app: &App, text: String, room: usize) -> String {
    if text.len() <= room {
        return text;
    }
    text.chars().take(room.saturating_sub(1)).chain(app.glyphs.cut.chars()).collect()
}

/// The value, reals with two digits unless they need more; for what was left to the sampler, the sampler's
/// own.
fn shown(resolved: &ResolvedSampler, knob: &Knob, value: Value) -> String {
    let real = |x: f64| match (x * 100.0).fract().abs() < 1e-6 {
        true => format!("{x:.2}"),
        false => x.to_string(),
    };
    if value == knob.default()
        && let Some(part) = resolved.part(knob)
    {
        return part.to_owned();
    }
    match value {
        Value::Real(x) => real(x),
        Value::Off => match resolved.default_of(knob) {
            Some(default) => format!("({})", real(default)),
            None => knob.show(value),
        },
        value => knob.show(value),
    }
}
