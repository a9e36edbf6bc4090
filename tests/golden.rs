//! The forward pass and whole generations against what PyTorch made of the same weights.

mod support;

use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Attention, Denoiser, LanguageModel};
use serde_json::Value;
use support::{fixture, ids, json, max_difference, npy, stories, threads};

fn check_logits(model: &LanguageModel, ids: &[u32], attention: Attention, golden: &str) {
    let (shape, expected) = npy(golden);
    assert_eq!(shape, [ids.len(), model.config().vocab_size]);
    let logits = model.raw_logits(ids, attention).unwrap().into_vec();
    let difference = max_difference(&logits, &expected);
    assert!(difference < 1e-3, "{golden}: off by {difference}");
}

#[test]
fn logits_of_the_bundled_model() {
    let model = stories();
    let golden = json("stories/golden.json");
    for (name, attention) in
        [("logits_bidirectional", Attention::Bidirectional), ("logits_causal", Attention::Causal)]
    {
        let ids = ids(&golden[name]["ids"]);
        check_logits(&model, &ids, attention, &format!("stories/{name}.npy"));
    }
}

fn qwen3() -> LanguageModel {
    LanguageModel::open(&fixture("qwen3-tiny"), threads(2)).unwrap()
}

#[test]
fn logits_with_grouped_heads_and_an_own_head() {
    let model = qwen3();
    for case in json("qwen3-tiny/logits.json")["cases"].as_object().unwrap().values() {
        let file = case["file"].as_str().unwrap();
        let attention =
            if file.contains("causal") { Attention::Causal } else { Attention::Bidirectional };
        let ids = ids(&case["input_ids"]);
        check_logits(&model, &ids, attention, &format!("qwen3-tiny/{file}"));
    }
}

/// Runs to the end and compares the canvas after every step.
fn check_states(model: &mut LanguageModel, prompt: &[u32], settings: Settings, states: &[Value]) {
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

#[test]
fn generations_of_the_bundled_model() {
    let mut model = stories();
    let golden = json("stories/golden.json");
    for case in golden["generations"].as_array().unwrap() {
        let mut prompt = vec![model.config().bos_id.unwrap()];
        let text = case["prompt"].as_str().unwrap();
        prompt.extend(model.tokenizer().encode(text).unwrap());
        let settings = Settings::default()
            .with("temperature", "0")
            .and_then(|s| s.with("steps", &case["steps"].to_string()))
            .and_then(|s| s.with("block-length", &case["block_length"].to_string()))
            .unwrap();
        let states = case["states"].as_array().unwrap();
        check_states(&mut model, &prompt, settings, states);
    }
}

#[test]
fn generations_of_the_official_llada_sampler() {
    let mut model = qwen3();
    for case in json("qwen3-tiny/gen_llada.json")["cases"].as_array().unwrap() {
        let prompt = ids(&case["prompt_ids"][0]);
        let settings = Settings::default()
            .with("temperature", "0")
            .and_then(|s| s.with("steps", &case["steps"].to_string()))
            .and_then(|s| s.with("block-length", &case["block_length"].to_string()))
            .and_then(|s| s.with("cfg-scale", &case["cfg_scale"].to_string()))
            .unwrap();
        let batches = case["states"].as_array().unwrap();
        let states: Vec<Value> = batches.iter().map(|batch| batch[0].clone()).collect();
        check_states(&mut model, &prompt, settings, &states);
    }
}
