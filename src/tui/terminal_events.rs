//! What the terminal says, turned into what the app does.

use crossterm::event::{Event, KeyEvent, KeyEventKind};

use super::action::Action;
use super::app::{App, Request};

impl App {
    /// Takes an event of the terminal in.
    pub fn on_input(&mut self, event: Event) -> Option<Request> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.on_key(key),
            Event::Mouse(mouse) => self.on_mouse(mouse),
            Event::Paste(text) => {
                self.ask_overlay(|overlay| overlay.on_paste(&text));
            }
            _ => {}
        }
        None
    }

    fn on_key(&mut self, key: KeyEvent) -> Option<Request> {
        let action = self.keymap.action(key);
        if action != Some(Action::Zen) {
            self.end_opening();
        }
        match self.ask_overlay(|overlay| overlay.on_key(key, action)) {
            true => action.and_then(|action| self.act(action)),
            false => None,
        }
    }
}
