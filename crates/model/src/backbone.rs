//! What a sampler needs of a model, and no more.
//!
//! Any network that says what could stand where will do: `remask`'s front page has one of a screenful.

use std::ops::Range;

use super::draft_head::{NO_DRAFT_HEAD, PREVIOUS};
use super::features::FeatureRefresh;
use super::logits::{HostLogits, Logits};
use remask_base::Result;
use remask_base::cancel::Cancel;

/// One network pass: every canvas is scored at the same positions.
#[derive(Clone, Debug)]
pub struct ForwardBatch<'a> {
    /// Token ids of each canvas, all of one length. Two for classifier-free guidance.
    pub canvases: &'a [&'a [u32]],
    /// The positions to be predicted, ascending.
    pub positions: &'a [usize],
    /// Positions whose token is to be judged without being seen (WINO); empty for most. Their rows
    /// follow those of `positions`. Only a single canvas can throw a shadow.
    pub shadow: Range<usize>,
    /// Positions before this one hold text that is finished: prompt, and blocks that are done with. A
    /// model whose finished text is causal reads it once ([`Attention::CausalPrefix`](super::Attention)).
    pub finished: usize,
    /// What may be taken from earlier passes over the canvas, and what later ones may take, where that is wanted.
    pub reuse: Option<Reuse<'a>>,
    /// Looked at between layers.
    pub cancel: &'a Cancel,
}

/// What passes leave to later ones, in the place of what these would compute: an approximation, since where positions see
/// each other both ways every change changes those of all.
#[derive(Clone, Copy, Debug)]
pub struct Reuse<'a> {
    /// The pass that left what is counted on ([`Backbone::reusable`]). Where none is named, or the network holds
    /// those of another, every position is read.
    pub of: Option<u64>,
    /// What is left.
    pub kept: Retained<'a>,
}

/// What a pass leaves to later ones.
#[derive(Clone, Copy, Debug)]
pub enum Retained<'a> {
    /// Keys and values of these positions, ascending, which later passes need not read. Those of which logits are asked
    /// are read all the same.
    Keys(&'a [usize]),
    /// What every layer made of every position, of which later passes compute a part anew.
    Features(FeatureRefresh),
}

/// The last pass that left something to later ones.
#[derive(Clone, Copy, Debug)]
pub struct ReusablePass<'a> {
    /// A number that no other pass has.
    pub number: u64,
    /// The positions that it read, ascending.
    pub read: &'a [usize],
}

/// Masks that a pass reads beside the text that it verifies, for drafts of what comes then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DraftMasks {
    /// Groups of them, each behind a prefix of the text, which it sees with itself: the last behind all of it, the one
    /// before that a token less, and so on.
    pub groups: usize,
    /// Masks of each group.
    pub each: usize,
}

impl DraftMasks {
    /// Nothing is to be drafted.
    pub const NONE: Self = Self { groups: 0, each: 0 };

    /// All of them.
    pub fn count(self) -> usize {
        self.groups * self.each
    }
}

/// The ids with a meaning of their own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Vocabulary {
    /// Columns of the logits.
    pub size: usize,
    /// Ids from here on are padding: never drawn.
    pub drawable: usize,
    /// "Not written yet": never drawn. Beyond the vocabulary where there is none.
    pub mask: u32,
    /// Tokens that end a text.
    pub eos: Vec<u32>,
    /// Tokens that end a turn of a conversation; a sampler may rank them last with those of `eos`.
    pub turn_ends: Vec<u32>,
    /// Stop tokens: those that begin what stands behind an answer. Where an answer is asked for, drawing one of
    /// them is drawing the first of `eos`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<u32>,
    /// Control tokens: never used as random noise. Ascending.
    pub special: Vec<u32>,
}

impl Vocabulary {
    /// Whether there is a token that means "not written yet". Without one a text can only be written
    /// from left to right.
    pub fn has_mask(&self) -> bool {
        (self.mask as usize) < self.size
    }

    /// Whether a sampler may write `id`.
    pub fn may_draw(&self, id: u32) -> bool {
        (id as usize) < self.drawable && id != self.mask
    }

    /// Whether `id` ends a text.
    pub fn is_eos(&self, id: u32) -> bool {
        self.eos.contains(&id)
    }

    /// How many of `ids` stand before the first end token.
    pub fn emitted(&self, ids: &[u32]) -> usize {
        let end = ids.iter().position(|id| self.is_eos(*id));
        end.unwrap_or(ids.len())
    }
}

/// How much of a network a pass goes through, whatever the number of positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WeightStats {
    /// Weights that every position is multiplied with: two floating-point operations each.
    pub weights: u64,
    /// Bytes that they take up in memory.
    pub bytes: u64,
}

/// A network that guesses what stands where.
pub trait Backbone: Send {
    /// The ids with a meaning of their own.
    fn vocabulary(&self) -> &Vocabulary;

    /// Longest canvas, prompt included, in tokens.
    fn context(&self) -> usize;

    /// The same network, its weights shared, with nothing read yet: for a second run beside the first.
    fn clone_shared(&self) -> Box<dyn Backbone>;

    /// Runs `work`, a sampler's share of a step, on the threads that its passes run on.
    fn on_threads(&self, work: &mut (dyn FnMut() + Send)) {
        work();
    }

    /// Forgets the text that was read before, so that the next pass starts from nothing.
    fn reset_cache(&mut self) {}

    /// How much of it every pass goes through.
    fn weight_stats(&self) -> WeightStats {
        WeightStats::default()
    }

    /// Whether it has learned to write a block with nothing behind it. The noise behind one is left out of its passes
    /// then, and a block with an end token in it is the last (block diffusion: BD3-LM, arXiv 2503.09573).
    fn writes_blocks(&self) -> bool {
        false
    }

    /// Positions of the blocks that its attention is cut into, counted from the first of the text; nothing where a block
    /// may begin anywhere.
    fn block_length(&self) -> Option<usize> {
        None
    }

    /// Positions that the last pass read, of all canvases: each was multiplied with every weight. 0 where that is not
    /// known.
    fn positions_read(&self) -> usize {
        0
    }

    /// The last pass with a [`Reuse`]; nothing where there was none since, or the network has no use for any, since what
    /// it keeps is exact, or nothing.
    fn reusable(&self) -> Option<ReusablePass<'_>> {
        None
    }

    /// Runs the network once, and says what it makes of each canvas: a row for each position, then one for
    /// each shadow. The row of a position predicts the token *at* that position: a
    /// model with shifted logits resolves the shift itself.
    ///
    /// # Errors
    /// [`Error::Cancelled`](remask_base::Error::Cancelled), or the failure of the network.
    fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>>;

    /// One row of logits, of the token that follows `ids`, each of which sees only those before it. What was
    /// read for an earlier call is not read again.
    ///
    /// # Errors
    /// As [`Backbone::predict`], or when the model was not trained to write from left to right.
    fn next_token_logits(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Box<dyn Logits>> {
        let _ = (ids, cancel);
        Err(remask_base::Error::invalid(NO_NEXT_TOKEN))
    }

    /// Logits of the tokens that follow each of the last `rows` prefixes of `ids`, the whole of them last, in one
    /// pass: row by row what [`Backbone::next_token_logits`] says, to the last bit. So drafts are verified.
    /// `masks` are read beside them, for [`Backbone::draft_logits`]. A network that knows nothing of it takes a pass a
    /// row.
    ///
    /// # Errors
    /// As [`Backbone::next_token_logits`].
    fn verify(
        &mut self,
        ids: &[u32],
        rows: usize,
        masks: DraftMasks,
        cancel: &Cancel,
    ) -> Result<Box<dyn Logits>> {
        debug_assert_eq!(masks, DraftMasks::NONE, "only who can draft is given masks");
        let mut all = Vec::new();
        for end in ids.len().saturating_sub(rows) + 1..=ids.len() {
            all.extend(self.next_token_logits(&ids[..end], cancel)?.into_vec()?);
        }
        Ok(HostLogits::boxed(all, rows, self.vocabulary().size))
    }

    /// One row of logits of a draft: what the `mask`-th of the masks that were read last, group behind group, makes of
    /// its position, told the tokens before that, the nearest first. The first of a group predicts what stands behind
    /// the token that follows the group's text.
    ///
    /// # Errors
    /// When the model has no draft head, or no such mask was read.
    fn draft_logits(&mut self, mask: usize, previous: [u32; PREVIOUS]) -> Result<Box<dyn Logits>> {
        let _ = (mask, previous);
        Err(remask_base::Error::invalid(NO_DRAFT_HEAD))
    }

    /// Whether it can draft ([`Backbone::draft_logits`]).
    fn can_draft(&self) -> bool {
        false
    }
}

/// Why a model cannot be an autoregressive one.
pub const NO_NEXT_TOKEN: &str = "this model was not trained to write the next token, so it cannot be \
                                 autoregressive; choose another sampler, or the bundled model";
