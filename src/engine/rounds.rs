//! Measuring fairly: texts that are known already are written again, in turns, for the time they take.

use std::time::Duration;

use super::run::Lane;
use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Session, StepOutcome};
use crate::knobs::Settings;

/// What a step takes: the network's time and the sampler's.
pub type StepTime = (Duration, Duration);

/// Rounds of writing. In every round each lane writes its text once, from its beginning.
pub(super) struct TimingRounds {
    /// Rounds in all.
    repeats: usize,
    lane: usize,
    /// The text that is being written.
    writing: Option<Writing>,
    /// What the passes took: lanes x rounds that are done x passes.
    done: Vec<Vec<Vec<StepTime>>>,
}

/// A text that is written again.
struct Writing {
    session: Session,
    /// The knobs of each of its passes; nothing for what was done by hand.
    passes: Vec<Option<Settings>>,
    /// Moments that are behind it.
    made: usize,
    times: Vec<StepTime>,
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

    /// Rounds in all.
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// Makes one pass.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn pass(&mut self, lanes: &mut [Lane], cancel: &Cancel) -> Result<()> {
        let lane = &mut lanes[self.lane];
        let writing = self.writing.get_or_insert_with(|| {
            lane.model.reset_cache();
            let session = lane.moments.first().unwrap_or(&lane.session).clone().unobserved();
            Writing { session, passes: lane.moments.passes(), made: 0, times: Vec::new() }
        });
        let mut finished = false;
        match writing.passes.get(writing.made) {
            Some(Some(settings)) => {
                // Knobs that were turned on the way are turned on the way again.
                writing.session.turn_all(settings.clone())?;
                match writing.session.step(lane.model.as_mut(), cancel)? {
                    StepOutcome::Stepped(step) => writing.times.push((step.forward, step.sampling)),
                    StepOutcome::Finished => finished = true,
                }
                writing.made += 1;
            }
            Some(None) => {
                writing.made += 1;
                if let Some(canvas) = lane.moments.canvas(writing.made) {
                    writing.session.restore(canvas.clone());
                }
            }
            None => finished = true,
        }
        if finished || writing.made >= writing.passes.len() {
            let times = self.writing.take().map(|writing| writing.times).unwrap_or_default();
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
