//! Lanes side by side: each text in a frame of its own, with its numbers.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::fitting::fitted;
use super::hints::Hint;
use super::panes::Pane;
use super::{canvas, joined, joined_within, seconds};
use crate::diffusion::sampler::{Drafter, SAMPLER};
use crate::race::stages::CostUnit;
use crate::tasks::ShownAs;
use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::lane::{LaneView, letter};
use crate::tui::mode::Mode;
use crate::tui::mouse::{Gesture, Mouse};

/// The lanes; a click puts the cursor on one.
pub(super) struct Lanes;

impl Pane for Lanes {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        for (index, (lane, area)) in app.lanes.iter().zip(places(app, area)).enumerate() {
            if area.is_empty() {
                continue;
            }
            hits.note(area, Hit::Lane(index));
            draw_lane(frame, app, (index, lane), area, hits);
        }
    }

    fn hints(&self, _: &App) -> Vec<Hint> {
        vec![
            Hint::new(10, &[Action::PanelNext], "lane"),
            Hint::new(23, &[Action::LaneAdd], "more"),
            Hint::new(24, &[Action::LaneDrop], "less"),
            Hint::new(25, &[Action::LaneAlone], "alone"),
        ]
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match (mouse.hit, mouse.gesture) {
            (Hit::Lane(lane), Gesture::Press) => {
                app.focus_lane(lane);
                app.token = None;
            }
            (_, Gesture::Wheel(direction)) => app.scroll_by(-direction as isize),
            _ => {}
        }
    }
}

/// Where each lane stands. On a small screen the one under the cursor has all of it.
fn places(app: &App, area: Rect) -> Vec<Rect> {
    let all = grid(area, app.lanes.len());
    let holds = |(lane, area): (&LaneView, &Rect)| {
        let (columns, rows) = least(app, lane);
        area.width >= columns && area.height >= rows
    };
    if app.lanes.iter().zip(&all).all(holds) {
        return all;
    }
    let alone = |index| if index == app.focus { area } else { Rect::default() };
    (0..app.lanes.len()).map(alone).collect()
}

/// Columns and rows that a lane needs, its frame and its numbers among them.
fn least(app: &App, lane: &LaneView) -> (u16, u16) {
    match app.model(lane).map(|model| model.shown_as) {
        // One of 6x6.
        Some(ShownAs::Grid) => (21, 10),
        _ => (24, 7),
    }
}

/// Two or three lanes beside each other where they are wide enough, four and narrow ones two by two; beside each other
/// all the same where there is no height for two of them.
fn grid(area: Rect, count: usize) -> Vec<Rect> {
    const NARROWEST: u16 = 36;
    const NARROWEST_WHERE_LOW: u16 = 24;
    const LOW: u16 = 12;
    let wide = area.width / (count as u16);
    let low = area.height / 2 < LOW && wide >= NARROWEST_WHERE_LOW;
    let crowded = wide < NARROWEST || (count == 4 && area.width < 190);
    let columns = if crowded && !low { 2 } else { count };
    let rows = count.div_ceil(columns);
    let bands = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    let mut all = Vec::new();
    for (row, band) in bands.iter().enumerate() {
        let here = columns.min(count - row * columns);
        let cells = Layout::horizontal(vec![Constraint::Fill(1); here]).split(*band);
        all.extend(cells.iter().copied());
    }
    all
}

/// What a lane is called: the sampler that it was written with, and the knobs in which it differs from the
/// others.
fn title<'a>(app: &'a App, (index, lane): (usize, &'a LaneView), style: Style) -> Line<'a> {
    let mut spans = vec![
        Span::styled(format!(" {} ", letter(index)), style),
        Span::styled(lane.sampler(), app.theme.title),
    ];
    if app.lanes.iter().any(|other| other.model != lane.model)
        && let Some(model) = app.model(lane)
    {
        spans.push(Span::styled(format!(", {}", model.about.name), app.theme.accent));
    }
    // One that writes from left to right uses next to nothing.
    if !lane.is_autoregressive() {
        for knob in app.differing_knobs().into_iter().filter(|knob| knob.name != SAMPLER.name) {
            let value = knob.show(lane.run_settings.value(knob));
            spans.push(Span::styled(format!(", {} {value}", knob.name), app.theme.quiet));
        }
    }
    if lane.settings != lane.run_settings {
        let key = app.keymap.key(Action::Restart);
        let text = format!(" {} {key} takes the knobs of now", app.glyphs.next_run);
        spans.push(Span::styled(text, app.theme.key));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn draw_lane(
    frame: &mut Frame<'_>,
    app: &App,
    (index, lane): (usize, &LaneView),
    area: Rect,
    hits: &mut HitMap,
) {
    const NUMBERS: u16 = 2;
    let theme = &app.theme;
    let focused = index == app.focus;
    let (border, sign) = match focused {
        true => (theme.accent, theme.selected),
        false => (theme.border, theme.strong),
    };
    let room = area.width.saturating_sub(2);
    let block = Block::bordered()
        .border_set(app.glyphs.border)
        .border_style(border)
        .title(fitted(title(app, (index, lane), sign), room, app.glyphs))
        .title_bottom(fitted(remark(app, (index, lane), area.width), room, app.glyphs));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [text, numbers] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(NUMBERS)]).areas(inner);
    match app.phase {
        Phase::Measuring(..) => draw_hidden(frame, app, text),
        _ => {
            let lines = canvas::draw_text(frame, app, index, text, hits);
            if lines > usize::from(text.height) {
                draw_goes_on(frame, app, text);
            }
        }
    }
    frame.render_widget(Paragraph::new(number_lines(app, (index, lane), inner.width)), numbers);
}

/// That there is more text than has room, where its last line ends.
fn draw_goes_on(frame: &mut Frame<'_>, app: &App, text: Rect) {
    let sign = Line::styled(app.glyphs.cut, app.theme.key).right_aligned();
    let last = Rect { y: text.bottom().saturating_sub(1), height: 1, ..text };
    frame.render_widget(sign, last.intersection(text));
}

/// What stands in the place of a text that is being timed: nobody should look at the one that is known already.
fn draw_hidden(frame: &mut Frame<'_>, app: &App, area: Rect) {
    let said = ["written again, timed, while nothing is drawn", "written again, timed"];
    let said = said.into_iter().find(|said| said.len() <= usize::from(area.width));
    let middle = Rect { y: area.y + area.height / 2, height: 1, ..area }.intersection(area);
    let said = Line::styled(said.unwrap_or_default(), app.theme.quiet).centered();
    frame.render_widget(said, middle);
}

/// What is to be said of a lane beside its numbers.
fn remark<'a>(app: &App, (index, lane): (usize, &LaneView), width: u16) -> Line<'a> {
    const ROOMY: u16 = 64;
    let theme = &app.theme;
    let mut parts = Vec::new();
    if app.mode.is_fair() {
        let (how, short) = match lane.drafter() {
            None => (" any word, anywhere, many at once ", " anywhere, many at once "),
            Some(Drafter::Nobody) => (" from left to right, one at a time ", " one at a time "),
            Some(_) => (" from left to right, guessed ahead ", " guessed ahead "),
        };
        let how = if how.len() + 2 > usize::from(width) { short } else { how };
        parts.push((how.to_owned(), theme.quiet));
    }
    if let Some((differing, of)) = app.differences(index).filter(|(_, of)| *of > 0) {
        let style = if differing > 0 { theme.screen.patch(theme.differs) } else { theme.quiet };
        let both_ended = lane.ended && app.lanes[0].ended;
        let text = match differing {
            0 if both_ended => "the same as A".to_owned(),
            0 => format!("the same {of} tokens as A"),
            _ => format!("{differing} of {of} differ from A"),
        };
        parts.push((format!(" {text} "), style));
    }
    if let (Some(moment), Some(model)) = (lane.frame(), app.model(lane)) {
        let written = moment.cells.iter().filter(|cell| cell.written_at.is_some()).count();
        let counted = moment.emitted(&model.about.vocabulary);
        if counted < written {
            let text = format!(" {counted} before the end, {written} on the canvas ");
            parts.push((text, theme.quiet));
        }
    }
    parts.truncate(if width < ROOMY { 1 } else { 2 });
    joined(app, parts)
}

/// Two lines: what was done, and how fast and well.
fn number_lines<'a>(app: &App, (index, lane): (usize, &LaneView), width: u16) -> Vec<Line<'a>> {
    let theme = &app.theme;
    let (Some(moment), Some(model)) = (lane.frame(), app.model(lane)) else {
        return Vec::new();
    };
    let cost = moment.cost;
    if cost.passes == 0 {
        let all = moment.answer();
        return vec![Line::styled(format!(" {all} tokens of noise"), theme.quiet)];
    }
    let tokens = moment.emitted(&model.about.vocabulary);
    let each = tokens as f64 / cost.passes as f64;
    let passes = if cost.passes == 1 { "1 pass".into() } else { format!("{} passes", cost.passes) };
    let roomy = width >= 48;
    let each = if roomy { format!("{each:.1} tokens each") } else { format!("{each:.1} each") };
    let tokens_word = if tokens == 1 { "token" } else { "tokens" };
    let first = vec![
        (format!(" {tokens} {tokens_word}"), theme.strong),
        (passes, theme.screen),
        (each, theme.screen),
    ];
    let first = first.into_iter().chain(lane.kept_drafts().map(|kept| (kept, theme.quiet)));
    let first: Vec<(String, Style)> = first.collect();
    let mut second = Vec::new();
    let tally = app.tally_of(index);
    if let Some(tally) = &tally {
        second.push((format!(" {tally}"), theme.accent));
    }
    // While a fair race is run its times mean nothing.
    if app.mode != Mode::FairWarmUp && !app.counts_passes() {
        let space = if second.is_empty() { " " } else { "" };
        let estimate = matches!(app.stage(), Some(CostUnit::OtherMachine(..)));
        let (took, sign) = match estimate {
            true => (lane.seconds_at(lane.playhead), "about "),
            false => (cost.seconds(), ""),
        };
        let rate = if took > 0.0 { tokens as f64 / took } else { 0.0 };
        let rate = (format!("{rate:.0} tokens/s"), theme.strong);
        if roomy || lane.shown_verdict().is_none() {
            second.push((format!("{space}{sign}{}", seconds(took)), theme.screen));
            second.push(rate);
        } else {
            // What can be cut stands last: what a text is worth in a few words, and more of them.
            second.push((format!("{space}{}", rate.0), rate.1));
        }
    }
    let space = if second.is_empty() { " " } else { "" };
    // Where a task says what a text is worth, a judge of other texts has nothing to add.
    if let Some(words) = lane.shown_verdict().filter(|_| tally.is_none()) {
        second.push((format!("{space}{words}"), theme.accent));
    } else if let (Some(quality), true, None) = (lane.quality, lane.is_at_end(), tally) {
        let unit = match width {
            0..48 => " nats",
            48..72 => " nats a new pair",
            _ => " nats a new pair, low is good",
        };
        let value = quality.nats_per_new_pair();
        second.push((format!("{space}{value:.2}{unit}"), theme.accent));
    }
    vec![joined_within(app, first, width), fitted(joined(app, second), width, app.glyphs)]
}
