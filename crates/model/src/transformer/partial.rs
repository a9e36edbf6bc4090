//! Passes of which each layer computes some positions: see [`FeatureRefresh`].

use candle_core::Tensor;

use super::Transformer;
use crate::features::{FeatureRefresh, Refreshed};
use crate::layer::{LayerFeatures, PartialPass};
use remask_base::Result;
use remask_base::cancel::Cancel;

/// What every layer made of every position; nothing before the first pass.
pub(crate) type StoredFeatures = Vec<Option<LayerFeatures>>;

impl Transformer {
    /// Room for the features of a pass.
    pub(crate) fn features(&self) -> StoredFeatures {
        self.layers.iter().map(|_| None).collect()
    }

    /// Hidden states after the last norm (1, T, D) of `ids` (1, T), which all see each other.
    ///
    /// # Errors
    /// [`Error::Cancelled`](remask_base::Error::Cancelled), where `features` are of two passes; or what the tensor library
    /// says.
    pub(crate) fn refresh(
        &self,
        ids: &Tensor,
        refresh: FeatureRefresh,
        features: &mut StoredFeatures,
        cancel: &Cancel,
    ) -> Result<(Tensor, Refreshed)> {
        let positions: Vec<u32> = (0..ids.dim(1)? as u32).collect();
        let (cos, sin) = self.rotary.tables(&positions, &self.device)?;
        let mut x = self.embed(ids)?;
        let mut refreshed = Refreshed::default();
        for (place, (layer, features)) in self.layers.iter().zip(features).enumerate() {
            cancel.check()?;
            let pass = PartialPass { cos: &cos, sin: &sin, refresh, place };
            let (next, rows) = layer.update(&x, &pass, features)?;
            refreshed.add(rows);
            x = next;
        }
        Ok((self.final_norm.forward(&x)?, refreshed))
    }
}
