//! Text to learn from: documents, the tokenizer made from them, and what is held out.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, TokenizerImpl};

use crate::fnv::fnv1a;
use crate::model::Tokenizer;
use crate::tasks::Document;
use crate::{Error, Result, files};

/// The line that ends a document; also the spelling of the end token.
pub const MARKER: &str = "<|endoftext|>";
/// What stands in a document between what is given and what is to be learned.
pub const ANSWER: &str = "<|answer|>";
/// The spelling of the mask token.
const MASK: &str = "<|mask|>";
/// Id of the end token, which is also the first of every sequence, and padding.
pub const END_ID: u32 = 0;
/// Id of the mask token.
pub const MASK_ID: u32 = 1;

/// The different documents of `files`, each ended by a line with [`MARKER`] or by the end of its file.
///
/// # Errors
/// When a file cannot be read or is not text, or there is no document in it.
pub fn documents(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut documents = Vec::new();
    for path in files {
        // The text, its documents, and what becomes of them.
        let bytes = files::read_whole(path, 3)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Error::invalid(format!("{}: not a text in UTF-8; convert it first", path.display()))
        })?;
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        let parts = text.split(MARKER).map(str::trim).filter(|part| !part.is_empty());
        documents.extend(parts.map(str::to_owned));
    }
    if let Some(document) = documents.iter().find(|document| document.contains(MASK)) {
        let window: String = document.chars().take(40).collect();
        return Err(Error::invalid(format!(
            "{}: the document that begins {window:?} spells the mask token, {MASK}; take it out",
            names(files)
        )));
    }
    // What stands twice would be learned from and measured on.
    let mut seen = HashSet::new();
    documents.retain(|document| seen.insert(hash(document.as_bytes())));
    if documents.is_empty() {
        return Err(Error::invalid(format!("{}: there is no text in it", names(files))));
    }
    Ok(documents)
}

/// The documents of `files`, to learn from; where there is only one, its paragraphs.
///
/// # Errors
/// As [`documents`]; or when there are not two, one of which can be held out.
pub fn read(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut documents = documents(files)?;
    if let [only] = documents.as_slice() {
        documents = paragraphs(only);
    }
    if documents.len() < 2 {
        return Err(Error::invalid(format!(
            "{}: one line is too little to learn from; give two documents or more, each ended by a line \
             {MARKER}, or a text with blank lines",
            names(files)
        )));
    }
    Ok(documents)
}

fn names(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// A text without marks, cut at its blank lines.
fn paragraphs(text: &str) -> Vec<String> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Sets apart what is held out: the documents whose [`hash`] lies in the lowest thirtieth of all numbers,
/// the one with the lowest where there is none. (to train, held out).
///
/// Whether a document is held out hangs on nothing but itself, so that it is held out again in whatever
/// order and beside whatever others it comes; but for the one that is the lowest of a few.
pub fn split(documents: Vec<String>) -> (Vec<String>, Vec<String>) {
    let hash = |document: &String| hash(document.as_bytes());
    let lowest = documents.iter().map(hash).min().unwrap_or(0);
    let limit = lowest.max(u64::MAX / 30);
    documents.into_iter().partition(|document| hash(document) > limit)
}

/// `documents` without those that are `held_out`.
pub fn without(documents: Vec<String>, held_out: &[String]) -> Vec<String> {
    let held_out: HashSet<&str> = held_out.iter().map(String::as_str).collect();
    documents.into_iter().filter(|document| !held_out.contains(document.as_str())).collect()
}

/// FNV-1a of `bytes` (Fowler, Noll, Vo), mixed once more so that its high bits are worth comparing.
pub fn hash(bytes: &[u8]) -> u64 {
    let fnv = fnv1a(bytes.iter().copied());
    let mixed = (fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// `tokenizer.json` of a byte-level BPE with `vocab` tokens at most, made from `documents`.
///
/// # Errors
/// When `vocab` has no room for the 256 bytes and the two control tokens.
pub fn train_tokenizer(documents: &[String], vocab: usize) -> Result<String> {
    const LEAST: usize = 258;
    if vocab < LEAST {
        return Err(Error::invalid(format!("vocab cannot be {vocab}; it takes {LEAST} or more")));
    }
    let fail = |e: tokenizers::Error| Error::invalid(format!("cannot make a tokenizer: {e}"));
    let special = [MARKER, MASK].map(|token| AddedToken::from(token, true));
    let mut trainer = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(vocab)
        .special_tokens(special.to_vec())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let bytes = ByteLevel::new(false, true, true);
    let mut tokenizer: TokenizerImpl<
        BPE,
        tokenizers::NormalizerWrapper,
        ByteLevel,
        ByteLevel,
        ByteLevel,
    > = TokenizerImpl::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
    let pieces = documents.iter().flat_map(|document| pieces(&document.replace(ANSWER, "")));
    tokenizer.train(&mut trainer, pieces).map_err(fail)?;
    tokenizer.to_string(false).map_err(fail)
}

/// `document` in pieces without a longer word than this: what merging costs grows with the square of a word.
fn pieces(document: &str) -> Vec<String> {
    const WORD: usize = 256;
    let (mut pieces, mut from, mut word) = (Vec::new(), 0, 0);
    for (at, c) in document.char_indices() {
        word = if c.is_whitespace() { 0 } else { word + 1 };
        if word > WORD {
            pieces.push(document[from..at].to_owned());
            (from, word) = (at, 1);
        }
    }
    pieces.push(document[from..].to_owned());
    pieces
}

/// Which tokens end a sentence or a paragraph.
#[derive(Clone, Debug)]
pub struct Marks {
    sentence: Vec<bool>,
    paragraph: Vec<bool>,
}

impl Marks {
    /// Those of the first `vocab` tokens of `tokenizer`.
    pub fn of(tokenizer: &Tokenizer, vocab: usize) -> Self {
        let texts: Vec<String> = (0..vocab as u32).map(|id| tokenizer.decode(&[id])).collect();
        let ends = |text: &String| text.trim_end().trim_end_matches('"').ends_with(['.', '!', '?']);
        Self {
            sentence: texts.iter().map(ends).collect(),
            paragraph: texts.iter().map(|text| text.contains('\n')).collect(),
        }
    }

    /// Of `vocab` tokens that end nothing.
    pub fn none(vocab: usize) -> Self {
        Self { sentence: vec![false; vocab], paragraph: vec![false; vocab] }
    }

    /// Where the sentences of `document` begin, the first left out.
    pub fn sentences(&self, document: &[u32]) -> Vec<usize> {
        let quiet = |at: usize| !self.paragraph[document[at] as usize];
        let begins = |at: &usize| self.sentence[document[at - 1] as usize] && quiet(*at);
        (1..document.len()).filter(begins).collect()
    }

    /// The first sentences of `document`, `most` tokens at most; nothing where the first one is longer.
    pub fn cut(&self, document: &[u32], most: usize) -> Option<Vec<u32>> {
        let ends = |at: &usize| self.sentence[document[*at] as usize];
        let last = (0..document.len().min(most)).rev().find(ends)?;
        (last + 1 < document.len()).then(|| document[..=last].to_vec())
    }

    /// The first paragraph of `document` and its last; nothing where there are no others.
    pub fn abridged(&self, document: &[u32]) -> Option<Vec<u32>> {
        let breaks = |at: &usize| self.paragraph[document[*at] as usize];
        let first = (0..document.len()).find(breaks)?;
        let last = (0..document.len()).rev().find(breaks)?;
        (first + 4 < last).then(|| [&document[..=first], &document[last + 1..]].concat())
    }
}

/// Documents as ids, with their length in characters.
pub struct Encoded {
    /// Ids of each document, without the control tokens around it.
    pub documents: Vec<Vec<u32>>,
    /// Tokens at the beginning of each document that are always given and never asked for.
    pub given: Vec<usize>,
    /// Characters in all of them.
    pub characters: usize,
    /// What ends sentences and paragraphs in them.
    pub marks: Marks,
}

impl Encoded {
    /// Encodes texts; what stands before an [`ANSWER`] in one of them is given.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn new(tokenizer: &Tokenizer, texts: &[String]) -> Result<Self> {
        let documents: Vec<Document> = texts.iter().map(|text| behind_mark(text)).collect();
        Self::of_documents(tokenizer, &documents)
    }

    /// Encodes `documents`; of their characters those count that are not given.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn of_documents(tokenizer: &Tokenizer, documents: &[Document]) -> Result<Self> {
        let encode = |document: &Document| encode_behind_given(tokenizer, document);
        let encoded: Vec<(Vec<u32>, usize)> =
            documents.iter().map(encode).collect::<Result<_>>()?;
        let (documents_ids, given) = encoded.into_iter().unzip();
        Ok(Self {
            documents: documents_ids,
            given,
            characters: documents.iter().map(|d| d.text[d.given..].chars().count()).sum(),
            marks: Marks::of(tokenizer, tokenizer.len()),
        })
    }

    /// Documents that are ids already, of a character each.
    pub fn of_ids(documents: Vec<Vec<u32>>, marks: Marks) -> Self {
        let characters = documents.iter().map(Vec::len).sum();
        Self { given: vec![0; documents.len()], documents, characters, marks }
    }

    /// Windows of `length` tokens: (document, number of the window in it), as many for each document as
    /// it takes to hold it.
    pub fn windows(&self, length: usize) -> Vec<(usize, usize)> {
        let windows = |(index, document): (usize, &Vec<u32>)| {
            // What is given must be seen, so that there is no other window than the first.
            let whole = self.given[index] > 0;
            let count = if whole { 1 } else { document.len().div_ceil(length).max(1) };
            (0..count).map(move |number| (index, number))
        };
        self.documents.iter().enumerate().flat_map(windows).collect()
    }

    /// The first `count` documents; their characters are estimated by their share of the tokens.
    pub fn first(&self, count: usize) -> Self {
        let documents: Vec<Vec<u32>> = self.documents.iter().take(count).cloned().collect();
        let given: Vec<usize> = self.given.iter().take(count).copied().collect();
        let tokens = documents.iter().map(Vec::len).sum::<usize>() - given.iter().sum::<usize>();
        let share = tokens as f64 / self.tokens().max(1) as f64;
        Self {
            documents,
            given,
            characters: (self.characters as f64 * share).round() as usize,
            marks: self.marks.clone(),
        }
    }

    /// A number that another text does not have.
    pub fn fingerprint(&self) -> u64 {
        let ids = self.documents.iter().flat_map(|document| document.iter().chain(&[END_ID]));
        let given = self.given.iter().filter(|given| **given > 0);
        let given = given.flat_map(|given| (*given as u64).to_le_bytes());
        hash(&ids.flat_map(|id| id.to_le_bytes()).chain(given).collect::<Vec<u8>>())
    }

    /// Tokens in all documents that are not given.
    pub fn tokens(&self) -> usize {
        let tokens: usize = self.documents.iter().map(Vec::len).sum();
        tokens - self.given.iter().sum::<usize>()
    }

    /// Nats a token when nothing but how often each occurs is known: what any model must beat.
    pub fn unigram_entropy(&self) -> f64 {
        let mut counts = std::collections::HashMap::new();
        let asked = |(document, given): (&'_ Vec<u32>, &usize)| document[*given..].to_vec();
        for id in self.documents.iter().zip(&self.given).flat_map(asked) {
            *counts.entry(id).or_insert(0usize) += 1;
        }
        let total = self.tokens().max(1) as f64;
        // Summed in a fixed order, so that it prints the same twice.
        let mut shares: Vec<f64> = counts.into_values().map(|n| n as f64 / total).collect();
        shares.sort_by(f64::total_cmp);
        shares.into_iter().map(|p| -p * p.ln()).sum()
    }
}

/// `text`, of which what stands before the first [`ANSWER`] is given.
fn behind_mark(text: &str) -> Document {
    match text.split_once(ANSWER) {
        Some((given, asked)) => Document { text: format!("{given}{asked}"), given: given.len() },
        None => Document { text: text.to_owned(), given: 0 },
    }
}

/// The ids of `document`, and how many of them are given: no token is half of either.
///
/// # Errors
/// What the tokenizer says.
pub fn encode_behind_given(
    tokenizer: &Tokenizer,
    document: &Document,
) -> Result<(Vec<u32>, usize)> {
    let (given, asked) = document.text.split_at(document.given);
    let mut ids = tokenizer.encode(given)?;
    let given = ids.len();
    ids.extend(tokenizer.encode(asked)?);
    Ok((ids, given))
}

/// The folder of a path, for files that are written beside each other.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_and_nothing_is_lost() {
        let text = format!("ab {} cd", "x".repeat(600));
        let pieces = pieces(&text);
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces.concat(), text);
        assert_eq!(super::pieces("a few words"), ["a few words"]);
    }

    #[test]
    fn what_stands_before_the_mark_is_given() {
        let whole = |text: &str, given| Document { text: text.to_owned(), given };
        assert_eq!(behind_mark("1 + 1 =<|answer|> 2"), whole("1 + 1 = 2", 7));
        assert_eq!(behind_mark("a story"), whole("a story", 0));
    }

    #[test]
    fn what_is_held_out_does_not_hang_on_order_or_company() {
        let documents: Vec<String> = (0..300).map(|n| format!("story number {n}")).collect();
        let (train, held_out) = split(documents.clone());
        assert_eq!(train.len() + held_out.len(), 300);
        assert!((4..20).contains(&held_out.len()), "{} of 300", held_out.len());
        assert_eq!(without(documents.clone(), &held_out), train);
        let mut reversed = documents.clone();
        reversed.reverse();
        let (_, mut again) = split(reversed);
        again.reverse();
        assert_eq!(again, held_out);
        let more = documents.iter().cloned().chain((0..300).map(|n| format!("tale {n}"))).collect();
        let (_, more) = split(more);
        assert!(held_out.iter().all(|document| more.contains(document)), "held out still");
        assert_eq!(split(vec!["a".into(), "b".into()]).1.len(), 1);
    }
}
