//! How a checkpoint becomes a model that can be asked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::LanguageModel;
use crate::backbone::Vocabulary;
use crate::checkpoint::Checkpoint;
use crate::compute::Compute;
use crate::config::ModelConfig;
use crate::load_watch::{LoadWatch, WatchedWeights};
use crate::memory_needs;
use crate::network::Network;
use crate::tensors::expected;
use crate::weights::StoredWeights;
use remask_base::runtime::Threads;
use remask_base::{Error, Result, memory};

impl LanguageModel {
    /// The model inside the binary that is opened where none is named.
    ///
    /// # Errors
    /// Only when the binary was built with broken assets.
    pub fn bundled(threads: Threads) -> Result<Self> {
        Self::read(Checkpoint::bundled()?, threads, Compute::default(), &LoadWatch::default())
    }

    /// What [`Checkpoint::open`] finds at `path`.
    ///
    /// # Errors
    /// As [`Checkpoint::open`], or when a tensor is missing or of another shape.
    pub fn open(path: &Path, threads: Threads) -> Result<Self> {
        Self::read(Checkpoint::open(path)?, threads, Compute::default(), &LoadWatch::default())
    }

    /// As [`LanguageModel::open`], for somebody who watches it being read.
    ///
    /// # Errors
    /// As [`LanguageModel::read`].
    pub fn open_watched(path: &Path, threads: Threads, watch: &LoadWatch) -> Result<Self> {
        Self::read(Checkpoint::open(path)?, threads, Compute::default(), watch)
    }

    /// The network of `checkpoint`, whose passes compute in `compute`, for somebody who watches it being read.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape; [`Error::Cancelled`] where it was called off.
    pub fn read(
        checkpoint: Checkpoint,
        threads: Threads,
        compute: Compute,
        watch: &LoadWatch,
    ) -> Result<Self> {
        checkpoint.check()?;
        let Checkpoint { name, config, tokenizer, chat_template, weights, files } = checkpoint;
        check_weights(&name, &config, compute, &*weights)?;
        let watched = WatchedWeights::new(&name, &*weights, watch);
        let network = Arc::new(Network::load(&config, &watched, compute)?);
        let whole = |file: &PathBuf| file.canonicalize().map_err(Error::file(file));
        let files = files.iter().map(whole).collect::<Result<_>>()?;
        let drawable = tokenizer.len().min(config.vocab_size);
        let vocabulary = Vocabulary {
            size: config.vocab_size,
            drawable,
            mask: config.mask_id.unwrap_or(u32::MAX),
            eos: config.eos_ids.clone(),
            turn_ends: tokenizer.turn_ends(),
            stops: Vec::new(),
            special: (0..drawable as u32).filter(|id| tokenizer.is_special(*id)).collect(),
        };
        Ok(Self {
            name,
            files,
            config,
            tokenizer: Arc::new(tokenizer),
            chat_template: chat_template.map(Arc::new),
            vocabulary,
            workspace: Mutex::new(network.workspace(&threads)),
            network,
            threads,
            read: None,
            kept: None,
            features: None,
            masks: Vec::new(),
            positions_read: 0,
        })
    }
}

/// Refuses weights that the machine has no memory for, before anything of them is read.
fn check_weights(
    name: &str,
    config: &ModelConfig,
    compute: Compute,
    weights: &dyn StoredWeights,
) -> Result<()> {
    let available = memory::available();
    let Some(free) = available.filter(|_| !Network::packs(config, compute, available)) else {
        return Ok(());
    };
    let stored = expected(config).iter().map(|(name, _)| weights.bytes(name)).sum();
    match memory_needs::refusal(config, stored, free) {
        None => Ok(()),
        Some(reason) => Err(Error::Model { name: name.to_owned(), reason }),
    }
}
