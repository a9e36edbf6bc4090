//! How the text of a lane is laid out: in flow while it is in the making, as prose once it is done, or in slots.

use ratatui::layout::Rect;

use crate::diffusion::noise::{NOISE, Noise};
use crate::model::Vocabulary;
use crate::trace::{Cell, CellState, Frame as Moment};
use crate::tui::app::{App, Model};
use crate::tui::display::{LAYOUT, LayoutMode};
use crate::tui::flow::closing_up;
use crate::tui::lane::LaneView;
use crate::tui::token_layout::{Slot, prose, slot_width, slots};

/// Lines of text are no longer than what reads well, on a wall a little longer.
const MEASURE: u16 = 76;
const LONGEST_MEASURE: u16 = 100;
/// Slots have gaps of their own, and read by columns.
const WIDEST: u16 = 104;
/// Seconds in which the gaps of the flow close up.
const CLOSING: f32 = 0.6;

/// How the tokens are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arrangement {
    /// Slots of one width.
    Slots(u16),
    /// Lines that keep their tokens while these change.
    Flow,
    /// The same on the way to prose, 0 to 1.
    Closing(f32),
    /// As a reader expects it.
    Prose,
}

/// A text that was laid out.
pub(super) struct Arranged {
    pub arrangement: Arrangement,
    /// Where each token stands, those in front of it that are hidden left out.
    pub places: Vec<Slot>,
    /// Columns of the longest line that may be.
    pub width: u16,
    /// Rows from one line to the next.
    pub spacing: usize,
    /// Rows in all.
    pub rows: usize,
    /// Rows that it is centred by: the same for as long as a run goes on.
    pub steady_rows: usize,
}

/// Lays out `lane` within `area` as it stands at the moment that is shown, less the first `hidden` tokens.
pub(super) fn arrange(
    app: &App,
    lane: &LaneView,
    model: &Model,
    hidden: usize,
    area: Rect,
) -> Arranged {
    let count = lane.frame().map_or(0, |moment| moment.cells.len()).saturating_sub(hidden);
    let room = area.width.saturating_sub(2);
    if app.display.get(&LAYOUT) == LayoutMode::Slots {
        let width = area.width.saturating_sub(1).min(WIDEST);
        let slot = slot_width(count, width, area.height);
        let places = slots(count, width, slot);
        let spacing = |lines: usize| if 2 * lines <= area.height.into() { 2 } else { 1 };
        return Arranged::new(Arrangement::Slots(slot), places, width, spacing, None);
    }
    // A text that would not fit the screen may have longer lines.
    let rows = usize::from(area.height);
    let measure = (room / 7 * 3).clamp(MEASURE, LONGEST_MEASURE);
    let long = count * COLUMNS_A_TOKEN / usize::from(measure.min(room).max(1)) > rows;
    let width = if long { room.min(WIDEST) } else { room.min(measure) };
    let flow = || {
        let pieces = |moment: &Moment| pieces(app, lane, model, moment).split_off(hidden);
        lane.flow.borrow_mut().places(&lane.history, lane.playhead, width, pieces)
    };
    let spacing = |lines: usize| if 3 * lines <= rows { 2 } else { 1 };
    let arrangement = arrangement(app, lane);
    match arrangement {
        Arrangement::Prose => {
            let shown = if app.display.get(&LAYOUT) == LayoutMode::Prose {
                lane.history.last()
            } else {
                lane.frame()
            };
            let pieces = shown.map(|moment| pieces_of_prose(app, lane, model, moment));
            let places = prose(&pieces.unwrap_or_default().split_off(hidden), width);
            let steady = (app.display.get(&LAYOUT) == LayoutMode::Flow).then(|| lines(&flow()));
            Arranged::new(arrangement, places, width, spacing, steady)
        }
        Arrangement::Closing(share) => {
            Arranged::new(arrangement, closing_up(flow(), share), width, spacing, None)
        }
        _ => Arranged::new(arrangement, flow(), width, spacing, None),
    }
}

/// Columns that a token of ordinary text takes, the space in front of it among them.
const COLUMNS_A_TOKEN: usize = 5;

impl Arranged {
    /// `steady` is how many lines the text has while it is in the making, where those of `places` are others.
    fn new(
        arrangement: Arrangement,
        places: Vec<Slot>,
        width: u16,
        spacing: impl Fn(usize) -> usize,
        steady: Option<usize>,
    ) -> Self {
        let lines = lines(&places);
        let steady = steady.unwrap_or(lines);
        let spacing = spacing(steady);
        let (rows, steady_rows) = (lines * spacing, steady * spacing);
        Self { arrangement, places, width, spacing, rows, steady_rows }
    }
}

fn lines(places: &[Slot]) -> usize {
    places.last().map_or(0, |place| place.line + 1)
}

fn arrangement(app: &App, lane: &LaneView) -> Arrangement {
    match (app.display.get(&LAYOUT), lane.ended_at) {
        (LayoutMode::Prose, _) => Arrangement::Prose,
        (_, Some(at)) if lane.is_at_end() => {
            let share = app.now.saturating_sub(at).as_secs_f32() / CLOSING;
            if share >= 1.0 || !app.motion {
                Arrangement::Prose
            } else {
                Arrangement::Closing(share)
            }
        }
        _ => Arrangement::Flow,
    }
}

/// What the flow makes room for at `moment`, one piece a token: what stands there or, where that is noise, the guess,
/// and before the first guess a word of noise.
fn pieces(app: &App, lane: &LaneView, model: &Model, moment: &Moment) -> Vec<String> {
    let uniform = lane.run_settings.get(&NOISE) == Noise::Uniform;
    let mut pieces = model.token_text.pieces(&shown_ids(moment));
    for (position, (piece, cell)) in pieces.iter_mut().zip(&moment.cells).enumerate() {
        if cell.state == CellState::Noise && !uniform {
            *piece = format!(" {}", "-".repeat(noise_length(position)));
        } else if piece.contains('\n') {
            *piece = piece.replace('\n', app.glyphs.line_break);
        }
    }
    say_the_end_once(&mut pieces, moment, &model.about.vocabulary);
    pieces
}

/// What prose is made for at `moment`: as [`pieces`], but line breaks break lines.
fn pieces_of_prose(app: &App, lane: &LaneView, model: &Model, moment: &Moment) -> Vec<String> {
    let mut prose = model.token_text.pieces(&shown_ids(moment));
    let flow = pieces(app, lane, model, moment);
    for ((piece, flow), cell) in prose.iter_mut().zip(flow).zip(&moment.cells) {
        if cell.state == CellState::Noise {
            *piece = flow;
        }
    }
    say_the_end_once(&mut prose, moment, &model.about.vocabulary);
    prose
}

/// What stands at each position, or the guess where that is open.
pub(super) fn shown_ids(moment: &Moment) -> Vec<u32> {
    let id = |cell: &Cell| cell.prediction.filter(|_| cell.state.is_open()).unwrap_or(cell.id);
    moment.cells.iter().map(|cell| id(cell)).collect()
}

/// Models fill up with end tokens: one of them says it.
pub(super) fn say_the_end_once(pieces: &mut [String], moment: &Moment, vocabulary: &Vocabulary) {
    let mut ended = false;
    for (piece, id) in pieces.iter_mut().zip(shown_ids(moment)) {
        let ends = vocabulary.is_eos(id);
        if ends && ended {
            piece.clear();
        }
        ended = ends;
    }
}

/// Signs of a word of noise.
pub(super) fn noise_length(position: usize) -> usize {
    2 + (super::painter::hash(position as u64, u64::MAX) % 4) as usize
}
