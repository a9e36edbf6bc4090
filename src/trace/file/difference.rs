//! Where two recorded runs part.

use serde::Serialize;

use super::{RecordedMoment, RecordedRun};
use crate::diffusion::{Canvas, TokenState, knobs};
use crate::visible;

/// What two runs have not in common.
#[derive(Debug, Serialize)]
pub struct RunDifference {
    /// The models that wrote them, where they are not of one name or do not spell alike.
    pub models: Option<[String; 2]>,
    /// Knobs that were not begun with alike: name, and what each run has.
    pub knobs: Vec<(&'static str, [String; 2])>,
    /// Moments of each: passes, and changes by hand.
    pub moments: [usize; 2],
    /// Where they part; nothing where one is the beginning of the other, or both are the same.
    pub parting: Option<Parting>,
    /// Positions of each.
    pub lengths: [usize; 2],
    /// How many positions of the last texts differ, of those that both have.
    pub end: usize,
}

/// The first moment at which two runs are not alike.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// Which: 0 is the text before the first pass.
    pub moment: usize,
    /// Every position of both that differs then, and what stands there in each run; `None` is noise.
    pub positions: Vec<(usize, [Option<String>; 2])>,
}

impl RunDifference {
    /// Of `runs`.
    pub fn of(runs: [&RecordedRun; 2]) -> Self {
        let canvases = runs.map(canvases);
        let [first, second] = &canvases;
        let alike = first.iter().zip(second).take_while(|(a, b)| spelled(a) == spelled(b)).count();
        let parting = (alike < first.len().min(second.len())).then(|| Parting {
            moment: alike,
            positions: differing(runs, [&first[alike], &second[alike]]),
        });
        let last = canvases.each_ref().map(|all| &all[all.len() - 1]);
        let [ours, theirs] = runs.map(|run| &run.model);
        let is_one = ours.name == theirs.name && runs[0].fingerprint == runs[1].fingerprint;
        let name = |run: &RecordedRun| visible::line(&run.model.name).into_owned();
        Self {
            models: (!is_one).then(|| runs.map(name)),
            knobs: knobs()
                .iter()
                .filter(|knob| runs[0].knobs.value(knob) != runs[1].knobs.value(knob))
                .map(|knob| (knob.name, runs.map(|run| knob.show(run.knobs.value(knob)))))
                .collect(),
            moments: runs.map(|run| run.moments.len()),
            parting,
            lengths: last.map(Canvas::len),
            end: differing(runs, last).len(),
        }
    }

    /// Whether both runs did the same from beginning to end.
    pub fn is_none(&self) -> bool {
        self.parting.is_none() && self.moments[0] == self.moments[1]
    }
}

/// The text before the first pass, and behind every moment.
fn canvases(run: &RecordedRun) -> Vec<Canvas> {
    let mut all = vec![run.canvas.clone()];
    for moment in &run.moments {
        let mut canvas = all[all.len() - 1].clone();
        match moment {
            RecordedMoment::Step(step) => canvas.follow(step),
            RecordedMoment::Edited(edited) => canvas = edited.clone(),
        }
        all.push(canvas);
    }
    all
}

/// The token of each position; nothing where it is noise.
fn spelled(canvas: &Canvas) -> Vec<Option<u32>> {
    let token = |(id, state): (&u32, &TokenState)| (*state != TokenState::Noise).then_some(*id);
    canvas.ids().iter().zip(canvas.states()).map(token).collect()
}

/// Positions at which two texts differ, and what stands there.
fn differing(runs: [&RecordedRun; 2], texts: [&Canvas; 2]) -> Vec<(usize, [Option<String>; 2])> {
    let words = |which: usize| -> Vec<Option<String>> {
        let word = |id: u32| {
            let text = runs[which].model.tokenizer.decode(&[id]);
            visible::line(&text).into_owned()
        };
        spelled(texts[which]).into_iter().map(|id| id.map(word)).collect()
    };
    let pairs = words(0).into_iter().zip(words(1)).enumerate();
    pairs.filter(|(_, (a, b))| a != b).map(|(position, (a, b))| (position, [a, b])).collect()
}
