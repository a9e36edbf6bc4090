//! Measuring fairly: texts that are known already are written again, in turns, for the time they take.

use std::time::Duration;

use super::run::Lane;
use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Session, StepOutcome};

/// What a step takes: the network's time and the sampler's.
pub type StepTime = (Duration, Duration);

/// TimingRounds of writing. In every round each lane writes its text once, from its beginning.
pub(super) struct TimingRounds {
    /// TimingRounds in all.
    repeats: usize,
    lane: usize,
    /// The text that is being written, and what its passes took.
    writing: Option<(Session, Vec<StepTime>)>,
    /// What the passes took: lanes x rounds that are done x passes.
    done: Vec<Vec<Vec<StepTime>>>,
}

impl TimingRounds {
    pub fn new(lanes: usize, repeats: usize) -> Self {
        Self { repeats, lane: 0, writing: None, done: vec![Vec::new(); lanes] }
    }

    /// The round that goes on, counted from 1; none once all are done.
    pub fn round(&self) -> Option<usize> {
        let round = self.done.get(self.lane).map_or(0, Vec::len);
        (round < self.repeats).then_some(round + 1)
    }

    /// TimingRounds in all.
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// Makes one pass.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn pass(&mut self, lanes: &mut [Lane], cancel: &Cancel) -> Result<()> {
        let lane = &mut lanes[self.lane];
        let (session, times) = self.writing.get_or_insert_with(|| {
            lane.model.reset_cache();
            let first = lane.past.first().unwrap_or(&lane.session);
            (first.clone(), Vec::new())
        });
        let mut finished = false;
        if let Some(settings) = lane.past.settings(times.len()) {
            // Knobs that were turned on the way are turned on the way again.
            session.turn_all(settings.clone())?;
            match session.step(lane.model.as_mut(), cancel)? {
                StepOutcome::Stepped(step) => times.push((step.forward, step.sampling)),
                StepOutcome::Finished => finished = true,
            }
        }
        if finished || times.len() >= lane.past.len() {
            let times = self.writing.take().map(|(_, times)| times).unwrap_or_default();
            self.done[self.lane].push(times);
            self.lane = (self.lane + 1) % lanes.len();
        }
        Ok(())
    }

    /// For each lane what the passes took in the round that took the middle time.
    pub fn middle(self) -> Vec<Vec<StepTime>> {
        let total = |round: &Vec<StepTime>| -> Duration {
            round.iter().map(|(forward, sampling)| *forward + *sampling).sum()
        };
        let middle = |mut rounds: Vec<Vec<StepTime>>| {
            rounds.sort_by_key(total);
            let middle = rounds.len() / 2;
            rounds.into_iter().nth(middle).unwrap_or_default()
        };
        self.done.into_iter().map(middle).collect()
    }
}
