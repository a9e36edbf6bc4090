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
        let result = |lane: &LaneView| self.entrant(lane).map(|entrant| LaneResult::from(&entrant));
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
        let entrant = |index: usize| self.entrant(self.lanes.get(index)?);
        Some(race::verdict(&entrant(one)?, &entrant(other)?))
    }

    /// A finished lane as an entrant of a race.
    fn entrant(&self, lane: &LaneView) -> Option<race::Entrant> {
        let mut entrant = lane.entrant(&self.model(lane)?.about.vocabulary)?;
        entrant.name = self.name(lane, entrant.name);
        Some(entrant)
    }

    /// `name`, and the letter of the lane where the name alone does not say which.
    fn name(&self, lane: &LaneView, name: String) -> String {
        let index = self.lanes.iter().position(|other| std::ptr::eq(other, lane)).unwrap_or(0);
        let alike = |other: &&LaneView| other.sampler() == lane.sampler();
        let said = self.lanes.len() <= 2 && self.lanes.iter().filter(alike).count() == 1;
        if said { name } else { format!("{} ({name})", letter(index)) }
    }

    /// The lane that denoises, and the one that it is measured against: one that writes from left to right
    /// where there is one.
    fn protagonists(&self) -> (&LaneView, Option<&LaneView>) {
        let denoises = |lane: &&LaneView| !lane.is_autoregressive();
        let diffusion = self.lanes.iter().find(denoises).unwrap_or(self.lane());
        let mut others = self.lanes.iter().filter(|lane| !std::ptr::eq(*lane, diffusion));
        let rival = others.clone().find(|lane| lane.is_autoregressive()).or(others.next());
        (diffusion, rival)
    }
}
