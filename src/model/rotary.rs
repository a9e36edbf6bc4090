//! Rotary positions (arXiv 2104.09864), half-split: the first half of a head turns with the second.

use candle_core::{Device, Tensor};

use super::config::ModelConfig;
use crate::Result;

/// How fast each pair of a head turns.
pub(super) struct Rotary {
    /// (E/2), in radians a position.
    frequencies: Vec<f32>,
}

impl Rotary {
    pub(super) fn new(config: &ModelConfig) -> Self {
        let frequency = |i: usize| {
            let exponent = (2 * i) as f64 / config.head_dim as f64;
            (1.0 / config.rope_theta.powf(exponent)) as f32
        };
        Self { frequencies: (0..config.head_dim / 2).map(frequency).collect() }
    }

    /// Cosines and sines (R, E/2) of R `positions`: made when they are asked for, since a table for a
    /// context that a file only claims would cost what the file does not.
    pub(super) fn tables(&self, positions: &[u32]) -> Result<(Tensor, Tensor)> {
        let frequencies = &self.frequencies;
        let angles = positions
            .iter()
            .flat_map(|position| frequencies.iter().map(|frequency| *position as f32 * frequency));
        let (cos, sin): (Vec<f32>, Vec<f32>) =
            angles.map(|angle| (angle.cos(), angle.sin())).unzip();
        let shape = (positions.len(), frequencies.len());
        Ok((
            Tensor::from_vec(cos, shape, &Device::Cpu)?,
            Tensor::from_vec(sin, shape, &Device::Cpu)?,
        ))
    }
}
