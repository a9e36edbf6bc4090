//! The stages in which a fair race is shown, one after the other: passes are counted, then the clock of this machine is
//! read, then those of other machines, which are estimated.

use super::app::App;
use super::display::ESTIMATE_FOR;
use super::lane::LaneView;
use super::mode::Mode;
use crate::race::Entrant;
use crate::race::stages::{CostUnit, worth};

/// What the clock of a race that was run goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RaceStage {
    /// Passes, whatever each of them took.
    #[default]
    Passes,
    /// What they took.
    ThisMachine,
    /// What they would take on one of [`App::hardware`].
    OtherMachine(usize),
}

impl RaceStage {
    /// Seconds that a pass is shown for where passes are counted.
    pub const PASS: f64 = 1.0 / 16.0;

    /// Which of the three it is, from 1.
    pub fn number(self) -> usize {
        match self {
            Self::Passes => 1,
            Self::ThisMachine => 2,
            Self::OtherMachine(_) => 3,
        }
    }
}

impl App {
    /// What is counted in the race that is shown; nothing where none is.
    pub fn stage(&self) -> Option<CostUnit<'_>> {
        if self.mode != Mode::FairReplay {
            return None;
        }
        Some(match self.race_stage {
            RaceStage::Passes => CostUnit::Passes,
            RaceStage::ThisMachine => CostUnit::ThisMachine,
            RaceStage::OtherMachine(index) => CostUnit::OtherMachine(
                self.hardware.get(index)?,
                self.display.get(&ESTIMATE_FOR).size(),
            ),
        })
    }

    /// Whether passes are counted, and not seconds.
    pub fn counts_passes(&self) -> bool {
        self.stage() == Some(CostUnit::Passes)
    }

    /// Shows the race from its beginning, counted as `stage` says.
    pub(super) fn enter_stage(&mut self, stage: RaceStage) {
        self.race_stage = stage;
        self.set_clock_of_stage();
        self.start_clock();
    }

    /// The next stage: after this machine the others, then the passes again. One that cannot be told is left out.
    pub(super) fn next_stage(&mut self) {
        let next = match self.race_stage {
            RaceStage::Passes => RaceStage::ThisMachine,
            RaceStage::ThisMachine => RaceStage::OtherMachine(0),
            RaceStage::OtherMachine(index) => RaceStage::OtherMachine(index + 1),
        };
        self.race_stage = next;
        let told = self.stage().is_some_and(|stage| {
            let entrants = self.entrants();
            entrants.len() == self.lanes.len() && entrants.iter().all(|of| stage.cost(of).is_some())
        });
        self.enter_stage(if told { next } else { RaceStage::Passes });
    }

    /// Has the lanes go by the clock of the stage.
    pub(super) fn set_clock_of_stage(&mut self) {
        let times: Vec<Option<Vec<f64>>> =
            self.lanes.iter().map(|lane| self.times_of(lane)).collect();
        for (lane, times) in self.lanes.iter_mut().zip(times) {
            lane.set_times(times);
        }
    }

    /// Seconds on the clock of the stage at each moment of `lane`; nothing where they are those that were measured.
    fn times_of(&self, lane: &LaneView) -> Option<Vec<f64>> {
        let stage = self.stage().filter(|stage| *stage != CostUnit::ThisMachine)?;
        let weights = self.model(lane)?.about.weights;
        let mut now = 0.0;
        let moments = lane.history.facts().map(|facts| {
            now += match stage {
                _ if facts.by_hand => 0.0,
                CostUnit::OtherMachine(there, model) => {
                    there.seconds(model.weights(weights), &[facts.positions_read]).unwrap_or(0.0)
                }
                CostUnit::Passes | CostUnit::ThisMachine => RaceStage::PASS,
            };
            now
        });
        Some(std::iter::once(0.0).chain(moments.collect::<Vec<_>>()).collect())
    }

    /// What came of the stage, in a sentence.
    pub fn outcome(&self) -> Option<String> {
        let entrants = self.entrants();
        self.stage()?.outcome(&entrants.iter().collect::<Vec<_>>())
    }

    /// What the texts are worth, in a sentence: said where nothing is estimated.
    pub fn worth(&self) -> Option<String> {
        self.stage().filter(|stage| !matches!(stage, CostUnit::OtherMachine(..)))?;
        let entrants = self.entrants();
        worth(&entrants.iter().collect::<Vec<_>>())
    }

    fn entrants(&self) -> Vec<Entrant> {
        (0..self.lanes.len()).filter_map(|index| self.entrant(index)).collect()
    }
}
