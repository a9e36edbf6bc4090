//! What lies over the main screen, a file each: how it is drawn, which keys it names, and what keys, mouse and
//! events do while it is open. At most one is open; whatever closes it, it is left in the same way.

mod help;
mod presets;
mod prompt;
mod sweep;
mod theme_picker;
mod why;

use std::any::Any;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Margin, Rect, Size};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

pub use help::Help;
pub use presets::PresetList;
pub use prompt::PromptEditor;
pub use sweep::{SEEDS, SweepOverlay};
pub use theme_picker::ThemePicker;
pub use why::Why;

use super::action::Action;
use super::app::App;
use super::view::pane;
use crate::engine::Event;

/// Something over the main screen.
pub trait Overlay: Any {
    /// What its frame is titled.
    fn title(&self) -> String;

    /// The keys, and what they do, for its lower frame.
    fn hints(&self, app: &App) -> String;

    /// Its columns and rows, the frame among them, on a screen of that size.
    fn size(&self, app: &App, screen: Size) -> Size;

    /// Whether it stands at the right of the screen, so that what it changes can be seen beside it.
    fn stands_aside(&self) -> bool {
        false
    }

    /// Draws what stands in its frame.
    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect);

    /// What becomes of a key, which elsewhere would do `action`.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer;

    /// What becomes of pasted text: nothing, where none can be written.
    fn on_paste(&mut self, _text: &str) -> Answer {
        Answer::Stay
    }

    /// What the mouse does. None of it reaches what lies below.
    fn on_mouse(&mut self, _mouse: MouseEvent) -> Answer {
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

/// What an overlay makes of a key, the mouse or an event.
pub enum Answer {
    /// It took it, and stays.
    Stay,
    /// It stays, and this is done.
    StayThen(Box<dyn FnOnce(&mut App)>),
    /// It closes.
    Close,
    /// It closes, and this is done then.
    CloseThen(Box<dyn FnOnce(&mut App)>),
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
        Self::CloseThen(Box::new(what))
    }
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

    /// Asks the overlay what becomes of something, and does that; whether it goes on to what lies below.
    pub(super) fn ask_overlay(&mut self, ask: impl FnOnce(&mut dyn Overlay) -> Answer) -> bool {
        let Some(overlay) = self.opened.0.as_deref_mut() else { return true };
        match ask(overlay) {
            Answer::Stay => false,
            Answer::StayThen(what) => {
                what(self);
                false
            }
            Answer::Close => {
                self.close();
                false
            }
            Answer::CloseThen(what) => {
                self.close();
                what(self);
                false
            }
            Answer::Pass => true,
            Answer::ClosePass => {
                self.close();
                true
            }
        }
    }

    /// Closes what waits for a measurement that will not come.
    pub(super) fn close_measuring(&mut self) {
        if self.opened.measures(self) {
            self.close();
        }
    }
}

/// Draws the overlay, in a frame in the middle of the screen or at its right.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App) {
    let Some(overlay) = app.opened.get() else { return };
    let screen = frame.area();
    let size = overlay.size(app, screen.as_size());
    let area = if overlay.stands_aside() { aside(screen, size) } else { centred(screen, size) };
    frame.render_widget(Clear, area);
    let title = overlay.title();
    let hints = Line::styled(overlay.hints(app), app.theme.quiet);
    let block = pane(app, &title).style(app.theme.screen).title_bottom(hints);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    overlay.draw(frame, app, inside);
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
