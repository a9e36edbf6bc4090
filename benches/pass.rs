#![allow(unsafe_code)] // what prepares the process is unsafe

//! What a pass over some positions costs, in f32 and in Q8_0, beside what the machine can do at best: one table, all
//! of it measured in turns in one run.
//!
//! `cargo bench --bench pass`, or with the path of a model behind `--`.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use pulp::{Arch, Simd, WithSimd};
use remask::cancel::Cancel;
use remask::model::{
    Backbone, Checkpoint, Compute, DraftMasks, ForwardBatch, LanguageModel, LoadWatch, Retained,
    Reuse, Threads,
};

/// Positions of a pass.
const POSITIONS: [usize; 9] = [1, 2, 3, 4, 8, 16, 32, 64, 103];
/// Text that stands in the cache before them.
const BEHIND: usize = 96;
/// Times that everything is measured, in turns.
const ROUNDS: usize = 15;

fn main() -> remask::Result<()> {
    // SAFETY: no other thread runs yet.
    unsafe { remask::runtime::prepare_process() };
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let threads = Threads::new(None)?;
    let mut models = Vec::new();
    for compute in Compute::ALL {
        let checkpoint =
            path.as_deref().map(Path::new).map_or_else(Checkpoint::bundled, Checkpoint::open)?;
        let watch = LoadWatch::default();
        models.push((compute, LanguageModel::read(checkpoint, threads.clone(), compute, &watch)?));
    }
    let mut peaks = Vec::new();
    let mut times = vec![vec![Vec::new(); POSITIONS.len()]; models.len()];
    for _ in 0..ROUNDS {
        peaks.push(peak(&threads));
        for (times, (_, model)) in times.iter_mut().zip(&mut models) {
            for (times, positions) in times.iter_mut().zip(POSITIONS) {
                times.push(pass(model, positions)?);
            }
        }
    }
    let peak = median(&mut peaks);
    println!("{} threads, {:.0} GFLOP/s in f32 at best", threads.count(), peak / 1e9);
    println!("| positions | format | ms a pass | times one position | GFLOP/s | of the f32 peak |");
    println!("|---|---|---|---|---|---|");
    for (times, (compute, model)) in times.iter_mut().zip(&models) {
        let one = median(&mut times[0]);
        for (times, positions) in times.iter_mut().zip(POSITIONS) {
            let time = median(times);
            let rate = 2.0 * model.weight_stats().weights as f64 * positions as f64 / time;
            println!(
                "| {positions} | {} | {:.3} | {:.2} | {:.0} | {:.0} % |",
                compute.name(),
                time * 1e3,
                time / one,
                rate / 1e9,
                100.0 * rate / peak
            );
        }
    }
    Ok(())
}

/// Seconds of a pass over `positions` behind a text that was read before, logits of all of them: the mean of some.
fn pass(model: &mut LanguageModel, positions: usize) -> remask::Result<f64> {
    let never = Cancel::never();
    let text = |last: usize| -> Vec<u32> {
        let ids = (0..BEHIND + positions).map(|i| 2 + (i * 37 % 900) as u32);
        // Another text in every pass, so that none of it is known.
        ids.enumerate()
            .map(|(i, id)| if i < BEHIND { id } else { 2 + (id + last as u32) % 900 })
            .collect()
    };
    let passes = (48 / positions).max(2);
    if !model.config().trained_on_next_token {
        return cached_pass(model, &text(0), positions, passes);
    }
    model.verify(&text(0), positions, DraftMasks::NONE, &never)?;
    let texts: Vec<Vec<u32>> = (1..=passes).map(text).collect();
    let start = Instant::now();
    for text in &texts {
        black_box(model.verify(text, positions, DraftMasks::NONE, &never)?);
    }
    Ok(start.elapsed().as_secs_f64() / passes as f64)
}

/// The same of a model whose positions all see each other: what stands before them is taken from an earlier pass.
fn cached_pass(
    model: &mut LanguageModel,
    text: &[u32],
    positions: usize,
    passes: usize,
) -> remask::Result<f64> {
    let never = Cancel::never();
    let keeps: Vec<usize> = (0..BEHIND).collect();
    let asked: Vec<usize> = (BEHIND..BEHIND + positions).collect();
    let mut predict = |of| {
        let pass = ForwardBatch {
            canvases: &[text],
            positions: &asked,
            shadow: 0..0,
            finished: 0,
            reuse: Some(Reuse { of, kept: Retained::Keys(&keeps) }),
            cancel: &never,
        };
        black_box(model.predict(&pass)?);
        Ok::<_, remask::Error>(model.reusable().map(|pass| pass.number))
    };
    let mut last = predict(None)?;
    let start = Instant::now();
    for _ in 0..passes {
        last = predict(last)?;
    }
    Ok(start.elapsed().as_secs_f64() / passes as f64)
}

/// Floating-point operations a second of all threads together: sums of products that stay in registers.
fn peak(threads: &Threads) -> f64 {
    const TIMES: usize = 200_000;
    let done = threads.together(|member| {
        member.meet();
        let start = Instant::now();
        let operations = Arch::new().dispatch(Products(TIMES));
        (operations, start.elapsed())
    });
    let slowest = done.iter().map(|(_, time)| *time).max().unwrap_or(Duration::MAX);
    done.iter().map(|(operations, _)| *operations as f64).sum::<f64>() / slowest.as_secs_f64()
}

struct Products(usize);

impl WithSimd for Products {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        /// Sums that do not wait for each other.
        const SUMS: usize = 12;
        let (a, b) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(black_box(0.001)));
        let mut sums = [simd.splat_f32s(1.0); SUMS];
        for _ in 0..self.0 {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, a, b);
            }
        }
        black_box(sums);
        2 * self.0 * SUMS * size_of::<S::f32s>() / size_of::<f32>()
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
