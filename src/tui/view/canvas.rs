//! The canvas: every token in its place, noise that churns, words that light up and fade.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::hints::Hint;
use super::legend::legend;
use super::pane;
use super::panes::Pane;
use crate::diffusion::noise::{NOISE, Noise};
use crate::model::Vocabulary;
use crate::trace::{Cell, CellState, Frame as Moment};
use crate::tui::action::Action;
use crate::tui::app::{App, Model};
use crate::tui::display::{COLOR_MODE, ColorMode, LAYOUT, LayoutMode};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::lane::{LaneView, differ};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::token_layout::{Slot, TokenLayout};
use crate::tui::token_text::TokenText;

/// Lines of text are no longer than what reads well.
const WIDEST: u16 = 104;
/// Seconds that the slots take to shrink into prose.
const SETTLING: f32 = 0.6;

/// The text; a click puts the cursor on a token.
pub(super) struct CanvasPane;

impl Pane for CanvasPane {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let block = pane(app, "canvas");
        let inner = block.inner(area);
        let lines = draw_text(frame, app, app.focus, inner, hits);
        let more = lines > usize::from(inner.height);
        frame.render_widget(block.title_bottom(legend(app, area.width, more)), area);
    }

    fn hints(&self, _: &App) -> Vec<Hint> {
        vec![
            Hint::new(42, &[Action::Repair], "repair"),
            Hint::new(50, &[Action::ColorMode], "colours"),
            Hint::new(51, &[Action::LaneNext], "token"),
            Hint::new(52, &[Action::Layout], "layout"),
        ]
    }

    fn on_mouse(&self, app: &mut App, mouse: Mouse) {
        match (mouse.hit, mouse.gesture) {
            (Hit::Token { lane, position }, Gesture::Press) => {
                app.focus_lane(lane);
                app.token = Some(position);
            }
            (Hit::Canvas { lane, .. }, Gesture::Press) => {
                app.focus_lane(lane);
                app.token = None;
            }
            (_, Gesture::Wheel(direction)) => app.scroll_by(-direction as isize),
            _ => {}
        }
    }
}

/// The text of the lane at `index` as it stands at the moment that is shown. Returns how many lines it has,
/// drawn or scrolled away.
pub(super) fn draw_text(
    frame: &mut Frame<'_>,
    app: &App,
    index: usize,
    inner: Rect,
    hits: &mut HitMap,
) -> usize {
    let lane = &app.lanes[index];
    let (Some(moment), Some(model), Some(last)) =
        (lane.frame(), app.model(lane), lane.history.last())
    else {
        hits.note(inner, Hit::Canvas { lane: index, lines: 0 });
        return 0;
    };
    let width = inner.width.saturating_sub(1).min(WIDEST);
    let arrangement = arrangement(app, lane, (moment.cells.len(), width, inner.height));
    // The begin token that some models want in front is nothing that a reader should see.
    let hidden = app.hidden_tokens(lane);
    let text = &model.token_text;
    let pieces = &shown_pieces(text, &model.about.vocabulary, last, arrangement)[hidden..];
    // Prose that touches the frame reads badly; slots have gaps of their own.
    let margin = u16::from(!matches!(arrangement, TokenLayout::Slots(_)));
    let places = arrangement.places(pieces, width - margin.min(width));
    let lines = places.last().map_or(0, |place| place.line + 1);
    // Slots are told apart more easily with a line between the lines, where there is room.
    let spaced = matches!(arrangement, TokenLayout::Slots(_)) && 2 * lines <= inner.height.into();
    let spacing = if spaced { 2 } else { 1 };
    let rows = lines * spacing;
    hits.note(inner, Hit::Canvas { lane: index, lines: rows });
    let scroll = app.scroll.min(rows.saturating_sub(inner.height.into()));
    let left = inner.x + (inner.width - width).div_ceil(2);
    let free = usize::from(inner.height).saturating_sub(rows);
    let top = inner.y + (free / 3).min(6) as u16;
    let painter = Painter::new(app, index, moment, model, arrangement);
    for (position, place) in (hidden..).zip(&places) {
        let Some(row) = (place.line * spacing).checked_sub(scroll) else {
            continue;
        };
        if row + usize::from(top - inner.y) >= usize::from(inner.height) {
            break;
        }
        let spot = Rect::new(left + place.column, top + row as u16, place.width, 1);
        painter.paint(position, *place, spot, frame.buffer_mut());
        hits.note(spot, Hit::Token { lane: index, position });
    }
    rows
}

/// How a text of so many tokens is laid out in so many columns and lines.
fn arrangement(
    app: &App,
    lane: &LaneView,
    (count, width, height): (usize, u16, u16),
) -> TokenLayout {
    let slot = TokenLayout::slot_width(count, width, height);
    match (app.display.get(&LAYOUT), lane.ended_at) {
        (LayoutMode::Prose, _) => TokenLayout::Prose,
        (LayoutMode::Settle, Some(_)) if !app.motion => TokenLayout::Prose,
        (LayoutMode::Settle, Some(at)) => {
            let share = (app.now.saturating_sub(at)).as_secs_f32() / SETTLING;
            if share >= 1.0 { TokenLayout::Prose } else { TokenLayout::Settling(slot, share) }
        }
        _ => TokenLayout::Slots(slot),
    }
}

/// The text that the layout is made for: that of the newest frame, so that going through time moves
/// nothing. A guess stands in for what is not written yet.
fn shown_pieces(
    text: &TokenText,
    vocabulary: &Vocabulary,
    last: &Moment,
    arrangement: TokenLayout,
) -> Vec<String> {
    if matches!(arrangement, TokenLayout::Slots(_)) {
        return vec![String::new(); last.cells.len()];
    }
    let ids: Vec<u32> = last.cells.iter().map(|cell| cell.prediction.unwrap_or(cell.id)).collect();
    let mut pieces = text.pieces(&ids);
    let mut ended = false;
    for (index, (piece, cell)) in pieces.iter_mut().zip(&last.cells).enumerate() {
        if cell.state == CellState::Noise {
            *piece = " ".repeat(5);
        }
        // Models fill up with end tokens: one of them says it.
        let ends = vocabulary.is_eos(ids[index]);
        if ends && ended {
            piece.clear();
        }
        ended = ends;
    }
    pieces
}

/// Paints tokens of one moment.
struct Painter<'a> {
    app: &'a App,
    lane: &'a LaneView,
    moment: &'a Moment,
    vocabulary: &'a Vocabulary,
    /// What the first lane says at the same moment, where this one is compared with it.
    first: Option<&'a Moment>,
    /// What stands there, one piece a token.
    current: Vec<String>,
    /// What the model would write there.
    guessed: Vec<String>,
    prose: bool,
    /// Columns of a slot that hold text.
    slot_room: u16,
    uniform: bool,
    /// Steps since the newest, as time goes by with no step made.
    afterglow: f32,
    beat: u64,
}

impl<'a> Painter<'a> {
    fn new(
        app: &'a App,
        index: usize,
        moment: &'a Moment,
        model: &'a Model,
        arrangement: TokenLayout,
    ) -> Self {
        let lane = &app.lanes[index];
        let text = &model.token_text;
        let ids = |of: fn(&Cell) -> u32| -> Vec<u32> {
            moment.cells.iter().map(|cell| of(cell)).collect()
        };
        let since = app.now.saturating_sub(lane.frame_since).as_secs_f32();
        Self {
            app,
            lane,
            moment,
            vocabulary: &model.about.vocabulary,
            first: app.compared_with(index),
            current: text.pieces(&ids(|cell| cell.id)),
            guessed: text.pieces(&ids(|cell| cell.prediction.unwrap_or(cell.id))),
            prose: arrangement == TokenLayout::Prose,
            slot_room: match arrangement {
                TokenLayout::Slots(slot) => slot - 1,
                _ => u16::MAX,
            },
            uniform: lane.run_settings.get(&NOISE) == Noise::Uniform,
            // Without motion what is new stays so until the next step.
            afterglow: if app.motion { since * 3.0 } else { 0.0 },
            // Eight changes a second while it churns; none when it stands still.
            beat: if app.is_churning() { (app.now.as_millis() / 125) as u64 } else { 0 },
        }
    }

    fn paint(&self, position: usize, place: Slot, spot: Rect, buffer: &mut Buffer) {
        let cell = &self.moment.cells[position];
        let (text, mut style) = self.face(position, cell, place);
        if self.differs(position) {
            style = style.patch(self.app.theme.differs);
        }
        if self.app.token == Some(position) {
            style = style.patch(self.app.theme.cursor);
        }
        let text = text.replace('\n', if self.prose { " " } else { self.app.glyphs.line_break });
        let text = text.trim_start_matches(' ');
        let lead = place.lead.min(place.width);
        // A slot keeps a column free, so that words stay apart; the last of a line has it cut off.
        let room = if self.prose {
            place.width - lead
        } else {
            place.width.min(self.slot_room).saturating_sub(lead).max(1)
        };
        let (x, y) = (spot.x + lead, spot.y);
        if text.width() > usize::from(room) {
            buffer.set_stringn(x, y, text, usize::from(room), style);
            if room > 2 {
                buffer.set_string(x + room - 1, y, self.app.glyphs.cut, style);
            }
        } else {
            buffer.set_string(x, y, text, style);
        }
    }

    /// What a token looks like now.
    fn face(&self, position: usize, cell: &Cell, place: Slot) -> (String, Style) {
        let theme = &self.app.theme;
        match cell.state {
            CellState::Prompt | CellState::Fixed => {
                (self.current[position].clone(), self.given_style(position))
            }
            CellState::Pinned => (self.current[position].clone(), theme.pinned),
            CellState::Written => {
                (self.current[position].clone(), self.written_style(position, cell))
            }
            CellState::Overwritten => {
                let style = self.written_style(position, cell).add_modifier(Modifier::UNDERLINED);
                (self.current[position].clone(), style)
            }
            CellState::Remasked => (self.guessed[position].clone(), theme.remasked),
            CellState::Noise => {
                (self.noise(position, place), theme.mix(theme.noise, theme.noise, 0.0))
            }
            CellState::Draft => {
                let sureness = cell.confidence.clamp(0.0, 1.0);
                let style = match self.scale_share(cell) {
                    Some(share) => theme.on_scale(share).add_modifier(Modifier::DIM),
                    None => theme.mix(theme.noise, theme.draft, 0.3 + 0.7 * sureness),
                };
                // The surer the guess, the more of the time it shows through the noise.
                let chance = (hash(position as u64, self.beat) % 1000) as f32 / 1000.0;
                let through = if self.app.is_churning() {
                    chance < 0.15 + 0.85 * sureness
                } else {
                    // Standing still, a wild guess says less than noise does.
                    sureness >= 0.2
                };
                if through {
                    let style = style.add_modifier(theme.draft.add_modifier);
                    (self.guessed[position].clone(), style)
                } else {
                    (self.noise(position, place), style)
                }
            }
        }
    }

    /// Whether both lanes have decided this position, each otherwise.
    fn differs(&self, position: usize) -> bool {
        let first = self.first.and_then(|first| first.cells.get(position));
        first.is_some_and(|first| differ(first, &self.moment.cells[position]))
    }

    /// Noise glyphs for masks; the random token itself for uniform noise.
    fn noise(&self, position: usize, place: Slot) -> String {
        if self.uniform {
            return self.current[position].clone();
        }
        let glyphs = &self.app.glyphs.noise;
        let room = place.width.min(self.slot_room).saturating_sub(place.lead);
        let room = u64::from(room).max(1);
        let length =
            if self.prose { room } else { room.min(2 + hash(position as u64, u64::MAX) % 4) };
        (0..length)
            .map(|column| {
                let rng = hash(position as u64 * 16 + column, self.beat);
                glyphs[(rng % glyphs.len() as u64) as usize]
            })
            .collect()
    }

    fn given_style(&self, position: usize) -> Style {
        if self.is_end(position) { self.app.theme.end } else { self.app.theme.prompt }
    }

    fn written_style(&self, position: usize, cell: &Cell) -> Style {
        let theme = &self.app.theme;
        let moments = self.lane.playhead.saturating_sub(cell.written_at.unwrap_or(0)) as f32;
        let freshness = (1.0 - (moments + self.afterglow) / 5.0).max(0.0);
        if let Some(share) = self.scale_share(cell) {
            let style = theme.on_scale(share);
            return if freshness > 0.7 {
                style.add_modifier(Modifier::BOLD | Modifier::REVERSED)
            } else {
                style
            };
        }
        if self.is_end(position) && freshness < 0.5 {
            return theme.end;
        }
        theme.mix(theme.written, theme.fresh, freshness)
    }

    fn is_end(&self, position: usize) -> bool {
        self.vocabulary.is_eos(self.moment.cells[position].id)
    }

    /// Where on the scale of the colour mode a token stands; `None` when colours show its state.
    fn scale_share(&self, cell: &Cell) -> Option<f32> {
        // Of the moments that are foreseen: the passes, and what was done by hand until now.
        let by_hand = self.lane.playhead.saturating_sub(self.moment.cost.passes);
        let all = (self.moment.planned + by_hand).max(1) as f32;
        let written_at = cell.written_at.map(|moment| moment as f32);
        match self.app.display.get(&COLOR_MODE) {
            ColorMode::Confidence => Some(cell.confidence),
            // 4 nats is a choice between some 50 tokens: as good as not knowing.
            ColorMode::Entropy => Some(1.0 - cell.entropy / 4.0),
            ColorMode::Age => {
                written_at.map(|moment| 1.0 - (self.lane.playhead as f32 - moment) / all)
            }
            ColorMode::Order => written_at.map(|moment| moment / all),
            ColorMode::State => None,
        }
    }
}

/// Scatters two numbers (SplitMix64, Steele et al. 2014): for looks, not for sampling.
fn hash(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
