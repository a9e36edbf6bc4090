//! Rotary positions (arXiv 2104.09864), half-split: the first half of a head turns with the second.

use candle_core::{Device, Tensor};

use super::config::ModelConfig;
use remask_base::Result;

/// Positions whose turns are made when the model is loaded, at most. Those behind them are made when they
/// are asked for: a table for a context that a file only claims would cost what the file does not.
const READY: usize = 4096;

/// How fast each pair of a head turns.
pub(super) struct Rotary {
    /// (E/2), in radians a position.
    frequencies: Vec<f32>,
    /// Cosines and sines (READY, E/2) of the first positions.
    ready: (Vec<f32>, Vec<f32>),
}

impl Rotary {
    pub(super) fn new(config: &ModelConfig) -> Self {
        let frequency = |i: usize| {
            let exponent = (2 * i) as f64 / config.head_dim as f64;
            (1.0 / config.rope_theta.powf(exponent)) as f32
        };
        let frequencies: Vec<f32> = (0..config.head_dim / 2).map(frequency).collect();
        let first: Vec<u32> = (0..READY.min(config.max_positions) as u32).collect();
        Self { ready: turns(&frequencies, &first), frequencies }
    }

    /// Cosines and sines (R, E/2) of R `positions`.
    pub(super) fn angles(&self, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let (cos, sin) = &self.ready;
        let pairs = self.frequencies.len();
        let known = cos.len() / pairs.max(1);
        if positions.iter().any(|position| *position as usize >= known) {
            return turns(&self.frequencies, positions);
        }
        let pick = |table: &[f32]| -> Vec<f32> {
            let row = |position: &u32| &table[*position as usize * pairs..][..pairs];
            positions.iter().flat_map(row).copied().collect()
        };
        (pick(cos), pick(sin))
    }

    /// [`Rotary::angles`] as tensors on `device`.
    pub(super) fn tables(&self, positions: &[u32], device: &Device) -> Result<(Tensor, Tensor)> {
        let (cos, sin) = self.angles(positions);
        let shape = (positions.len(), self.frequencies.len());
        Ok((Tensor::from_vec(cos, shape, device)?, Tensor::from_vec(sin, shape, device)?))
    }
}

/// Cosines and sines (R, E/2) of R `positions`.
fn turns(frequencies: &[f32], positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
    let angles = positions
        .iter()
        .flat_map(|position| frequencies.iter().map(|frequency| *position as f32 * frequency));
    angles.map(|angle| (angle.cos(), angle.sin())).unzip()
}
