//! Keys, mouse and paste, turned into what the app does.

use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::action::Action;
use super::app::{App, Drag, Request};
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
                self.ask_overlay(|overlay| overlay.on_paste(&text));
                None
            }
            _ => None,
        }
    }

    fn on_key(&mut self, key: KeyEvent) -> Option<Request> {
        let action = self.keymap.action(key);
        match self.ask_overlay(|overlay| overlay.on_key(key, action)) {
            true => action.and_then(|action| self.act(action)),
            false => None,
        }
    }

    fn on_mouse(&mut self, mouse: MouseEvent) {
        if !self.ask_overlay(|overlay| overlay.on_mouse(mouse)) {
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
