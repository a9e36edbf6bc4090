//! What is learned: named matrices and vectors that carry gradients.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};

use crate::model::transformer::Transformer;
use crate::model::weights::Weights;
use crate::model::{ModelConfig, draft_head};
use crate::rng::{Purpose, Stream};
use crate::{Error, Result};

/// Parameters by name, in a fixed order.
pub struct Parameters(BTreeMap<String, Var>);

impl Parameters {
    /// Fresh ones: normal with deviation 1/sqrt(columns) for matrices, 0.02 for the embedding, ones
    /// for norms; the projections back into the residual stream begin at zero.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn fresh(config: &ModelConfig, seed: u64) -> Result<Self> {
        Self::collect(config, |index, name, shape| fresh(seed, index, name, shape))
    }

    /// Those of `weights`.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn from_weights(config: &ModelConfig, weights: &dyn Weights) -> Result<Self> {
        Self::collect(config, |_, name, shape| weights.tensor(name, shape))
    }

    /// Those of `weights`, of a model of `from`; what only `config` has begins fresh: a draft head, and layers
    /// among the old ones, which change nothing at first (block expansion, LLaMA Pro, arXiv 2401.02415).
    ///
    /// # Errors
    /// As [`Parameters::from_weights`].
    pub fn continued(
        from: &ModelConfig,
        config: &ModelConfig,
        weights: &dyn Weights,
        seed: u64,
    ) -> Result<Self> {
        let new_head = from.draft_head.is_none();
        Self::collect(config, |index, name, shape| {
            let head = name.starts_with(draft_head::PREFIX);
            match old_name(name, from.layers, config.layers) {
                Some(old) if !(new_head && head) => weights.tensor(&old, shape),
                _ => fresh(seed, index, name, shape),
            }
        })
    }

    /// Asks `give` for every tensor that a model of `config` loads.
    fn collect(
        config: &ModelConfig,
        give: impl Fn(usize, &str, &[usize]) -> Result<Tensor>,
    ) -> Result<Self> {
        let asked = RequestedTensors::default();
        Transformer::load(config, &asked)?;
        let mut variables = BTreeMap::new();
        for (index, (name, shape)) in asked.0.into_inner().into_iter().enumerate() {
            let tensor = give(index, &name, &shape)?;
            variables.insert(name, Var::from_tensor(&tensor)?);
        }
        Ok(Self(variables))
    }

    /// Names and variables, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.0.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// How many numbers they are.
    pub fn count(&self) -> usize {
        self.0.values().map(|variable| variable.elem_count()).sum()
    }
}

impl Weights for Parameters {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        match self.0.get(name) {
            Some(variable) if variable.dims() == shape => Ok(variable.as_tensor().clone()),
            _ => Err(Error::invalid(format!("no parameter {name} of shape {shape:?}"))),
        }
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}

/// What the tensor `name` of a model of `now` layers was called in one of `before`; nothing for one of a new
/// layer. New layers stand evenly among the old.
fn old_name(name: &str, before: usize, now: usize) -> Option<String> {
    let Some((layer, rest)) = name.strip_prefix(LAYERS).and_then(|rest| rest.split_once('.'))
    else {
        return Some(name.to_owned());
    };
    let layer: usize = layer.parse().ok()?;
    let (old, next) = (layer * before / now, (layer + 1) * before / now);
    (next > old).then(|| format!("{LAYERS}{old}.{rest}"))
}

/// What the names of the tensors in layers begin with.
const LAYERS: &str = "model.layers.";

/// The beginning of the `index`-th tensor.
fn fresh(seed: u64, index: usize, name: &str, shape: &[usize]) -> Result<Tensor> {
    let count: usize = shape.iter().product();
    let into_stream = name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
    let values = if shape.len() == 1 {
        vec![1.0; count]
    } else if into_stream {
        vec![0.0; count]
    } else {
        let columns = shape.last().copied().unwrap_or(1) as f64;
        let embeds = name == "model.embed_tokens.weight";
        let deviation = if embeds { 0.02 } else { 1.0 / columns.sqrt() };
        let mut rng = Stream::new(seed, 0, Purpose::Training, index + 1);
        (0..count).map(|_| (rng.normal() * deviation) as f32).collect()
    };
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Writes down which tensors a model asks for.
#[derive(Default)]
struct RequestedTensors(std::cell::RefCell<Vec<(String, Vec<usize>)>>);

impl Weights for RequestedTensors {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.0.borrow_mut().push((name.to_owned(), shape.to_vec()));
        Ok(Tensor::zeros(shape, DType::F32, &Device::Cpu)?)
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tensors;

    #[test]
    fn new_layers_stand_evenly_among_the_old() {
        let old = |before, now| -> Vec<Option<String>> {
            let name = |layer| format!("model.layers.{layer}.mlp.up_proj.weight");
            (0..now).map(|layer| old_name(&name(layer), before, now)).collect()
        };
        let layers = |before, now| -> Vec<Option<usize>> {
            let number = |name: String| name.split('.').nth(2).unwrap().parse().unwrap();
            old(before, now).into_iter().map(|name| name.map(number)).collect()
        };
        assert_eq!(layers(3, 3), [Some(0), Some(1), Some(2)]);
        assert_eq!(layers(2, 4), [None, Some(0), None, Some(1)]);
        let eight = layers(6, 8);
        assert_eq!(eight.iter().flatten().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(old_name("model.norm.weight", 6, 8).as_deref(), Some("model.norm.weight"));
    }

    #[test]
    fn what_is_expected_is_what_is_loaded() {
        let small = ModelConfig::for_training(16, 2, 2, 300).unwrap();
        for config in [
            small.clone(),
            ModelConfig { tied_head: false, qk_norm: false, draft_head: None, ..small.clone() },
            ModelConfig { qkv_bias: true, kv_heads: 1, ..small },
        ] {
            let mut expected = tensors::expected(&config);
            expected.sort();
            let loaded = Parameters::fresh(&config, 0).unwrap();
            let loaded: Vec<(String, Vec<usize>)> = loaded
                .iter()
                .map(|(name, variable)| (name.to_owned(), variable.dims().to_vec()))
                .collect();
            assert_eq!(loaded, expected);
        }
    }
}
