//! What a batch asks: the next token, text from noise in blocks of any length, and drafts.
//!
//! One sequence teaches all of it. The clean document stands first, each token seeing those before it, and
//! learns the next token. Behind it stand noised blocks, each of which sees the clean text up to its
//! anchor and itself: a few masks (drafts, I-DLM, arXiv 2604.11035), 4 to 32 tokens (block diffusion,
//! BD3-LM, arXiv 2503.09573, behind causal text as in I-DLM), or all the rest (the canvas). No clean row
//! ever sees a mask, so what is prompt and what is finished has one exact cache in every mode.
//!
//! The loss of a noised token is MDLM's (arXiv 2406.07524): cross-entropy weighted by 1/t of its block's
//! noise level. Blocks of masks come with a twin whose masks are the other tokens (Fast-dLLM v2, arXiv
//! 2509.26328). Blocks with random tokens also learn, at a small weight, to leave right tokens as they are.

use std::ops::Range;

use super::corpus::{END_ID, MASK_ID, Marks};
use super::noising::{NoiseKind, NoisedBlock, holes, scattered};
use super::shard::Shard;
use super::text::{Excerpt, TrainingText};
use crate::model::layout::Inside;
use crate::model::{Attention, ModelConfig};
use crate::rng::{Purpose, Stream};
use crate::{Error, Result};

/// Tokens of a document that are looked at together, its begin token among them.
pub const WINDOW: usize = 256;
/// Positions that a batch goes up to: a window, its end token, and a block or padding behind it.
const POSITIONS: usize = WINDOW + 2 + BLOCK.1;
/// Rows of a shard, about: few enough for its activations to stay in the cache of one core.
pub const SHARD: usize = 1024;
/// Of the rows with drafts and blocks, the share of drafts.
const DRAFTS: f64 = 0.2;
/// Masks of a draft, at least and at most.
const DRAFT: (usize, usize) = (2, 4);
/// Tokens of a block, at least and at most.
const BLOCK: (usize, usize) = (4, 32);
/// Noise levels are drawn from here to 1.
const LOWEST_LEVEL: f64 = 0.03;
/// Share of the canvases of masks that are holes in a text.
const HOLES: f64 = 0.2;
/// Share of the canvases that begin behind nothing but the begin token, where a document begins.
const FROM_NOTHING: f64 = 0.35;
/// Share of the documents that lose their beginning, so that ends are seen at all places.
const BEGIN_LATER: f64 = 0.15;
/// Tokens that are left of a document which lost its beginning, at least.
const SHORTEST: usize = 16;

/// What a row of the logits is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// The next token of a clean text.
    NextToken,
    /// The token at the place of noise.
    Noise,
    /// A token behind others that were only drafted, told the tokens before it.
    Draft,
}

impl Objective {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [Self::NextToken, Self::Noise, Self::Draft];
}

/// Whether batches made here mean to a model of `config` what they should.
///
/// # Errors
/// When its control tokens or its shift are others than those that training gives a model.
pub fn check(config: &ModelConfig) -> Result<()> {
    if config.routing.is_some() || matches!(config.attention, Attention::BlockCausal(_)) {
        return Err(Error::invalid(
            "models with experts, or with attention in blocks, are not trained here; begin with one that remask train \
             made",
        ));
    }
    let ours = config.mask_id == Some(MASK_ID)
        && config.bos_id == Some(END_ID)
        && config.eos_ids == [END_ID]
        && config.shift_logits;
    if ours && config.max_positions < POSITIONS {
        return Err(Error::invalid(format!(
            "a context of {} tokens is too short to train or measure; it takes {POSITIONS} or more",
            config.max_positions
        )));
    }
    if ours {
        return Ok(());
    }
    Err(Error::invalid(
        "only models made by remask train can be trained on or measured: \
         end token 0, mask token 1, shifted logits",
    ))
}

/// `config` as training makes it: with a causal prefix and a draft head.
pub fn trained(config: ModelConfig) -> ModelConfig {
    let inner = 3 * config.hidden_size / 2;
    let draft_head = config.draft_head.or(Some(inner));
    ModelConfig { attention: Attention::CausalPrefix, draft_head, ..config }
}

/// Shards, and the tokens that the sums of their losses are divided by, by objective.
pub struct Batch {
    /// What goes through the network, each on its own.
    pub shards: Vec<Shard>,
    /// Tokens asked, by objective.
    pub tokens: [f32; Objective::COUNT],
}

/// The batch of a step: `count` documents of `text`, none twice before all were seen once.
///
/// # Errors
/// What `text` says when it makes a document.
pub fn batch(
    text: &dyn TrainingText,
    vocab: usize,
    count: usize,
    seed: u64,
    step: usize,
) -> Result<Batch> {
    let mut batch = Batch { shards: Vec::new(), tokens: [0.0; Objective::COUNT] };
    for index in 0..count {
        let mut rng = Stream::new(seed, step, Purpose::Training, index);
        let excerpt = text.excerpt(step * count + index, seed)?;
        let window = SampleWindow::draw(&excerpt, text.marks(), &mut rng);
        // Stratified: the levels of the canvases of a batch are spread evenly.
        let level = stratified(index, count, &mut rng);
        let mut shard = Shard::default();
        let tokens = if rng.uniform() < text.canvases() {
            add_with_canvas(&mut shard, &window, vocab, level, &mut rng)
        } else {
            add_with_blocks(&mut shard, &window, vocab, &mut rng)
        };
        for (sum, tokens) in batch.tokens.iter_mut().zip(tokens) {
            *sum += tokens;
        }
        match batch.shards.last_mut() {
            Some(last) if last.rows() + shard.rows() <= SHARD => last.append(shard),
            _ => batch.shards.push(shard),
        }
    }
    Ok(batch)
}

fn stratified(index: usize, count: usize, rng: &mut Stream) -> f64 {
    let share = (index as f64 + rng.uniform()) / count as f64;
    LOWEST_LEVEL + (1.0 - LOWEST_LEVEL) * share
}

/// A stretch of a document.
struct SampleWindow<'a> {
    /// Its begin token, its tokens, and its end token where it reaches the end of the document.
    text: Vec<u32>,
    /// Whether the document begins with it.
    begins: bool,
    /// Tokens behind the begin token that are given, and never asked for.
    given: usize,
    marks: &'a Marks,
}

impl<'a> SampleWindow<'a> {
    fn draw(excerpt: &Excerpt<'_>, marks: &'a Marks, rng: &mut Stream) -> Self {
        let (document, given) = (&*excerpt.document, excerpt.given);
        // What is given must be seen.
        let start = if given > 0 { 0 } else { Self::start(document, excerpt.window, marks, rng) };
        let end = document.len().min(start + WINDOW - 1);
        let mut ids = vec![END_ID];
        ids.extend(&document[start..end]);
        if end == document.len() {
            ids.push(END_ID);
        }
        Self { text: ids, begins: start == 0, given, marks }
    }

    /// Where the `number`-th window of `document` begins: the first with the document, or with a later
    /// sentence of it; the last so that it reaches the end; the others with a sentence.
    fn start(document: &[u32], number: usize, marks: &Marks, rng: &mut Stream) -> usize {
        let length = WINDOW - 1;
        if number == 0 && rng.uniform() >= BEGIN_LATER {
            return 0;
        }
        let mut sentences = marks.sentences(document);
        // From here on a window reaches the end.
        let long = document.len().saturating_sub(length);
        if number > 0 && (number + 1) * length >= document.len() {
            return sentences.into_iter().find(|start| *start >= long).unwrap_or(long);
        }
        let most = if number == 0 { document.len().saturating_sub(SHORTEST) } else { long };
        sentences.retain(|start| *start < most);
        sentences.get(rng.below(sentences.len().max(1))).copied().unwrap_or(0)
    }

    /// Whether the document ends in it.
    fn ends(&self) -> bool {
        self.text.len() > 1 && self.text.last() == Some(&END_ID)
    }

    /// What a canvas of it holds: text that ends within, and room behind the end, in most cases.
    fn for_canvas(&self, rng: &mut Stream) -> Vec<u32> {
        let (inside, kind) = (&self.text[1..], rng.uniform());
        let inside = &inside[..inside.len() - usize::from(self.ends())];
        let mut text = vec![END_ID];
        let short = match kind {
            _ if self.given > 0 => None,
            kind if kind < 0.25 && self.ends() => self.marks.abridged(inside),
            kind if kind < 0.4 => self.marks.cut(inside, 32 + rng.below(128)),
            _ => None,
        };
        let whole = short.is_none();
        text.extend(short.unwrap_or_else(|| inside.to_vec()));
        if whole && !self.ends() {
            return text;
        }
        let room = WINDOW.saturating_sub(text.len()).max(1);
        let padding = match rng.uniform() {
            // What answers something given is as long as it is.
            _ if self.given > 0 => 1,
            kind if kind < 0.3 => room,
            _ => (1 + rng.below(12)).min(room),
        };
        text.resize(text.len() + padding, END_ID);
        text
    }
}

/// Puts a document into `shard`; returns the tokens asked, by objective.
fn add_clean(
    shard: &mut Shard,
    window: &SampleWindow<'_>,
) -> (Range<usize>, [f32; Objective::COUNT]) {
    let (text, given) = (&window.text, window.given);
    let clean = shard.push(&text[..text.len() - 1], 0, 0..0, Inside::Causal);
    for (row, target) in clean.clone().zip(&text[1..]).skip(given) {
        shard.ask(Objective::NextToken, row, *target, 1.0);
    }
    let asked = (clean.len() - given) as f32;
    (clean, [asked, 0.0, 0.0])
}

/// Puts a document, and a canvas behind it, into `shard`; returns the tokens asked, by objective.
fn add_with_canvas(
    shard: &mut Shard,
    window: &SampleWindow<'_>,
    vocab: usize,
    level: f64,
    rng: &mut Stream,
) -> [f32; Objective::COUNT] {
    let (clean, mut tokens) = add_clean(shard, window);
    tokens[Objective::Noise as usize] = add_canvas(shard, window, clean.start, vocab, level, rng);
    tokens
}

/// Puts a document, and as many rows of blocks and drafts behind it, into `shard`; returns the tokens
/// asked, by objective.
fn add_with_blocks(
    shard: &mut Shard,
    window: &SampleWindow<'_>,
    vocab: usize,
    rng: &mut Stream,
) -> [f32; Objective::COUNT] {
    let (clean, mut tokens) = add_clean(shard, window);
    let budget = clean.len() - window.given;
    while shard.rows() < clean.end + budget {
        if rng.uniform() < DRAFTS {
            // A draft has fewer rows than a block and its twin; it comes as often as makes its share.
            for _ in 0..8 {
                tokens[Objective::Draft as usize] += add_draft(shard, window, clean.start, rng);
            }
        } else {
            tokens[Objective::Noise as usize] += add_block(shard, window, clean.start, vocab, rng);
        }
    }
    tokens
}

fn add_canvas(
    shard: &mut Shard,
    window: &SampleWindow<'_>,
    clean: usize,
    vocab: usize,
    level: f64,
    rng: &mut Stream,
) -> f32 {
    let text = window.for_canvas(rng);
    let shared = text.iter().zip(&window.text).take_while(|(a, b)| a == b).count();
    // What stands before the canvas must be the clean text, which an abridged one leaves somewhere.
    let given = window.given;
    let most = (given + (text.len() - given) / 2).min(shared.saturating_sub(1)).max(given);
    let from_nothing = rng.uniform() < FROM_NOTHING && window.begins;
    let anchor = if from_nothing { given } else { given + rng.below(most - given + 1) };
    let length = text.len() - anchor - 1;
    let kind = NoiseKind::draw(rng);
    let (noised, level) = if kind == NoiseKind::Masks && rng.uniform() < HOLES {
        let noised = holes(length, rng);
        let share = noised.iter().filter(|noised| **noised).count() as f64 / length.max(1) as f64;
        (noised, share)
    } else {
        (scattered(length, level, rng), level)
    };
    NoisedBlock { text: &text, anchor, noised: &noised, level, kind, vocab }.add(shard, clean, rng)
}

fn add_block(
    shard: &mut Shard,
    window: &SampleWindow<'_>,
    clean: usize,
    vocab: usize,
    rng: &mut Stream,
) -> f32 {
    let (text, given) = (&window.text, window.given);
    // Short blocks as often as long ones: as a drawn power of two.
    let span = (BLOCK.1 / BLOCK.0) as f64;
    let length = (BLOCK.0 as f64 * span.powf(rng.uniform())).round() as usize;
    let anchor = given + rng.below(text.len() - 1 - given);
    let mut padded = text.to_vec();
    if text.last() == Some(&END_ID) {
        padded.resize(text.len() + length, END_ID);
    }
    let length = length.min(padded.len() - anchor - 1);
    let level = LOWEST_LEVEL + (1.0 - LOWEST_LEVEL) * rng.uniform();
    let noised = scattered(length, level, rng);
    let kind = NoiseKind::draw(rng);
    let block = NoisedBlock { text: &padded, anchor, noised: &noised, level, kind, vocab };
    let tokens = block.add(shard, clean, rng);
    let others: Vec<bool> = noised.iter().map(|noised| !noised).collect();
    if kind != NoiseKind::Masks || !others.contains(&true) {
        return tokens;
    }
    let twin = NoisedBlock { noised: &others, level: 1.0 - level, ..block };
    tokens + twin.add(shard, clean, rng)
}

/// Masks behind the token at an anchor. The first of them predicts the token after the one that follows
/// the anchor: that one is the next token of clean text, and needs no draft.
fn add_draft(shard: &mut Shard, window: &SampleWindow<'_>, clean: usize, rng: &mut Stream) -> f32 {
    let (text, given) = (&window.text, window.given);
    let anchor = given + rng.below(text.len() - 1 - given);
    let count = DRAFT.0 + rng.below(DRAFT.1 - DRAFT.0 + 1);
    let context = clean..clean + anchor + 1;
    let rows = shard.push(&vec![MASK_ID; count], anchor + 1, context, Inside::Bidirectional);
    let targets = anchor + 2..text.len().min(anchor + 2 + count);
    for (row, position) in rows.zip(targets.clone()) {
        shard.ask_draft(row, text, position);
    }
    targets.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::corpus::Encoded;

    fn text() -> Encoded {
        let documents: Vec<Vec<u32>> =
            (1..9).map(|n| (0..n * 40).map(|i| 2 + (i % 30) as u32).collect()).collect();
        Encoded::of_ids(documents, Marks::none(40))
    }

    fn batches() -> impl Iterator<Item = Batch> {
        (0..20).map(|step| batch(&text(), 40, 8, 3, step).unwrap())
    }

    #[test]
    fn no_clean_row_sees_noise_or_another_document() {
        for shard in batches().flat_map(|batch| batch.shards) {
            let clean: Vec<_> =
                shard.spans.iter().filter(|span| span.inside == Inside::Causal).collect();
            assert!(clean.iter().all(|span| span.context.is_empty()));
            for span in shard.spans.iter().filter(|span| span.inside == Inside::Bidirectional) {
                let inside = clean.iter().any(|clean| {
                    clean.rows.start <= span.context.start && span.context.end <= clean.rows.end
                });
                assert!(inside || span.context.is_empty(), "{span:?}");
            }
            for span in clean {
                assert!(!shard.ids[span.rows.clone()].contains(&MASK_ID));
            }
        }
    }

    #[test]
    fn every_row_is_asked_for_the_token_behind_it() {
        for shard in batches().flat_map(|batch| batch.shards) {
            let clean: Vec<_> =
                shard.spans.iter().filter(|span| span.inside == Inside::Causal).collect();
            let next = &shard.asked[Objective::NextToken as usize];
            for (row, target) in next.rows.iter().zip(&next.targets) {
                let last = clean.iter().any(|span| span.rows.end == *row as usize + 1);
                assert!(last || shard.ids[*row as usize + 1] == *target);
            }
            let draft = &shard.asked[Objective::Draft as usize];
            assert_eq!(draft.previous.len(), 2 * draft.rows.len());
            for (index, row) in draft.rows.iter().enumerate() {
                assert_eq!(shard.ids[*row as usize], MASK_ID);
                let (span, at) = (span_of(&shard, *row), shard.positions[*row as usize] as usize);
                let start = span.context.start;
                let behind = |position: usize| {
                    clean.iter().find_map(|clean| {
                        let row = start + position;
                        (clean.rows.start == start && clean.rows.contains(&row))
                            .then(|| shard.ids[row])
                    })
                };
                if let Some(token) = behind(at + 1) {
                    assert_eq!(draft.targets[index], token);
                }
                assert_eq!(Some(draft.previous[2 * index]), behind(at));
            }
            assert!(!shard.asked.iter().any(|asked| asked.targets.contains(&MASK_ID)));
        }
    }

    fn span_of(shard: &Shard, row: u32) -> &crate::model::layout::Span {
        shard.spans.iter().find(|span| span.rows.contains(&(row as usize))).unwrap()
    }

    #[test]
    fn all_objectives_are_asked() {
        let mut tokens = [0.0; Objective::COUNT];
        for batch in batches() {
            for (sum, tokens) in tokens.iter_mut().zip(batch.tokens) {
                *sum += tokens;
            }
        }
        assert!(tokens.iter().all(|tokens| *tokens > 500.0), "{tokens:?}");
    }

    #[test]
    fn what_is_given_is_seen_and_never_asked_for() {
        let text = Encoded { given: vec![17; 8], ..text() };
        for shard in (0..20).flat_map(|step| batch(&text, 40, 8, 3, step).unwrap().shards) {
            for asked in &shard.asked {
                let at = |row: &u32| shard.positions[*row as usize];
                assert!(
                    asked.rows.iter().all(|row| at(row) >= 17),
                    "row i is asked for token i + 1"
                );
            }
            for span in shard.spans.iter().filter(|span| span.inside == Inside::Bidirectional) {
                assert!(span.context.len() >= 17, "{span:?}");
            }
        }
    }

    #[test]
    fn a_step_has_its_own_batch_and_keeps_it() {
        let ids = |step| batch(&text(), 40, 6, 3, step).unwrap().shards.remove(0).ids;
        assert_eq!(ids(4), ids(4));
        assert_ne!(ids(4), ids(5));
    }
}
