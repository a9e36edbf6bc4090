//! A whole checkpoint: configuration, tokenizer and transformer, from a folder or from the binary.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::attention::Attention;
use super::config::ModelConfig;
use super::denoiser::{Denoiser, Logits, Pass, Vocabulary};
use super::tokenizer::Tokenizer;
use super::transformer::Transformer;
use super::weights::{Safetensors, Weights};
use crate::cancel::Cancel;
use crate::{Error, Result};

/// The bundled checkpoint, so that the first run needs neither a file nor a network.
mod bundled {
    pub const NAME: &str = "stories-1.5M";
    pub const CONFIG: &[u8] = include_bytes!("../../assets/stories/config.json");
    pub const TOKENIZER: &[u8] = include_bytes!("../../assets/stories/tokenizer.json");
    pub const WEIGHTS: &[u8] = include_bytes!("../../assets/stories/model.safetensors");
}

/// What the names of the threads of a pass begin with.
pub const PASS_THREAD: &str = "remask-pass";

/// The threads that a forward pass runs on, a pool of its own.
#[derive(Clone)]
pub struct Threads(Arc<rayon::ThreadPool>);

impl Threads {
    /// `count` threads; the number of cores where it is `None`.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(count: Option<NonZeroUsize>) -> Result<Self> {
        const MOST: usize = 256;
        if let Some(count) = count.filter(|count| count.get() > MOST) {
            return Err(Error::invalid(format!("threads cannot be {count}; it takes 1 to {MOST}")));
        }
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        rayon::ThreadPoolBuilder::new()
            .num_threads(count.map_or_else(cores, NonZeroUsize::get))
            .thread_name(|index| format!("{PASS_THREAD}-{index}"))
            .build()
            .map(|pool| Self(Arc::new(pool)))
            .map_err(|e| Error::invalid(format!("cannot start the worker threads: {e}")))
    }

    /// Runs `work` on the pool and waits for it.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

/// A checkpoint that can be asked for predictions.
pub struct LanguageModel {
    name: String,
    config: ModelConfig,
    tokenizer: Arc<Tokenizer>,
    vocabulary: Vocabulary,
    transformer: Transformer,
    threads: Threads,
}

impl LanguageModel {
    /// The model inside the binary.
    ///
    /// # Errors
    /// Only when the binary was built with broken assets.
    pub fn bundled(threads: Threads) -> Result<Self> {
        let weights = Safetensors::bundled(bundled::WEIGHTS)?;
        Self::assemble(
            bundled::NAME.to_owned(),
            bundled::CONFIG,
            bundled::TOKENIZER,
            &weights,
            threads,
        )
    }

    /// A Hugging Face folder with `config.json`, `tokenizer.json` and `model.safetensors`.
    ///
    /// # Errors
    /// When a file is missing or does not say what it should.
    pub fn open(folder: &Path, threads: Threads) -> Result<Self> {
        let read = |file: &str| {
            let path = folder.join(file);
            std::fs::read(&path).map_err(Error::file(path))
        };
        let config = read("config.json")?;
        let tokenizer = read("tokenizer.json")?;
        let weights = Safetensors::open(&folder.join("model.safetensors"))?;
        let name = folder
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| folder.display().to_string());
        Self::assemble(name, &config, &tokenizer, &weights, threads)
    }

    fn assemble(
        name: String,
        config: &[u8],
        tokenizer: &[u8],
        weights: &dyn Weights,
        threads: Threads,
    ) -> Result<Self> {
        let config = ModelConfig::from_json(&name, config)?;
        let tokenizer = Tokenizer::from_json(&name, tokenizer)?;
        let transformer = Transformer::load(&config, weights)?;
        let drawable = tokenizer.len().min(config.vocab_size);
        let vocabulary = Vocabulary {
            size: config.vocab_size,
            drawable,
            mask: config.mask_id,
            eos: config.eos_ids.clone(),
            special: (0..drawable as u32).filter(|id| tokenizer.is_special(*id)).collect(),
        };
        Ok(Self { name, config, tokenizer: Arc::new(tokenizer), vocabulary, transformer, threads })
    }

    /// The folder's name, or that of the bundled model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `config.json` says.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The tokenizer, shared with whoever shows tokens.
    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    /// Runs `work` with the network, on the model's own threads.
    ///
    /// # Errors
    /// What `work` says.
    pub fn measure<T: Send>(
        &self,
        work: impl FnOnce(&Transformer) -> Result<T> + Send,
    ) -> Result<T> {
        self.threads.run(|| work(&self.transformer))
    }

    /// Raw logits of every position of `ids`, 1 x positions x vocabulary: row i is what the network
    /// says at position i, whatever it is that this row predicts.
    ///
    /// # Errors
    /// When `ids` do not fit the context or the vocabulary.
    pub fn raw_logits(&self, ids: &[u32], attention: Attention) -> Result<Logits> {
        let rows: Vec<u32> = (0..ids.len() as u32).collect();
        let pass = Pass { canvases: &[ids], positions: &[], attention, cancel: &Cancel::never() };
        self.threads.run(|| self.raw(&pass, &rows))
    }

    /// Raw logits: canvases x `rows` x vocabulary, row i being what the network says at position i,
    /// shifted or not.
    fn raw(&self, pass: &Pass<'_>, rows: &[u32]) -> Result<Logits> {
        let length = pass.canvases.first().map_or(0, |ids| ids.len());
        if length > self.config.max_positions {
            return Err(Error::invalid(format!(
                "{length} tokens do not fit the model's context of {}; use a shorter prompt or canvas",
                self.config.max_positions
            )));
        }
        let ids = pass.canvases.concat();
        if let Some(id) = ids.iter().find(|id| **id as usize >= self.vocabulary.size) {
            return Err(Error::invalid(format!(
                "token id {id} is outside the model's vocabulary of {}",
                self.vocabulary.size
            )));
        }
        let ids = Tensor::from_vec(ids, (pass.canvases.len(), length), &Device::Cpu)?;
        let hidden = self.transformer.hidden(&ids, pass.attention, pass.cancel)?;
        let logits = self.transformer.logits(&hidden, rows)?;
        Ok(Logits::new(logits.flatten_all()?.to_vec1()?, rows.len(), self.vocabulary.size))
    }
}

impl Denoiser for LanguageModel {
    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        self.config.max_positions
    }

    fn predict(&mut self, pass: &Pass<'_>) -> Result<Logits> {
        // Shifted logits: position i is predicted by row i - 1; position 0, which has none, by row 0.
        let shift = usize::from(self.config.shift_logits);
        let rows: Vec<u32> =
            pass.positions.iter().map(|position| position.saturating_sub(shift) as u32).collect();
        self.threads.run(|| self.raw(pass, &rows))
    }
}
