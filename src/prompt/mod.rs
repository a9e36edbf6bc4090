//! What is given before a run: text or token ids, with holes to be filled where the person wants them; and what
//! was given before.

mod history;
mod parts;

use serde::{Deserialize, Serialize};

pub use history::{PromptEntry, PromptHistory};
pub use parts::{HoleMistake, MAX_HOLES, PartKind, PromptPart, PromptParts};

use crate::diffusion::Segment;
use crate::diffusion::canvas::CANVAS;
use crate::knobs::Settings;
use crate::model::{Backbone, LanguageModel, Tokenizer};
use crate::{Error, Result};

/// What the canvas is laid out from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Text. `[[12]]` in it is a hole of 12 tokens to be written ([`PromptParts`]); without a hole the
    /// canvas follows the text.
    Text(String),
    /// A text to be repaired: the share of it that `strength` says becomes noise.
    Draft(String),
    /// Token ids as they are, nothing added. The mask id is a hole of one token.
    Ids(Vec<u32>),
}

/// What becomes of a text that somebody typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptKind {
    /// Its holes are filled, or it is gone on with.
    #[default]
    Text,
    /// It is repaired.
    Draft,
}

impl PromptKind {
    /// `text` as a prompt of this kind.
    pub fn prompt(self, text: String) -> Prompt {
        match self {
            Self::Text => Prompt::Text(text),
            Self::Draft => Prompt::Draft(text),
        }
    }
}

/// What of a model decides how a prompt is laid out.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// Turns text into ids.
    pub tokenizer: &'a Tokenizer,
    /// Put in front of a text.
    pub bos: Option<u32>,
    /// The id that is a hole.
    pub mask: u32,
    /// Tokens of noise behind a prompt without holes.
    pub canvas: usize,
}

impl<'a> Layout<'a> {
    /// For texts that `model` writes as `settings` say.
    pub fn of(model: &'a LanguageModel, settings: &Settings) -> Self {
        Self {
            tokenizer: model.tokenizer(),
            bos: model.config().bos_id,
            mask: model.vocabulary().mask,
            canvas: settings.get(&CANVAS),
        }
    }
}

impl Prompt {
    /// The stretches of the canvas: the prompt, and behind it or within it the noise.
    ///
    /// # Errors
    /// When the tokenizer refuses the text, or brackets in it are no hole.
    pub fn segments(&self, layout: Layout<'_>) -> Result<Vec<Segment>> {
        let mut pieces = match self {
            Self::Draft(text) => return draft(text, layout),
            Self::Text(text) => text_pieces(text, layout)?,
            Self::Ids(ids) => id_pieces(ids, layout.mask),
        };
        if !pieces.iter().any(|piece| matches!(piece, Piece::Hole(_))) {
            pieces.push(Piece::Hole(layout.canvas));
        }
        let mut seen_hole = false;
        let segments = pieces.into_iter().map(|piece| match piece {
            Piece::Hole(length) => {
                seen_hole = true;
                Segment::Noise(length)
            }
            Piece::Given(ids) if seen_hole => Segment::Fixed(ids),
            Piece::Given(ids) => Segment::Prompt(ids),
        });
        Ok(segments.collect())
    }
}

fn draft(text: &str, layout: Layout<'_>) -> Result<Vec<Segment>> {
    let ids = layout.tokenizer.encode(text)?;
    if ids.is_empty() {
        return Err(Error::invalid("there is no text to repair; give one"));
    }
    let bos = layout.bos.map(|bos| Segment::Prompt(vec![bos]));
    Ok(bos.into_iter().chain([Segment::Draft(ids)]).collect())
}

enum Piece {
    Given(Vec<u32>),
    Hole(usize),
}

fn text_pieces(text: &str, layout: Layout<'_>) -> Result<Vec<Piece>> {
    let PromptParts { parts, mistake } = PromptParts::of(text);
    if let Some(mistake) = mistake {
        return Err(Error::invalid(mistake.message));
    }
    let mut pieces = Vec::new();
    let mut given: Vec<u32> = layout.bos.into_iter().collect();
    let mut words = String::new();
    for PromptPart { kind, span } in parts {
        let PartKind::Hole(length) = kind else {
            words.push_str(&text[span]);
            continue;
        };
        // The space in front of a word belongs to the word's token, so to the hole.
        given.extend(layout.tokenizer.encode(words.strip_suffix(' ').unwrap_or(&words))?);
        words.clear();
        if !given.is_empty() {
            pieces.push(Piece::Given(std::mem::take(&mut given)));
        }
        pieces.push(Piece::Hole(length));
    }
    given.extend(layout.tokenizer.encode(&words)?);
    if !given.is_empty() {
        pieces.push(Piece::Given(given));
    }
    Ok(pieces)
}

fn id_pieces(ids: &[u32], mask: u32) -> Vec<Piece> {
    let runs = ids.chunk_by(|a, b| (*a == mask) == (*b == mask));
    runs.map(|run| if run[0] == mask { Piece::Hole(run.len()) } else { Piece::Given(run.to_vec()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(prompt: &Prompt) -> Result<Vec<Segment>> {
        let json = include_bytes!("../../assets/stories/tokenizer.json");
        let tokenizer = Tokenizer::from_json("stories", json).unwrap();
        prompt.segments(Layout { tokenizer: &tokenizer, bos: Some(0), mask: 1, canvas: 5 })
    }

    fn segments(prompt: &Prompt) -> Vec<Segment> {
        laid_out(prompt).unwrap()
    }

    #[test]
    fn the_canvas_follows_a_plain_text() {
        let text = segments(&Prompt::Text(r"Once \[[x]] \[[".into()));
        assert!(matches!(&text[..], [Segment::Prompt(ids), Segment::Noise(5)] if ids[0] == 0));
        let draft = segments(&Prompt::Draft("Once [[x]] [[".into()));
        assert!(
            matches!((&text[0], &draft[1]), (Segment::Prompt(a), Segment::Draft(b)) if a[1..] == b[..]),
            "a backslash takes nothing but the hole away: {text:?} {draft:?}"
        );
        let empty = segments(&Prompt::Text(String::new()));
        assert_eq!(empty, [Segment::Prompt(vec![0]), Segment::Noise(5)]);
    }

    #[test]
    fn brackets_that_are_no_hole_are_refused() {
        let error = laid_out(&Prompt::Text("Once [[abc]].".into())).unwrap_err().to_string();
        assert!(error.contains("[[abc]] is no hole") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn holes_take_the_place_of_the_canvas() {
        let infill = segments(&Prompt::Text("Once[[3]] the end.[[2]]".into()));
        assert!(
            matches!(
                &infill[..],
                [Segment::Prompt(_), Segment::Noise(3), Segment::Fixed(_), Segment::Noise(2)]
            ),
            "{infill:?}"
        );
        let ids = segments(&Prompt::Ids(vec![1, 1, 7, 1]));
        assert_eq!(ids, [Segment::Noise(2), Segment::Fixed(vec![7]), Segment::Noise(1)]);
    }
}
