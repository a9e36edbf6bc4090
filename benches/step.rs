//! What a denoising step costs: the network and the sampler apart, at three canvas lengths.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session};
use remask::knobs::Settings;
use remask::model::{Backbone, ForwardBatch, LanguageModel, Threads};

fn model() -> LanguageModel {
    Threads::new(None).and_then(LanguageModel::bundled).expect("the bundled model loads")
}

fn forward(criterion: &mut Criterion) {
    let mut model = model();
    let mut group = criterion.benchmark_group("forward");
    for length in [128usize, 256, 1024] {
        let ids = vec![model.vocabulary().mask; length];
        let positions: Vec<usize> = (0..length).collect();
        group.bench_function(BenchmarkId::from_parameter(length), |bench| {
            bench.iter(|| {
                let pass = ForwardBatch {
                    canvases: &[&ids],
                    positions: &positions,
                    shadow: 0..0,
                    finished: 0,
                    reuse: None,
                    cancel: &Cancel::never(),
                };
                black_box(model.predict(&pass)).expect("a pass works")
            });
        });
    }
}

fn step(criterion: &mut Criterion) {
    let mut model = model();
    let mut group = criterion.benchmark_group("first step of 128 tokens");
    for (name, knobs) in [
        ("temperature 0", &[("temperature", "0")][..]),
        ("gumbel", &[("temperature", "0.7")]),
        (
            "categorical, top-p",
            &[("temperature", "0.7"), ("draw", "categorical"), ("top-p", "0.9")],
        ),
    ] {
        let settings = knobs.iter().fold(Settings::default(), |settings, (name, text)| {
            settings.with(name, text).expect("a knob and its value")
        });
        let segments = [Segment::Noise(128)];
        let session = Session::new(&segments, settings, model.vocabulary(), model.context())
            .expect("a canvas");
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let mut session = session.clone();
                session.step(&mut model, &Cancel::never()).expect("a step works")
            });
        });
    }
}

/// One token behind texts of several lengths, and beside it the time that the same threads take to read
/// as many bytes as the network's weights: no pass can be faster than that.
fn next_token(criterion: &mut Criterion) {
    let mut model = model();
    let ids: Vec<u32> = (0..1024).map(|i| 2 + i * 37 % 2000).collect();
    let mut group = criterion.benchmark_group("next token");
    for read in [16, 128, 512, 1000] {
        group.bench_function(BenchmarkId::new("behind", read), |bench| {
            let mut last = 2;
            bench.iter(|| {
                // Another last token each time: only that one is read, the rest stands in the cache.
                last = 2 + (last + 1) % 2000;
                let ids: Vec<u32> = ids[..read].iter().copied().chain([last]).collect();
                black_box(model.next_token_logits(&ids, &Cancel::never())).expect("a pass works")
            });
        });
    }
    let weights = vec![1.0f32; model.weight_stats().bytes as usize / size_of::<f32>()];
    let threads = model.threads().clone();
    group.bench_function("reading its weights", |bench| {
        bench.iter(|| black_box(read(&threads, &weights)));
    });
}

fn read(threads: &Threads, weights: &[f32]) -> f32 {
    let part = weights.len().div_ceil(threads.count().get());
    threads.run(|| {
        rayon::scope(|scope| {
            for part in weights.chunks(part) {
                // Sixteen sums at a time keep the processor busy enough to wait for nothing but memory.
                scope.spawn(move |_| {
                    let mut sums = [0.0f32; 64];
                    for values in part.chunks_exact(64) {
                        for (sum, value) in sums.iter_mut().zip(values) {
                            *sum += value;
                        }
                    }
                    black_box(sums);
                });
            }
        });
    });
    weights[0]
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = forward, step, next_token
}
criterion_main!(benches);
