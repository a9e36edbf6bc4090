//! The forward pass and whole generations against what PyTorch made of the same weights.

use std::sync::Arc;

use crate::support::{fixture, ids, json, max_difference, npy, stories, threads};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Attention, Backbone, LanguageModel, PassLayout};
use remask::quality::Judge;
use serde_json::Value;

fn check_logits(model: &LanguageModel, ids: &[u32], causal: bool, golden: &str) {
    let (shape, expected) = npy(golden);
    assert_eq!(shape, [ids.len(), model.config().vocab_size]);
    let rows = ids.len();
    let layout = if causal { PassLayout::causal(0, rows) } else { PassLayout::bidirectional(rows) };
    let logits = model.raw_logits(ids, layout).unwrap().into_data();
    let difference = max_difference(&logits, &expected);
    assert!(difference < 1e-3, "{golden}: off by {difference}");
}

#[test]
fn logits_of_the_bundled_model() {
    let (model, golden) = (stories(), json("stories/golden.json"));
    for (name, causal) in [("logits_bidirectional", false), ("logits_causal", true)] {
        let ids = ids(&golden[name]["ids"]);
        check_logits(&model, &ids, causal, &format!("stories/{name}.npy"));
    }
}

/// What the golden logits say of every token but the first, in nats: minus the logarithm of its probability.
fn golden_nats(ids: &[u32], golden: &str) -> f64 {
    let (shape, logits) = npy(golden);
    let rows = logits.chunks_exact(shape[1]);
    let nats = ids[1..].iter().zip(rows).map(|(id, row)| {
        let total: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
        total.ln() - f64::from(row[*id as usize])
    });
    nats.sum()
}

#[test]
fn likelihoods_of_the_judge() {
    let golden = json("stories/golden.json");
    let ids = ids(&golden["logits_causal"]["ids"]);
    let model = stories();
    let tokenizer = Arc::clone(model.tokenizer());
    let judge = Judge::new(model).unwrap();
    let read = judge.read(&tokenizer, &ids, 1..ids.len(), &Cancel::never()).unwrap();
    let expected = golden_nats(&ids, "stories/logits_causal.npy");
    let apart = (read.nats_per_token() - expected / (ids.len() - 1) as f64).abs();
    assert!(apart < 1e-4, "{} nats against {expected}", read.nats);
}

/// A reference checkpoint in the exact layout of its family.
pub fn reference(name: &str) -> LanguageModel {
    LanguageModel::open(&fixture(name), threads(2)).unwrap()
}

#[test]
fn logits_of_the_reference_checkpoints() {
    for name in ["llada-tiny", "dream-tiny", "qwen3-tiny"] {
        let model = reference(name);
        let golden = json(&format!("{name}/logits.json"));
        for case in golden["cases"].as_object().unwrap().values() {
            let file = case["file"].as_str().unwrap();
            let ids = ids(&case["input_ids"]);
            check_logits(&model, &ids, false, &format!("{name}/{file}"));
        }
        if let Some(file) = golden["causal_case"].as_str() {
            let ids = ids(&golden["cases"]["plain7"]["input_ids"]);
            check_logits(&model, &ids, true, &format!("{name}/{file}"));
        }
    }
}

/// Runs to the end and compares the canvas after every step.
pub fn check_states(
    model: &mut LanguageModel,
    prompt: &[u32],
    settings: Settings,
    states: &[Value],
) {
    let canvas = ids(&states[0]).len() - prompt.len();
    let segments = [Segment::Prompt(prompt.to_vec()), Segment::Noise(canvas)];
    let context = model.context();
    let mut session = Session::new(&segments, settings, model.vocabulary(), context).unwrap();
    for (step, state) in states.iter().enumerate() {
        assert_eq!(session.canvas().ids(), ids(state), "after {step} steps");
        let outcome = session.step(model, &Cancel::never()).unwrap();
        if outcome == StepOutcome::Finished {
            // The reference goes on making passes that change nothing.
            assert!(states[step..].iter().all(|later| later == state));
            return;
        }
    }
    panic!("the reference was finished, the session was not");
}

fn prompt_of(model: &LanguageModel, text: &str) -> Vec<u32> {
    let mut prompt = vec![model.config().bos_id.unwrap()];
    prompt.extend(model.tokenizer().encode(text).unwrap());
    prompt
}

/// The finished text is causal and comes out of a cache, the rest of the canvas sees everything.
#[test]
fn generations_of_the_bundled_model() {
    let (mut model, golden) = (stories(), json("stories/golden.json"));
    assert_eq!(model.config().attention, Attention::CausalPrefix);
    for case in golden["generations"].as_array().unwrap() {
        let prompt = prompt_of(&model, case["prompt"].as_str().unwrap());
        let settings = Settings::default()
            .with("temperature", "0")
            .and_then(|s| s.with("steps", &case["steps"].to_string()))
            .and_then(|s| s.with("block-length", &case["block_length"].to_string()))
            .unwrap();
        check_states(&mut model, &prompt, settings, case["states"].as_array().unwrap());
    }
}

#[test]
fn greedy_next_tokens_of_the_bundled_model() {
    let (mut model, golden) = (stories(), json("stories/golden.json"));
    let greedy = &golden["greedy_next_token"];
    let expected = ids(&greedy["ids"]);
    let mut ids = prompt_of(&model, greedy["prompt"].as_str().unwrap());
    while ids.len() < expected.len() {
        let logits = model.next_token_logits(&ids, &Cancel::never()).unwrap().into_vec().unwrap();
        let drawable = (0..logits.len()).filter(|id| model.vocabulary().may_draw(*id as u32));
        let best = drawable.max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
        ids.push(best as u32);
    }
    assert_eq!(ids, expected);
}

#[test]
fn generations_of_the_official_llada_sampler() {
    for name in ["llada-tiny", "qwen3-tiny"] {
        let mut model = reference(name);
        for case in json(&format!("{name}/gen_llada.json"))["cases"].as_array().unwrap() {
            for (row, prompt) in case["prompt_ids"].as_array().unwrap().iter().enumerate() {
                let settings = Settings::default()
                    .with("steps", &case["steps"].to_string())
                    .and_then(|s| s.with("block-length", &case["block_length"].to_string()))
                    .and_then(|s| s.with("cfg-scale", &case["cfg_scale"].to_string()))
                    .unwrap();
                let batches = case["states"].as_array().unwrap();
                let states: Vec<Value> = batches.iter().map(|batch| batch[row].clone()).collect();
                check_states(&mut model, &ids(prompt), settings, &states);
            }
        }
    }
}

#[test]
fn generations_of_the_official_dream_sampler() {
    let mut model = reference("dream-tiny");
    for case in json("dream-tiny/gen_dream.json")["cases"].as_array().unwrap() {
        // Padding on the left, which the mask hides and the positions pass over, is as if it were not.
        let mask = ids(&case["attention_mask"]);
        let padding = mask.iter().take_while(|seen| **seen == 0).count();
        let mut settings = Settings::default()
            .with("sampler", case["alg"].as_str().unwrap())
            .and_then(|s| s.with("steps", &case["steps"].to_string()))
            .and_then(|s| s.with("eps", &case["eps"].to_string()))
            .unwrap();
        if !case["top_p"].is_null() {
            settings = settings.with("top-p", &case["top_p"].to_string()).unwrap();
        }
        let states = case["states"].as_array().unwrap().iter();
        let cut = |state: &Value| Value::from(ids(state)[padding..].to_vec());
        let states: Vec<Value> = states.map(cut).collect();
        check_states(&mut model, &ids(&case["prompt_ids"])[padding..], settings, &states);
    }
}

/// Greedy runs of the samplers that have no public reference for these checkpoints, against what was
/// written from their definitions in PyTorch, apart from the program.
#[test]
fn generations_of_the_other_samplers() {
    let mut model = reference("llada-tiny");
    for case in json("llada-tiny/gen_samplers.json")["cases"].as_array().unwrap() {
        let knobs = case["knobs"].as_object().unwrap().iter();
        let settings = knobs.fold(Settings::default(), |settings, (name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            settings.with(name, &text).unwrap()
        });
        let states = case["states"].as_array().unwrap();
        check_states(&mut model, &ids(&case["prompt_ids"]), settings, states);
    }
}
