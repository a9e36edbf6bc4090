//! What a model in training writes, and what its answers are worth.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cancel::Cancel;
use crate::diffusion::Segment;
use crate::generation::generate;
use crate::knobs::Settings;
use crate::model::LanguageModel;
use crate::tasks::Task;
use crate::tasks::exam::{Tally, examine};
use crate::train::{Grade, Sample, corpus};
use crate::{Error, Result};

/// What the saved model writes from nothing but noise in each way of writing, always with the same seed.
pub(super) fn samples(model: &mut LanguageModel) -> Result<Vec<Sample>> {
    const TOKENS: usize = 64;
    let ways: [(&str, &[(&str, &str)]); 3] = [
        ("autoregressive", &[("sampler", "autoregressive")]),
        ("whole canvas, 32 passes", &[("sampler", "p2"), ("steps", "32")]),
        ("blocks of 8, 32 passes", &[("block-length", "8"), ("steps", "32")]),
    ];
    let mut samples = Vec::new();
    for (mode, knobs) in ways {
        let settings = Settings::default().with("temperature", "0.6")?;
        let settings = knobs
            .iter()
            .try_fold(settings, |settings, (knob, value)| settings.with(knob, value))?;
        let segments = [Segment::Prompt(vec![corpus::END_ID]), Segment::Noise(TOKENS)];
        let generation = generate(model, &segments, &settings, &Cancel::never())?;
        let text = model.tokenizer().decode(generation.canvas.ids());
        samples.push(Sample { mode: mode.to_owned(), text });
    }
    Ok(samples)
}

/// What the answers to the first `problems` held-out problems are worth, in each way of answering.
///
/// # Errors
/// [`Error::Cancelled`] once it is to stop, or as [`examine`].
pub(super) fn grades(
    model: &LanguageModel,
    task: &dyn Task,
    problems: u64,
    stop: &AtomicBool,
) -> Result<Vec<Grade>> {
    let mut grades = Vec::new();
    for way in task.ways() {
        let (settings, mut tallies) = (way.settings()?, BTreeMap::<_, Tally>::new());
        for problem in 0..problems {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let one = problem..problem + 1;
            for (group, tally) in examine(model, task, one, &settings, &Cancel::never())? {
                *tallies.entry(group).or_default() += &tally;
            }
        }
        grades.extend(tallies.into_iter().map(|(group, tally)| {
            Grade {
                way: way.name.to_owned(),
                group: group.to_owned(),
                scores: task
                    .measures()
                    .iter()
                    .enumerate()
                    .map(|(i, m)| (m.name.to_owned(), tally.mean(i)))
                    .collect(),
            }
        }));
    }
    Ok(grades)
}
