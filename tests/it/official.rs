//! The samplers against what their authors' code made of the same weights: whole runs at temperature 0, and
//! probabilities where chance has a part. Each file in `tests/fixtures/official` names repository, commit and
//! function.

use remask::diffusion::parts::select::reveal_probability;
use remask::diffusion::parts::{Decided, Decision, PartStates, Progress, Scored, StepContext};
use remask::diffusion::resolved::ResolvedSampler;

use remask::knobs::Settings;
use remask::model::logits::{DrawRequest, DrawRule, Drawn};
use remask::model::{Backbone, LanguageModel, Logits, PassLayout, Prediction, Statistics};
use serde_json::Value;

use crate::golden::{check_states, reference};
use crate::support::{ids, json};

fn official(name: &str) -> (LanguageModel, Vec<Value>) {
    let file = json(&format!("official/{name}.json"));
    let model = reference(file["checkpoint"].as_str().unwrap());
    (model, file["cases"].as_array().unwrap().clone())
}

fn settings(case: &Value) -> Settings {
    let knobs = case["knobs"].as_object().unwrap().iter();
    knobs.fold(Settings::default(), |settings, (name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        settings.with(name, &text).unwrap()
    })
}

#[test]
fn whole_runs() {
    for name in [
        "threshold",
        "threshold-dream",
        "factor",
        "klass",
        "wino",
        "p2",
        "entropy-bound",
        "local-leap",
        "credit",
        "dilated",
        "token-editing",
        "entropy-exit",
        "entropy-exit-dream",
        "maskgit",
    ] {
        let (mut model, cases) = official(name);
        assert!(cases.len() >= 4, "{name}");
        for case in cases {
            let states = case["states"].as_array().unwrap();
            check_states(&mut model, &ids(&case["prompt_ids"]), settings(&case), states);
        }
    }
}

/// A position with a token that was written with this probability, or an open one.
fn scored(position: usize, written: Option<f64>) -> Scored {
    let prediction =
        Prediction { confidence: written.unwrap_or(0.5), ..Prediction::certain(position as u32) };
    let current = written.map(|_| prediction.clone());
    Scored { position, prediction, current, last: false, shadow: None }
}

fn context<'a>(
    resolved: &'a ResolvedSampler,
    scored: &'a [Scored],
    states: &'a PartStates,
    progress: Progress,
) -> StepContext<'a> {
    StepContext {
        resolved,
        scored,
        progress,
        span: 0..scored.len(),
        seed: 0,
        step: progress.done,
        states,
    }
}

fn at_step(done: usize, budget: usize, scored: &[Scored]) -> Progress {
    let (total, open) = (scored.len(), scored.iter().filter(|at| !at.written()).count());
    Progress { done, budget, open, total, open_at_begin: total }
}

fn near(what: &str, ours: f64, official: &Value) {
    let official = official.as_f64().unwrap();
    assert!((ours - official).abs() < 1e-5, "{what}: {ours}, not {official}");
}

/// Which masks are written and which tokens fall, by step. In the last step the official code makes one pass
/// more, to fill by argmax what is left; here that is this step.
#[test]
fn probabilities_of_each_step() {
    for name in ["ancestral", "remdm-cap", "remdm-rescale", "remdm-loop", "forward-backward"] {
        for case in official(name).1 {
            let resolved = ResolvedSampler::of(&settings(&case));
            let rows = case["steps"].as_array().unwrap();
            for row in &rows[..rows.len() - 1] {
                let scored = [scored(0, Some(0.5)), scored(1, None)];
                let done = row[0].as_u64().unwrap() as usize;
                let states = PartStates::default();
                let progress = at_step(done, rows.len(), &scored);
                let context = context(&resolved, &scored, &states, progress);
                let what = format!("{name}, step {done} of {}", rows.len());
                near(&what, reveal_probability(&context, &scored[1]), &row[3]);
                let sigma = resolved.correct.sigma;
                near(&what, sigma.map_or(0.0, |sigma| sigma(&context, &scored[0])), &row[4]);
            }
        }
    }
}

/// What falls by the probabilities that tokens had when they were written.
#[test]
fn probabilities_of_what_was_written_with_little_confidence() {
    for case in official("remdm-conf").1 {
        let resolved = ResolvedSampler::of(&settings(&case));
        let steps = settings(&case).get(&remask::diffusion::parts::schedule::STEPS);
        let mut all: Vec<Scored> = ids(&case["ids"])
            .iter()
            .enumerate()
            .skip(ids(&case["prompt_ids"]).len())
            .map(|(position, _)| scored(position, None))
            .collect();
        for pair in case["written"].as_array().unwrap() {
            let position = pair[0].as_u64().unwrap() as usize;
            let at = all.iter_mut().find(|at| at.position == position).unwrap();
            *at = scored(position, pair[1].as_f64());
        }
        let written = all.iter().enumerate().filter(|(_, at)| at.written());
        let write = written.map(|(index, at)| (index, at.prediction.token)).collect();
        let mut states = PartStates::default();
        states.fit(&resolved);
        let progress = at_step(case["step"].as_u64().unwrap() as usize, steps, &all);
        let decision = Decision { write, ..Decision::default() };
        states.update(&Decided { scored: &all, decision: &decision, progress, open_after: 0 });
        let context = context(&resolved, &all, &states, progress);
        for pair in case["fall"].as_array().unwrap() {
            let position = pair[0].as_u64().unwrap() as usize;
            let at = all.iter().find(|at| at.position == position).unwrap();
            near("remdm-conf", resolved.correct.sigma.unwrap()(&context, at), &pair[1]);
        }
    }
}

/// A token for each of `positions`, whose rows bear their numbers.
fn requests(positions: std::ops::Range<usize>) -> Vec<DrawRequest> {
    let request = |position| DrawRequest { row: position, position, current: None };
    positions.map(request).collect()
}

/// What top-p leaves of the distribution at each mask of an empty canvas.
#[test]
fn the_nucleus_of_remdm() {
    let (model, cases) = official("remdm-nucleus");
    for case in cases {
        let resolved = ResolvedSampler::of(&settings(&case));
        let mut canvas = ids(&case["prompt_ids"]);
        let mask = model.vocabulary().mask;
        canvas.extend(vec![mask; case["canvas"].as_u64().unwrap() as usize]);
        let mut logits =
            model.raw_logits(&canvas, PassLayout::bidirectional(canvas.len())).unwrap();
        let params =
            resolved.sampling_params(at_step(0, 8, &[scored(0, None)]), Statistics::default());
        let rule = DrawRule { params: &params, vocabulary: model.vocabulary(), seed: 0, step: 0 };
        logits.draw(&requests(0..canvas.len()), &rule).unwrap();
        for at in case["positions"].as_array().unwrap() {
            let position = at["position"].as_u64().unwrap() as usize;
            let row = logits.row(position);
            let kept: Vec<f64> = row
                .iter()
                .filter(|logit| **logit > f32::NEG_INFINITY)
                .map(|logit| f64::from(*logit).exp())
                .collect();
            assert_eq!(kept.len() as u64, at["kept"].as_u64().unwrap(), "position {position}");
            let all: f64 = kept.iter().sum();
            for top in at["top"].as_array().unwrap() {
                let logit = row[top[0].as_u64().unwrap() as usize];
                near("nucleus", f64::from(logit).exp() / all, &top[1]);
            }
        }
    }
}

/// What DiffusionGemma's loop keeps of a canvas of random words, and when it stops.
#[test]
fn steps_of_diffusion_gemma() {
    let (model, cases) = official("diffusion-gemma");
    for case in cases {
        let resolved = ResolvedSampler::of(&settings(&case));
        let steps = settings(&case).get(&remask::diffusion::parts::schedule::STEPS);
        let prompt = ids(&case["prompt_ids"]);
        for step in case["steps"].as_array().unwrap() {
            let canvas: Vec<u32> = prompt.iter().copied().chain(ids(&step["ids"])).collect();
            let layout = PassLayout::bidirectional(canvas.len());
            let mut logits = model.raw_logits(&canvas, layout).unwrap();
            let done = step["step"].as_u64().unwrap() as usize;
            let open = [scored(0, None)];
            let params =
                resolved.sampling_params(at_step(done, steps, &open), Statistics::default());
            let vocabulary = model.vocabulary();
            let rule = DrawRule { params: &params, vocabulary, seed: 0, step: done };
            let requests = requests(prompt.len()..canvas.len());
            let drawn = logits.draw(&requests, &rule).unwrap();
            let now: Vec<Scored> = requests
                .iter()
                .zip(drawn)
                .map(|(DrawRequest { position, .. }, Drawn { prediction, .. })| Scored {
                    position: *position,
                    prediction,
                    current: None,
                    last: false,
                    shadow: None,
                })
                .collect();
            let mut states = PartStates::default();
            states.fit(&resolved);
            let progress = at_step(done, steps, &now);
            if let Some(before) = step["likeliest_before"].as_array() {
                let before: Vec<Scored> = before
                    .iter()
                    .map(|id| Scored {
                        prediction: Prediction::certain(id.as_u64().unwrap() as u32),
                        ..scored(0, None)
                    })
                    .collect();
                let decision = Decision::default();
                let open_after = before.len();
                states.update(&Decided {
                    scored: &before,
                    decision: &decision,
                    progress,
                    open_after,
                });
            }
            for (at, entropy) in now.iter().zip(step["entropies"].as_array().unwrap()) {
                let apart = (at.prediction.entropy - entropy.as_f64().unwrap()).abs();
                assert!(apart < 2e-3, "{} of {entropy}", at.prediction.entropy);
            }
            let mut decision = Decision::default();
            let context = context(&resolved, &now, &states, progress);
            resolved.correct.revise.unwrap()(&context, &[], &mut decision);
            let mut kept: Vec<u64> = decision.write.iter().map(|(at, _)| *at as u64).collect();
            kept.sort_unstable();
            let stops = step["stop"].as_bool().unwrap();
            assert_eq!(decision.done, stops || progress.is_last(), "step {done} of {steps}");
            if !decision.done {
                let accepted: Vec<u64> =
                    step["accepted"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
                assert_eq!(kept, accepted, "step {done} of {steps}");
            }
        }
    }
}
