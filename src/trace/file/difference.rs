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
        let is_alike = |(a, b): &(&Canvas, &Canvas)| spelled(runs[0], a) == spelled(runs[1], b);
        let alike = first.iter().zip(second).take_while(is_alike).count();
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

/// What stands at each position, and whether it is a control token; nothing where it is noise. Ids are another matter in
/// another vocabulary.
fn spelled<'a>(run: &'a RecordedRun, canvas: &Canvas) -> Vec<Option<(&'a [u8], bool)>> {
    let tokenizer = &run.model.tokenizer;
    let token = |(id, state): (&u32, &TokenState)| {
        (*state != TokenState::Noise).then(|| (tokenizer.bytes(*id), tokenizer.is_special(*id)))
    };
    canvas.ids().iter().zip(canvas.states()).map(token).collect()
}

/// Positions of both texts that differ, and what stands there.
fn differing(runs: [&RecordedRun; 2], texts: [&Canvas; 2]) -> Vec<(usize, [Option<String>; 2])> {
    let word = |token: Option<(&[u8], bool)>| {
        token.map(|(bytes, _)| visible::line(&String::from_utf8_lossy(bytes)).into_owned())
    };
    let (ours, theirs) = (spelled(runs[0], texts[0]), spelled(runs[1], texts[1]));
    let pairs = ours.into_iter().zip(theirs).enumerate();
    let differ = pairs.filter(|(_, (ours, theirs))| ours != theirs);
    differ.map(|(position, (ours, theirs))| (position, [word(ours), word(theirs)])).collect()
}
