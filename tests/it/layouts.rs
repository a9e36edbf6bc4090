//! Who sees whom: attention against its definition, over random layouts, with and without a cache.

use std::sync::Arc;

use crate::support::max_difference;
use candle_core::{Device, Tensor};
use proptest::prelude::*;
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::generation::generate;
use remask::knobs::Settings;
use remask::model::layout::{Inside, PassLayout, Span};
use remask::model::ops::attention;
use remask::model::{Backbone, ForwardBatch, LanguageModel, ModelConfig};
use remask::train::parameters::Parameters;

/// A document of clean text with blocks and drafts behind it: where each begins, and how long it is.
#[derive(Clone, Debug)]
struct Document {
    clean: usize,
    blocks: Vec<(usize, usize)>,
}

fn document() -> impl Strategy<Value = Document> {
    (1usize..45).prop_flat_map(|clean| {
        let blocks = prop::collection::vec((0..=clean, 1usize..40), 0..5);
        blocks.prop_map(move |blocks| Document { clean, blocks })
    })
}

fn layout(documents: &[Document]) -> PassLayout {
    let mut layout = PassLayout { positions: Vec::new(), spans: Vec::new(), cached: 0 };
    for document in documents {
        let start = layout.rows();
        layout.positions.extend(0..document.clean as u32);
        let rows = start..start + document.clean;
        layout.spans.push(Span::new(rows, start..start, Inside::Causal));
        for (anchor, length) in &document.blocks {
            let rows = layout.rows()..layout.rows() + length;
            layout.positions.extend(*anchor as u32..(anchor + length) as u32);
            layout.spans.push(Span::new(rows, start..start + anchor, Inside::Bidirectional));
        }
    }
    layout
}

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    // A prime: no two rows of a table are the same.
    (0..count).map(|i| ((i * 7919 + salt * 104_729) % 997) as f32 / 250.0 - 2.0).collect()
}

/// One head of width 4, as the definition has it.
fn by_definition(heads: &[f32], layout: &PassLayout, scale: f32) -> Vec<f32> {
    const E: usize = 4;
    let rows = layout.rows();
    let (q, rest) = heads.split_at(rows * E);
    let (keys, values) = rest.split_at(rows * E);
    let mut out = Vec::new();
    for row in 0..rows {
        let span = layout.spans.iter().find(|span| span.rows.contains(&row)).unwrap();
        let seen: Vec<usize> = (0..rows).filter(|key| span.sees(row, *key)).collect();
        let score = |key: &usize| -> f32 {
            (0..E).map(|i| q[row * E + i] * keys[key * E + i]).sum::<f32>() * scale
        };
        let weights: Vec<f32> = seen.iter().map(|key| score(key).exp()).collect();
        let total: f32 = weights.iter().sum();
        for i in 0..E {
            let pairs = seen.iter().zip(&weights);
            out.push(pairs.map(|(key, weight)| weight * values[key * E + i]).sum::<f32>() / total);
        }
    }
    out
}

/// A model of random weights that was trained with a causal prefix, in a folder of its own.
fn random_model() -> LanguageModel {
    let folder = tempfile::tempdir().unwrap();
    let config = ModelConfig::for_training(32, 3, 2, 320).unwrap();
    let documents = ["Once upon a time.".to_owned(), "The end of it.".to_owned()];
    let tokenizer = remask::train::corpus::train_tokenizer(&documents, 320).unwrap();
    let weights: std::collections::HashMap<String, Tensor> = Parameters::fresh(&config, 1)
        .unwrap()
        .iter()
        .map(|(name, variable)| {
            // Projections back into the stream begin at zero in training; here they are to matter.
            let count = variable.elem_count();
            let values: Vec<f32> = numbers(count, name.len()).iter().map(|x| x / 8.0).collect();
            (name.to_owned(), Tensor::from_vec(values, variable.dims(), &Device::Cpu).unwrap())
        })
        .collect();
    let path = folder.path().join("model.safetensors");
    candle_core::safetensors::save(&weights, path).unwrap();
    let json = config.to_json();
    std::fs::write(folder.path().join("config.json"), json).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer).unwrap();
    LanguageModel::open(folder.path(), crate::support::threads(2)).unwrap()
}

/// Logits of a pass over `ids`, the first `finished` of which are finished, for every open position.
fn predict(model: &mut LanguageModel, ids: &[u32], finished: usize, shadow: bool) -> Vec<f32> {
    let positions: Vec<usize> = (finished..ids.len()).collect();
    let pass = ForwardBatch {
        canvases: &[ids],
        positions: &positions,
        shadow: if shadow { finished..ids.len() } else { 0..0 },
        finished,
        reuse: None,
        cancel: &Cancel::never(),
    };
    model.predict(&pass).unwrap().into_vec().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn attention_is_that_of_the_definition(documents in prop::collection::vec(document(), 1..4)) {
        let layout = layout(&documents);
        prop_assert_eq!(layout.check(), Ok(()));
        let heads = numbers(3 * layout.rows() * 4, 3);
        let expected = by_definition(&heads, &layout, 0.3);
        let shape = (3, 1, layout.rows(), 4);
        let heads = Tensor::from_vec(heads, shape, &Device::Cpu).unwrap();
        let found = attention(&heads, 1, &Arc::new(layout), 0.3).unwrap();
        let found: Vec<f32> = found.flatten_all().unwrap().to_vec1().unwrap();
        prop_assert!(max_difference(&found, &expected) < 1e-5);
    }

    #[test]
    fn what_a_row_may_not_see_changes_nothing(
        documents in prop::collection::vec(document(), 1..3),
        changed in 0usize..1000,
    ) {
        let layout = layout(&documents);
        let changed = changed % layout.rows();
        let layout = Arc::new(layout);
        let (before, after) = (found(&layout, None), found(&layout, Some(changed)));
        for (row, (a, b)) in before.chunks(4).zip(after.chunks(4)).enumerate() {
            let span = layout.spans.iter().find(|span| span.rows.contains(&row)).unwrap();
            prop_assert_eq!(span.sees(row, changed), a != b, "row {} of {:?}", row, &layout);
        }
    }
}

#[test]
fn with_a_cache_the_logits_are_those_of_a_pass_over_everything() {
    let mut model = random_model();
    assert_eq!(model.config().attention, remask::model::Attention::CausalPrefix);
    let vocab = model.config().vocab_size;
    for case in 0..40usize {
        let length = 2 + (case * 53) % 90;
        let finished = 1 + (case * 31) % (length - 1);
        let shadow = case % 3 == 0;
        let ids: Vec<u32> = (0..length)
            .map(|i| if i >= finished && i % 3 > 0 { 1 } else { 2 + ((i * 37) % 300) as u32 })
            .collect();
        // Everything in one pass: finished text causal but for its last token, which begins the block.
        let layout = PassLayout::finished(0, finished - 1, length);
        let whole = model.raw_logits(&ids, layout).unwrap().into_data();
        let expected = &whole[(finished - 1) * vocab..(length - 1) * vocab];
        model.reset_cache();
        let fresh = predict(&mut model, &ids, finished, shadow);
        let cached = predict(&mut model, &ids, finished, shadow);
        let apart = max_difference(&fresh[..expected.len()], expected);
        assert!(apart < 1e-4, "case {case}: {apart} without a cache");
        let apart = max_difference(&cached, &fresh);
        assert!(apart < 1e-4, "case {case}: {apart} with one");
        // A block is finished, and another text shares only its beginning.
        let later = predict(&mut model, &ids, (finished + 5).min(length - 1), shadow);
        model.reset_cache();
        let anew = predict(&mut model, &ids, (finished + 5).min(length - 1), shadow);
        assert!(max_difference(&later, &anew) < 1e-4, "case {case}");
        let mut other = ids.clone();
        other[finished / 2] = 7;
        let branch = predict(&mut model, &other, finished, shadow);
        model.reset_cache();
        assert!(max_difference(&branch, &predict(&mut model, &other, finished, shadow)) < 1e-4);
    }
}

/// Whose token reaches which row in `layers` layers: what a row sees, what that sees, and so on.
fn reaches(layout: &PassLayout, layers: usize) -> Vec<Vec<bool>> {
    let rows = layout.rows();
    let span = |row: usize| layout.spans.iter().find(|span| span.rows.contains(&row)).unwrap();
    let sees = |row: usize, key: usize| span(row).sees(row, key);
    let mut reached: Vec<Vec<bool>> =
        (0..rows).map(|row| (0..rows).map(|key| row == key).collect()).collect();
    for _ in 0..layers {
        reached = (0..rows)
            .map(|row| {
                let seen: Vec<usize> = (0..rows).filter(|key| sees(row, *key)).collect();
                (0..rows).map(|key| seen.iter().any(|seen| reached[*seen][key])).collect()
            })
            .collect();
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_logits_of_a_row_hang_on_what_it_may_see_and_on_nothing_else(
        documents in prop::collection::vec(document(), 1..3),
        padding in 0usize..12,
        shadow in prop::option::of(0usize..1000),
        changed in 0usize..1000,
    ) {
        let model = random_model();
        let (vocab, layers) = (model.config().vocab_size, model.config().layers);
        let mut layout = layout(&documents);
        if padding > 0 {
            // Rows that fill up a batch: they see themselves, and nobody sees them.
            let rows = layout.rows()..layout.rows() + padding;
            layout.positions.extend(0..padding as u32);
            layout.spans.push(Span::new(rows, 0..0, Inside::Bidirectional));
        }
        if let Some(judged) = shadow {
            let judged = judged % layout.rows();
            let count = (layout.rows() - judged).min(5);
            layout = layout.with_shadow(1, judged, count);
        }
        prop_assert_eq!(layout.check(), Ok(()));
        let (rows, reached) = (layout.rows(), reaches(&layout, layers));
        let changed = changed % rows;
        let mut ids: Vec<u32> = (0..rows).map(|i| 2 + ((i * 37) % 300) as u32).collect();
        let before = model.raw_logits(&ids, layout.clone()).unwrap().into_data();
        ids[changed] = if ids[changed] == 2 { 3 } else { 2 };
        let after = model.raw_logits(&ids, layout.clone()).unwrap().into_data();
        for (row, (a, b)) in before.chunks(vocab).zip(after.chunks(vocab)).enumerate() {
            // What reaches a row may still be too faint to be felt there.
            let hangs = reached[row][changed];
            prop_assert!(hangs || a == b, "row {} on {} of {:?}", row, changed, &layout);
        }
        prop_assert_ne!(&before[changed * vocab..][..vocab], &after[changed * vocab..][..vocab]);
    }
}

/// What every row of `layout` finds when the key and the value at `changed` are others.
fn found(layout: &Arc<PassLayout>, changed: Option<usize>) -> Vec<f32> {
    let mut heads = numbers(3 * layout.rows() * 4, 3);
    for plane in 1..3 {
        if let Some(row) = changed {
            heads[(plane * layout.rows() + row) * 4] += 1.5;
        }
    }
    let heads = Tensor::from_vec(heads, (3, 1, layout.rows(), 4), &Device::Cpu).unwrap();
    let found = attention(&heads, 1, layout, 0.3).unwrap();
    found.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn a_shadow_does_not_hang_on_the_token_that_it_judges() {
    // Row 50 judges position 10, row 60 position 20.
    let layout = Arc::new(PassLayout::finished(0, 3, 50).with_shadow(1, 10, 40));
    assert_eq!(layout.check(), Ok(()));
    let row = |changed: Option<usize>, row: usize| found(&layout, changed)[row * 4..][..4].to_vec();
    for (judge, judged, other) in [(50, 10, 20), (60, 20, 10)] {
        assert_eq!(row(Some(judged), judge), row(None, judge));
        assert_ne!(row(Some(other), judge), row(None, judge));
    }
    // Nothing but the shadow sees the shadow.
    assert_eq!(row(Some(89), 20), row(None, 20));
    assert_ne!(row(Some(89), 50), row(None, 50));
}

#[test]
fn drafting_masks_see_the_text_that_they_stand_behind_and_their_own_group() {
    let layout = PassLayout::drafting(5, 3, 3, 2);
    layout.check().unwrap();
    assert_eq!(layout.positions, [5, 6, 7, 6, 7, 7, 8, 8, 9]);
    let seen = |row: usize| -> Vec<usize> {
        let spans = layout.spans.iter().filter(|span| span.rows.contains(&row));
        spans.flat_map(|span| (0..layout.keys()).filter(|key| span.sees(row, *key))).collect()
    };
    let behind = |text: usize, group: [usize; 2]| (0..text).chain(group).collect::<Vec<_>>();
    assert_eq!(seen(6), (0..7).collect::<Vec<_>>());
    for (group, text) in [6, 7, 8].into_iter().enumerate() {
        let rows = [8 + 2 * group, 9 + 2 * group];
        assert_eq!(rows.map(seen), [behind(text, rows), behind(text, rows)]);
    }
    assert_eq!(PassLayout::drafting(5, 3, 1, 2), PassLayout::finished(5, 3, 5));
    assert_eq!(PassLayout::drafting(5, 3, 2, 0), PassLayout::causal(5, 3));
}

#[test]
fn a_block_is_written_without_the_noise_behind_it_and_its_end_is_that_of_the_text() {
    let mut model = crate::support::stories();
    let prompt = [vec![0], model.tokenizer().encode("Once upon a time").unwrap()].concat();
    let length = prompt.len();
    let settings = [("sampler", "threshold"), ("block-length", "8"), ("steps", "8")];
    let settings = settings
        .iter()
        .fold(Settings::default(), |settings, (knob, value)| settings.with(knob, value).unwrap());
    let session = |room: usize, model: &LanguageModel| {
        let segments = [Segment::Prompt(prompt.clone()), Segment::Noise(room)];
        Session::new(&segments, settings.clone(), model.vocabulary(), model.context()).unwrap()
    };
    let mut texts = Vec::new();
    for room in [8, 40, 200] {
        model.reset_cache();
        let mut session = session(room, &model);
        let mut first = true;
        while session.canvas().open().any(|at| at < length + 8) {
            let outcome = session.step(&mut model, &Cancel::never()).unwrap();
            let StepOutcome::Stepped(step) = outcome else { panic!("noise is left") };
            // The prompt is read once; its last token is read again with the block, which predicts from there.
            let read = if first { length + 8 } else { 8 + 1 };
            assert_eq!(step.positions_read, read, "of {room}");
            first = false;
        }
        texts.push(session.canvas().ids()[..length + 8].to_vec());
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "room behind it changes no block");
    // A text that ends is not gone on with: this model ends no story in so few words, so it is told that "." ends one.
    let stop = model.tokenizer().encode(".").unwrap();
    let end = model.vocabulary().eos[0];
    let mut model = model.stopped_by(stop);
    let mut session = session(200, &model);
    let mut passes = 0;
    while let StepOutcome::Stepped(_) = session.step(&mut model, &Cancel::never()).unwrap() {
        passes += 1;
    }
    let first = session.canvas().ids()[length..].iter().position(|id| *id == end).unwrap();
    let block = first / 8;
    let padding = &session.canvas().ids()[length + (block + 1) * 8..];
    assert!(padding.len() > 8 && padding.iter().all(|id| *id == end), "{padding:?}");
    assert!(passes <= (block + 1) * 8, "{passes} passes for {block} blocks");
}

#[test]
fn a_stop_token_ends_an_answer_whoever_writes_it_and_nothing_that_stands_in_a_text() {
    let model = crate::support::stories();
    let [beginning, stop, end] =
        ["Once upon a time", ".", " The end"].map(|text| model.tokenizer().encode(text).unwrap());
    let prompt = [vec![0], beginning].concat();
    let model = model.stopped_by(stop.clone());
    for sampler in ["autoregressive", "self-speculative", "linear-speculative", "threshold", "p2"] {
        let settings = Settings::default().with("sampler", sampler).unwrap();
        let ids = |segments: &[Segment]| {
            let generation =
                generate(&mut model.share(), segments, &settings, &Cancel::never()).unwrap();
            generation.canvas.ids().to_vec()
        };
        let given = [Segment::Prompt(prompt.clone()), Segment::Noise(40)];
        let answer = ids(&given);
        assert!(!answer.contains(&stop[0]), "{sampler}");
        assert!(answer.iter().any(|id| model.vocabulary().is_eos(*id)), "{sampler}");
        let [first, hole] = given;
        let between = ids(&[first, hole, Segment::Fixed(end.clone())]);
        assert!(between[..prompt.len() + 40].contains(&stop[0]), "{sampler}");
    }
}
