//! Approximate caches, for models whose positions all see each other: keys and values of positions that change little, or
//! all that their layers made of them, are taken from an earlier pass, so that a pass reads fewer positions. What a token
//! becomes changes those of all others, so that the logits are not those of a pass over everything; how far they are from
//! them is measured where it is asked for.
//!
//! A model whose finished text is causal, or is cut into blocks, has an exact cache, and no use for these.

use super::canvas::TokenState;
use super::session::Session;
use super::step_scope::StepScope;
use crate::Result;
use crate::knobs::{Counts, Reals, Typed, words};
use crate::model::{Backbone, FeatureRefresh, ForwardBatch, Logits, Retained, Reuse};

words! {
    /// Which positions a pass takes from an earlier one.
    pub enum CacheKind {
        /// None.
        Off = "off": "every pass reads every position",
        /// What stands before the block (Fast-dLLM's prefix cache, arXiv 2505.22618).
        Prefix = "prefix": "approximate: what stands before the block is read once a block",
        /// All but the block (Fast-dLLM's dual cache).
        Dual = "dual": "approximate: all that stands around the block is read once a block",
        /// What was written before the last step (dKV-Cache, arXiv 2505.15781).
        DelayedKv = "dkv": "approximate: a token is read once more after it was written, and then now and again",
        /// What each layer finds little changed (dLLM-Cache, arXiv 2506.06295).
        Features = "dllm": "approximate: each layer reads the part of the answer that changed most, the prompt seldom",
    }
}

/// Which approximate cache is used.
pub static CACHE: Typed<CacheKind> = CacheKind::knob(
    "cache",
    "what passes of a model that sees both ways take from earlier ones; faster, and not quite the same text",
);

/// How often such a cache is made anew.
pub static CACHE_REFRESH: Typed<Option<usize>> = Typed::count_or(
    "cache-refresh",
    Counts { min: 1, max: 4096, ladder: &[1, 2, 4, 8, 16, 32, 64] },
    "auto",
    "passes (dllm: of all, else of a block) after which everything is read again; auto: once a block, dkv 8, dllm 7 (prompt 100); 1 is exact",
)
.unit("passes");

/// How much of the answer a layer computes with [`CacheKind::Features`] (its paper's update ratio).
pub static CACHE_SHARE: Typed<f64> = Typed::real(
    "cache-share",
    Reals { min: 0.0, max: 1.0, step: 0.05 },
    0.25,
    "dllm: the share of the answer that each layer reads in a pass, where values changed most",
);

/// How often it is measured what the cache costs.
pub static CACHE_CHECK: Typed<Option<usize>> = Typed::count_or(
    "cache-check",
    Counts { min: 1, max: 4096, ladder: &[1, 2, 4, 8, 16, 32, 64] },
    "off",
    "after so many cached passes one more reads every position, and says how far the logits were from its own (KL)",
)
.unit("passes");

/// Steps of a block that read everything with [`CacheKind::DelayedKv`], and how often one does from then on (every 4 to 16
/// in its paper).
const DELAYED: (usize, usize) = (2, 8);

/// Passes after which the answer and the prompt are read with [`CacheKind::Features`] (what its demo of LLaDA takes).
const FEATURES: (usize, usize) = (7, 100);

/// What a session knows of the cache that its model holds for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CacheState {
    /// The pass whose keys and values it counts on.
    pass: Option<u64>,
    /// Cached passes that were made.
    cached: usize,
}

/// What a pass with an approximate cache did.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CachedPass {
    /// The positions that were read, ascending, by the last layer where layers differ; the others were taken from an
    /// earlier pass.
    pub read: Vec<usize>,
    /// Nats from a pass over everything to this one, `KL(whole || cached)`, the mean of the positions that were
    /// predicted; nothing where it was not measured.
    pub divergence: Option<f64>,
}

/// What a pass leaves to the next ones.
enum Leaves {
    /// Keys and values of positions, ascending; and whether it takes none of an earlier pass.
    Keys { keeps: Vec<usize>, is_whole: bool },
    /// What its layers made of every position.
    Features(FeatureRefresh),
}

impl Session {
    /// Forgets the cache: what it holds is of another text.
    pub(super) fn drop_cache(&mut self) {
        self.cache.pass = None;
    }

    /// What a pass leaves to the next ones; nothing where no approximate cache is to be used.
    fn leaves(&self, scope: &StepScope) -> Option<Leaves> {
        let kind = self.settings().get(&CACHE);
        if kind == CacheKind::Off || self.guides().is_some() || !scope.shadow.is_empty() {
            return None;
        }
        Some(match kind {
            CacheKind::Features => Leaves::Features(self.refresh()),
            _ => self.cached_positions(kind, scope),
        })
    }

    /// What layers compute with [`CacheKind::Features`].
    fn refresh(&self) -> FeatureRefresh {
        let every = self.settings().get(&CACHE_REFRESH);
        let is_due = |every: usize| self.step.is_multiple_of(every);
        FeatureRefresh {
            // What is given behind the answer counts with it.
            prompt: self.canvas.answer_span().start,
            of_prompt: is_due(every.unwrap_or(FEATURES.1)),
            of_answer: is_due(every.unwrap_or(FEATURES.0)),
            share: self.settings().get(&CACHE_SHARE),
        }
    }

    /// Positions whose keys and values a pass leaves.
    fn cached_positions(&self, kind: CacheKind, scope: &StepScope) -> Leaves {
        let step = self.step - scope.begin.step;
        let refresh = self.settings().get(&CACHE_REFRESH);
        let (all, span) = (0..self.canvas.ids().len(), &scope.span);
        let open = |position: &usize| self.canvas.states()[*position] == TokenState::Noise;
        let (mut keeps, refresh, first): (Vec<usize>, _, _) = match kind {
            CacheKind::Prefix => ((0..span.start).collect(), refresh, 1),
            CacheKind::Dual => (all.filter(|at| !span.contains(at)).collect(), refresh, 1),
            _ => {
                let keeps = all.filter(|at| !open(at)).collect();
                (keeps, refresh.or(Some(DELAYED.1)), DELAYED.0)
            }
        };
        let is_whole = step < first || refresh.is_some_and(|every| step.is_multiple_of(every));
        // What this step may write over is read again, wherever its row is.
        keeps.retain(|position| scope.observed.binary_search(position).is_err());
        Leaves::Keys { keeps, is_whole }
    }

    /// Logits of the observed positions, with the cache that the knobs ask for where `model` can use one, and how many
    /// positions were read for them.
    ///
    /// # Errors
    /// As [`Backbone::predict`].
    pub(super) fn predict_cached(
        &mut self,
        model: &mut dyn Backbone,
        batch: &ForwardBatch<'_>,
        scope: &StepScope,
    ) -> Result<(Box<dyn Logits>, Option<CachedPass>, usize)> {
        let Some(leaves) = self.leaves(scope) else {
            self.drop_cache();
            let logits = model.predict(batch)?;
            return Ok((logits, None, model.positions_read()));
        };
        let reuse = Some(match &leaves {
            Leaves::Keys { keeps, is_whole } => {
                Reuse { of: self.cache.pass.filter(|_| !is_whole), kept: Retained::Keys(keeps) }
            }
            Leaves::Features(refresh) => {
                Reuse { of: self.cache.pass, kept: Retained::Features(*refresh) }
            }
        });
        let logits = model.predict(&ForwardBatch { reuse, ..batch.clone() })?;
        let mut positions = model.positions_read();
        let Some(pass) = model.reusable() else { return Ok((logits, None, positions)) };
        let (read, number) = (pass.read.to_vec(), pass.number);
        let whole = read.len() == self.canvas.ids().len();
        if whole {
            self.cache.pass = Some(number);
            return Ok((logits, Some(CachedPass { read, divergence: None }), positions));
        }
        let passes = self.cache.cached + 1;
        let every = self.settings().get(&CACHE_CHECK);
        let is_due = every.is_some_and(|every| passes.is_multiple_of(every));
        let divergence = match is_due {
            true => Some(divergence(model, &*logits, batch)?),
            false => None,
        };
        if is_due {
            positions += model.positions_read();
        }
        // Not before all of the step's passes are made: one that is called off is to be as if it had not been.
        self.cache = CacheState { pass: Some(number), cached: passes };
        Ok((logits, Some(CachedPass { read, divergence }), positions))
    }
}

/// The mean divergence of `cached` from a pass over everything, which is made for it.
fn divergence(
    model: &mut dyn Backbone,
    cached: &dyn Logits,
    batch: &ForwardBatch<'_>,
) -> Result<f64> {
    let rows = batch.positions.len();
    let whole = model.predict(batch)?.distributions(0..rows)?;
    let pairs: Vec<(usize, usize)> = (0..rows).map(|row| (row, row)).collect();
    let all = whole.divergences(&*cached.distributions(0..rows)?, &pairs)?;
    Ok(all.iter().sum::<f64>() / rows.max(1) as f64)
}
