//! What is given before a run: text or token ids, with holes to be filled where the person wants them.

use crate::diffusion::Segment;
use crate::diffusion::canvas::CANVAS;
use crate::knobs::Settings;
use crate::model::{Backbone, LanguageModel, Tokenizer};
use crate::{Error, Result};

/// What the canvas is laid out from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Text. `[[12]]` in it is a hole of 12 tokens to be written; without a hole the canvas follows
    /// the text.
    Text(String),
    /// A text to be repaired: the share of it that `strength` says becomes noise.
    Draft(String),
    /// Token ids as they are, nothing added. The mask id is a hole of one token.
    Ids(Vec<u32>),
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
    /// When the tokenizer refuses the text, or a hole is longer than any canvas.
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
    let mut pieces = Vec::new();
    let mut given: Vec<u32> = layout.bos.into_iter().collect();
    let (mut rest, mut room) = (text, MAX_HOLES);
    while let Some((before, length, after)) = next_hole(rest) {
        let length = length.parse().ok().filter(|n| *n <= room);
        let length: usize = length.ok_or_else(|| {
            Error::invalid(format!(
                "a hole in the prompt can be [[1]] to [[{MAX_HOLES}]] tokens long, all of them together no more"
            ))
        })?;
        room -= length;
        // The space in front of a word belongs to the word's token, so to the hole.
        let before = before.strip_suffix(' ').unwrap_or(before);
        given.extend(layout.tokenizer.encode(before)?);
        if !given.is_empty() {
            pieces.push(Piece::Given(std::mem::take(&mut given)));
        }
        pieces.push(Piece::Hole(length));
        rest = after;
    }
    given.extend(layout.tokenizer.encode(rest)?);
    if !given.is_empty() {
        pieces.push(Piece::Given(given));
    }
    Ok(pieces)
}

/// Longer than any context, and short enough to be laid out.
const MAX_HOLES: usize = 32_768;

/// What stands before the first `[[digits]]`, the digits, and what stands behind. Looks at every
/// character once or twice, however many brackets there are.
fn next_hole(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("[[").map(|at| from + at) {
        let inside = &text[start + 2..];
        let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
        if let (1.., Some(after)) = (digits, inside[digits..].strip_prefix("]]")) {
            return Some((&text[..start], &inside[..digits], after));
        }
        from = start + 1;
    }
    None
}

fn id_pieces(ids: &[u32], mask: u32) -> Vec<Piece> {
    let runs = ids.chunk_by(|a, b| (*a == mask) == (*b == mask));
    runs.map(|run| if run[0] == mask { Piece::Hole(run.len()) } else { Piece::Given(run.to_vec()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(prompt: &Prompt) -> Vec<Segment> {
        let json = include_bytes!("../assets/stories/tokenizer.json");
        let tokenizer = Tokenizer::from_json("stories", json).unwrap();
        let layout = Layout { tokenizer: &tokenizer, bos: Some(0), mask: 1, canvas: 5 };
        prompt.segments(layout).unwrap()
    }

    #[test]
    fn the_canvas_follows_a_plain_text() {
        let text = segments(&Prompt::Text("Once [[x]] [[".into()));
        assert!(matches!(&text[..], [Segment::Prompt(ids), Segment::Noise(5)] if ids[0] == 0));
        let empty = segments(&Prompt::Text(String::new()));
        assert_eq!(empty, [Segment::Prompt(vec![0]), Segment::Noise(5)]);
    }

    #[test]
    fn brackets_without_end_and_holes_without_end_cost_nothing() {
        let began = std::time::Instant::now();
        assert!(next_hole(&"[".repeat(2_000_000)).is_none());
        assert!(next_hole(&"[[1".repeat(500_000)).is_none());
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        let json = include_bytes!("../assets/stories/tokenizer.json");
        let tokenizer = Tokenizer::from_json("stories", json).unwrap();
        let layout = Layout { tokenizer: &tokenizer, bos: Some(0), mask: 1, canvas: 5 };
        let many = Prompt::Text("[[32768]]".repeat(14_000)).segments(layout);
        assert!(many.unwrap_err().to_string().contains("all of them together no more"));
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
