//! The mouse: what is under it, and whose matter that is.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use super::app::App;
use super::hit_map::Hit;
use super::view;

/// What is done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gesture {
    /// The left button goes down on the target.
    Press,
    /// It is still down, wherever the mouse has gone since.
    Drag,
    /// The wheel is turned over the target: away (1) or towards the person (-1).
    Wheel(i32),
}

/// The mouse and the target that it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mouse {
    pub gesture: Gesture,
    pub hit: Hit,
    /// Where the target stands.
    pub area: Rect,
    /// Where the mouse is; when it is dragged, perhaps beside the target.
    pub column: u16,
}

impl App {
    /// Takes the mouse in: an overlay has all of it, else the pane that drew what is under it.
    pub(super) fn on_mouse(&mut self, event: MouseEvent) {
        if !self.ask_overlay(|overlay| overlay.on_mouse(event)) {
            return;
        }
        let under = self.hits.at(event.column, event.row);
        let (gesture, target) = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.end_opening();
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
                return;
            }
            _ => return,
        };
        if let Some((area, hit)) = target {
            let mouse = Mouse { gesture, hit, area, column: event.column };
            view::on_mouse(self, mouse);
        }
    }
}
