//! What everything after the logits costs at the size of a large model: a vocabulary of 128k and 256
//! open positions, against a forward pass of 8B parameters over those positions, estimated from the
//! rate at which this machine multiplies matrices.
//!
//! `cargo bench --bench sampling`

use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, ForwardBatch, HostLogits, Logits, Vocabulary};

const VOCABULARY: usize = 128_000;
const POSITIONS: usize = 256;
const PARAMETERS: f64 = 8e9;
const STEPS: usize = 3;

/// Noise for logits, made once.
#[derive(Clone)]
struct Wide {
    vocabulary: Vocabulary,
    row: Vec<f32>,
}

impl Backbone for Wide {
    fn clone_shared(&self) -> Box<dyn Backbone> {
        Box::new(self.clone())
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        POSITIONS
    }

    fn predict(&mut self, pass: &ForwardBatch<'_>) -> remask::Result<Box<dyn Logits>> {
        let rows = pass.positions.len() + pass.shadow.len();
        let mut data = Vec::with_capacity(rows * VOCABULARY);
        for position in 0..rows {
            // Every position has the same probabilities, turned: sorted input would flatter a sort.
            let turn = position * 997 % VOCABULARY;
            data.extend_from_slice(&self.row[turn..]);
            data.extend_from_slice(&self.row[..turn]);
        }
        Ok(HostLogits::boxed(data, rows, VOCABULARY))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rate = flops()?;
    let forward = 2.0 * PARAMETERS * POSITIONS as f64 / rate;
    println!(
        "matrix products: {:.0} GFLOP/s, so a pass of 8B parameters over {POSITIONS} positions takes {forward:.1} s",
        rate / 1e9
    );
    for knobs in [
        &[("temperature", "0")][..],
        &[("temperature", "0.7")],
        &[("sampler", "entropy"), ("temperature", "0.2"), ("top-p", "0.95"), ("top-k", "50")],
        &[("sampler", "p2"), ("temperature", "0.7")],
        &[("sampler", "klass")],
        &[("sampler", "credit")],
        &[("sampler", "remdm-conf"), ("temperature", "1"), ("top-p", "0.9")],
    ] {
        let time = sampling(knobs)?;
        println!(
            "{:>7.0} ms a step, {:>4.1} % of the pass: {knobs:?}",
            time.as_secs_f64() * 1e3,
            100.0 * time.as_secs_f64() / forward
        );
    }
    Ok(())
}

/// The best of several products of 1024 x 4096 by 4096 x 4096.
fn flops() -> Result<f64, Box<dyn std::error::Error>> {
    let a = Tensor::ones((1024, 4096), candle_core::DType::F32, &Device::Cpu)?;
    let b = Tensor::ones((4096, 4096), candle_core::DType::F32, &Device::Cpu)?;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        a.matmul(&b)?;
        best = best.min(began.elapsed());
    }
    Ok(2.0 * 1024.0 * 4096.0 * 4096.0 / best.as_secs_f64())
}

/// Mean time of the sampler in a step with every position open.
fn sampling(knobs: &[(&str, &str)]) -> Result<Duration, Box<dyn std::error::Error>> {
    let noise = |i: usize| ((i as f32 * 12.9898).sin() * 43758.547).fract() * 12.0;
    let vocabulary = Vocabulary {
        size: VOCABULARY,
        drawable: VOCABULARY - 100,
        mask: 1,
        eos: vec![0],
        turn_ends: Vec::new(),
        stops: Vec::new(),
        special: vec![0, 1],
    };
    let mut model = Wide { vocabulary, row: (0..VOCABULARY).map(noise).collect() };
    let start = Settings::default().with("steps", "256")?;
    let settings = knobs.iter().try_fold(start, |s, (name, text)| s.with(name, text))?;
    let segments = [Segment::Noise(POSITIONS)];
    let mut session = Session::new(&segments, settings, model.vocabulary(), POSITIONS)?;
    let mut time = Duration::ZERO;
    for _ in 0..STEPS {
        if let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never())? {
            time += step.sampling;
        }
    }
    Ok(time / STEPS as u32)
}
