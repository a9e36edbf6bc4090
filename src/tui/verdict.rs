//! What came of the lanes: the verdict, and what explains it.

use super::app::App;
use super::lane::{LaneView, letter};
use crate::explain::{Explanation, LaneResult};
use crate::race;

impl App {
    /// What was measured, put together with what the lanes did; nothing before it was measured.
    pub fn explanation(&self) -> Option<Explanation> {
        let (costs, machine) = self.why.as_deref()?;
        let (diffusion, rival) = self.protagonists();
        let others =
            (0..self.lanes.len()).filter(|lane| ![Some(diffusion), rival].contains(&Some(*lane)));
        let result = |lane| self.entrant(lane).map(|entrant| LaneResult::from(&entrant));
        Some(Explanation {
            costs: costs.clone(),
            machine: *machine,
            diffusion: result(diffusion)?,
            rival: rival.and_then(result),
            others: others.filter_map(result).collect(),
            hardware: self.hardware.clone(),
            price: self.price,
        })
    }

    /// The verdict on two lanes: of two the first against the second, of more the one under the cursor
    /// against the first.
    pub fn verdict(&self) -> Option<String> {
        let (one, other) = match (self.lanes.len(), self.focus) {
            (2, _) | (_, 0) => (0, 1),
            (_, focus) => (focus, 0),
        };
        Some(race::verdict(&self.entrant(one)?, &self.entrant(other)?, self.mode.is_fair()))
    }

    /// The lane at `index` as an entrant of a race, once it is finished.
    pub(super) fn entrant(&self, index: usize) -> Option<race::Entrant> {
        let lane = self.lanes.get(index)?;
        let mut entrant = lane.entrant(&self.model(lane)?.about)?;
        let alike = |other: &&LaneView| other.sampler() == lane.sampler();
        if self.lanes.iter().filter(alike).count() > 1 {
            entrant.name = format!("{} ({})", letter(index), entrant.name);
        }
        Some(entrant)
    }

    /// The lane that denoises, and the one that it is measured against: one that writes from left to right
    /// where there is one.
    pub(super) fn protagonists(&self) -> (usize, Option<usize>) {
        let writes_on = |index: &usize| self.lanes[*index].is_autoregressive();
        let mut all = 0..self.lanes.len();
        let diffusion = all.clone().find(|index| !writes_on(index)).unwrap_or(self.focus);
        let rival = all.clone().find(|index| *index != diffusion && writes_on(index));
        (diffusion, rival.or_else(|| all.find(|index| *index != diffusion)))
    }
}
