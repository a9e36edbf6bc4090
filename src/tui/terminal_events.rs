//! What the terminal says, turned into what the app does.

use std::ops::ControlFlow;

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use super::action::Action;
use super::app::{App, Request};

impl App {
    /// Takes an event of the terminal in.
    pub fn on_input(&mut self, event: Event) -> Option<Request> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.on_key(key),
            Event::Mouse(mouse) => return self.on_mouse(mouse),
            Event::Paste(text) => {
                let _ = self.ask_overlay(|overlay| overlay.on_paste(&text));
            }
            _ => {}
        }
        None
    }

    /// Does what a key does that was pressed, or clicked where it is named.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> Option<Request> {
        let action = self.keymap.action(key);
        let show_ends = self.end_attract();
        // Whoever scrolls looks at the text that is alone.
        if !matches!(action, Some(Action::Zen | Action::ScrollUp | Action::ScrollDown)) {
            self.end_opening();
        }
        let request = match self.ask_overlay(|overlay| overlay.on_key(key, action)) {
            ControlFlow::Break(request) => request,
            ControlFlow::Continue(()) if self.on_arrow(key) => None,
            ControlFlow::Continue(()) => action.and_then(|action| self.act(action)),
        };
        if show_ends && action != Some(Action::Restart) {
            self.say_show_is_over();
        }
        request
    }
}
