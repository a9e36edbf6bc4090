//! Who may look at whom.

use candle_core::{Device, Tensor};

use crate::Result;

/// The attention mask of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Every position sees every other: denoising.
    #[default]
    Bidirectional,
    /// A position sees itself and what stands before it: next-token prediction.
    Causal,
}

impl Attention {
    /// What is added to the attention scores: (T, T) of 0 and minus infinity, or nothing.
    pub(super) fn bias(self, length: usize) -> Result<Option<Tensor>> {
        match self {
            Self::Bidirectional => Ok(None),
            Self::Causal => {
                let bias: Vec<f32> = (0..length)
                    .flat_map(|query| {
                        (0..length).map(
                            move |key| {
                                if key <= query { 0.0 } else { f32::NEG_INFINITY }
                            },
                        )
                    })
                    .collect();
                Ok(Some(Tensor::from_vec(bias, (length, length), &Device::Cpu)?))
            }
        }
    }
}
