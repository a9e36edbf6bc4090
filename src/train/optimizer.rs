//! Muon for matrices, AdamW for the embedding and the norms.
//!
//! Muon (Keller Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"):
//! momentum whose update is made orthogonal by Newton-Schulz steps. AdamW: arXiv 1711.05101.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{D, Tensor, Var};

use super::parameters::Parameters;
use super::workers::Workers;
use crate::{Error, Result};

const MUON_RATE: f64 = 0.02;
const MUON_MOMENTUM: f64 = 0.95;
const NEWTON_SCHULZ_STEPS: usize = 5;
const ADAM_RATE: f64 = 3e-3;
const ADAM_BETAS: (f64, f64) = (0.9, 0.97);
const ADAM_EPS: f64 = 1e-8;
/// Gradients longer than this are shortened to it.
const CLIP: f64 = 1.0;

/// The moments of every parameter, by its name behind `first.` or `second.`.
#[derive(Default)]
pub struct Optimizer {
    moments: BTreeMap<String, Tensor>,
}

impl Optimizer {
    /// Goes on with moments that were kept.
    pub fn with_moments(moments: BTreeMap<String, Tensor>) -> Self {
        Self { moments }
    }

    /// What must be kept to go on.
    pub fn moments(&self) -> &BTreeMap<String, Tensor> {
        &self.moments
    }

    /// Moves `parameters` against the sum of `gradients`, one of each shard. `rate` scales both
    /// optimizers' rates; `step` counts from 1. Returns the length of the gradient before clipping.
    ///
    /// # Errors
    /// When a gradient is missing or not finite, or what the tensor library says.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &[GradStore],
        rate: f64,
        step: usize,
        workers: &Workers,
    ) -> Result<f64> {
        let named: Vec<(&str, &Var)> = parameters.iter().collect();
        let sums = workers.map(&named, |(name, variable)| {
            let sum = sum(name, variable, gradients)?;
            let square = f64::from(sum.sqr()?.sum_all()?.to_scalar::<f32>()?);
            Ok((sum, square))
        })?;
        let length = sums.iter().map(|(_, square)| square).sum::<f64>().sqrt();
        if !length.is_finite() {
            return Err(Error::invalid("the gradient is not finite any more; lower --rate"));
        }
        let shrink = if length > CLIP { CLIP / length } else { 1.0 };
        let pairs: Vec<_> = named.into_iter().zip(sums).collect();
        let moments = workers.map(&pairs, |((name, variable), (gradient, _))| {
            let mut moments = Moments { of: name, old: &self.moments, new: Vec::new() };
            let gradient = (gradient * shrink)?;
            let embeds = *name == "model.embed_tokens.weight" || *name == "lm_head.weight";
            let change = if gradient.rank() == 2 && !embeds {
                (muon(&mut moments, &gradient)? * (MUON_RATE * rate))?
            } else {
                (adam(&mut moments, &gradient, step)? * (ADAM_RATE * rate))?
            };
            variable.set(&(variable.as_tensor().detach() - change)?)?;
            Ok(moments.new)
        })?;
        self.moments.extend(moments.into_iter().flatten());
        Ok(length)
    }
}

/// The gradient of `variable` over all shards, added up in their order.
fn sum(name: &str, variable: &Var, gradients: &[GradStore]) -> Result<Tensor> {
    let mut parts = gradients.iter().filter_map(|store| store.get(variable));
    let first = parts.next().ok_or_else(|| missing(name))?.detach();
    parts.try_fold(first, |sum, part| Ok((sum + part.detach())?))
}

/// The moments of one parameter: those of the last step, and those of this one.
struct Moments<'a> {
    of: &'a str,
    old: &'a BTreeMap<String, Tensor>,
    new: Vec<(String, Tensor)>,
}

impl Moments<'_> {
    /// `keep` of the moment called `kind`, and `gain` of `news`.
    fn next(&mut self, kind: &str, keep: f64, news: &Tensor, gain: f64) -> Result<Tensor> {
        let key = format!("{kind}.{}", self.of);
        let news = (news * gain)?;
        let next = match self.old.get(&key) {
            Some(old) => ((old * keep)? + news)?,
            None => news,
        };
        self.new.push((key, next.clone()));
        Ok(next)
    }
}

fn muon(moments: &mut Moments<'_>, gradient: &Tensor) -> Result<Tensor> {
    let momentum = moments.next("first", MUON_MOMENTUM, gradient, 1.0)?;
    let ahead = (gradient + (momentum * MUON_MOMENTUM)?)?;
    let (rows, columns) = ahead.dims2()?;
    let scale = (rows as f64 / columns as f64).max(1.0).sqrt();
    Ok((orthogonal(&ahead)? * scale)?)
}

fn adam(moments: &mut Moments<'_>, gradient: &Tensor, step: usize) -> Result<Tensor> {
    let (b1, b2) = ADAM_BETAS;
    let first = moments.next("first", b1, gradient, 1.0 - b1)?;
    let second = moments.next("second", b2, &gradient.sqr()?, 1.0 - b2)?;
    let first = (first / (1.0 - b1.powi(step as i32)))?;
    let second = (second / (1.0 - b2.powi(step as i32)))?;
    Ok((first / (second.sqrt()? + ADAM_EPS)?)?)
}

fn missing(name: &str) -> Error {
    Error::invalid(format!("the loss does not depend on {name}"))
}

/// The nearest matrix with orthonormal rows or columns, roughly: singular values end between 0.7
/// and 1.2. Quintic Newton-Schulz with the coefficients of the Muon paper.
fn orthogonal(matrix: &Tensor) -> Result<Tensor> {
    const COEFFICIENTS: (f64, f64, f64) = (3.4445, -4.7750, 2.0315);
    let (rows, columns) = matrix.dims2()?;
    let tall = rows > columns;
    let length = matrix.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>()?;
    let mut x = (matrix / (f64::from(length) + 1e-7))?;
    if tall {
        x = x.t()?.contiguous()?;
    }
    let (a, b, c) = COEFFICIENTS;
    for _ in 0..NEWTON_SCHULZ_STEPS {
        let gram = x.matmul(&x.t()?)?;
        let curve = ((&gram * b)? + (gram.matmul(&gram)? * c)?)?;
        x = ((&x * a)? + curve.matmul(&x)?)?;
    }
    Ok(if tall { x.transpose(D::Minus2, D::Minus1)?.contiguous()? } else { x })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn orthogonal_evens_singular_values_out() {
        for (rows, columns) in [(12, 30), (30, 12), (16, 16)] {
            let values: Vec<f32> =
                (0..rows * columns).map(|i| ((i * 37 % 101) as f32).sin()).collect();
            let matrix = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
            let x = orthogonal(&matrix).unwrap();
            assert_eq!(x.dims(), [rows, columns]);
            let small = if rows > columns { x.t().unwrap() } else { x };
            let gram = small.matmul(&small.t().unwrap()).unwrap();
            let gram: Vec<Vec<f32>> = gram.to_vec2().unwrap();
            let trace: f32 = gram.iter().enumerate().map(|(i, row)| row[i]).sum();
            let mean = trace / gram.len() as f32;
            assert!((0.4..1.5).contains(&mean), "mean squared singular value {mean}");
        }
    }
}
