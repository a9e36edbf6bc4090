//! What is on the screen: the text alone, or everything around it; and how that comes in.
//!
//! A playground opens with the text alone. When it is finished, or somebody does something, the panels slide in.

use std::time::Duration;

use super::app::{App, Phase};
use super::display::{self, SPEED};
use crate::diffusion::parts::schedule::STEPS;
use crate::engine::Command;

/// How long a finished text stands alone before the panels come in.
const CURTAIN: Duration = Duration::from_millis(1800);
/// How long they take.
const SLIDE: Duration = Duration::from_millis(450);
/// The text of an opening takes so long at the least, where the person has chosen no speed: what has few looks is over
/// before it is seen.
const WATCHABLE: Duration = Duration::from_secs(3);

/// Whether the text is alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZenMode {
    /// Until it is finished, or somebody does something.
    Opening,
    /// Until the person asks for the panels.
    On,
    /// The panels have been on their way since.
    Leaving(Duration),
    /// The panels are there.
    #[default]
    Off,
}

impl App {
    /// Whether nothing but the text is on the screen. Lanes side by side, and what went wrong, want their panels.
    pub fn is_zen(&self) -> bool {
        let fails = matches!(self.phase, Phase::Failed(_) | Phase::Stopped(_));
        matches!(self.zen, ZenMode::Opening | ZenMode::On) && self.lanes.len() == 1 && !fails
    }

    /// How much of the panels is there, 0 to 1.
    pub fn panels_share(&self) -> f32 {
        match self.zen {
            _ if self.is_zen() => 0.0,
            ZenMode::Leaving(since) => {
                let share = self.now.saturating_sub(since).as_secs_f32() / SLIDE.as_secs_f32();
                // Fast at first, as what is pulled in.
                1.0 - (1.0 - share.min(1.0)).powi(3)
            }
            _ => 1.0,
        }
    }

    /// Shows the text alone, or all of it again.
    pub(super) fn toggle_zen(&mut self) {
        match self.zen {
            ZenMode::Opening | ZenMode::On => self.leave_zen(),
            _ => {
                self.zen = ZenMode::On;
                self.send_pace();
                self.begin_attract();
            }
        }
    }

    /// Tells the engine the least time from one step to the next.
    pub(super) fn send_pace(&self) {
        let usual = display::pace(&self.display);
        let pace = if self.zen == ZenMode::Opening && !self.display.is_set(&SPEED) {
            let looks = u32::try_from(self.lane().settings.get(&STEPS)).unwrap_or(u32::MAX);
            usual.max(WATCHABLE / looks.max(1))
        } else {
            usual
        };
        self.engine.send(Command::Pace(pace));
    }

    /// Somebody does something: the opening is over.
    pub(super) fn end_opening(&mut self) {
        if self.zen == ZenMode::Opening {
            self.leave_zen();
        }
    }

    fn leave_zen(&mut self) {
        let was_opening = self.zen == ZenMode::Opening;
        self.zen = if self.motion { ZenMode::Leaving(self.now) } else { ZenMode::Off };
        if was_opening {
            self.send_pace();
        }
    }

    /// Ends the opening when its text has stood long enough, and the slide when it is over.
    pub(super) fn advance_zen(&mut self) {
        let since = |at: Duration| self.now.saturating_sub(at);
        match (self.zen, self.lane().ended_at) {
            (ZenMode::Opening, Some(at))
                if self.phase == Phase::Finished && since(at) >= CURTAIN =>
            {
                self.leave_zen();
            }
            (ZenMode::Leaving(at), _) if since(at) >= SLIDE => self.zen = ZenMode::Off,
            _ => {}
        }
    }

    /// Whether the panels are about to come in, or come in.
    pub(super) fn is_zen_moving(&self) -> bool {
        match self.zen {
            ZenMode::Opening => self.phase == Phase::Finished,
            ZenMode::Leaving(_) => true,
            ZenMode::On | ZenMode::Off => false,
        }
    }
}
