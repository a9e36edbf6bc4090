//! Rotary positions (arXiv 2104.09864), half-split: the first half of a head turns with the second.

use candle_core::{Device, Tensor};

use super::config::ModelConfig;
use crate::Result;

/// Positions whose turns are made when the model is loaded, at most. Those behind them are made when they
/// are asked for: a table for a context that a file only claims would cost what the file does not.
const READY: usize = 4096;

/// How fast each pair of a head turns.
pub(super) struct Rotary {
    /// (E/2), in radians a position.
    frequencies: Vec<f32>,
    /// Cosines and sines (READY, E/2) of the first positions.
    ready: (Tensor, Tensor),
}

impl Rotary {
    pub(super) fn new(config: &ModelConfig, device: &Device) -> Result<Self> {
        let frequency = |i: usize| {
            let exponent = (2 * i) as f64 / config.head_dim as f64;
            (1.0 / config.rope_theta.powf(exponent)) as f32
        };
        let frequencies: Vec<f32> = (0..config.head_dim / 2).map(frequency).collect();
        let first: Vec<u32> = (0..READY.min(config.max_positions) as u32).collect();
        Ok(Self { ready: turns(&frequencies, &first, device)?, frequencies })
    }

    /// Cosines and sines (R, E/2) of R `positions`.
    pub(super) fn tables(&self, positions: &[u32]) -> Result<(Tensor, Tensor)> {
        let (cos, sin) = &self.ready;
        let start = positions.first().copied().unwrap_or(0);
        let run = positions.iter().zip(start..).all(|(position, next)| *position == next);
        let (start, length) = (start as usize, positions.len());
        if run && start + length <= cos.dim(0)? {
            return Ok((cos.narrow(0, start, length)?, sin.narrow(0, start, length)?));
        }
        turns(&self.frequencies, positions, cos.device())
    }
}

/// Cosines and sines (R, E/2) of R `positions`, on `device`.
fn turns(frequencies: &[f32], positions: &[u32], device: &Device) -> Result<(Tensor, Tensor)> {
    let angles = positions
        .iter()
        .flat_map(|position| frequencies.iter().map(|frequency| *position as f32 * frequency));
    let (cos, sin): (Vec<f32>, Vec<f32>) = angles.map(|angle| (angle.cos(), angle.sin())).unzip();
    let shape = (positions.len(), frequencies.len());
    Ok((Tensor::from_vec(cos, shape, device)?, Tensor::from_vec(sin, shape, device)?))
}
