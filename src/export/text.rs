//! The text of a run, and what it was made with.

use crate::diffusion::sampler::SAMPLER;
use crate::diffusion::{Canvas, knobs};
use crate::trace::file::{RecordedMoment, RecordedRun};
use crate::visible;

/// The model and the sampler.
pub(super) fn title(run: &RecordedRun) -> String {
    let sampler = run.knobs.get(&SAMPLER);
    format!("{}, {}", visible::line(&run.model.name), sampler.as_str())
}

/// The text as it was in the end, up to its end token.
pub(super) fn plain(run: &RecordedRun) -> String {
    let canvas = last(run);
    let end = canvas.text_end(&run.model.vocabulary);
    let text = run.model.tokenizer.decode(&canvas.ids()[..end]);
    format!("{}\n", visible::text(text.trim_end()))
}

/// The canvas behind all moments.
fn last(run: &RecordedRun) -> Canvas {
    let mut canvas = run.canvas.clone();
    for moment in &run.moments {
        match moment {
            RecordedMoment::Step(step) => canvas.follow(step),
            RecordedMoment::Edited(edited) => canvas = edited.clone(),
        }
    }
    canvas
}

/// As [`plain`], with a table of what was not left as it is by itself.
pub(super) fn markdown(run: &RecordedRun) -> String {
    let passes = run.moments.iter().filter(|moment| matches!(moment, RecordedMoment::Step(_)));
    let mut table = format!(
        "| | |\n|---|---|\n| model | {} |\n| passes (NFE) | {} |\n",
        visible::line(&run.model.name),
        passes.count()
    );
    for (knob, value) in knobs().values(&run.knobs) {
        if SAMPLER.is(knob) || value != knob.default() {
            table.push_str(&format!("| {} | {} |\n", knob.name, knob.show(value)));
        }
    }
    let text = plain(run);
    // Longer than any fence that the text has.
    let longest = text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{table}\n{fence}\n{text}{fence}\n")
}
