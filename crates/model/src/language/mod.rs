//! A checkpoint that was read, and answers: configuration, tokenizer and transformer, and what of a text was
//! read already.

mod exact_cache;
mod kept_features;
mod kept_keys;
mod loading;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use exact_cache::Read;
use kept_features::KeptFeatures;
use kept_keys::KeptKeys;

use super::backbone::{
    Backbone, DraftMasks, ForwardBatch, NO_NEXT_TOKEN, Retained, ReusablePass, Reuse, Vocabulary,
    WeightStats,
};
use super::chat_template::ChatTemplate;
use super::config::{Attention, ModelConfig};
use super::draft_head::PREVIOUS;
use super::layout::PassLayout;
use super::logits::{HostLogits, Logits};
use super::memory_needs;
use super::network::Network;
use super::packed::{Asked, Workspace};
use super::tokenizer::Tokenizer;
use remask_base::cancel::Cancel;
use remask_base::runtime::Threads;
use remask_base::{Error, Result, memory};

/// A checkpoint that can be asked for predictions.
pub struct LanguageModel {
    name: String,
    /// Where its weights were read from; nowhere for the bundled one.
    files: Vec<PathBuf>,
    config: ModelConfig,
    tokenizer: Arc<Tokenizer>,
    chat_template: Option<Arc<ChatTemplate>>,
    vocabulary: Vocabulary,
    network: Arc<Network>,
    threads: Threads,
    /// What its passes write in.
    workspace: Mutex<Option<Workspace>>,
    /// The text that was read last, each token seeing those before it.
    read: Option<Read>,
    /// What the last pass over a canvas that sees both ways left to later ones.
    kept: Option<KeptKeys>,
    /// What the layers of the last such pass left, where that was asked for.
    features: Option<KeptFeatures>,
    /// Hidden states of the masks that were read last, for drafts.
    masks: Vec<f32>,
    /// Positions that the last pass read.
    positions_read: usize,
}

impl LanguageModel {
    /// The name of its folder or file, or that of the bundled model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `config.json` says, and the tensors where it does not.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The tokenizer, shared with whoever shows tokens.
    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    /// How it wants conversations to be written down, where it was trained on any.
    pub fn chat_template(&self) -> Option<&ChatTemplate> {
        self.chat_template.as_deref()
    }

    /// The same model, its weights shared, with nothing read yet.
    pub fn share(&self) -> Self {
        Self {
            name: self.name.clone(),
            files: self.files.clone(),
            config: self.config.clone(),
            tokenizer: Arc::clone(&self.tokenizer),
            chat_template: self.chat_template.clone(),
            vocabulary: self.vocabulary.clone(),
            network: Arc::clone(&self.network),
            workspace: Mutex::new(self.network.workspace(&self.threads)),
            threads: self.threads.clone(),
            read: None,
            kept: None,
            features: None,
            masks: Vec::new(),
            positions_read: 0,
        }
    }

    /// Whether it is a model inside the binary.
    pub fn is_bundled(&self) -> bool {
        self.files.is_empty()
    }

    /// The same model, whose answers are over where one of `tokens` would begin ([`Vocabulary::stops`]). What it never
    /// draws, and what ends a text in any case, is left out.
    #[must_use]
    pub fn stopped_by(mut self, mut tokens: Vec<u32>) -> Self {
        tokens.sort_unstable();
        tokens.dedup();
        tokens.retain(|id| self.vocabulary.may_draw(*id) && !self.vocabulary.is_eos(*id));
        self.vocabulary.stops = tokens;
        self
    }

    /// Whether both are the same checkpoint.
    pub fn shares_weights_with(&self, other: &Self) -> bool {
        self.files == other.files && (!self.is_bundled() || self.name == other.name)
    }

    /// What the network runs on.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Raw logits of every row of `ids`, 1 x rows x vocabulary, which stand and see as `layout` says: row i
    /// is what the network says at row i, whatever it is that this row predicts.
    ///
    /// # Errors
    /// When `ids` do not fit the context, the vocabulary or the layout.
    pub fn raw_logits(&self, ids: &[u32], layout: PassLayout) -> Result<HostLogits> {
        let rows: Vec<u32> = (0..ids.len() as u32).collect();
        self.check_ids(ids)?;
        self.raw(ids, &rows, layout, &Cancel::never())
    }

    /// Raw logits of some `rows` of `ids`, 1 x rows x vocabulary, each position seeing those before it.
    ///
    /// # Errors
    /// As [`LanguageModel::raw_logits`], or [`Error::Cancelled`].
    pub fn causal_logits(
        &self,
        ids: &[u32],
        rows: Range<usize>,
        cancel: &Cancel,
    ) -> Result<HostLogits> {
        self.check_ids(ids)?;
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        self.raw(ids, &rows, PassLayout::causal(0, ids.len()), cancel)
    }

    /// Refuses what the network has no row for.
    fn check_ids(&self, ids: &[u32]) -> Result<()> {
        if ids.is_empty() {
            return Err(Error::invalid("there is no token to begin with"));
        }
        if ids.len() > self.config.max_positions {
            return Err(Error::invalid(format!(
                "{} tokens do not fit the model's context of {}; use a shorter prompt or canvas",
                ids.len(),
                self.config.max_positions
            )));
        }
        match ids.iter().find(|id| **id as usize >= self.vocabulary.size) {
            None => Ok(()),
            Some(id) => Err(Error::invalid(format!(
                "token id {id} is outside the model's vocabulary of {}",
                self.vocabulary.size
            ))),
        }
    }

    /// Refuses a pass over `positions` with logits of `rows` of them that the machine has no memory for.
    fn check_memory(&self, positions: usize, rows: usize, reuse: Option<&Reuse<'_>>) -> Result<()> {
        /// Below this nobody asks.
        const LITTLE: u64 = 256 << 20;
        let mut bytes = memory_needs::pass(&self.config, positions, rows);
        let leaves = matches!(reuse, Some(Reuse { kept: Retained::Features(_), .. }));
        if leaves && self.features.is_none() {
            bytes += memory_needs::features(&self.config, positions);
        }
        if bytes < LITTLE {
            return Ok(());
        }
        match memory::available() {
            Some(available) if bytes > available => Err(Error::invalid(format!(
                "a pass over {positions} positions takes about {} of memory, and there are {}; use a shorter \
                 canvas, or a block-length",
                memory::shown(bytes),
                memory::shown(available)
            ))),
            _ => Ok(()),
        }
    }

    /// Raw logits: `rows` x vocabulary, row i being what the network says at position i, shifted or not.
    fn raw(
        &self,
        ids: &[u32],
        rows: &[u32],
        layout: PassLayout,
        cancel: &Cancel,
    ) -> Result<HostLogits> {
        let layout = &Arc::new(layout);
        let asked = Asked { ids, layout, keep: 0, logits: rows, hidden: &[], cancel };
        let passed = self.network.pass(&asked, None, &mut self.workspace(), &self.threads)?;
        Ok(HostLogits::new(passed.logits, rows.len(), self.vocabulary.size))
    }

    fn workspace(&self) -> std::sync::MutexGuard<'_, Option<Workspace>> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a pass over `length` positions is laid out of which none is finished: all see each other, or each block itself
    /// and those before it.
    pub fn whole_layout(&self, length: usize) -> PassLayout {
        match self.config.attention {
            Attention::BlockCausal(block) => PassLayout::blocks(0, length, block),
            Attention::Bidirectional | Attention::CausalPrefix => PassLayout::bidirectional(length),
        }
    }

    /// Where the keys end that a `shadow` sees of a canvas of `length` positions: those that its block does.
    fn seen_by_shadow(&self, shadow: Range<usize>, length: usize) -> usize {
        let block = self.block_length().unwrap_or(length).max(1);
        shadow.end.next_multiple_of(block).min(length)
    }

    /// A pass over canvases of which nothing is known: all of their positions see each other, or their blocks do.
    fn predict_whole(
        &self,
        pass: &ForwardBatch<'_>,
        canvases: &[&[u32]],
        rows: &[u32],
    ) -> Result<HostLogits> {
        let (start, count) = (pass.shadow.start, pass.shadow.len());
        let mut logits: Option<HostLogits> = None;
        for canvas in canvases {
            let mut ids = canvas.to_vec();
            let mut layout = self.whole_layout(ids.len());
            if count > 0 {
                let shift = usize::from(self.config.shift_logits);
                ids.extend(std::iter::repeat_n(self.vocabulary.mask, count));
                let end = self.seen_by_shadow(pass.shadow.clone(), ids.len());
                layout = layout.with_shadow(shift, start, count).seeing_until(end);
            }
            let raw = self.raw(&ids, rows, layout, pass.cancel)?;
            logits = Some(match logits {
                None => raw,
                Some(before) => before.followed_by(raw),
            });
        }
        logits.ok_or_else(|| Error::Internal("there is no canvas to predict".into()))
    }
}

impl Backbone for LanguageModel {
    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        self.config.max_positions
    }

    fn clone_shared(&self) -> Box<dyn Backbone> {
        Box::new(self.share())
    }

    fn on_threads(&self, work: &mut (dyn FnMut() + Send)) {
        self.threads.run(work);
    }

    fn reset_cache(&mut self) {
        self.kept = None;
        self.features = None;
        if let Some(read) = &mut self.read {
            read.cache.truncate(0);
            read.ids.clear();
        }
    }

    fn weight_stats(&self) -> WeightStats {
        self.network.weight_stats()
    }

    fn writes_blocks(&self) -> bool {
        self.config.attention != Attention::Bidirectional
    }

    fn block_length(&self) -> Option<usize> {
        match self.config.attention {
            Attention::BlockCausal(length) => Some(length),
            Attention::Bidirectional | Attention::CausalPrefix => None,
        }
    }

    fn positions_read(&self) -> usize {
        self.positions_read
    }

    fn reusable(&self) -> Option<ReusablePass<'_>> {
        let features = self.features.as_ref().map(KeptFeatures::pass);
        features.or_else(|| self.kept.as_ref().map(KeptKeys::pass))
    }

    fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>> {
        let Some((canvas, others)) = pass.canvases.split_first() else {
            return Err(Error::Internal("there is no canvas to predict".into()));
        };
        let length = canvas.len();
        for canvas in pass.canvases {
            self.check_ids(canvas)?;
            if canvas.len() != length {
                return Err(Error::Internal("the canvases of a pass are not of one length".into()));
            }
        }
        // Shifted logits: position i is predicted by row i - 1; position 0, which has none, by row 0.
        let shift = usize::from(self.config.shift_logits);
        let rows = pass.positions.iter().map(|position| position.saturating_sub(shift));
        let shadow = length..length + pass.shadow.len();
        let rows: Vec<u32> = rows.chain(shadow).map(|row| row as u32).collect();
        if rows.is_empty() {
            return Ok(HostLogits::boxed(Vec::new(), 0, self.vocabulary.size));
        }
        let whole = length + pass.shadow.len();
        self.check_memory(pass.canvases.len() * whole, rows.len(), pass.reuse.as_ref())?;
        self.positions_read = pass.canvases.len() * whole;
        if self.config.attention == Attention::Bidirectional {
            if let (Some(reuse), [], true) = (&pass.reuse, others, pass.shadow.is_empty()) {
                let asked = (*canvas, rows.as_slice());
                return Ok(Box::new(match reuse.kept {
                    Retained::Keys(keeps) => {
                        self.features = None;
                        self.predict_reusing(asked, reuse.of, keeps, pass.cancel)?
                    }
                    Retained::Features(refresh) => {
                        self.kept = None;
                        self.predict_refreshing(asked, reuse.of, refresh, pass.cancel)?
                    }
                }));
            }
            return Ok(Box::new(self.predict_whole(pass, pass.canvases, &rows)?));
        }
        let logits = self.predict_behind_prefix(pass, canvas, &rows)?;
        self.positions_read += others.len() * whole;
        if others.is_empty() {
            return Ok(Box::new(logits));
        }
        // A canvas without its prompt: masks, which no finished text may see.
        Ok(Box::new(logits.followed_by(self.predict_whole(pass, others, &rows)?)))
    }

    fn next_token_logits(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Box<dyn Logits>> {
        self.verify(ids, 1, DraftMasks::NONE, cancel)
    }

    fn verify(
        &mut self,
        ids: &[u32],
        rows: usize,
        masks: DraftMasks,
        cancel: &Cancel,
    ) -> Result<Box<dyn Logits>> {
        if !self.config.trained_on_next_token {
            return Err(Error::invalid(NO_NEXT_TOKEN));
        }
        self.check_ids(ids)?;
        let fits = ids.len() + masks.each <= self.config.max_positions;
        if rows == 0 || rows > ids.len() || masks.groups > rows || !fits {
            return Err(Error::Internal(format!("{rows} rows and {masks:?} of {}", ids.len())));
        }
        // What is asked for is read again even where it is known.
        let mut read =
            self.take_read(ids, ids.len() - rows, ids.len() + masks.count(), |all| all)?;
        let kept = read.ids.len();
        let text = ids.len() - kept;
        let mut news = ids[kept..].to_vec();
        news.extend(std::iter::repeat_n(self.vocabulary.mask, masks.count()));
        let asked = Asked {
            ids: &news,
            layout: &Arc::new(PassLayout::drafting(kept, text, masks.groups, masks.each)),
            keep: text,
            logits: &((text - rows) as u32..text as u32).collect::<Vec<_>>(),
            hidden: &(text as u32..news.len() as u32).collect::<Vec<_>>(),
            cancel,
        };
        self.positions_read = news.len();
        let cache = Some(&mut read.cache);
        let passed = self.network.pass(&asked, cache, &mut self.workspace(), &self.threads);
        if passed.is_ok() {
            read.ids.extend_from_slice(&ids[kept..]);
        }
        self.read = Some(read);
        let passed = passed?;
        self.masks = passed.hidden;
        Ok(HostLogits::boxed(passed.logits, rows, self.vocabulary.size))
    }

    fn draft_logits(&mut self, mask: usize, previous: [u32; PREVIOUS]) -> Result<Box<dyn Logits>> {
        self.check_ids(&previous)?;
        let width = self.config.hidden_size;
        let hidden = self.masks.get(mask * width..(mask + 1) * width).ok_or_else(|| {
            Error::Internal(format!("mask {mask} was not read in the pass before"))
        })?;
        let logits = self.network.draft(hidden, &previous, &mut self.workspace(), &self.threads)?;
        Ok(HostLogits::boxed(logits, 1, self.vocabulary.size))
    }

    fn can_draft(&self) -> bool {
        self.network.drafts() && self.config.trained_on_next_token
    }
}
