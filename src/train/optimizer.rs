//! Muon for matrices, Adam for the embedding and the norms.
//!
//! Muon (Keller Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"):
//! momentum whose update is made orthogonal by Newton-Schulz steps; its matrices lose weight as in Moonlight
//! (arXiv 2502.16982). Adam: arXiv 1412.6980, without decay, which embedding and norms do not have.

use std::collections::BTreeMap;

use candle_core::{D, Tensor, Var};

use super::parameters::Parameters;
use crate::model::ops::{Precision, bf16_linear};
use crate::runtime::Workers;
use crate::{Error, Result};

/// The gradients of a shard's loss, by parameter.
pub(super) type Gradients = BTreeMap<String, Tensor>;

const MUON_RATE: f64 = 0.02;
const MUON_MOMENTUM: f64 = 0.95;
const NEWTON_SCHULZ_STEPS: usize = 5;
const ADAM_RATE: f64 = 3e-3;
const ADAM_BETAS: (f64, f64) = (0.9, 0.97);
const ADAM_EPS: f64 = 1e-8;
/// Gradients longer than this are shortened to it.
const CLIP: f64 = 1.0;

/// The moments of every parameter, by its name behind `first.` or `second.`.
pub struct Optimizer {
    moments: BTreeMap<String, Tensor>,
    weight_decay: f64,
    precision: Precision,
}

impl Optimizer {
    /// Begins without moments. `weight_decay` is the share of itself that a matrix loses in a step at a rate
    /// of 1; Muon's products are made in `precision`.
    pub fn new(weight_decay: f64, precision: Precision) -> Self {
        Self { moments: BTreeMap::new(), weight_decay, precision }
    }

    /// Goes on with moments that were kept.
    #[must_use]
    pub fn with_moments(self, moments: BTreeMap<String, Tensor>) -> Self {
        Self { moments, ..self }
    }

    /// What must be kept to go on.
    pub fn moments(&self) -> &BTreeMap<String, Tensor> {
        &self.moments
    }

    /// Moves `parameters` against the sum of `gradients`, one of each shard. `rate` scales both
    /// optimizers' rates; `step` counts from 1. What no loss of the step hangs on stays as it is. Returns
    /// the length of the gradient before clipping.
    ///
    /// # Errors
    /// When a gradient is not finite, or what the tensor library says.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &[Gradients],
        rate: f64,
        step: usize,
        workers: &Workers,
    ) -> Result<f64> {
        let named: Vec<(&str, &Var)> = parameters.iter().collect();
        let sums = workers.map(&named, |(name, variable)| {
            let Some(sum) = sum(name, gradients)? else { return Ok(None) };
            let square = f64::from(sum.sqr()?.sum_all()?.to_scalar::<f32>()?);
            Ok(Some((*name, *variable, sum, square)))
        })?;
        let moved: Vec<_> = sums.into_iter().flatten().collect();
        let length = moved.iter().map(|(.., square)| square).sum::<f64>().sqrt();
        if !length.is_finite() {
            return Err(Error::NotFinite(
                "the gradient is not finite any more; lower --rate".into(),
            ));
        }
        let shrink = if length > CLIP { CLIP / length } else { 1.0 };
        let moments = workers.map(&moved, |(name, variable, gradient, _)| {
            let mut moments = Moments { of: name, old: &self.moments, new: Vec::new() };
            let gradient = (gradient * shrink)?;
            let embeds = *name == "model.embed_tokens.weight" || *name == "lm_head.weight";
            let mut old = variable.as_tensor().detach();
            let change = if gradient.rank() == 2 && !embeds {
                old = (old * (1.0 - MUON_RATE * rate * self.weight_decay))?;
                (muon(&mut moments, &gradient, self.precision)? * (MUON_RATE * rate))?
            } else {
                (adam(&mut moments, &gradient, step)? * (ADAM_RATE * rate))?
            };
            variable.set(&(old - change)?)?;
            Ok(moments.new)
        })?;
        self.moments.extend(moments.into_iter().flatten());
        Ok(length)
    }
}

/// The gradient of a parameter over all shards, added up in their order; nothing where there is none.
fn sum(name: &str, gradients: &[Gradients]) -> Result<Option<Tensor>> {
    let mut parts = gradients.iter().filter_map(|shard| shard.get(name));
    let Some(first) = parts.next() else { return Ok(None) };
    let sum = parts.try_fold(first.detach(), |sum, part| Ok::<_, Error>((sum + part.detach())?))?;
    Ok(Some(sum))
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

fn muon(moments: &mut Moments<'_>, gradient: &Tensor, precision: Precision) -> Result<Tensor> {
    let momentum = moments.next("first", MUON_MOMENTUM, gradient, 1.0)?;
    let ahead = (gradient + (momentum * MUON_MOMENTUM)?)?;
    let (rows, columns) = ahead.dims2()?;
    let scale = (rows as f64 / columns as f64).max(1.0).sqrt();
    Ok((orthogonal(&ahead, precision)? * scale)?)
}

fn adam(moments: &mut Moments<'_>, gradient: &Tensor, step: usize) -> Result<Tensor> {
    let (b1, b2) = ADAM_BETAS;
    let first = moments.next("first", b1, gradient, 1.0 - b1)?;
    let second = moments.next("second", b2, &gradient.sqr()?, 1.0 - b2)?;
    let first = (first / (1.0 - b1.powi(step as i32)))?;
    let second = (second / (1.0 - b2.powi(step as i32)))?;
    Ok((first / (second.sqrt()? + ADAM_EPS)?)?)
}

/// The nearest matrix with orthonormal rows or columns, roughly: singular values end between 0.7
/// and 1.2. Quintic Newton-Schulz with the coefficients of the Muon paper.
fn orthogonal(matrix: &Tensor, precision: Precision) -> Result<Tensor> {
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
        let gram = product_with_transpose(&x, &x, precision)?;
        // The gram matrix is its own transpose.
        let curve = ((&gram * b)? + (product_with_transpose(&gram, &gram, precision)? * c)?)?;
        let turned = product_with_transpose(&curve, &x.t()?.contiguous()?, precision)?;
        x = ((&x * a)? + turned)?;
    }
    Ok(if tall { x.transpose(D::Minus2, D::Minus1)?.contiguous()? } else { x })
}

/// `a` (M, K) times the transpose of `b` (N, K).
fn product_with_transpose(a: &Tensor, b: &Tensor, precision: Precision) -> Result<Tensor> {
    match precision {
        Precision::F32 => Ok(a.matmul(&b.t()?)?),
        Precision::Bf16 => Ok(bf16_linear(a, b)?),
    }
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
            let x = orthogonal(&matrix, Precision::fastest()).unwrap();
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
