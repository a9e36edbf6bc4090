//! Keys, mouse and paste, turned into what the app does.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::action::Action;
use super::app::{App, Overlay, Request};
use super::hits::Hit;

impl App {
    /// Takes an event of the terminal in.
    pub fn on_input(&mut self, event: Event) -> Option<Request> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(key),
            Event::Mouse(mouse) => {
                self.on_mouse(mouse);
                None
            }
            Event::Paste(text) => {
                if let Overlay::Prompt(editor) = &mut self.overlay {
                    editor.insert_str(text);
                }
                None
            }
            _ => None,
        }
    }

    fn on_key(&mut self, key: KeyEvent) -> Option<Request> {
        if let Overlay::Prompt(editor) = &mut self.overlay {
            // In the editor letters are letters; only keys with a modifier keep their meaning.
            match key.code {
                KeyCode::Enter if key.modifiers.is_empty() => self.accept_prompt(),
                KeyCode::Esc => self.overlay = Overlay::None,
                KeyCode::Char('c' | 'z') if key.modifiers == KeyModifiers::CONTROL => {
                    return self.keymap.action(key).and_then(|action| self.act(action));
                }
                // As in a shell; the editor's own meaning of it is undo, which few expect.
                KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => {
                    editor.delete_line_by_head();
                }
                _ => {
                    editor.input(key);
                }
            }
            return None;
        }
        let action = self.keymap.action(key)?;
        let closes_help = !matches!(action, Action::Help | Action::Quit | Action::Suspend);
        if matches!(self.overlay, Overlay::Help) && closes_help {
            self.overlay = Overlay::None;
            return None;
        }
        self.act(action)
    }

    fn on_mouse(&mut self, mouse: MouseEvent) {
        if !matches!(self.overlay, Overlay::None) {
            return;
        }
        let hit = self.hits.at(mouse.column, mouse.row);
        match (mouse.kind, hit) {
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Gauge(knob, along)))
            | (MouseEventKind::Drag(MouseButton::Left), Some(Hit::Gauge(knob, along)))
                if !self.dragging_time =>
            {
                self.knob = knob;
                let knob = self.selected_knob();
                if let Some(value) = knob.at_fraction(along) {
                    self.turn(knob, value);
                }
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Knob(knob))) => {
                // A second click on a word turns it to the next one.
                if self.knob == knob {
                    self.nudge(self.selected_knob(), 1, false);
                }
                self.knob = knob;
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Step(step))) => {
                self.dragging_time = true;
                self.go_to(step);
            }
            (MouseEventKind::Drag(MouseButton::Left), _) if self.dragging_time => {
                self.go_to(self.hits.step_at(mouse.column));
            }
            (MouseEventKind::Up(_), _) => self.dragging_time = false,
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Token(token))) => {
                self.token = Some(token);
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Canvas)) => self.token = None,
            (MouseEventKind::ScrollUp, hit) => self.on_wheel(hit, 1),
            (MouseEventKind::ScrollDown, hit) => self.on_wheel(hit, -1),
            _ => {}
        }
    }

    fn on_wheel(&mut self, hit: Option<Hit>, direction: i32) {
        match hit {
            Some(Hit::Knob(knob) | Hit::Gauge(knob, _)) => {
                self.knob = knob;
                self.nudge(self.selected_knob(), direction, false);
            }
            Some(Hit::Step(_)) => {
                self.act(if direction > 0 { Action::TimeForward } else { Action::TimeBack });
            }
            Some(Hit::Token(_) | Hit::Canvas) if direction > 0 => {
                self.scroll = self.scroll.saturating_sub(1);
            }
            Some(Hit::Token(_) | Hit::Canvas) => {
                self.scroll = (self.scroll + 1).min(self.hits.last_scroll());
            }
            None => {}
        }
    }
}
