//! One token a pass: the cache changes nothing but the time, and one checkpoint writes both ways.

use crate::support::{fixture, stories, threads};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome, TokenOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, PassLayout};

fn session(model: &LanguageModel, text: &str, canvas: usize, knobs: &[(&str, &str)]) -> Session {
    let mut prompt = vec![0];
    prompt.extend(model.tokenizer().encode(text).unwrap());
    let settings = knobs
        .iter()
        .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap());
    let segments = [Segment::Prompt(prompt), Segment::Noise(canvas)];
    Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap()
}

fn finish(session: &mut Session, model: &mut LanguageModel) -> usize {
    let mut passes = 0;
    while let StepOutcome::Stepped(_) = session.step(model, &Cancel::never()).unwrap() {
        passes += 1;
    }
    passes
}

const GREEDY: [(&str, &str); 1] = [("sampler", "autoregressive")];

#[test]
fn the_cache_gives_the_tokens_of_a_model_without_one() {
    let mut model = stories();
    let mut session = session(&model, "Once upon a time", 60, &GREEDY);
    let begins = session.canvas().open().next().unwrap();
    finish(&mut session, &mut model);
    let ids = session.canvas().ids();
    let vocabulary = model.vocabulary().clone();
    let end = session.canvas().text_end(&vocabulary);
    assert!(end > begins + 10, "it wrote something");
    for position in begins..end {
        let logits = model.raw_logits(&ids[..position], PassLayout::causal(0, position)).unwrap();
        let row = logits.row(position - 1);
        let best = (0..vocabulary.drawable as u32)
            .filter(|id| vocabulary.may_draw(*id))
            .max_by(|a, b| row[*a as usize].total_cmp(&row[*b as usize]))
            .unwrap();
        assert_eq!(ids[position], best, "at {position}");
    }
}

#[test]
fn the_logits_of_the_cache_are_those_of_the_whole() {
    let mut model = stories();
    let ids: Vec<u32> = (0..90).map(|i| 2 + (i * 37) % 2000).collect();
    // Grown token by token, in one go, after a detour, and shorter than what was read before.
    for length in [1, 2, 3, 40, 90, 12] {
        let whole = model.raw_logits(&ids[..length], PassLayout::causal(0, length)).unwrap();
        let cached = model.next_token_logits(&ids[..length], &Cancel::never()).unwrap();
        let cached = cached.into_vec().unwrap();
        let apart = crate::support::max_difference(whole.row(length - 1), &cached);
        assert!(apart < 1e-4, "{apart} at {length}");
        let detour: Vec<u32> = ids[..length].iter().map(|id| id + 1).collect();
        model.next_token_logits(&detour, &Cancel::never()).unwrap();
    }
}

#[test]
fn an_end_token_ends_the_text_and_the_rest_is_padding() {
    let mut model = stories();
    let mut found = false;
    for seed in 0..8 {
        let seed = seed.to_string();
        let knobs = [GREEDY[0], ("temperature", "1"), ("seed", &seed)];
        let mut session = session(&model, "The end. They all lived happily", 400, &knobs);
        let passes = finish(&mut session, &mut model);
        let end = session.canvas().text_end(model.vocabulary());
        assert!(session.canvas().ids()[end..].iter().all(|id| *id == 0));
        found |= passes < 400;
    }
    assert!(found, "no text came to its end");
}

#[test]
fn samplers_can_be_changed_in_the_middle_and_the_canvas_is_kept() {
    let mut model = stories();
    let mut session = session(&model, "One day", 32, &[("steps", "16")]);
    let names = ["autoregressive", "p2", "ancestral", "klass", "wino", "low-confidence"];
    for name in names {
        let before = session.canvas().clone();
        let sampler = &remask::diffusion::sampler::SAMPLER;
        session.turn(sampler, sampler.parse(name).unwrap()).unwrap();
        assert_eq!(session.canvas(), &before, "turning writes nothing");
        let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() else {
            panic!("{name} finds nothing to do")
        };
        assert_eq!(step.turned.len(), 1);
        let touched: Vec<usize> = step
            .updates
            .iter()
            .filter(|c| {
                matches!(
                    c.outcome,
                    TokenOutcome::Written | TokenOutcome::Remasked | TokenOutcome::Overwritten
                )
            })
            .map(|c| c.position)
            .collect();
        for position in 0..before.len() {
            let same = session.canvas().ids()[position] == before.ids()[position];
            assert!(same || touched.contains(&position), "{name} changed {position} unsaid");
        }
    }
    finish(&mut session, &mut model);
    assert!(session.is_finished());
}

#[test]
fn a_model_that_was_never_taught_the_next_token_says_so() {
    let mut model = LanguageModel::open(&fixture("llada-tiny"), threads(1)).unwrap();
    let mut session = session_of_ids(&model, &GREEDY);
    let error = session.step(&mut model, &Cancel::never()).unwrap_err();
    assert!(error.to_string().contains("not trained to write the next token"), "{error}");
}

fn session_of_ids(model: &LanguageModel, knobs: &[(&str, &str)]) -> Session {
    let settings = knobs
        .iter()
        .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap());
    let segments = [Segment::Prompt(vec![3, 4]), Segment::Noise(8)];
    Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap()
}
