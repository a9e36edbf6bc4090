//! How much memory a network takes: told from its configuration, before anything is read.

use super::compute::Compute;
use super::config::ModelConfig;
use super::tensors::expected;

/// Bytes of all weights, packed for products in `compute`.
pub fn packed_weights(config: &ModelConfig, compute: Compute) -> u64 {
    let numbers = expected(config)
        .into_iter()
        .map(|(_, shape)| shape.iter().fold(1u64, |all, side| all.saturating_mul(*side as u64)))
        .fold(0, u64::saturating_add);
    match compute {
        Compute::F32 => numbers.saturating_mul(size_of::<f32>() as u64),
        // A scale of 4 bytes for 32 numbers.
        Compute::Q8_0 => numbers.saturating_add(numbers / 8),
    }
}

/// Bytes of a pass over `positions`, with logits of `rows` of them: what a layer holds of a position at a time, and
/// logits as the network and the sampler have them.
pub fn pass(config: &ModelConfig, positions: usize, rows: usize) -> u64 {
    let activations = 12 * config.hidden_size + 4 * config.intermediate_size;
    let numbers = (positions as u64).saturating_mul(activations as u64)
        + (rows as u64).saturating_mul(3 * config.vocab_size as u64);
    numbers.saturating_mul(size_of::<f32>() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_grows_with_what_is_asked_for() {
        let config = ModelConfig::for_training(64, 2, 2, 300).unwrap();
        let [f32, q8] = [Compute::F32, Compute::Q8_0].map(|by| packed_weights(&config, by));
        assert!(3 * q8 < f32 && f32 < 4 * q8, "{f32} and {q8}");
        let numbers = 12 * 64 + 4 * 192;
        assert_eq!(pass(&config, 10, 0), 4 * 10 * numbers);
        assert_eq!(pass(&config, 10, 5) - pass(&config, 10, 0), 4 * 5 * 3 * 300);
    }
}
