//! What a run learns from: documents of files, gone through again and again, or those of a task, which never end.

use std::borrow::Cow;

use super::corpus::{Encoded, Marks, encode_behind_given, hash, train_tokenizer};
use super::objective::WINDOW;
use crate::Result;
use crate::model::Tokenizer;
use crate::rng::{Purpose, Stream};
use crate::tasks::{CANVASES, Split, Task};

/// A document, of which a window is to be looked at.
pub struct Excerpt<'a> {
    /// Its ids, without the control tokens around it.
    pub document: Cow<'a, [u32]>,
    /// The number of the window in it, from 0.
    pub window: usize,
    /// Tokens at its beginning that are given, and never asked for.
    pub given: usize,
}

/// Something to learn from.
pub trait TrainingText: Sync {
    /// The `counter`-th excerpt of a run with `seed`.
    ///
    /// # Errors
    /// What a tokenizer says of a document that was just made.
    fn excerpt(&self, counter: usize, seed: u64) -> Result<Excerpt<'_>>;

    /// Rows of a document in a batch, about: its tokens and the noise behind them.
    fn document_rows(&self) -> usize;

    /// Share of its documents whose noise is one canvas; the others have drafts and blocks.
    fn canvases(&self) -> f64 {
        CANVASES
    }

    /// What ends sentences and paragraphs in it.
    fn marks(&self) -> &Marks;

    /// A number that another text does not have.
    fn fingerprint(&self) -> u64;
}

impl TrainingText for Encoded {
    fn excerpt(&self, counter: usize, seed: u64) -> Result<Excerpt<'_>> {
        let windows = self.windows(WINDOW - 1);
        let (document, window) = windows[shuffled(counter, windows.len(), seed)];
        let given = self.given[document];
        Ok(Excerpt { document: Cow::Borrowed(&self.documents[document]), window, given })
    }

    fn document_rows(&self) -> usize {
        const STORY: usize = 440;
        STORY
    }

    fn marks(&self) -> &Marks {
        &self.marks
    }

    fn fingerprint(&self) -> u64 {
        Self::fingerprint(self)
    }
}

/// `tokenizer.json` for the texts of `task`, made from those under `seed` that may be learned, with `vocab` tokens at
/// most.
///
/// # Errors
/// As [`train_tokenizer`].
pub fn task_tokenizer(task: &dyn Task, seed: u64, vocab: usize) -> Result<String> {
    const DOCUMENTS: u64 = 20_000;
    let text = |index| task.document(seed, Split::Training, index).text;
    let documents: Vec<String> = (0..DOCUMENTS).map(text).collect();
    train_tokenizer(&documents, vocab)
}

/// The training part of a task, made as it is asked for.
pub struct GeneratedText {
    task: &'static dyn Task,
    tokenizer: Tokenizer,
    marks: Marks,
    document_rows: usize,
}

impl GeneratedText {
    /// Documents of `task`, in tokens of `tokenizer`.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn new(task: &'static dyn Task, tokenizer: Tokenizer) -> Result<Self> {
        /// Documents that tell how long others are, and how far they are apart.
        const SAMPLE: (u64, u64) = (64, 1009);
        let mut rows = 0;
        for index in 0..SAMPLE.0 {
            let document = task.document(0, Split::Training, index * SAMPLE.1);
            let (ids, given) = encode_behind_given(&tokenizer, &document)?;
            rows += 2 * ids.len() - given;
        }
        let document_rows = (rows / SAMPLE.0 as usize).max(1);
        // What a task makes is looked at whole.
        let marks = Marks::none(tokenizer.len());
        Ok(Self { task, tokenizer, marks, document_rows })
    }
}

impl TrainingText for GeneratedText {
    fn excerpt(&self, counter: usize, seed: u64) -> Result<Excerpt<'_>> {
        let document = self.task.document(seed, Split::Training, counter as u64);
        let (document, given) = encode_behind_given(&self.tokenizer, &document)?;
        Ok(Excerpt { document: Cow::Owned(document), window: 0, given })
    }

    fn document_rows(&self) -> usize {
        self.document_rows
    }

    fn canvases(&self) -> f64 {
        self.task.canvases()
    }

    fn marks(&self) -> &Marks {
        &self.marks
    }

    fn fingerprint(&self) -> u64 {
        hash(self.task.name().as_bytes())
    }
}

/// What a task makes, and documents that were written for it, three of the second to one of the first.
///
/// Where these are a model's own right answers, noise becomes easier to tell: of all that could be answered it asks
/// for the one thing that this model would (knowledge distillation for parallel writing: Kim and Rush 2016,
/// arXiv 1606.07947; Gu et al. 2018, arXiv 1711.02281).
pub struct Both {
    /// By the task.
    pub made: GeneratedText,
    /// By a model.
    pub written: Encoded,
}

impl Both {
    /// One of so many documents is the task's own.
    const MADE: usize = 4;
}

impl TrainingText for Both {
    fn excerpt(&self, counter: usize, seed: u64) -> Result<Excerpt<'_>> {
        let round = counter / Self::MADE;
        match counter % Self::MADE {
            0 => self.made.excerpt(round, seed),
            place => self.written.excerpt(round * (Self::MADE - 1) + place - 1, seed),
        }
    }

    fn document_rows(&self) -> usize {
        self.made.document_rows()
    }

    fn canvases(&self) -> f64 {
        self.made.canvases()
    }

    fn marks(&self) -> &Marks {
        self.made.marks()
    }

    fn fingerprint(&self) -> u64 {
        self.made.fingerprint() ^ self.written.fingerprint()
    }
}

/// The `counter`-th of `length` things, in an order of its own for each time round.
fn shuffled(counter: usize, length: usize, seed: u64) -> usize {
    let mut rng = Stream::new(seed, counter / length, Purpose::Epoch, 0);
    let (mut stride, offset) = (1 + rng.below(length), rng.below(length));
    while gcd(stride, length) != 1 {
        stride = stride % length + 1;
    }
    ((counter % length) * stride + offset) % length
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_seen_before_one_comes_again() {
        for epoch in 0..3 {
            let mut seen: Vec<usize> = (0..60).map(|i| shuffled(epoch * 60 + i, 60, 5)).collect();
            assert_ne!(seen, (0..60).collect::<Vec<_>>());
            seen.sort_unstable();
            assert_eq!(seen, (0..60).collect::<Vec<_>>());
        }
    }

    #[test]
    fn of_four_documents_the_task_makes_one_and_all_others_come_in_turn() {
        let read = |json: &str| Tokenizer::from_json("made", json.as_bytes()).unwrap();
        let texts: Vec<String> = (0..6).map(|n| format!("grid{n}:<|answer|>{n}")).collect();
        let json = train_tokenizer(&texts, 280).unwrap();
        let written = Encoded::new(&read(&json), &texts).unwrap();
        let task = crate::tasks::by_name("sudoku").unwrap();
        let both = Both { made: GeneratedText::new(task, read(&json)).unwrap(), written };
        let excerpts = (0..8).map(|counter| both.excerpt(counter, 3).unwrap());
        let (mut seen, mut made) = (Vec::new(), Vec::new());
        for (counter, excerpt) in excerpts.enumerate() {
            match both.written.documents.iter().position(|known| **known == *excerpt.document) {
                Some(index) => seen.push(index),
                None => made.push(counter),
            }
        }
        seen.sort_unstable();
        assert_eq!((made, seen), (vec![0, 4], (0..6).collect()));
        assert!(both.written.given.iter().all(|given| *given > 0));
        assert_ne!(both.fingerprint(), both.made.fingerprint());
    }
}
