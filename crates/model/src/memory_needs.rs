//! How much memory a network takes: told from its configuration, before anything is read.

use super::compute::Compute;
use super::config::ModelConfig;
use super::tensors::expected;
use remask_base::memory::shown;

/// Numbers of all weights.
fn numbers(config: &ModelConfig) -> u64 {
    expected(config)
        .into_iter()
        .map(|(_, shape)| shape.iter().fold(1u64, |all, side| all.saturating_mul(*side as u64)))
        .fold(0, u64::saturating_add)
}

/// Whether the packed weights of `config` fit into what is `available`; where that is not known, they do.
pub fn fits_packed(config: &ModelConfig, compute: Compute, available: Option<u64>) -> bool {
    /// Of what there is, the part that weights may take: passes take some, too.
    const SHARE: u64 = 2;
    let bytes = packed_weights(config, compute);
    available.is_none_or(|available| bytes < available / SHARE)
}

/// Why a network whose file stores `stored` bytes of weights cannot be loaded into what is `available`, and what could be;
/// nothing where it can.
pub fn refusal(config: &ModelConfig, stored: u64, available: u64) -> Option<String> {
    /// Bytes of 32 numbers in the formats of files that are smaller.
    const SMALLER: [(&str, u64); 2] = [("Q8_0", 34), ("Q4_K", 18)];
    if stored <= available {
        return None;
    }
    let numbers = numbers(config);
    let mut mends = Vec::new();
    // Experts run as their file stores them, and are read from safetensors alone.
    let dense = config.routing.is_none();
    if dense && fits_packed(config, Compute::Q8_0, Some(available)) {
        mends.push(format!("--compute q8_0 ({})", shown(packed_weights(config, Compute::Q8_0))));
    }
    let smaller = SMALLER.map(|(format, bytes)| (format, numbers.saturating_mul(bytes) / 32));
    let smaller = smaller.into_iter().filter(|(_, bytes)| dense && *bytes <= available.min(stored));
    mends
        .extend(smaller.map(|(format, bytes)| format!("a {format} file of it ({})", shown(bytes))));
    if mends.is_empty() {
        mends.push("a smaller model, or a machine with more memory".to_owned());
    }
    Some(format!(
        "its weights take {} of memory as they are stored, and {} are free; use {}",
        shown(stored),
        shown(available),
        mends.join(", or ")
    ))
}

/// Bytes of all weights, packed for products in `compute`.
pub fn packed_weights(config: &ModelConfig, compute: Compute) -> u64 {
    let numbers = numbers(config);
    match compute {
        Compute::F32 => numbers.saturating_mul(size_of::<f32>() as u64),
        // A scale of 4 bytes for 32 numbers.
        Compute::Q8_0 => numbers.saturating_add(numbers / 8),
    }
}

/// Bytes of what the layers of a pass over `positions` leave to later ones: keys, values, and what attention and feed-forward
/// add (`FeatureRefresh`).
pub fn features(config: &ModelConfig, positions: usize) -> u64 {
    let numbers = 2 * (config.kv_heads * config.head_dim + config.hidden_size);
    (positions as u64).saturating_mul((config.layers * numbers * size_of::<f32>()) as u64)
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
    fn what_does_not_fit_is_refused_with_what_would() {
        // LLaDA's shape, 8 B.
        let mut config = ModelConfig::for_training(4096, 32, 32, 126_464).unwrap();
        (config.intermediate_size, config.tied_head) = (12_288, false);
        config.draft_head = None;
        let (stored, gb) = (2 * numbers(&config), 1_000_000_000);
        assert_eq!(stored / gb, 16);
        assert_eq!(refusal(&config, stored, 24 * gb), None);
        let refused = |available| refusal(&config, stored, available).unwrap();
        let both = "16.0 GB of memory as they are stored, and 10.0 GB are free; use a Q8_0 file of it (8.5 GB), or a \
                    Q4_K file of it (4.5 GB)";
        assert!(refused(10 * gb).contains(both), "{}", refused(10 * gb));
        assert!(refused(2 * gb).contains("use a smaller model"));
        // In f32 it would take 32 GB, and packed in 8 bits 9.
        let in_f32 = refusal(&config, 2 * stored, 20 * gb).unwrap();
        assert!(in_f32.contains("use --compute q8_0 (9.0 GB), or a Q8_0 file"), "{in_f32}");
    }

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
