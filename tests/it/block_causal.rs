//! Models whose attention is cut into blocks: who sees whom, the exact cache, and whole texts against a loop that has none.

use std::fs;

use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::layout::{Inside, Span};
use remask::model::{
    Attention, Backbone, ForwardBatch, LanguageModel, ModelConfig, PassLayout, Vocabulary,
};

use crate::support::{fixture, ids, json, max_difference, npy, threads};

/// The weights of qwen3-tiny in the words of a block diffusion family, `words` added to its config.
fn opened(words: serde_json::Value) -> LanguageModel {
    let folder = tempfile::tempdir().unwrap();
    let from = fixture("qwen3-tiny");
    for name in ["model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let mut config = json("qwen3-tiny/config.json");
    config.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    LanguageModel::open(folder.path(), threads(2)).unwrap()
}

fn sdar(block: usize) -> LanguageModel {
    opened(serde_json::json!({ "model_type": "sdar", "block_size": block }))
}

fn noise(length: usize, mask: u32) -> Vec<u32> {
    (0..length as u32).map(|i| if i % 3 == 2 { mask } else { (i * 37) % 500 }).collect()
}

#[test]
fn a_row_sees_its_block_and_those_before_it() {
    let layout = PassLayout::blocks(8, 10, 4);
    layout.check().unwrap();
    assert_eq!(layout.positions, (8..18).collect::<Vec<u32>>());
    for row in 8..18 {
        let span = layout.spans.iter().find(|span| span.rows.contains(&row)).unwrap();
        let seen: Vec<usize> = (0..18).filter(|key| span.sees(row, *key)).collect();
        let block_end = (row / 4 * 4 + 4).min(18);
        assert_eq!(seen, (0..block_end).collect::<Vec<_>>(), "{row}");
    }
}

/// Between blocks of one position and one block for all lies everything that the official code was asked.
#[test]
fn the_extremes_are_causal_and_bidirectional_as_the_official_code_has_them() {
    let golden = json("qwen3-tiny/logits.json");
    for (file, block) in [("logits_causal_plain7.npy", 1), ("logits_plain7.npy", 32)] {
        // The causal logits are those of the same ids.
        let mut cases = golden["cases"].as_object().unwrap().values();
        let case = cases.find(|case| case["file"] == "logits_plain7.npy").unwrap();
        let ids = ids(&case["input_ids"]);
        let (_, expected) = npy(&format!("qwen3-tiny/{file}"));
        let mut model = sdar(block);
        assert_eq!(model.block_length(), Some(block));
        let positions: Vec<usize> = (0..ids.len()).collect();
        let logits = predict(&mut model, &ids, &positions, 0);
        assert!(max_difference(&logits, &expected) < 1e-3, "{file}");
    }
}

fn predict(model: &mut LanguageModel, ids: &[u32], at: &[usize], finished: usize) -> Vec<f32> {
    let never = Cancel::never();
    let pass = ForwardBatch {
        canvases: &[ids],
        positions: at,
        shadow: 0..0,
        finished,
        reuse: None,
        cancel: &never,
    };
    model.predict(&pass).unwrap().into_vec().unwrap()
}

/// The logits of every row of `ids` by the definition alone, in one pass without a cache.
fn by_definition(model: &LanguageModel, ids: &[u32], block: usize) -> Vec<f32> {
    let spans = (0..ids.len()).step_by(block).map(|first| {
        Span::new(first..(first + block).min(ids.len()), 0..first, Inside::Bidirectional)
    });
    let positions = (0..ids.len() as u32).collect();
    let layout = PassLayout { positions, spans: spans.collect(), cached: 0 };
    model.raw_logits(ids, layout).unwrap().into_data()
}

#[test]
fn with_a_cache_the_logits_are_those_of_a_pass_over_everything() {
    for (words, block) in [
        (serde_json::json!({ "model_type": "sdar" }), 4),
        (serde_json::json!({ "model_type": "sdar", "block_size": 7 }), 7),
        (serde_json::json!({ "model_type": "Fast_dLLM_Qwen", "bd_size": 8 }), 8),
    ] {
        let mut model = opened(words);
        assert_eq!(model.config().attention, Attention::BlockCausal(block));
        let shift = usize::from(model.config().shift_logits);
        assert_eq!(shift == 1, block == 8, "only Fast-dLLM v2 shifts");
        let (vocab, mask) = (model.vocabulary().size, model.vocabulary().mask);
        let ids = noise(40, mask);
        let whole = by_definition(&model, &ids, block);
        for finished in [0, 3, 8, 14, 15, 30, 14, 39, 8] {
            let at: Vec<usize> = (finished.max(shift)..ids.len()).collect();
            let cached = predict(&mut model, &ids, &at, finished);
            let expected: Vec<f32> =
                at.iter().flat_map(|at| whole[(at - shift) * vocab..][..vocab].to_vec()).collect();
            let apart = max_difference(&cached, &expected);
            assert!(apart < 1e-4, "blocks of {block}, {finished} finished: {apart}");
            // Once more: what is finished is known now, but for the block of the first row.
            predict(&mut model, &ids, &at, finished);
            let first_row = finished.saturating_sub(shift);
            assert_eq!(model.positions_read(), ids.len() - first_row / block * block);
        }
        // What is behind a block does not count in it.
        let end = 2 * block;
        let alone = by_definition(&model, &ids[..end], block);
        assert!(max_difference(&alone, &whole[..end * vocab]) < 1e-4);
    }
}

/// SDAR's `low_confidence_static` (arXiv 2510.06303) without any cache: block by block, the surest first.
fn block_by_block(model: &LanguageModel, prompt: &[u32], room: usize, block: usize) -> Vec<u32> {
    let Vocabulary { mask, size, .. } = *model.vocabulary();
    let mut ids = [prompt, &vec![mask; room]].concat();
    for end in (0..ids.len()).step_by(block).map(|first| first + block) {
        let end = end.min(prompt.len() + room);
        while ids[..end].contains(&mask) {
            let logits = by_definition(model, &ids[..end], block);
            let open = (0..end).filter(|at| ids[*at] == mask);
            let sure = open.map(|at| {
                let row = &logits[at * size..][..size];
                let best = (0..size).filter(|id| model.vocabulary().may_draw(*id as u32));
                let best = best.max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
                let sum: f64 = row.iter().map(|x| f64::from(x - row[best]).exp()).sum();
                (1.0 / sum, at, best as u32)
            });
            let (_, at, token) = sure.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            ids[at] = token;
        }
    }
    ids
}

#[test]
fn a_text_is_written_block_by_block_from_the_first_position_on() {
    for (block, prompt, room) in [(4, 6, 19), (8, 8, 24), (8, 3, 13), (32, 5, 20)] {
        let mut model = sdar(block);
        let prompt: Vec<u32> = (0..prompt as u32).map(|i| (i * 53 + 7) % 500).collect();
        let expected = block_by_block(&model, &prompt, room, block);
        let settings = [("sampler", "low-confidence"), ("temperature", "0"), ("steps", "999")];
        let settings = settings.iter().fold(Settings::default(), |settings, (knob, value)| {
            settings.with(knob, value).unwrap()
        });
        let segments = [Segment::Prompt(prompt.clone()), Segment::Noise(room)];
        let mut session =
            Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap();
        let mut most = 0;
        while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() {
            let (first, last) = (step.block.start / block, (step.block.end - 1) / block);
            assert_eq!(first, last, "{:?} in blocks of {block}", step.block);
            most = most.max(step.positions_read);
        }
        let eos = expected.iter().skip(prompt.len()).position(|id| model.vocabulary().is_eos(*id));
        let until = eos.map_or(expected.len(), |at| (prompt.len() + at) / block * block + block);
        let until = until.min(expected.len());
        assert_eq!(session.canvas().ids()[..until], expected[..until], "blocks of {block}");
        assert!(
            most <= (prompt.len() + block).next_multiple_of(block).max(2 * block),
            "{most} positions"
        );
    }
}

#[test]
fn what_a_config_says_of_blocks_is_checked() {
    let config = |words: serde_json::Value| {
        let mut config = json("qwen3-tiny/config.json");
        config.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
        ModelConfig::from_json("m", config.to_string().as_bytes())
    };
    let remask = |fields| serde_json::json!({ "remask": fields });
    let told = remask(serde_json::json!({ "attention": "block_causal", "block_length": 32 }));
    let told = config(told).unwrap();
    assert_eq!(told.attention, Attention::BlockCausal(32));
    assert_eq!(ModelConfig::from_json("m", told.to_json().as_bytes()).unwrap(), told);
    for (words, said) in [
        (remask(serde_json::json!({ "attention": "block_causal" })), "set remask.block_length"),
        (remask(serde_json::json!({ "block_length": 8 })), "remask.block_length to 8"),
        (serde_json::json!({ "model_type": "sdar", "block_size": 0 }), "have 0 positions"),
        (
            serde_json::json!({ "model_type": "sdar", "block_size": usize::MAX }),
            "take 1 to the 1024",
        ),
        (
            remask(serde_json::json!({
                "attention": "block_causal", "block_length": 8, "objectives": ["next_token"]
            })),
            "leave \"next_token\" out",
        ),
    ] {
        let error = config(words).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
