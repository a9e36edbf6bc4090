//! Small Python functions with asserts, without end.
//!
//! A document is made of a *recipe*, which says what the function computes, and of what does not change that:
//! names, the wording of the docstring, the style of the body, the values in the asserts. The docstring says
//! all of the recipe, so that the body can be written from it. Some of the recipes are held out: what is
//! combined in them occurs in training, but never in that combination.

mod arguments;
mod beginnings;
mod binary_rules;
mod choice;
mod draft;
mod int_rules;
mod kind;
mod kinds;
mod mistake;
mod names;
mod phrase;
pub mod run;
mod task;
mod template;
mod text_rules;
mod value;

pub use task::Python;

use super::Split;
use crate::fnv::fnv1a;
use crate::rng::{Purpose, Stream};
use draft::Draft;

/// One recipe in so many is held out.
const HELD_OUT_ONE_IN: u64 = 20;

/// Documents are no longer than this, in bytes.
const LONGEST: usize = 600;

/// A function, or a small class, with two asserts that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Signature and docstring, or the line of the class and its docstring; ends in a newline.
    pub header: String,
    /// The lines of the body with their indentation; ends in a newline.
    pub body: String,
    /// The asserts, without newlines.
    pub asserts: Vec<String>,
    /// What it computes, in the same words for all functions that compute the same.
    pub recipe: String,
}

impl Function {
    /// The whole document.
    pub fn text(&self) -> String {
        self.with_body(&self.body)
    }

    /// The document with one mistake in its body: another operator, another number, another name. Most such
    /// bodies fail the asserts; some are right after all, or say the same in other words. Nothing where the
    /// body has nothing to get wrong.
    pub fn mistaken(&self, seed: u64, index: u64) -> Option<String> {
        let mut rng = Stream::new(seed, as_step(index), Purpose::Task, MISTAKE);
        mistake::of(&self.body, &mut rng).map(|body| self.with_body(&body))
    }

    fn with_body(&self, body: &str) -> String {
        format!("{}{body}\n{}", self.header, self.asserts.join("\n"))
    }
}

/// The position of the stream that mistakes are drawn from, behind those of the attempts at a document.
const MISTAKE: usize = usize::MAX;

/// The `index`-th document of `part` under `seed`.
pub fn document(seed: u64, part: Split, index: u64) -> Function {
    let mut attempt = 0;
    loop {
        let mut rng = Stream::new(seed, as_step(index), Purpose::Task, attempt);
        let draft = Draft::draw(&mut rng);
        if part_of(&draft) == part
            && let Some(function) = draft.write(&mut rng)
            && function.text().len() <= LONGEST
        {
            return function;
        }
        attempt += 1;
    }
}

/// Where a recipe belongs. What combines nothing cannot be told from its parts, and is for training.
fn part_of(draft: &Draft) -> Split {
    let held_out = draft.combines() && hash(&draft.recipe()).is_multiple_of(HELD_OUT_ONE_IN);
    if held_out { Split::HeldOut } else { Split::Training }
}

/// FNV-1a of 64 bits, its high bits mixed into the low ones (the finalizer of MurmurHash3).
fn hash(text: &str) -> u64 {
    let fnv = fnv1a(text.bytes());
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

/// `index` as the step of a stream.
fn as_step(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
