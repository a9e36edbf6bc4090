//! Semi-autoregressive blocks (LLaDA, arXiv 2502.09992): the answer is cut from left to right, and a
//! block is finished before the next one begins.

use std::ops::Range;

use super::canvas::Canvas;
use crate::knobs::{Counts, Settings, Typed};

/// How much of the answer is open for writing at a time.
pub static BLOCK_LENGTH: Typed<Option<usize>> = Typed::count_or(
    "block-length",
    Counts { min: 1, max: 32_768, ladder: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512] },
    "whole",
    "finish this many tokens before going on to the right; 1 is left to right",
)
.unit("tokens");

/// Where in the sequence of blocks a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveBlock {
    /// Its positions.
    pub span: Range<usize>,
    /// How many blocks are not finished yet, this one among them.
    pub left: usize,
}

impl ActiveBlock {
    /// The block that holds `position`. The last block is shorter where the length does not divide the
    /// answer.
    pub fn find(canvas: &Canvas, settings: &Settings, position: usize) -> Option<Self> {
        let span = canvas.answer_span();
        let length = Self::length(canvas, settings);
        let number = position.checked_sub(span.start)? / length;
        let from = span.start + number * length;
        let open = Self::numbers(canvas, settings, canvas.open());
        let others = open.iter().filter(|other| **other != number).count();
        Some(Self { span: from..(from + length).min(span.end), left: others + 1 })
    }

    /// How many blocks hold something that a sampler decides.
    pub fn count(canvas: &Canvas, settings: &Settings) -> usize {
        Self::numbers(canvas, settings, canvas.free()).len()
    }

    /// How many blocks hold something that is still open.
    pub fn open(canvas: &Canvas, settings: &Settings) -> usize {
        Self::numbers(canvas, settings, canvas.open()).len()
    }

    fn length(canvas: &Canvas, settings: &Settings) -> usize {
        settings.get(&BLOCK_LENGTH).unwrap_or(canvas.answer_span().len()).max(1)
    }

    /// The numbers of the blocks that hold `positions` (ascending), each once.
    fn numbers(
        canvas: &Canvas,
        settings: &Settings,
        positions: impl Iterator<Item = usize>,
    ) -> Vec<usize> {
        let (start, length) = (canvas.answer_span().start, Self::length(canvas, settings));
        let mut numbers: Vec<usize> =
            positions.map(|position| (position - start) / length).collect();
        numbers.dedup();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::canvas::Segment;
    use crate::diffusion::noise::Noise;
    use crate::model::Vocabulary;

    fn block(segments: &[Segment], length: &str) -> ActiveBlock {
        let vocabulary = Vocabulary {
            size: 8,
            drawable: 8,
            mask: 7,
            eos: vec![],
            turn_ends: Vec::new(),
            special: vec![7],
        };
        let canvas =
            Canvas::new(segments, Noise::Mask, &Settings::default(), &vocabulary, 99, false)
                .unwrap();
        let settings = Settings::default().with("block-length", length).unwrap();
        let first = canvas.open().next().unwrap();
        ActiveBlock::find(&canvas, &settings, first).unwrap()
    }

    #[test]
    fn the_last_block_takes_what_is_left() {
        let found = block(&[Segment::Prompt(vec![1, 2]), Segment::Noise(10)], "4");
        assert_eq!((found.span, found.left), (2..6, 3));
        let whole = block(&[Segment::Noise(10)], "whole");
        assert_eq!((whole.span, whole.left), (0..10, 1));
    }

    #[test]
    fn blocks_without_noise_do_not_count() {
        let segments = [Segment::Noise(2), Segment::Fixed(vec![1; 6]), Segment::Noise(2)];
        assert_eq!(block(&segments, "2").left, 2);
    }
}
