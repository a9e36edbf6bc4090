//! Asking why: what passes cost on this machine is measured, and explains what the lanes did.

use super::action::Action;
use super::app::{App, Notice, Overlay, Phase};
use super::lane::{LaneView, letter};
use crate::engine::Command;
use crate::explain::{Explanation, LaneResult};
use crate::race;

impl App {
    /// Measures what explains the lanes, and shows it.
    pub(super) fn ask_why(&mut self) {
        if matches!(self.overlay, Overlay::Why(_)) {
            self.overlay = Overlay::None;
            return;
        }
        if self.why.is_some() {
            self.overlay = Overlay::Why(0);
            return;
        }
        let (diffusion, rival) = self.protagonists();
        let (diffusion, rival) = (&self.lanes[diffusion], rival.map(|index| &self.lanes[index]));
        let positions = diffusion.history.last().map_or(0, |last| last.cells.len());
        if self.phase != Phase::Finished || positions == 0 {
            let text = "why is answered when everything is written: measuring needs the machine for itself";
            self.notice = Some(Notice::bad(text));
            return;
        }
        // The lane that writes from left to right, or the same model if it could.
        let can =
            |lane: &&LaneView| self.model(lane).is_some_and(|model| model.about.writes_next_token);
        let next_token = rival.filter(|lane| lane.is_autoregressive()).or(Some(diffusion));
        let next_token = next_token.filter(can).map(|lane| lane.model);
        let command = Command::Explain { diffusion: diffusion.model, next_token, positions };
        self.engine.send(command);
        // Drawing would disturb what is measured.
        self.clock.runs = false;
        self.overlay = Overlay::Why(0);
    }

    /// Takes a key in while the panel is open: what scrolls, scrolls it, and anything else closes it.
    pub(super) fn on_why_key(&mut self, action: Option<Action>) -> bool {
        let Overlay::Why(line) = &mut self.overlay else { return false };
        match action {
            Some(Action::Quit | Action::Suspend) => return false,
            Some(Action::KnobPrevious | Action::ScrollUp) => *line = line.saturating_sub(1),
            Some(Action::KnobNext | Action::ScrollDown) => *line = line.saturating_add(1),
            _ => self.overlay = Overlay::None,
        }
        true
    }

    /// Whether the panel is open and nothing is there to be shown in it yet.
    pub(super) fn waits_for_why(&self) -> bool {
        matches!(self.overlay, Overlay::Why(_)) && self.why.is_none()
    }

    /// What was measured, put together with what the lanes did; nothing before it was measured.
    pub fn explanation(&self) -> Option<Explanation> {
        let (costs, machine) = self.why.as_deref()?;
        let (diffusion, rival) = self.protagonists();
        let result = |lane| self.entrant(lane).map(|entrant| LaneResult::from(&entrant));
        Some(Explanation {
            costs: costs.clone(),
            machine: *machine,
            diffusion: result(diffusion)?,
            rival: rival.and_then(result),
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
        Some(race::verdict(&self.entrant(one)?, &self.entrant(other)?))
    }

    /// The lane at `index` as an entrant of a race, once it is finished.
    fn entrant(&self, index: usize) -> Option<race::Entrant> {
        let lane = self.lanes.get(index)?;
        let mut entrant = lane.entrant(&self.model(lane)?.about.vocabulary)?;
        let alike = |other: &&LaneView| other.sampler() == lane.sampler();
        // The name alone says which of two, but of no more than two.
        let said = self.lanes.len() <= 2 && self.lanes.iter().filter(alike).count() == 1;
        if !said {
            entrant.name = format!("{} ({})", letter(index), entrant.name);
        }
        Some(entrant)
    }

    /// The lane that denoises, and the one that it is measured against: one that writes from left to right
    /// where there is one.
    fn protagonists(&self) -> (usize, Option<usize>) {
        let writes_on = |index: &usize| self.lanes[*index].is_autoregressive();
        let mut all = 0..self.lanes.len();
        let diffusion = all.clone().find(|index| !writes_on(index)).unwrap_or(self.focus);
        let rival = all.clone().find(|index| *index != diffusion && writes_on(index));
        (diffusion, rival.or_else(|| all.find(|index| *index != diffusion)))
    }
}
