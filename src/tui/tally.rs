//! The tally: one held-out problem of a task after the other, put to all lanes alike, and how many each has answered.
//!
//! The problems are those of [`examine`](crate::tasks::exam::examine), from the first one on.

use std::time::Duration;

use super::action::Action;
use super::app::{App, Notice, Phase};
use super::lane::LaneView;
use crate::prompt::{PromptEntry, PromptKind};
use crate::tasks::TaskVerdict;
use crate::tasks::exam::{EXAM_SEED, Tally};
use crate::tasks::{Split, Task};

/// Problems of a tally.
const PROBLEMS: u64 = 100;
/// How long an answer stands before the next problem.
const STANDS: Duration = Duration::from_millis(900);

/// A tally that goes on.
pub(super) struct RunningTally {
    task: &'static dyn Task,
    index: u64,
    /// When its answers were counted.
    counted_at: Option<Duration>,
    /// What the answers came to, by lane.
    lanes: Vec<Tally>,
}

impl App {
    /// Begins a tally, or ends it.
    pub(super) fn toggle_tally(&mut self) {
        if self.tally.take().is_some() {
            self.say("the tally is ended; the text stays");
            return;
        }
        let Some(task) = self.task_of_all_lanes() else {
            let key = self.keymap.key(Action::NextTask);
            let why = format!(
                "nobody can score this text; {key} opens the model of a task that is scored"
            );
            self.notice = Some(Notice::bad(why));
            return;
        };
        self.ask(task, 0, vec![Tally::default(); self.lanes.len()]);
    }

    /// The task that the models of all lanes were trained for.
    fn task_of_all_lanes(&self) -> Option<&'static dyn Task> {
        let task = self.task()?;
        let same = |lane: &LaneView| {
            let other = self.model(lane).and_then(|model| model.about.task());
            other.is_some_and(|other| other.name() == task.name())
        };
        self.lanes.iter().all(same).then_some(task)
    }

    fn ask(&mut self, task: &'static dyn Task, index: u64, lanes: Vec<Tally>) {
        let text = task.problem(EXAM_SEED, Split::HeldOut, index).prompt.trim_end().to_owned();
        self.show_text(PromptEntry { kind: PromptKind::Text, text });
        // A text that begins otherwise ends the tally.
        self.tally = Some(RunningTally { task, index, counted_at: None, lanes });
        self.notice = self.tally_of(0).filter(|_| self.lanes.len() == 1).map(Notice::good);
    }

    /// Whether the answers to the problem that was asked stand there.
    fn has_answered(&self) -> bool {
        let replays = self.mode.shows_clock() && self.clock.runs;
        self.phase == Phase::Finished && self.following && !replays && self.opened.get().is_none()
    }

    /// Counts answers that are finished, and asks the next problem when they were seen.
    pub(super) fn advance_tally(&mut self) {
        if self.tally.is_none() || !self.has_answered() {
            return;
        }
        self.count_answers();
        if self.until_problem() != Some(Duration::ZERO) {
            return;
        }
        let Some(tally) = self.tally.take() else { return };
        if tally.index + 1 < PROBLEMS {
            self.ask(tally.task, tally.index + 1, tally.lanes);
        } else {
            let measure = tally.task.measures()[0].name;
            let lanes = tally.lanes.iter().zip(&self.lanes);
            let each = lanes
                .map(|(counted, lane)| format!("{} {}", lane.sampler(), words(counted, measure)));
            self.notice = Some(Notice::good(each.collect::<Vec<_>>().join("; ")));
        }
    }

    fn count_answers(&mut self) {
        let Some(tally) = self.tally.as_mut().filter(|tally| tally.counted_at.is_none()) else {
            return;
        };
        tally.counted_at = Some(self.now);
        for (counted, lane) in tally.lanes.iter_mut().zip(&self.lanes) {
            match &lane.task_verdict {
                Some(TaskVerdict::Graded(grade)) => *counted += &grade.tally,
                // What cannot be read is not right.
                _ => counted.add_scores(vec![0.0; tally.task.measures().len()]),
            }
        }
        self.notice = self.tally_of(0).filter(|_| self.lanes.len() == 1).map(Notice::good);
    }

    /// How long it is until the next problem comes by itself; nothing where none will.
    pub(super) fn until_problem(&self) -> Option<Duration> {
        let counted_at = self.tally.as_ref()?.counted_at.filter(|_| self.has_answered())?;
        Some((counted_at + STANDS).saturating_sub(self.now))
    }

    /// How the lane at `index` stands in the tally, where one goes on.
    pub(super) fn tally_of(&self, index: usize) -> Option<String> {
        let tally = self.tally.as_ref()?;
        Some(words(tally.lanes.get(index)?, tally.task.measures()[0].name))
    }
}

/// "solved 12 of 15, 80 % (55 to 93)".
fn words(tally: &Tally, measure: &str) -> String {
    if tally.problems == 0 {
        return format!("the first of {PROBLEMS} problems that it was not trained on");
    }
    let (low, high) = tally.interval(0);
    let [mean, low, high] = [tally.mean(0), low, high].map(|share| format!("{:.0}", 100.0 * share));
    let score = tally.sums[0].round();
    format!("{measure} {score} of {}, {mean} % ({low} to {high})", tally.problems)
}
