//! The feed-forward part of a layer.

use candle_core::Tensor;

use super::linear::{Linear, Stacked};
use super::ops::swiglu;
use super::products::Products;
use super::weights::Weights;
use remask_base::Result;

/// SwiGLU (arXiv 2002.05202), (.., K) to (.., N) through an inner width F.
pub(super) struct Mlp {
    /// Gate and up side by side: (2F, K).
    gate_up: Stacked,
    /// (N, F)
    down: Linear,
}

/// Widths of an [`Mlp`].
#[derive(Clone, Copy)]
pub(super) struct MlpShape {
    pub input: usize,
    pub inner: usize,
    pub output: usize,
}

impl Mlp {
    /// The names of the tensors begin with `prefix`, its dot included.
    pub fn load(
        weights: &dyn Weights,
        prefix: &str,
        shape: MlpShape,
        products: Products,
    ) -> Result<Self> {
        let MlpShape { input, inner, output } = shape;
        let get = |name: &str, rows, columns| {
            weights.matrix(&format!("{prefix}{name}.weight"), rows, columns)
        };
        let gate_up =
            vec![(get("gate_proj", inner, input)?, None), (get("up_proj", inner, input)?, None)];
        Ok(Self {
            gate_up: Stacked::new(gate_up, products)?,
            down: Linear::new(get("down_proj", output, inner)?, None, products)?,
        })
    }

    /// The products that it is made of.
    pub fn products(&self) -> impl Iterator<Item = &Linear> {
        self.gate_up.products().iter().chain([&self.down])
    }

    /// `x` is (.., K).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down.forward(&swiglu(&self.gate_up.forward(x)?)?)
    }
}
