//! A step as a line of JSON: the record of the protocol, and beside it what is handy to read.

use serde::Serialize;

use crate::diffusion::{Canvas, Step, TokenOutcome};
use crate::model::{Tokenizer, Vocabulary};

/// What stands in a text for a position that is noise.
const NOISE: &str = "░";

/// `step` counts from 1, so that `ids` are the canvas after that many passes. `text` is that canvas to be read, with
/// a sign for each position of noise, and `guess` the same with what the network would write there.
#[derive(Serialize)]
pub struct StepLine<'a> {
    r#type: &'static str,
    step: usize,
    text: String,
    guess: String,
    ids: &'a [u32],
    changed: Vec<usize>,
    committed: usize,
    remasked: usize,
    #[serde(flatten)]
    record: &'a Step,
}

impl<'a> StepLine<'a> {
    /// Of `record`, which led to `canvas`.
    pub fn new(
        record: &'a Step,
        canvas: &'a Canvas,
        tokenizer: &Tokenizer,
        vocabulary: &Vocabulary,
    ) -> Self {
        let mut decided: Vec<Option<u32>> = canvas.ids().iter().copied().map(Some).collect();
        canvas.open().for_each(|position| decided[position] = None);
        let mut guessed = decided.clone();
        for update in &record.updates {
            guessed[update.position].get_or_insert(update.prediction);
        }
        let text = |tokens: &[Option<u32>]| {
            let end = canvas.text_end_of(tokens, vocabulary);
            readable(&tokens[..end], tokenizer)
        };
        let changed = record.updates.iter().filter(|update| update.old != update.new);
        Self {
            r#type: "step",
            step: record.index + 1,
            text: text(&decided),
            guess: text(&guessed),
            ids: canvas.ids(),
            changed: changed.map(|update| update.position).collect(),
            committed: record.count(TokenOutcome::Written),
            remasked: record.count(TokenOutcome::Remasked),
            record,
        }
    }
}

/// The text of `tokens`, some of which are noise. Those that stand side by side are decoded together: a character
/// may be spread over several.
fn readable(tokens: &[Option<u32>], tokenizer: &Tokenizer) -> String {
    let runs = tokens.chunk_by(|a, b| a.is_some() == b.is_some());
    let text = |run: &[Option<u32>]| match run {
        [None, ..] => NOISE.repeat(run.len()),
        _ => tokenizer.decode(&run.iter().copied().flatten().collect::<Vec<u32>>()),
    };
    runs.map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_seen_and_characters_stay_whole() {
        let json = crate::model::bundled::ALL[0].tokenizer;
        let tokenizer = Tokenizer::from_json("stories", json).unwrap();
        let ids = tokenizer.encode("a 🎈 b").unwrap();
        let mut tokens: Vec<Option<u32>> = ids.into_iter().map(Some).collect();
        tokens.extend([None, None, Some(0), None]);
        assert_eq!(readable(&tokens, &tokenizer), "a 🎈 b░░░");
    }
}
