//! What a denoising step costs: the network and the sampler apart, at three canvas lengths.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session};
use remask::knobs::Settings;
use remask::model::{Denoiser, LanguageModel, Pass, Threads};

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
                let pass = Pass {
                    canvases: &[&ids],
                    positions: &positions,
                    shadow: 0..0,
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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = forward, step
}
criterion_main!(benches);
