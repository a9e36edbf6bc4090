//! What the lanes are shown by: one step, one clock, or the newest that there is.

use super::app::App;
use super::display::{LANES, LaneOrder};
use crate::engine::LaneScheduling;

/// How often each text is written for its time in a fair race.
const REPEATS: usize = 3;

/// How the lanes share the machine and what they are shown by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One text.
    Single,
    /// Several, at the same step.
    InStep,
    /// Several that share the machine, on one clock.
    AtOnce,
    /// A fair race whose times are not known yet: the newest moment of each lane is shown.
    FairWarmUp,
    /// A fair race whose times are known, on one clock as it was run.
    FairReplay,
}

impl Mode {
    /// That of so many lanes in an order that the person chose, before anything was timed.
    fn of(lanes: usize, order: LaneOrder) -> Self {
        match order {
            _ if lanes == 1 => Self::Single,
            LaneOrder::InStep => Self::InStep,
            LaneOrder::AtOnce => Self::AtOnce,
            LaneOrder::Fair => Self::FairWarmUp,
        }
    }

    /// Whose turn it is in the engine. Texts whose times are known are not written again for them.
    pub fn scheduling(self) -> LaneScheduling {
        match self {
            Self::Single | Self::InStep => LaneScheduling::InStep,
            Self::AtOnce => LaneScheduling::AtOnce,
            Self::FairWarmUp => LaneScheduling::InTurn { repeats: REPEATS },
            Self::FairReplay => LaneScheduling::InTurn { repeats: 0 },
        }
    }

    /// Whether the lanes have one clock, which may not go yet, and not one step.
    pub fn is_on_clock(self) -> bool {
        matches!(self, Self::AtOnce | Self::FairWarmUp | Self::FairReplay)
    }

    /// Whether a moment of the clock is shown.
    pub fn shows_clock(self) -> bool {
        matches!(self, Self::AtOnce | Self::FairReplay)
    }

    /// Whether it is a fair race.
    pub fn is_fair(self) -> bool {
        matches!(self, Self::FairWarmUp | Self::FairReplay)
    }
}

impl App {
    /// That of the lanes there are, in the order that the person chose.
    pub(super) fn chosen_mode(&self) -> Mode {
        Mode::of(self.lanes.len(), self.display.get(&LANES))
    }

    /// That of the lanes that are left of those there were: what was timed stays timed.
    pub(super) fn mode_of_the_rest(&self) -> Mode {
        match (self.mode, self.chosen_mode()) {
            (Mode::FairReplay, Mode::FairWarmUp) => Mode::FairReplay,
            (_, chosen) => chosen,
        }
    }
}
