//! Rotary positions (arXiv 2104.09864), half-split: the first half of a head turns with the second. Where only a part of a
//! head turns, the rows of queries and keys are ordered so that the pairs that stand still are the last ones
//! ([`arranged`](super::arranged)).

use candle_core::{Device, Tensor};

use super::config::ModelConfig;
use remask_base::Result;

/// Positions whose turns are made when the model is loaded, at most. Those behind them are made when they
/// are asked for: a table for a context that a file only claims would cost what the file does not.
const READY: usize = 4096;

/// How fast each pair of a head turns.
pub(super) struct Rotary {
    pairs: Pairs,
    /// Cosines and sines (READY, E/2) of the first positions.
    ready: (Vec<f32>, Vec<f32>),
}

/// The pairs of a head.
struct Pairs {
    /// (E/2), in radians a position; 0 for those that stand still.
    frequencies: Vec<f32>,
    /// By what the numbers of those that turn are multiplied.
    scale: f32,
    /// How many turn.
    turned: usize,
}

impl Rotary {
    pub(super) fn new(config: &ModelConfig) -> Self {
        let scaling = &config.rope_scaling;
        let (mut frequencies, scale) = scaling.frequencies(config.rope_theta, config.rotary_dim);
        let turned = frequencies.len();
        frequencies.resize(config.head_dim / 2, 0.0);
        let pairs = Pairs { frequencies, scale, turned };
        let first: Vec<u32> = (0..READY.min(config.max_positions) as u32).collect();
        Self { ready: pairs.turns(&first), pairs }
    }

    /// Cosines and sines (R, E/2) of R `positions`.
    pub(super) fn angles(&self, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let (cos, sin) = &self.ready;
        let pairs = self.pairs.frequencies.len();
        let known = cos.len() / pairs.max(1);
        if positions.iter().any(|position| *position as usize >= known) {
            return self.pairs.turns(positions);
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
        let shape = (positions.len(), self.pairs.frequencies.len());
        Ok((Tensor::from_vec(cos, shape, device)?, Tensor::from_vec(sin, shape, device)?))
    }
}

impl Pairs {
    /// Cosines and sines (R, E/2) of R `positions`.
    fn turns(&self, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let turn = |position: u32, pair: usize| {
            let angle = position as f32 * self.frequencies[pair];
            let scale = if pair < self.turned { self.scale } else { 1.0 };
            (scale * angle.cos(), scale * angle.sin())
        };
        let pairs = 0..self.frequencies.len();
        positions
            .iter()
            .flat_map(|position| pairs.clone().map(|pair| turn(*position, pair)))
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_behind_those_that_turn_stand_still() {
        let mut config = ModelConfig::for_training(16, 1, 1, 300).unwrap();
        config.rotary_dim = 8;
        let (cos, sin) = Rotary::new(&config).angles(&[0, 3]);
        assert_eq!(cos[..8], [1.0; 8]);
        assert_eq!((&cos[12..], &sin[12..]), (&[1.0; 4][..], &[0.0; 4][..]));
        // The second pair of four, with base 10,000: a tenth of a radian a position.
        assert!((cos[9] - 0.3f32.cos()).abs() < 1e-6 && (sin[9] - 0.3f32.sin()).abs() < 1e-6);
    }
}
