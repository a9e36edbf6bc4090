//! What is learned: named matrices and vectors that carry gradients.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};

use crate::diffusion::rng::{Purpose, Stream};
use crate::model::transformer::Transformer;
use crate::model::weights::Weights;
use crate::model::{ModelConfig, draft_head};
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

    /// Those of `weights`, of a model of `from`; what only `config` has begins fresh.
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
            if new_head && name.starts_with(draft_head::PREFIX) {
                fresh(seed, index, name, shape)
            } else {
                weights.tensor(name, shape)
            }
        })
    }

    /// Asks `give` for every tensor that a model of `config` loads.
    fn collect(
        config: &ModelConfig,
        give: impl Fn(usize, &str, &[usize]) -> Result<Tensor>,
    ) -> Result<Self> {
        let asked = Asked::default();
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
}

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
        let mut dice = Stream::new(seed, 0, Purpose::Training, index + 1);
        (0..count).map(|_| (dice.normal() * deviation) as f32).collect()
    };
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Writes down which tensors a model asks for.
#[derive(Default)]
struct Asked(std::cell::RefCell<Vec<(String, Vec<usize>)>>);

impl Weights for Asked {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.0.borrow_mut().push((name.to_owned(), shape.to_vec()));
        Ok(Tensor::zeros(shape, DType::F32, &Device::Cpu)?)
    }
}
