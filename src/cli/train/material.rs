//! What a run learns from and is measured on: files, or a task.

use super::Train;
use crate::model::Tokenizer;
use crate::tasks::{Document, Split, Task};
use crate::train::corpus::{self, ANSWER, Encoded};
use crate::train::objective::WINDOW;
use crate::train::text::{Both, GeneratedText, TrainingText, task_tokenizer};
use crate::{Error, Result};

/// Held-out documents of a task.
const HELD_OUT: u64 = 300;

/// Texts, before they are tokens.
pub(super) enum Texts {
    /// To learn from, and held out.
    Files(Vec<String>, Vec<String>),
    /// Of a task, under a seed, and answers to problems of it beside them.
    Task(&'static dyn Task, u64, Vec<String>),
}

/// Texts as tokens.
pub(super) struct Material {
    /// To learn from.
    pub train: Box<dyn TrainingText>,
    /// Held out.
    pub held_out: Encoded,
    /// How much there is to learn from.
    pub about: String,
}

impl Texts {
    /// What `args` name.
    ///
    /// # Errors
    /// When files cannot be read, or hold nothing to learn from.
    pub(super) fn read(args: &Train, seed: u64) -> Result<Self> {
        if let Some(task) = args.task {
            let answers = match args.files.as_slice() {
                [] => Vec::new(),
                files => corpus::documents(files)?,
            };
            return Ok(Self::Task(task, seed, answers));
        }
        let train = corpus::read(&args.files)?;
        let Some(file) = &args.held_out else {
            let (train, held_out) = corpus::split(train);
            if train.is_empty() {
                let texts = held_out.len();
                return Err(Error::invalid(format!(
                    "all that there is to learn from is {texts} times the same text, which is held out; add others"
                )));
            }
            return Ok(Self::Files(train, held_out));
        };
        let held_out = corpus::documents(std::slice::from_ref(file))?;
        let train = corpus::without(train, &held_out);
        if train.is_empty() {
            return Err(Error::invalid(format!(
                "{}: it holds every text that is to be learned from; hold out others",
                file.display()
            )));
        }
        Ok(Self::Files(train, held_out))
    }

    /// `tokenizer.json` with `vocab` tokens at most.
    ///
    /// # Errors
    /// As [`corpus::train_tokenizer`].
    pub(super) fn make_tokenizer(&self, vocab: usize) -> Result<String> {
        match self {
            Self::Files(train, _) => corpus::train_tokenizer(train, vocab),
            Self::Task(task, seed, _) => task_tokenizer(*task, *seed, vocab),
        }
    }

    /// The texts in tokens of `tokenizer`.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub(super) fn encoded(self, tokenizer: Tokenizer) -> Result<Material> {
        match self {
            Self::Files(train, held_out) => {
                let held_out = Encoded::new(&tokenizer, &held_out)?;
                let train = Encoded::new(&tokenizer, &train)?;
                check_given(&train)?;
                let about = format!(
                    "{} documents, {:.2} M tokens, unigram entropy {:.3} nats/token",
                    train.documents.len(),
                    train.tokens() as f64 / 1e6,
                    train.unigram_entropy()
                );
                Ok(Material { train: Box::new(train), held_out, about })
            }
            Self::Task(task, seed, answers) => {
                let document = |index| task.document(seed, Split::HeldOut, index);
                let held_out: Vec<Document> = (0..HELD_OUT).map(document).collect();
                let held_out = Encoded::of_documents(&tokenizer, &held_out)?;
                let mut about = format!("{} without end: it {}", task.name(), task.about());
                let written = Encoded::new(&tokenizer, &answers)?;
                check_given(&written)?;
                let made = GeneratedText::new(task, tokenizer)?;
                if answers.is_empty() {
                    return Ok(Material { held_out, train: Box::new(made), about });
                }
                about = format!("{about}; beside it {} documents", answers.len());
                Ok(Material { held_out, train: Box::new(Both { made, written }), about })
            }
        }
    }
}

/// Refuses documents of which so much is given that no answer is in sight.
fn check_given(text: &Encoded) -> Result<()> {
    let most = WINDOW - 2;
    match text.given.iter().position(|given| *given > most) {
        None => Ok(()),
        Some(index) => Err(Error::invalid(format!(
            "document {} has {} tokens before its {ANSWER}, and {most} are looked at; shorten it",
            index + 1,
            text.given[index]
        ))),
    }
}
