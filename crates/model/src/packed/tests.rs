//! The packed network against the one made of tensors.

use std::num::NonZeroUsize;
use std::sync::Arc;

use candle_core::Tensor;

use super::q8_panels::Q8Panels;
use super::{Asked, PackedTransformer};
use crate::compute::Compute;
use crate::layout::{Inside, PassLayout, Span};
use crate::transformer::Transformer;
use crate::{Checkpoint, ModelConfig};
use remask_base::Error;
use remask_base::cancel::Cancel;
use remask_base::runtime::Threads;

struct Both {
    config: ModelConfig,
    packed: PackedTransformer,
    full: Transformer,
    threads: Threads,
}

fn threads(count: usize) -> Threads {
    Threads::new(NonZeroUsize::new(count)).unwrap()
}

fn both(checkpoint: Checkpoint, compute: Compute) -> Both {
    let Checkpoint { config, weights, .. } = checkpoint;
    let packed = PackedTransformer::load(&config, &*weights, compute).unwrap();
    let full = Transformer::load(&config, &*weights).unwrap();
    Both { config, packed, full, threads: threads(2) }
}

fn fixture(name: &str) -> Checkpoint {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    Checkpoint::open(&folder.join(name)).unwrap()
}

fn ids(count: usize) -> Vec<u32> {
    (0..count).map(|i| 2 + (i * 37 % 40) as u32).collect()
}

fn asked<'a>(ids: &'a [u32], layout: &'a Arc<PassLayout>, rows: &'a [u32]) -> Asked<'a> {
    static NEVER: std::sync::LazyLock<Cancel> = std::sync::LazyLock::new(Cancel::never);
    Asked { ids, layout, keep: 0, logits: rows, hidden: &[], cancel: &NEVER }
}

impl Both {
    fn packed_logits(&self, ids: &[u32], layout: &PassLayout) -> Vec<f32> {
        let (rows, layout): (Vec<u32>, _) =
            ((0..ids.len() as u32).collect(), Arc::new(layout.clone()));
        let mut workspace = self.packed.workspace(&self.threads);
        let asked = asked(ids, &layout, &rows);
        self.packed.pass(&asked, None, &mut workspace, &self.threads).unwrap().logits
    }

    fn full_logits(&self, ids: &[u32], layout: &PassLayout) -> Vec<f32> {
        let rows: Vec<u32> = (0..ids.len() as u32).collect();
        let input = Tensor::from_slice(ids, (1, ids.len()), self.full.device()).unwrap();
        let layout = Arc::new(layout.clone());
        let hidden = self.full.hidden(&input, &layout, &Cancel::never()).unwrap();
        let logits = self.full.logits(&hidden, &rows).unwrap();
        logits.flatten_all().unwrap().to_vec1().unwrap()
    }
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Text, a canvas, a shadow, and groups that do not see each other.
fn layouts(length: usize) -> Vec<PassLayout> {
    let half = length / 2;
    let groups = vec![
        Span::new(0..half, 0..0, Inside::Causal),
        Span::new(half..half + 1, 0..half, Inside::Bidirectional),
        Span::new(half + 1..length, 0..half.min(1), Inside::Bidirectional),
    ];
    let positions = (0..length as u32).collect();
    vec![
        PassLayout::causal(0, length),
        PassLayout::bidirectional(length),
        PassLayout::finished(0, half, length),
        PassLayout::bidirectional(length - 2).with_shadow(1, 0, 2),
        PassLayout { positions, spans: groups, cached: 0 },
    ]
}

#[test]
fn it_is_the_network_made_of_tensors() {
    for checkpoint in [
        Checkpoint::bundled().unwrap(),
        fixture("qwen3-tiny"),
        fixture("llada-tiny"),
        fixture("dream-tiny"),
    ] {
        let both = both(checkpoint, Compute::F32);
        for length in [4, 9, 40] {
            for layout in layouts(length) {
                let ids = ids(length);
                let (packed, full) =
                    (both.packed_logits(&ids, &layout), both.full_logits(&ids, &layout));
                let apart = apart(&packed, &full);
                assert!(apart < 1e-3, "{apart} at {length} rows, {layout:?}");
            }
        }
    }
}

#[test]
fn one_row_and_many_rows_agree_to_the_last_bit_on_any_number_of_threads() {
    for compute in Compute::ALL {
        let mut both = both(Checkpoint::bundled().unwrap(), compute);
        let all = ids(40);
        let mut seen: Vec<Vec<f32>> = Vec::new();
        for (count, step) in [(2, 1), (1, 1), (3, 1), (2, 2), (2, 3), (2, 7), (2, 16)] {
            both.threads = threads(count);
            let mut workspace = both.packed.workspace(&both.threads);
            let mut cache = both.packed.cache();
            let mut logits = Vec::new();
            for news in all.chunks(step) {
                let layout = Arc::new(PassLayout::causal(cache.length(), news.len()));
                let rows: Vec<u32> = (0..news.len() as u32).collect();
                let asked = Asked { keep: news.len(), ..asked(news, &layout, &rows) };
                let passed =
                    both.packed.pass(&asked, Some(&mut cache), &mut workspace, &both.threads);
                logits.extend(passed.unwrap().logits);
            }
            seen.push(logits);
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{compute:?}");
        let whole = both.packed_logits(&all, &PassLayout::causal(0, all.len()));
        assert_eq!(whole, seen[0], "{compute:?}");
    }
}

/// How far off `numbers` are, as a share of what they should be.
fn off(numbers: &[f32], exact: &[f32]) -> f32 {
    let square = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
    let error = square(&mut numbers.iter().zip(exact).map(|(a, b)| a - b));
    (error / square(&mut exact.iter().copied())).sqrt()
}

#[test]
fn whole_numbers_of_8_bits_are_a_little_off() {
    let both = both(Checkpoint::bundled().unwrap(), Compute::Q8_0);
    let ids = ids(30);
    let layout = PassLayout::causal(0, 30);
    let (packed, full) = (both.packed_logits(&ids, &layout), both.full_logits(&ids, &layout));
    let off = off(&packed, &full);
    assert!(off > 0.0 && off < 0.02, "{off}");
    let stats = both.packed.weight_stats();
    assert!(stats.bytes < stats.weights * 5 / 4);
}

#[test]
fn drafts_are_those_of_the_network_made_of_tensors() {
    let both = both(Checkpoint::bundled().unwrap(), Compute::F32);
    let (ids, rows) = (ids(12), [5u32, 11]);
    let layout = Arc::new(PassLayout::causal(0, 12));
    let mut workspace = both.packed.workspace(&both.threads);
    let asked = Asked { hidden: &rows, ..asked(&ids, &layout, &[]) };
    let passed = both.packed.pass(&asked, None, &mut workspace, &both.threads).unwrap();
    assert!(passed.logits.is_empty());
    let previous = [7, 8, 9, 10];
    let ours = both.packed.draft(&passed.hidden, &previous, &mut workspace, &both.threads).unwrap();
    let input = Tensor::from_slice(&ids, (1, 12), both.full.device()).unwrap();
    let hidden = both.full.hidden(&input, &layout, &Cancel::never()).unwrap();
    let full = both.full.draft_logits(&hidden, &rows, &previous).unwrap();
    let full: Vec<f32> = full.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(ours.len(), 2 * both.config.vocab_size);
    // Where the machine has instructions for it drafts are made of whole numbers of 8 bits.
    if Q8Panels::is_fast() {
        assert!(off(&ours, &full) > 0.0 && off(&ours, &full) < 0.02, "{}", off(&ours, &full));
    } else {
        assert!(apart(&ours, &full) < 1e-3);
    }
}

#[test]
fn a_pass_that_is_called_off_leaves_the_cache_as_it_was() {
    let both = both(Checkpoint::bundled().unwrap(), Compute::F32);
    let (ids, layout) = (ids(6), Arc::new(PassLayout::causal(0, 6)));
    let mut workspace = both.packed.workspace(&both.threads);
    let mut cache = both.packed.cache();
    let generations = remask_base::cancel::Generations::default();
    let cancel = generations.watch_newest();
    generations.advance();
    let asked = Asked { keep: 6, cancel: &cancel, ..asked(&ids, &layout, &[5]) };
    let passed = both.packed.pass(&asked, Some(&mut cache), &mut workspace, &both.threads);
    assert!(matches!(passed, Err(Error::Cancelled)) && cache.length() == 0);
}
