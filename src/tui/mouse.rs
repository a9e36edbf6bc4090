//! The mouse: what is under it, and whose matter that is.

use std::ops::ControlFlow;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::app::{App, Request};
use super::hit_map::Hit;
use super::view;

/// What is done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The left button goes down on the target.
    Press,
    /// It is still down, wherever the mouse has gone since.
    Drag,
    /// The wheel is turned over the target: away (1) or towards the person (-1).
    Wheel(i32),
}

/// The mouse and the target that it is about.
#[derive(Clone, Copy, Debug)]
pub struct Mouse {
    /// What is done with it.
    pub gesture: Gesture,
    /// The target.
    pub hit: Hit,
    /// Where the target stands.
    pub area: Rect,
    /// Where the mouse is; when it is dragged, perhaps beside the target.
    pub at: Position,
}

impl App {
    /// Takes the mouse in. A click on a key that a hint names presses it. What else is done is the matter of
    /// what is open, which a click beside it closes; else of the pane that drew what is under the mouse.
    pub(super) fn on_mouse(&mut self, event: MouseEvent) -> Option<Request> {
        let at = Position::new(event.column, event.row);
        let under = self.hits.at(event.column, event.row);
        let (gesture, target) = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.end_opening();
                if self.end_attract() {
                    self.say_show_is_over();
                }
                self.pressed = under.map(|(_, hit)| hit);
                (Gesture::Press, under)
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                (Gesture::Drag, self.pressed.and_then(|hit| self.hits.again(hit)))
            }
            MouseEventKind::ScrollUp => (Gesture::Wheel(1), under),
            MouseEventKind::ScrollDown => (Gesture::Wheel(-1), under),
            MouseEventKind::Up(_) => {
                self.pressed = None;
                return None;
            }
            _ => return None,
        };
        if self.opened.get().is_some() && gesture != Gesture::Drag {
            // One that was not drawn yet cannot be missed.
            let beside = !self.hits.overlay()?.contains(at);
            if beside && gesture == Gesture::Press {
                self.close();
            }
            if beside {
                return None;
            }
        }
        let (area, hit) = target?;
        match (hit, gesture) {
            (Hit::Key(key), Gesture::Press) => return self.on_key(key),
            // Whoever drags a key, or what is gone, means nothing by it.
            (Hit::Key(_), Gesture::Drag) => return None,
            _ => {}
        }
        let mouse = Mouse { gesture, hit, area, at };
        match self.ask_overlay(|overlay| overlay.on_mouse(mouse)) {
            ControlFlow::Break(request) => request,
            ControlFlow::Continue(()) => {
                view::on_mouse(self, mouse);
                if gesture == Gesture::Press {
                    self.focus_clicked(hit);
                }
                None
            }
        }
    }
}
