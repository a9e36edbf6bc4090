//! What lies over the main screen, a file each: how it is drawn, which keys it names, and what keys, mouse and
//! events do while it is open. At most one is open; whatever closes it, it is left in the same way.

mod finder;
mod help;
mod line_editor;
mod list;
mod model_picker;
mod palette;
mod preset_name;
mod presets;
mod prompt;
mod sweep;
mod theme_picker;
mod why;

use std::any::Any;
use std::ops::ControlFlow;
use std::time::Duration;

use crossterm::event::{KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Margin, Rect, Size};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Clear;

pub use help::Help;
pub use model_picker::ModelPicker;
pub use palette::{Palette, PaletteEntry};
pub use preset_name::PresetNameEditor;
pub use presets::PresetList;
pub use prompt::PromptEditor;
pub use sweep::SweepOverlay;
pub use theme_picker::ThemePicker;
pub use why::Why;

use super::action::Action;
use super::app::{App, Request};
use super::hit_map::{Hit, HitMap};
use super::mouse::Mouse;
use super::view::{KeyHint, draw_line, pane};
use crate::engine::Event;

/// Something over the main screen.
pub trait Overlay: Any {
    /// What its frame is titled.
    fn title(&self) -> String;

    /// The keys, and what they do, for its lower frame. The last, which closes it, is always in sight.
    fn hints(&self, app: &App) -> Vec<KeyHint>;

    /// Its columns and rows, the frame among them, on a screen of that size.
    fn size(&self, app: &App, screen: Size) -> Size;

    /// Whether it stands at the right of the screen, so that what it changes can be seen beside it.
    fn stands_aside(&self) -> bool {
        false
    }

    /// Draws what stands in its frame, and notes what of it can be clicked.
    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap);

    /// Takes in where its parts stand, once they are drawn.
    fn on_drawn(&mut self, _hits: &HitMap) {}

    /// What becomes of a key, which elsewhere would do `action`.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer;

    /// What becomes of pasted text: nothing, where none can be written.
    fn on_paste(&mut self, _text: &str) -> Answer {
        Answer::Stay
    }

    /// What the mouse does on it. None of it reaches what lies below; a click there closes it.
    fn on_mouse(&mut self, _mouse: Mouse) -> Answer {
        Answer::Stay
    }

    /// What becomes of an event of the engine.
    fn on_engine(&mut self, _event: &Event) -> Answer {
        Answer::Pass
    }

    /// What becomes of it as time goes by, `now` since the program began.
    fn on_time(&mut self, _now: Duration) -> Answer {
        Answer::Stay
    }

    /// Whether it waits for time to go by.
    fn awaits(&self) -> bool {
        false
    }

    /// Whether it waits for a measurement: drawing would disturb it, and it will not come when the engine
    /// begins something else.
    fn measures(&self, _app: &App) -> bool {
        false
    }

    /// How it stands, as a sign and a word, where that says more than how the run below stands.
    fn state(&self, _app: &App) -> Option<(&'static str, &'static str, Style)> {
        None
    }

    /// What happens now, in a sentence, where that is not what happens to the run below.
    fn caption(&self, _app: &App) -> Option<&'static str> {
        None
    }

    /// Puts what it changed in order when it closes.
    fn leave(self: Box<Self>, _app: &mut App) {}
}

/// What is done when an overlay closes, and what the run loop has to do then.
pub type Then = Box<dyn FnOnce(&mut App) -> Option<Request>>;

/// What an overlay makes of a key, the mouse or an event.
pub enum Answer {
    /// It took it, and stays.
    Stay,
    /// It stays, and this is done.
    StayThen(Box<dyn FnOnce(&mut App)>),
    /// It closes.
    Close,
    /// It closes, and this is done then.
    CloseThen(Then),
    /// It is not about this overlay, which stays.
    Pass,
    /// It is not about this overlay, which closes.
    ClosePass,
}

impl Answer {
    /// It stays, and `what` is done.
    fn stay_then(what: impl FnOnce(&mut App) + 'static) -> Self {
        Self::StayThen(Box::new(what))
    }

    /// It closes, and `what` is done then.
    fn close_then(what: impl FnOnce(&mut App) + 'static) -> Self {
        Self::CloseThen(Box::new(|app| {
            what(app);
            None
        }))
    }
}

/// What becomes of a key that is none of an overlay's own. The one that leaves the program leaves the overlay, as in
/// a pager; held with another it means the program. What would give the text below up is not done, since the key may
/// have been meant for something else. What else a key does is done once the overlay is closed.
fn beside_its_own(key: KeyEvent, action: Option<Action>) -> Answer {
    match action {
        None => Answer::Stay,
        Some(Action::Close) => Answer::Close,
        Some(Action::Quit) if key.modifiers == KeyModifiers::NONE => Answer::Close,
        Some(Action::Quit | Action::Suspend) => Answer::Pass,
        Some(action) if action.gives_text_up() => not_while_open(action),
        Some(_) => Answer::ClosePass,
    }
}

/// It stays, and says how what the key does can be done.
fn not_while_open(action: Action) -> Answer {
    Answer::stay_then(move |app| {
        let [key, close] = [action, Action::Close].map(|action| app.keymap.key(action));
        app.say(format!("{key} ({}) gives this text up: {close} first", action.help()));
    })
}

/// The overlay that is open, if any. Only `App::open` and `App::close` change which.
#[derive(Default)]
pub struct Opened(Option<Box<dyn Overlay>>);

impl Opened {
    /// What is open.
    pub(super) fn get(&self) -> Option<&dyn Overlay> {
        self.0.as_deref()
    }

    /// [`Overlay::state`] of what is open.
    pub(super) fn state(&self, app: &App) -> Option<(&'static str, &'static str, Style)> {
        self.get()?.state(app)
    }

    /// [`Overlay::caption`] of what is open.
    pub(super) fn caption(&self, app: &App) -> Option<&'static str> {
        self.get()?.caption(app)
    }

    /// [`Overlay::awaits`] of what is open.
    pub(super) fn awaits(&self) -> bool {
        self.get().is_some_and(|overlay| overlay.awaits())
    }

    /// [`Overlay::measures`] of what is open.
    pub(super) fn measures(&self, app: &App) -> bool {
        self.get().is_some_and(|overlay| overlay.measures(app))
    }
}

impl App {
    /// The overlay, where one of that kind is open.
    pub fn overlay<T: Overlay>(&self) -> Option<&T> {
        let overlay: &dyn Any = self.opened.get()?;
        overlay.downcast_ref()
    }

    /// Opens `overlay`, in the place of what was open.
    pub(super) fn open(&mut self, overlay: impl Overlay) {
        self.close();
        self.opened.0 = Some(Box::new(overlay));
    }

    /// Closes what is open.
    pub(super) fn close(&mut self) {
        if let Some(overlay) = self.opened.0.take() {
            overlay.leave(self);
        }
    }

    /// Asks the overlay what becomes of something, and does that. It goes on to what lies below, or ends here,
    /// perhaps with something that the run loop has to do.
    pub(super) fn ask_overlay(
        &mut self,
        ask: impl FnOnce(&mut dyn Overlay) -> Answer,
    ) -> ControlFlow<Option<Request>> {
        let Some(overlay) = self.opened.0.as_deref_mut() else { return ControlFlow::Continue(()) };
        match ask(overlay) {
            Answer::Stay => ControlFlow::Break(None),
            Answer::StayThen(what) => {
                what(self);
                ControlFlow::Break(None)
            }
            Answer::Close => {
                self.close();
                ControlFlow::Break(None)
            }
            Answer::CloseThen(what) => {
                self.close();
                ControlFlow::Break(what(self))
            }
            Answer::Pass => ControlFlow::Continue(()),
            Answer::ClosePass => {
                self.close();
                ControlFlow::Continue(())
            }
        }
    }

    /// Takes in what stands where, as it was drawn.
    pub(super) fn on_drawn(&mut self, hits: HitMap) {
        if let Some(overlay) = self.opened.0.as_deref_mut() {
            overlay.on_drawn(&hits);
        }
        self.hits = hits;
    }

    /// Closes what waits for a measurement that will not come.
    pub(super) fn close_measuring(&mut self) {
        if self.opened.measures(self) {
            self.close();
        }
    }
}

/// Draws the overlay, in a frame in the middle of the screen or at its right.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, hits: &mut HitMap) {
    let Some(overlay) = app.opened.get() else { return };
    let screen = frame.area();
    let size = overlay.size(app, screen.as_size());
    let area = if overlay.stands_aside() { aside(screen, size) } else { centred(screen, size) };
    // What lies below steps back, but for one who wants to see what becomes of it.
    if !overlay.stands_aside() {
        let buffer = frame.buffer_mut();
        let (fg, bg) = (app.theme.border.fg, app.theme.screen.bg);
        let back = Style { fg, bg, ..Style::new() }.add_modifier(Modifier::DIM);
        buffer.set_style(screen, back.remove_modifier(Modifier::BOLD | Modifier::REVERSED));
    }
    let cleared = cleared(screen, area);
    clear_cut_words(frame.buffer_mut(), app, cleared);
    frame.render_widget(Clear, cleared);
    frame.buffer_mut().set_style(cleared, app.theme.screen);
    hits.note(area, Hit::Overlay);
    let title = overlay.title();
    let block = pane(app, &title);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let lower = Rect { y: inside.bottom(), height: 1, ..inside }.intersection(area);
    draw_line(frame, app, lower, (overlay.hints(app), 1), hits);
    overlay.draw(frame, app, inside, hits);
}

/// The size of an overlay that would have so many columns and rows, on a smaller screen less.
fn fitted(screen: Size, width: u16, height: u16) -> Size {
    Size::new(
        width.min(screen.width.saturating_sub(4)),
        height.min(screen.height.saturating_sub(2)),
    )
}

/// Below the header, at the right.
fn aside(area: Rect, size: Size) -> Rect {
    let inside = area.inner(Margin::new(0, 1));
    let left = inside.right().saturating_sub(size.width).max(inside.x);
    Rect::new(left, inside.y, size.width, size.height).intersection(inside)
}

fn centred(area: Rect, size: Size) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(size.height)]).flex(Flex::Center).areas(area);
    let [area] = Layout::horizontal([Constraint::Length(size.width)]).flex(Flex::Center).areas(row);
    area
}

/// What is cleared for an overlay: a cell more than it takes, and on the sides all that is so narrow that only
/// pieces of words would be seen there.
fn cleared(screen: Rect, area: Rect) -> Rect {
    const NARROW: u16 = 12;
    const HEADER: u16 = 1;
    let (left, above) = (area.x - screen.x, area.y - screen.y);
    let beside = if left <= NARROW { left + 1 } else { 1 };
    // The first line and the last ones say how the run stands.
    let around = u16::from(above > HEADER + 2);
    Rect {
        x: area.x.saturating_sub(beside),
        y: area.y - around,
        width: area.width + 2 * beside,
        height: area.height + 2 * around,
    }
    .intersection(screen)
}

/// Clears what would be left of the words that the edges of `area` cut.
fn clear_cut_words(buffer: &mut Buffer, app: &App, area: Rect) {
    // In ASCII the frames are made of such signs, too.
    let joins = |c: char| {
        matches!(c, '.' | ',' | '\'' | '"' | '!' | '?') || (c == '-' && !app.glyphs.ascii_only)
    };
    let is_of_word = |symbol: &str| symbol.chars().any(|c| c.is_alphanumeric() || joins(c));
    let screen = buffer.area;
    for row in area.y..area.bottom() {
        let left: Vec<u16> = (screen.x..area.x).rev().collect();
        let right: Vec<u16> = (area.right()..screen.right()).collect();
        for (edge, beside) in [(area.x, left), (area.right().saturating_sub(1), right)] {
            if !buffer.cell((edge, row)).is_some_and(|cell| is_of_word(cell.symbol())) {
                continue;
            }
            for column in beside {
                match buffer.cell_mut((column, row)) {
                    Some(cell) if is_of_word(cell.symbol()) => {
                        cell.reset();
                        cell.set_style(app.theme.screen);
                    }
                    _ => break,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::engine::{Command, EngineClient, RunId};
    use crate::knobs::Settings;
    use crate::prompt::PromptHistory;
    use crate::recent_models::RecentModels;
    use crate::tui::app::Setup;
    use crate::tui::attract::Attract;
    use crate::tui::glyphs::UNICODE;
    use crate::tui::keymap::Keymap;
    use crate::tui::theme::{ColorDepth, Theme};
    use crate::tui::zen::ZenMode;

    /// An engine that never answers.
    struct Silence;

    impl EngineClient for Silence {
        fn next_run(&self) -> RunId {
            0
        }

        fn send(&self, _: Command) {}
    }

    fn app() -> App {
        let setup = Setup {
            settings: Settings::default(),
            display: Settings::default(),
            prompt: String::new(),
            prompts: PromptHistory::in_memory(),
            theme: Theme::load("dark", ColorDepth::True).unwrap(),
            glyphs: &UNICODE,
            motion: true,
            zen: ZenMode::Off,
            attract: Attract::default(),
            keymap: Keymap::new(&toml::Table::new()).unwrap(),
            price: None,
            hardware: Vec::new(),
            recent_models: RecentModels::default(),
            borrowed_steps: false,
            recorded: false,
            chosen: Settings::default(),
        };
        App::new(Silence, setup)
    }

    #[test]
    fn they_fit_the_smallest_terminals_and_name_how_they_are_left() {
        let mut app = app();
        for action in [
            Action::Help,
            Action::Palette,
            Action::Models,
            Action::Presets,
            Action::SavePreset,
            Action::EditPrompt,
        ] {
            app.act(action);
            for size in [(1, 1), (5, 3), (20, 5), (40, 12), (40, 60), (300, 12)] {
                let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
                let mut hits = HitMap::default();
                terminal.draw(|frame| draw(frame, &app, &mut hits)).unwrap();
                let area = hits.overlay().unwrap();
                assert!(area.right() <= size.0 && area.bottom() <= size.1, "{action:?} {size:?}");
                let buffer = terminal.backend().buffer();
                let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
                assert!(size.0 < 40 || text.contains("esc "), "{action:?} {size:?}\n{text}");
            }
        }
    }

    #[test]
    fn a_narrow_strip_beside_an_overlay_is_cleared_with_it() {
        let screen = Rect::new(0, 0, 80, 24);
        let wide = Rect::new(2, 4, 76, 10);
        assert_eq!(cleared(screen, wide), Rect::new(0, 3, 80, 12));
        let narrow = Rect::new(20, 1, 40, 22);
        assert_eq!(cleared(screen, narrow), Rect::new(19, 1, 42, 22));
    }
}
