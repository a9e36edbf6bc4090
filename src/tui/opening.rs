//! What a model's first text is given, and written with, where the person says nothing: the story that a playground
//! opens with, or a problem of the task that the model was trained for.

use crate::Result;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::draw::{EOS, Eos, TEMPERATURE};
use crate::diffusion::noise::SEED;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::sampler::SAMPLER;
use crate::knobs::{Knob, Settings, Value};
use crate::tasks::exam::EXAM_SEED;
use crate::tasks::{Split, Task, Way};

/// What a text begins with.
const PROMPT: &str = "Once upon a time";

/// The held-out problem that a model which was trained for a task begins with.
const FIRST_PROBLEM: u64 = 21;

/// What the very first text of the bundled model is given: a beginning, a turn and an end. Between them words come
/// from everywhere, since certainty spreads from each of them; behind a beginning alone it spreads from left to
/// right, and the text looks typed. `cargo run --release --example opening` measures it.
/// The last sentence ends with what the model writes, too. All holes together are as long as the canvas of a text
/// without holes.
const OPENING_PROMPT: &str = "Once upon a time [[34]] But then [[38]] So [[23]] The end[[1]]";

/// The knobs of the first text, where the person has not set them: four seconds at the usual speed, and a seed whose
/// story holds together.
static OPENING: [(&Knob, Value); 4] = [
    (&SEED.knob, Value::Count(29)),
    (&STEPS.knob, Value::Count(32)),
    (&CANVAS.knob, Value::Count(96)),
    (&TEMPERATURE.knob, Value::Real(0.6)),
];

/// The sampler of that text: it looks at the whole answer in every pass, writes, and remasks what it finds wanting.
static OPENING_SAMPLER: [(&Knob, Value); 2] =
    [(&SAMPLER.knob, Value::Choice("p2")), (&EOS.knob, Eos::RankLast.value())];

/// The text that a model for `task` begins with; one for stories is the bundled one, or another. Whoever has `chosen`
/// how long it shall be gets one without holes, which have lengths of their own.
pub fn prompt(task: Option<&dyn Task>, is_bundled: bool, chosen: &Settings) -> String {
    match task {
        Some(task) => problem(task, 0),
        None if is_bundled && !chosen.is_set(&CANVAS) => OPENING_PROMPT.to_owned(),
        None => PROMPT.to_owned(),
    }
}

/// What of `prompt` is raced for: of the opening's its beginning, as who writes from left to right knows nothing of a
/// turn and an end that are to come.
pub(super) fn raced(prompt: &str) -> &str {
    if prompt == OPENING_PROMPT { PROMPT } else { prompt }
}

/// The held-out problem that a model for `task` shows `after` so many others, as a person would type it.
pub(super) fn problem(task: &dyn Task, after: u64) -> String {
    let problem = task.problem(EXAM_SEED, Split::HeldOut, FIRST_PROBLEM + after);
    problem.prompt.trim_end().to_owned()
}

/// `chosen`, and for the rest what the first text is written with: as `way` says, where its task has one.
///
/// # Errors
/// When what the way says is no knob.
pub fn settings(chosen: &Settings, way: Option<Way>) -> Result<Settings> {
    let mut settings = chosen.clone();
    if let Some(way) = way {
        let way = way.settings()?;
        let knobs: Vec<(&'static Knob, Value)> = way.set_knobs().collect();
        settings.set_unless_set(&knobs);
    }
    // Whoever chooses a sampler gets it as it is.
    if !settings.is_set(&SAMPLER) {
        settings.set_unless_set(&OPENING_SAMPLER);
    }
    settings.set_unless_set(&OPENING);
    Ok(settings)
}

/// Whether the steps of [`settings`] are those of the opening, which nobody has chosen.
pub fn borrows_steps(chosen: &Settings, way: Option<Way>) -> bool {
    let says_steps = |way: Way| way.knobs.iter().any(|(knob, _)| *knob == STEPS.name);
    !chosen.is_set(&STEPS) && !way.is_some_and(says_steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancel;
    use crate::diffusion::{Segment, Session, StepOutcome};
    use crate::model::{Backbone, LanguageModel, Threads};
    use crate::prompt::{Layout, Prompt, PromptParts};

    fn opening_settings() -> Settings {
        settings(&Settings::default(), None).unwrap()
    }

    #[test]
    fn the_opening_writes_as_many_tokens_as_the_canvas_knob_says() {
        let holes: usize = PromptParts::of(OPENING_PROMPT).holes().sum();
        assert_eq!(holes, opening_settings().get(&CANVAS));
    }

    #[test]
    fn the_model_ends_the_story_with_a_sentence_of_its_own() {
        assert!(!OPENING_PROMPT.contains(['.', '!', '?']), "no stop is given");
        let mut model = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
        let mut ends = 0;
        for seed in 0..10 {
            let mut settings = opening_settings();
            settings.set(&SEED, SEED.parse(&seed.to_string()).unwrap());
            let layout = Layout::of(&model, &settings);
            let segments: Vec<Segment> =
                Prompt::Text(OPENING_PROMPT.to_owned()).segments(layout).unwrap();
            let vocabulary = model.vocabulary().clone();
            let mut session =
                Session::new(&segments, settings, &vocabulary, model.context()).unwrap();
            model.reset_cache();
            while let StepOutcome::Stepped(_) = session.step(&mut model, &Cancel::never()).unwrap()
            {
            }
            let text = model.tokenizer().decode(session.canvas().ids());
            ends += usize::from(text.trim_end().ends_with(['.', '!', '?']));
        }
        assert!(ends >= 8, "{ends} of ten texts end with a sentence");
    }
}
