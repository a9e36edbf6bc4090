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
use crate::tasks::{self, Task};
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
    /// Tokens that the model sees at once.
    pub context: usize,
    /// Tokens of noise behind a prompt without holes.
    pub canvas: usize,
    /// The task that the model was trained for, which reads what a person typed.
    pub task: Option<&'static dyn Task>,
}

impl<'a> Layout<'a> {
    /// For texts that `model` writes as `settings` say.
    pub fn of(model: &'a LanguageModel, settings: &Settings) -> Self {
        Self {
            tokenizer: model.tokenizer(),
            bos: model.config().bos_id,
            mask: model.vocabulary().mask,
            context: model.context(),
            canvas: settings.get(&CANVAS),
            task: tasks::of(model.config()),
        }
    }
}

impl Prompt {
    /// The stretches of the canvas: the prompt, and behind it or within it the noise.
    ///
    /// # Errors
    /// When the tokenizer refuses the text, brackets in it are no hole, or it is longer than the model sees at once;
    /// then the longest that fits is named.
    pub fn segments(&self, layout: Layout<'_>) -> Result<Vec<Segment>> {
        let mut pieces = match self {
            Self::Draft(text) => return draft(text, layout),
            Self::Text(text) => match layout.task {
                Some(task) => text_pieces(&task.prompt(text)?, layout)?,
                None => text_pieces(text, layout)?,
            },
            Self::Ids(ids) => id_pieces(ids, layout.mask),
        };
        check_room(&pieces, layout)?;
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
    layout.task.map_or(Ok(()), |task| task.repaired(text))?;
    let ids = layout.tokenizer.encode(text)?;
    if ids.is_empty() {
        return Err(Error::invalid("there is no text to repair; give one"));
    }
    let bos = layout.bos.map(|bos| Segment::Prompt(vec![bos]));
    let room = layout.context.saturating_sub(usize::from(bos.is_some()));
    if ids.len() > room {
        return Err(Error::invalid(format!(
            "a text of {} tokens is too long to be repaired; the model has room for {room}: shorten it",
            ids.len()
        )));
    }
    Ok(bos.into_iter().chain([Segment::Draft(ids)]).collect())
}

/// Whether the model sees all of it at once: holes, or where there are none the canvas, and what is given.
fn check_room(pieces: &[Piece], layout: Layout<'_>) -> Result<()> {
    let (mut given, mut holes) = (0usize, Vec::new());
    for piece in pieces {
        match piece {
            Piece::Given(ids) => given += ids.len(),
            Piece::Hole(length) => holes.push(*length),
        }
    }
    let context = layout.context;
    let open = if holes.is_empty() { layout.canvas } else { holes.iter().sum() };
    let room = context.saturating_sub(given);
    if open <= room {
        return Ok(());
    }
    Err(Error::invalid(match &holes[..] {
        _ if room == 0 => format!(
            "the prompt takes {given} tokens, and the model sees {context} at once: shorten it, or nothing can be \
             written"
        ),
        [] => format!(
            "a canvas of {open} tokens does not fit behind a prompt of {given}, the model sees {context} at once: \
             lower canvas to {room}"
        ),
        [hole] => format!(
            "a hole of {hole} tokens does not fit beside a text of {given}, the model sees {context} at once: \
             [[{room}]] is the largest that fits"
        ),
        holes => format!(
            "{} holes of {open} tokens do not fit beside a text of {given}, the model sees {context} at once: \
             {room} in all is the most that fits",
            holes.len()
        ),
    }))
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
        let json = crate::model::bundled::ALL[0].tokenizer;
        let tokenizer = Tokenizer::from_json("stories", json).unwrap();
        prompt.segments(Layout {
            tokenizer: &tokenizer,
            bos: Some(0),
            mask: 1,
            context: 64,
            canvas: 5,
            task: None,
        })
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
    fn what_does_not_fit_is_told_with_the_largest_that_does() {
        let error = |prompt: Prompt| laid_out(&prompt).unwrap_err().to_string();
        let text = |text: &str| Prompt::Text(text.to_owned());
        let hole = error(text("[[9999]]"));
        assert!(hole.ends_with("[[63]] is the largest that fits"), "{hole}");
        assert!(laid_out(&text("[[63]]")).is_ok());
        let holes = error(text("[[40]] [[30]]"));
        let most = holes.split(' ').rev().nth(7).and_then(|word| word.parse::<usize>().ok());
        let most = most.unwrap_or_else(|| panic!("{holes}"));
        assert!(laid_out(&text(&format!("[[40]] [[{}]]", most - 40))).is_ok(), "{holes}");
        assert!(laid_out(&text(&format!("[[40]] [[{}]]", most - 39))).is_err(), "{holes}");
        let long = error(text(&"Once upon a time ".repeat(20)));
        assert!(long.contains("shorten it"), "{long}");
        let draft = error(Prompt::Draft("Once upon a time ".repeat(20)));
        assert!(draft.ends_with("has room for 63: shorten it"), "{draft}");
        let canvas = error(Prompt::Ids(vec![7; 60]));
        assert!(canvas.ends_with("lower canvas to 4"), "{canvas}");
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
