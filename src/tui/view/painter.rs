//! What a token looks like: noise that churns, guesses that brighten, words that light up and fade.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::arrangement::{Arrangement, noise_length};
use crate::diffusion::noise::{NOISE, Noise};
use crate::model::Vocabulary;
use crate::trace::{Cell, CellState, Frame as Moment};
use crate::tui::app::{App, Model, Phase};
use crate::tui::display::{COLOR_MODE, ColorMode};
use crate::tui::lane::{LaneView, differ};
use crate::tui::token_layout::Slot;
use crate::tui::token_text::TokenText;

/// Paints tokens of one moment.
pub(super) struct Painter<'a> {
    app: &'a App,
    lane: &'a LaneView,
    moment: &'a Moment,
    vocabulary: &'a Vocabulary,
    text: &'a TokenText,
    /// What the first lane says at the same moment, where this one is compared with it.
    first: Option<&'a Moment>,
    /// What stands there, one piece a token.
    current: Vec<String>,
    /// What the model would write there.
    guessed: Vec<String>,
    arrangement: Arrangement,
    /// The end token that ends the text; what a block has behind it belongs to it no more.
    text_end: usize,
    uniform: bool,
    /// Steps since the newest, as time goes by with no step made.
    afterglow: f32,
    beat: u64,
}

impl<'a> Painter<'a> {
    pub fn new(
        app: &'a App,
        index: usize,
        moment: &'a Moment,
        model: &'a Model,
        arrangement: Arrangement,
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
            text,
            first: app.compared_with(index),
            current: text.pieces(&ids(|cell| cell.id)),
            guessed: text.pieces(&ids(|cell| cell.prediction.unwrap_or(cell.id))),
            arrangement,
            text_end: moment.text_end(&model.about.vocabulary),
            uniform: lane.run_settings.get(&NOISE) == Noise::Uniform,
            // Without motion, and while a step is studied, what is new stays so until the next one.
            afterglow: if app.motion && app.following && app.phase != Phase::Paused {
                since * 3.0
            } else {
                0.0
            },
            // Eight changes a second while it churns; none when it stands still.
            beat: if app.is_churning() { (app.now.as_millis() / 125) as u64 } else { 0 },
        }
    }

    pub fn paint(&self, position: usize, place: Slot, spot: Rect, buffer: &mut Buffer) {
        let (text, style) = self.face(position, place);
        let style = self.marked(position, style);
        let in_prose = self.arrangement == Arrangement::Prose;
        let text = text.replace('\n', if in_prose { " " } else { self.app.glyphs.line_break });
        let text = text.trim_start_matches(' ');
        let (x, y) = (spot.x + place.lead.min(place.width), spot.y);
        let room = self.room(place);
        if text.width() > usize::from(room) {
            buffer.set_stringn(x, y, text, usize::from(room), style);
            if room > 2 {
                buffer.set_string(x + room - 1, y, self.app.glyphs.cut, style);
            }
        } else {
            buffer.set_string(x, y, text, style);
        }
    }

    /// Columns of `place` that hold text. A slot keeps one free, so that words stay apart; the last of a line has it
    /// cut off.
    fn room(&self, place: Slot) -> u16 {
        match self.arrangement {
            Arrangement::Slots(slot) => place.width.min(slot - 1).max(1),
            _ => place.width - place.lead.min(place.width),
        }
    }

    /// `style` with what is laid over it: whether it differs from the first lane, and the cursor.
    pub fn marked(&self, position: usize, mut style: Style) -> Style {
        if self.differs(position) {
            style = style.patch(self.app.theme.differs);
        }
        if self.app.token == Some(position) {
            style = style.patch(self.app.theme.cursor);
        }
        style
    }

    /// Whether nothing is decided at `position`.
    pub fn is_open(&self, position: usize) -> bool {
        self.moment.cells[position].state.is_open()
    }

    /// The likeliest tokens at `position`, and their probabilities.
    pub fn candidates(&self, position: usize) -> impl Iterator<Item = (String, f32)> {
        let candidates = self.moment.cells[position].candidates.iter();
        candidates.map(|it| (self.text.pieces(&[it.token]).concat(), it.probability))
    }

    /// What a token looks like now.
    pub fn face(&self, position: usize, place: Slot) -> (String, Style) {
        let cell = &self.moment.cells[position];
        let theme = &self.app.theme;
        match cell.state {
            CellState::Remasked => (self.guessed[position].clone(), theme.remasked),
            CellState::Noise => {
                (self.noise(position, place), theme.mix(theme.noise, theme.noise, 0.0))
            }
            CellState::Draft => self.guess(position, cell, place),
            CellState::Refused => (self.guessed[position].clone(), theme.refused()),
            _ => (self.current[position].clone(), self.decided_style(position, None)),
        }
    }

    /// What a token looks like that is decided. As code it has a look of its own, `code`, which it fades to; what is
    /// given keeps its weight then, and its colour not.
    pub fn decided_style(&self, position: usize, code: Option<Style>) -> Style {
        let cell = &self.moment.cells[position];
        let theme = &self.app.theme;
        let written = || self.written_style(position, cell, code.unwrap_or(theme.written));
        match (cell.state, code) {
            (CellState::Prompt | CellState::Fixed, Some(code)) => theme.given_code(code),
            (CellState::Prompt | CellState::Fixed, None) => self.given_style(position),
            (CellState::Pinned, _) => theme.pinned,
            (CellState::Overwritten, _) => written().add_modifier(Modifier::UNDERLINED),
            _ => written(),
        }
    }

    /// What the model would write, which shows through the noise.
    fn guess(&self, position: usize, cell: &Cell, place: Slot) -> (String, Style) {
        let theme = &self.app.theme;
        let sureness = cell.confidence.clamp(0.0, 1.0);
        let style = match self.scale_share(position, cell) {
            Some(share) => theme.on_scale(share).add_modifier(Modifier::DIM),
            None if sureness < 0.5 => theme.mix(theme.noise, theme.draft, 0.6 + 0.8 * sureness),
            None => theme.mix(theme.draft, theme.written, (sureness - 0.5) * 1.4),
        };
        let style = style.add_modifier(theme.draft.add_modifier);
        if !matches!(self.arrangement, Arrangement::Slots(_)) {
            return (self.ghost(position, sureness), style);
        }
        // The surer the guess, the more of the time it shows.
        let chance = (hash(position as u64, self.beat) % 1000) as f32 / 1000.0;
        let through = if self.app.is_churning() {
            chance < 0.15 + 0.85 * sureness
        } else {
            // Standing still, a wild guess says less than noise does.
            sureness >= 0.2
        };
        let text =
            if through { self.guessed[position].clone() } else { self.noise(position, place) };
        (text, style)
    }

    /// A guess as a word that takes shape: in the first quarter of the passes some of its letters are still noise, the
    /// more the less sure it is.
    fn ghost(&self, position: usize, sureness: f32) -> String {
        /// Of the passes, the part after which every guess is a word.
        const WORDS_FROM: f32 = 0.25;
        let guess = &self.guessed[position];
        let made = self.moment.cost.passes as f32 / self.moment.planned.max(1) as f32;
        let noisy = (1.0 - made / WORDS_FROM).max(0.0) * (1.0 - sureness);
        if noisy == 0.0 {
            return guess.clone();
        }
        let sign = |(column, letter): (usize, char)| {
            let chance = hash(position as u64 * 64 + column as u64, self.beat);
            let is_noise = ((chance >> 32) % 1000) as f32 / 1000.0 < noisy;
            // What is wider than a column, or breaks a line, keeps its place.
            if is_noise && letter != ' ' && letter != '\n' && letter.width() == Some(1) {
                self.noise_sign(chance).to_owned()
            } else {
                letter.to_string()
            }
        };
        guess.chars().enumerate().map(sign).collect()
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
        let length = match self.arrangement {
            Arrangement::Slots(_) => noise_length(position).min(self.room(place).into()),
            _ => self.room(place).into(),
        };
        let sign = |column| self.noise_sign(hash((position * 64 + column) as u64, self.beat));
        (0..length).map(sign).collect()
    }

    fn noise_sign(&self, chance: u64) -> &'static str {
        let signs = &self.app.glyphs.noise;
        signs[(chance % signs.len() as u64) as usize]
    }

    fn given_style(&self, position: usize) -> Style {
        let by_cache = self.app.display.get(&COLOR_MODE) == ColorMode::Cache;
        if let Some(share) = self.was_read(position).filter(|_| by_cache) {
            return self.app.theme.on_scale(share);
        }
        if self.is_end(position) { self.app.theme.end } else { self.app.theme.prompt }
    }

    fn written_style(&self, position: usize, cell: &Cell, written: Style) -> Style {
        let theme = &self.app.theme;
        let moments = self.lane.playhead.saturating_sub(cell.written_at.unwrap_or(0)) as f32;
        let freshness = (1.0 - (moments + self.afterglow) / 5.0).max(0.0);
        if let Some(share) = self.scale_share(position, cell) {
            let style = theme.on_scale(share);
            return if freshness > 0.7 {
                style.add_modifier(Modifier::BOLD | Modifier::REVERSED)
            } else {
                style
            };
        }
        if position >= self.text_end && freshness < 0.5 {
            return theme.end;
        }
        theme.mix(written, theme.fresh, freshness)
    }

    fn is_end(&self, position: usize) -> bool {
        self.vocabulary.is_eos(self.moment.cells[position].id)
    }

    /// Where on the scale of the colour mode a token stands; `None` when colours show its state.
    fn scale_share(&self, position: usize, cell: &Cell) -> Option<f32> {
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
            ColorMode::Cache => self.was_read(position),
            ColorMode::State => None,
        }
    }

    /// 1 where the last pass read a position, 0 where it took it from an earlier one; nothing without an approximate
    /// cache.
    fn was_read(&self, position: usize) -> Option<f32> {
        let pass = self.moment.facts.cached.as_ref()?;
        Some(f32::from(pass.read.binary_search(&position).is_ok()))
    }
}

/// Scatters two numbers (SplitMix64, Steele et al. 2014): for looks, not for sampling.
pub(super) fn hash(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
