//! Keys, mouse and paste, turned into what the app does.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::action::Action;
use super::app::{App, Drag, Overlay, Request};
use super::hit_map::Hit;

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
        let action = self.keymap.action(key);
        if self.on_presets_key(key) || self.on_sweep_key(key, action) || self.on_why_key(action) {
            return None;
        }
        let action = action?;
        match self.overlay {
            Overlay::Presets(..) => self.overlay = Overlay::None,
            // What goes on below a sweep is not to be disturbed.
            Overlay::Sweep(_) if !matches!(action, Action::Quit | Action::Suspend) => return None,
            _ => {}
        }
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
        if let (MouseEventKind::Down(MouseButton::Left), Some(lane)) =
            (mouse.kind, self.hits.lane_at(mouse.column, mouse.row))
        {
            self.focus_lane(lane);
        }
        match (mouse.kind, hit) {
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Gauge(knob))) => {
                self.drag = Some(Drag::Gauge(knob));
                self.knob = knob;
                self.turn_to(knob, mouse.column);
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Knob(knob))) => {
                // A second click on a word turns it to the next one.
                if self.knob == knob {
                    self.nudge(self.selected_knob(), 1, false);
                }
                self.knob = knob;
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Moment(moment))) => {
                self.drag = Some(Drag::Time);
                self.go_to(moment);
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Along(share))) => {
                self.drag = Some(Drag::Tracks);
                self.go_along(share);
            }
            (MouseEventKind::Drag(MouseButton::Left), _) => match self.drag {
                Some(Drag::Tracks) => self.go_along(self.hits.along_tracks(mouse.column)),
                Some(Drag::Time) => self.go_to(self.hits.moment_at(mouse.column)),
                Some(Drag::Gauge(knob)) => self.turn_to(knob, mouse.column),
                None => {}
            },
            (MouseEventKind::Up(_), _) => self.drag = None,
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Token(token))) => {
                self.token = Some(token);
            }
            (MouseEventKind::Down(MouseButton::Left), Some(Hit::Canvas | Hit::Lane(_))) => {
                self.token = None;
            }
            (MouseEventKind::ScrollUp, hit) => self.on_wheel(hit, 1),
            (MouseEventKind::ScrollDown, hit) => self.on_wheel(hit, -1),
            _ => {}
        }
    }

    /// Turns the knob of a gauge to where the mouse is along it.
    fn turn_to(&mut self, knob: usize, column: u16) {
        let along = self.hits.along_gauge(knob, column);
        if let (Some(knob), Some(along)) = (self.knobs().get(knob).copied(), along)
            && let Some(value) = knob.at_fraction(along)
        {
            self.turn(knob, value);
        }
    }

    fn on_wheel(&mut self, hit: Option<Hit>, direction: i32) {
        match hit {
            Some(Hit::Knob(knob) | Hit::Gauge(knob)) => {
                self.knob = knob;
                self.nudge(self.selected_knob(), direction, false);
            }
            Some(Hit::Moment(_) | Hit::Along(_)) => {
                self.act(if direction > 0 { Action::TimeForward } else { Action::TimeBack });
            }
            Some(Hit::Token(_) | Hit::Canvas | Hit::Lane(_)) => self.scroll_by(-direction as isize),
            None => {}
        }
    }
}
