//! The network of a checkpoint as it runs: packed where there is memory for it, or else as its file stores it.

use candle_core::Tensor;

use super::backbone::WeightStats;
use super::cache::KvCache;
use super::compute::Compute;
use super::config::ModelConfig;
use super::device;
use super::features::{FeatureRefresh, Refreshed};
use super::memory_needs::fits_packed;
use super::ops::into_vec;
use super::packed::{Asked, PackedCache, PackedFeatures, PackedTransformer, Passed, Workspace};
use super::products::Products;
use super::transformer::{StoredFeatures, Transformer};
use super::weights::Weights;
use remask_base::cancel::Cancel;
use remask_base::runtime::Threads;
use remask_base::{Error, Result, memory};

/// A network without gradients.
pub(super) enum Network {
    /// With matrices that are packed for products.
    Packed(Box<PackedTransformer>),
    /// With matrices as their file stores them.
    Stored(Box<Transformer>),
}

/// Keys and values of what it read.
pub(super) enum NetworkCache {
    Packed(PackedCache),
    Stored(KvCache),
}

/// What its layers made of the positions of a canvas.
pub(super) enum NetworkFeatures {
    Packed(PackedFeatures),
    Stored(StoredFeatures),
}

impl NetworkCache {
    /// Forgets all but the first `length` positions.
    pub fn truncate(&mut self, length: usize) {
        match self {
            Self::Packed(cache) => cache.truncate(length),
            Self::Stored(cache) => cache.truncate(length),
        }
    }

    /// How many positions it could hold.
    pub fn room(&self) -> usize {
        match self {
            Self::Packed(cache) => cache.room(),
            Self::Stored(cache) => cache.room(),
        }
    }

    /// Makes room for `room` positions, where there is less.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn make_room(&mut self, room: usize) -> Result<()> {
        match self {
            Self::Packed(cache) => cache.make_room(room),
            Self::Stored(cache) if room > cache.room() => *cache = cache.with_room(room)?,
            Self::Stored(_) => {}
        }
        Ok(())
    }
}

impl Network {
    /// Whether the matrices of `config` are packed, with as much memory as is `available`. Of experts most go unused in a
    /// pass: they are not worth it.
    pub fn packs(config: &ModelConfig, compute: Compute, available: Option<u64>) -> bool {
        config.routing.is_none() && fits_packed(config, compute, available)
    }

    /// The network of `config`, for products in `compute`.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape, or the weights are where no pass runs.
    pub fn load(config: &ModelConfig, weights: &dyn Weights, compute: Compute) -> Result<Self> {
        device::check(weights.device())?;
        Ok(if Self::packs(config, compute, memory::available()) {
            Self::Packed(Box::new(PackedTransformer::load(config, weights, compute)?))
        } else {
            Self::Stored(Box::new(Transformer::load_kept(config, weights, Products::AS_STORED)?))
        })
    }

    /// An empty cache.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn cache(&self, room: usize) -> Result<NetworkCache> {
        Ok(match self {
            Self::Packed(network) => NetworkCache::Packed(network.cache()),
            Self::Stored(network) => NetworkCache::Stored(network.cache(room)?),
        })
    }

    /// What its passes write in; nothing where they make all of it anew.
    pub fn workspace(&self, threads: &Threads) -> Option<Workspace> {
        match self {
            Self::Packed(network) => Some(network.workspace(threads)),
            Self::Stored(_) => None,
        }
    }

    /// The weights of every product of a pass.
    pub fn weight_stats(&self) -> WeightStats {
        match self {
            Self::Packed(network) => network.weight_stats(),
            Self::Stored(network) => network.weight_stats(),
        }
    }

    /// One pass behind what `cache` holds, or, without one, behind nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], which leaves the cache as it was; or what the network says.
    pub fn pass(
        &self,
        asked: &Asked<'_>,
        cache: Option<&mut NetworkCache>,
        workspace: &mut Option<Workspace>,
        threads: &Threads,
    ) -> Result<Passed> {
        match (self, cache, workspace) {
            (Self::Packed(network), Some(NetworkCache::Packed(cache)), Some(workspace)) => {
                network.pass(asked, Some(cache), workspace, threads)
            }
            (Self::Packed(network), None, Some(workspace)) => {
                network.pass(asked, None, workspace, threads)
            }
            (Self::Stored(network), Some(NetworkCache::Stored(cache)), _) => {
                threads.run(|| stored_pass(network, asked, Some(cache)))
            }
            (Self::Stored(network), None, _) => threads.run(|| stored_pass(network, asked, None)),
            _ => Err(Error::Internal("a cache of another kind of network".into())),
        }
    }

    /// Room for the features of a canvas of `length` positions.
    pub fn features(&self, length: usize) -> NetworkFeatures {
        match self {
            Self::Packed(network) => NetworkFeatures::Packed(network.features(length)),
            Self::Stored(network) => NetworkFeatures::Stored(network.features()),
        }
    }

    /// Logits of `rows` (R, V) of `ids` (T), which all see each other, where layers compute what `refresh` says.
    ///
    /// # Errors
    /// [`Error::Cancelled`], where `features` are of two passes; or what the network says.
    pub fn refresh(
        &self,
        (ids, rows): (&[u32], &[u32]),
        refresh: FeatureRefresh,
        features: &mut NetworkFeatures,
        (workspace, threads): (&mut Option<Workspace>, &Threads),
        cancel: &Cancel,
    ) -> Result<(Vec<f32>, Refreshed)> {
        match (self, features, workspace) {
            (Self::Packed(network), NetworkFeatures::Packed(features), Some(workspace)) => {
                network.refresh((ids, rows), refresh, features, (workspace, threads), cancel)
            }
            (Self::Stored(network), NetworkFeatures::Stored(features), _) => threads.run(|| {
                let ids = Tensor::from_slice(ids, (1, ids.len()), network.device())?;
                let (hidden, refreshed) = network.refresh(&ids, refresh, features, cancel)?;
                Ok((into_vec(network.logits(&hidden, rows)?)?, refreshed))
            }),
            _ => Err(Error::Internal("features of another kind of network".into())),
        }
    }

    /// Logits (R, V) of drafts: see [`Transformer::draft_logits`], with hidden states as numbers (R, D).
    ///
    /// # Errors
    /// When there is no draft head.
    pub fn draft(
        &self,
        hidden: &[f32],
        previous: &[u32],
        workspace: &mut Option<Workspace>,
        threads: &Threads,
    ) -> Result<Vec<f32>> {
        match (self, workspace) {
            (Self::Packed(network), Some(workspace)) => {
                network.draft(hidden, previous, workspace, threads)
            }
            (Self::Packed(_), None) => {
                Err(Error::Internal("a packed network without a workspace".into()))
            }
            (Self::Stored(network), _) => threads.run(|| {
                let rows = previous.len() / super::draft_head::PREVIOUS;
                let hidden = Tensor::from_slice(hidden, (1, rows, ()), network.device())?;
                let rows: Vec<u32> = (0..rows as u32).collect();
                Ok(into_vec(network.draft_logits(&hidden, &rows, previous)?)?)
            }),
        }
    }

    /// Whether there is a draft head.
    pub fn drafts(&self) -> bool {
        match self {
            Self::Packed(network) => network.drafts(),
            Self::Stored(network) => network.drafts(),
        }
    }
}

fn stored_pass(
    network: &Transformer,
    asked: &Asked<'_>,
    cache: Option<&mut KvCache>,
) -> Result<Passed> {
    let Asked { layout, keep, cancel, .. } = *asked;
    let ids = Tensor::from_slice(asked.ids, (1, asked.ids.len()), network.device())?;
    let all = match cache {
        Some(cache) => network.extend(&ids, layout, keep, cache, cancel)?,
        None => network.hidden(&ids, layout, cancel)?,
    };
    let logits = match asked.logits {
        [] => Vec::new(),
        rows => into_vec(network.logits(&all, rows)?)?,
    };
    let hidden = match asked.hidden {
        [] => Vec::new(),
        rows => {
            let rows = Tensor::new(rows, network.device())?;
            into_vec(all.flatten_to(1)?.index_select(&rows, 0)?)?
        }
    };
    Ok(Passed { logits, hidden })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checkpoint;

    #[test]
    fn what_does_not_fit_stays_as_it_is_stored() {
        let config = Checkpoint::bundled().unwrap().config;
        for (compute, megabytes, expected) in [
            (Compute::F32, 24, false),
            (Compute::F32, 48, true),
            (Compute::Q8_0, 8, false),
            (Compute::Q8_0, 12, true),
        ] {
            assert_eq!(
                Network::packs(&config, compute, Some(megabytes << 20)),
                expected,
                "{megabytes} MB"
            );
        }
        assert!(Network::packs(&config, Compute::F32, None));
    }
}
