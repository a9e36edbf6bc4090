//! Approximate caches: fewer positions are read, and it is known how far that is from reading all.

use remask::cancel::Cancel;
use remask::diffusion::{Edit, Segment, Session, Step, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, FeatureRefresh, ForwardBatch, LanguageModel, Retained, Reuse};

use crate::golden::reference;
use crate::support::{max_difference, npy, stories};

const KINDS: [&str; 4] = ["prefix", "dual", "dkv", "dllm"];
const PROMPT: [u32; 9] = [5, 17, 40, 23, 8, 61, 33, 12, 29];

fn session(model: &LanguageModel, knobs: &[(&str, &str)]) -> Session {
    let fixed = [("temperature", "0"), ("steps", "24"), ("block-length", "8")];
    let knobs = fixed.iter().chain(knobs);
    let settings = knobs
        .fold(Settings::default(), |settings, (knob, value)| settings.with(knob, value).unwrap());
    let segments = [Segment::Prompt(PROMPT.to_vec()), Segment::Noise(24)];
    Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap()
}

fn run(model: &mut LanguageModel, knobs: &[(&str, &str)]) -> (Vec<u32>, Vec<Step>) {
    let mut session = session(model, knobs);
    model.reset_cache();
    let mut steps = Vec::new();
    while let StepOutcome::Stepped(step) = session.step(model, &Cancel::never()).unwrap() {
        steps.push(*step);
    }
    (session.canvas().ids().to_vec(), steps)
}

#[test]
fn refreshed_in_every_pass_it_changes_nothing() {
    for name in ["llada-tiny", "dream-tiny"] {
        let mut model = reference(name);
        for sampler in ["low-confidence", "entropy", "threshold"] {
            let expected = run(&mut model, &[("sampler", sampler)]).0;
            for kind in KINDS {
                let knobs = [("sampler", sampler), ("cache", kind), ("cache-refresh", "1")];
                let (ids, steps) = run(&mut model, &knobs);
                assert_eq!(ids, expected, "{name}, {sampler}, {kind}");
                assert!(steps.iter().all(|step| step.positions_read == ids.len()));
            }
        }
    }
}

#[test]
fn a_cached_pass_reads_what_its_definition_says() {
    let (prompt, length) = (PROMPT.len(), PROMPT.len() + 24);
    let mut model = reference("llada-tiny");
    for kind in ["prefix", "dual", "dkv"] {
        let (ids, steps) = run(&mut model, &[("cache", kind), ("cache-check", "1")]);
        assert!(!ids.contains(&model.vocabulary().mask), "{kind}");
        for step in steps {
            let (at, start) = (step.index % 8, prompt + step.index / 8 * 8);
            let read = step.cached.as_ref().unwrap().read.clone();
            let expected: Vec<usize> = match (kind, at) {
                (_, 0) | ("dkv", 1) => (0..length).collect(),
                ("prefix", _) => (start..length).collect(),
                ("dual", _) => (start..start + 8).collect(),
                // All that is noise, and the token of the step before.
                _ => {
                    let read = read.len();
                    assert_eq!(read, length - prompt - step.index + 1, "{kind}, {at}");
                    continue;
                }
            };
            assert_eq!(read, expected, "{kind}, step {}", step.index);
            let nats = step.cached.unwrap().divergence;
            assert_eq!(nats.is_some(), read.len() < length);
            let checked = if nats.is_some() { length } else { 0 };
            assert_eq!(step.positions_read, read.len() + checked);
            assert!(nats.is_none_or(|nats| (0.0..2.0).contains(&nats)), "{kind}: {nats:?} nats");
        }
    }
}

/// dLLM-Cache: the answer every seventh pass, else a quarter of it in each layer but the first.
#[test]
fn layers_read_the_share_of_the_answer_that_they_are_told_to() {
    for (name, share, some) in [("llada-tiny", "0.25", 6), ("dream-tiny", "0.5", 12)] {
        let mut model = reference(name);
        let layers = model.config().layers;
        let (prompt, length) = (PROMPT.len(), PROMPT.len() + 24);
        let knobs = [("cache", "dllm"), ("cache-share", share), ("cache-check", "3")];
        let (ids, steps) = run(&mut model, &knobs);
        assert!(!ids.contains(&model.vocabulary().mask));
        for step in steps {
            let cached = step.cached.unwrap();
            let read = match step.index {
                0 => length,
                index if index % 7 == 0 => length - prompt,
                _ => some,
            };
            assert_eq!(cached.read.len(), read, "{name}, step {}", step.index);
            assert!(read == length || cached.read.iter().all(|at| *at >= prompt));
            let checked = if cached.divergence.is_some() { length } else { 0 };
            let layers_read = length + (layers - 1) * read;
            assert_eq!(step.positions_read, layers_read.div_ceil(layers) + checked);
        }
    }
}

/// As long as nothing was written since, what is kept is what would be read.
#[test]
fn what_is_kept_is_what_a_whole_pass_has() {
    for name in ["llada-tiny", "dream-tiny"] {
        let mut model = reference(name);
        let mask = model.vocabulary().mask;
        let canvas: Vec<u32> = PROMPT.iter().copied().chain([mask; 12]).collect();
        let positions: Vec<usize> = (12..18).collect();
        let mut predict = |reuse: Option<Reuse<'_>>| {
            let pass = ForwardBatch {
                canvases: &[&canvas],
                positions: &positions,
                shadow: 0..0,
                finished: 0,
                reuse,
                cancel: &Cancel::never(),
            };
            let logits = model.predict(&pass).unwrap().into_vec().unwrap();
            (logits, model.reusable().map(|pass| pass.number), model.positions_read())
        };
        let (expected, ..) = predict(None);
        let keeps: Vec<usize> = (0..10).chain(19..21).collect();
        let (first, of, all) = predict(Some(Reuse { of: None, kept: Retained::Keys(&keeps) }));
        let (second, later, some) = predict(Some(Reuse { of, kept: Retained::Keys(&keeps) }));
        assert!(max_difference(&first, &expected) < 1e-4, "{name}");
        assert!(max_difference(&second, &expected) < 1e-4, "{name}");
        assert_eq!((all, some), (21, 9), "{name}");
        // Those of another pass are not taken for it.
        assert_ne!(of, later);
        assert_eq!(predict(Some(Reuse { of, kept: Retained::Keys(&keeps) })).2, 21);
    }
}

#[test]
fn a_change_by_hand_has_everything_read_again() {
    let mut model = reference("llada-tiny");
    let mut session = session(&model, &[("cache", "dual")]);
    let mut read = || {
        let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() else {
            panic!("there is more to write")
        };
        step.positions_read
    };
    assert_eq!((read(), read()), (33, 8));
    let vocabulary = model.vocabulary().clone();
    session.edit(&Edit::Set { position: 30, token: 7 }, &vocabulary).unwrap();
    let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() else {
        panic!("there is more to write")
    };
    assert_eq!(step.positions_read, 33);
}

#[test]
fn an_exact_cache_needs_none_that_is_not() {
    let mut model = stories();
    let (plain, steps) = run(&mut model, &[]);
    let (ids, cached) = run(&mut model, &[("cache", "dual")]);
    assert_eq!(ids, plain);
    assert!(cached.iter().zip(&steps).all(|(cached, step)| {
        cached.cached.is_none() && cached.positions_read == step.positions_read
    }));
}

/// The logits of dLLM-Cache's own code (github.com/maomaocun/dLLM-cache, commit 17235bf, `cache_hook_LLaDA.py`) over eight
/// canvases, the prompt read every fourth pass, the answer every third, else a quarter of it.
#[test]
fn layers_say_what_the_authors_code_says() {
    let mut model = reference("llada-tiny");
    let mask = model.vocabulary().mask;
    let canvas = |pass: usize| {
        let mut ids: Vec<u32> = PROMPT.iter().copied().chain([mask; 24]).collect();
        for place in 0..2 * pass {
            ids[9 + place * 7 % 24] = (37 * place as u32 + 101) % 500;
        }
        ids
    };
    let positions = [9, 11, 14, 17, 20, 23, 27, 32];
    let (shape, expected) = npy("official/dllm-cache.npy");
    assert_eq!(shape, [8, 8, 512]);
    let mut of = None;
    for (pass, expected) in expected.chunks_exact(8 * 512).enumerate() {
        let refresh = FeatureRefresh {
            prompt: PROMPT.len(),
            of_prompt: pass % 4 == 0,
            of_answer: pass % 3 == 0,
            share: 0.25,
        };
        let logits = model.predict(&ForwardBatch {
            canvases: &[&canvas(pass)],
            positions: &positions,
            shadow: 0..0,
            finished: 0,
            reuse: Some(Reuse { of, kept: Retained::Features(refresh) }),
            cancel: &Cancel::never(),
        });
        let logits = logits.unwrap().into_vec().unwrap();
        let apart = max_difference(&logits, expected);
        assert!(apart < 1e-3, "pass {pass}: {apart}");
        of = model.reusable().map(|pass| pass.number);
    }
}
