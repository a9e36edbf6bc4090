//! Semi-autoregressive blocks (LLaDA, arXiv 2502.09992): the answer is cut from left to right, and a
//! block is finished before the next one begins.

use std::ops::Range;

use super::canvas::Canvas;
use crate::knobs::{Applies, Kind, Knob, Settings, Value};

/// How much of the answer is open for writing at a time.
pub static BLOCK_LENGTH: Knob = Knob {
    name: "block-length",
    kind: Kind::Count {
        min: 1,
        max: 32_768,
        ladder: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
        default: Value::Off,
        off: Some("whole"),
    },
    unit: "tokens",
    help: "finish this many tokens before going on to the right; 1 is left to right",
    applies: Applies::NextStep,
};

/// Where in the sequence of blocks a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveBlock {
    /// Its positions.
    pub span: Range<usize>,
    /// Its number among the blocks that hold something to write.
    pub index: usize,
    /// How many such blocks there are.
    pub count: usize,
}

impl ActiveBlock {
    /// The block that holds `position`. The last block is shorter where the length does not divide the
    /// answer.
    pub fn find(canvas: &Canvas, settings: &Settings, position: usize) -> Option<Self> {
        let span = canvas.answer_span();
        let numbers = Self::numbers(canvas, settings);
        let length = Self::length(canvas, settings);
        let number = position.checked_sub(span.start)? / length;
        let from = span.start + number * length;
        Some(Self {
            span: from..(from + length).min(span.end),
            index: numbers.iter().position(|n| *n == number)?,
            count: numbers.len(),
        })
    }

    /// How many blocks hold something to write.
    pub fn count(canvas: &Canvas, settings: &Settings) -> usize {
        Self::numbers(canvas, settings).len()
    }

    fn length(canvas: &Canvas, settings: &Settings) -> usize {
        settings.count(&BLOCK_LENGTH).unwrap_or(canvas.answer_span().len()).max(1)
    }

    /// The numbers of the blocks that hold something to write, ascending.
    fn numbers(canvas: &Canvas, settings: &Settings) -> Vec<usize> {
        let (start, length) = (canvas.answer_span().start, Self::length(canvas, settings));
        let mut numbers: Vec<usize> =
            canvas.answer().map(|position| (position - start) / length).collect();
        numbers.dedup();
        numbers
    }

    /// How many of `steps` this block may take: an even share, the first blocks one more where it
    /// does not come out even (the reference refuses that case), at least one.
    pub fn budget(&self, steps: usize) -> usize {
        (steps / self.count + usize::from(self.index < steps % self.count)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::canvas::Segment;
    use crate::diffusion::noise::Noise;
    use crate::model::Vocabulary;

    fn block(segments: &[Segment], length: &str) -> ActiveBlock {
        let vocabulary =
            Vocabulary { size: 8, drawable: 8, mask: 7, eos: vec![], special: vec![7] };
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
        assert_eq!((found.span, found.index, found.count), (2..6, 0, 3));
        let whole = block(&[Segment::Noise(10)], "whole");
        assert_eq!((whole.span, whole.count), (0..10, 1));
    }

    #[test]
    fn blocks_without_noise_do_not_count() {
        let segments = [Segment::Noise(2), Segment::Fixed(vec![1; 6]), Segment::Noise(2)];
        assert_eq!(block(&segments, "2").count, 2);
    }

    #[test]
    fn a_budget_is_spread_and_never_empty() {
        let shares = |steps: usize| -> Vec<usize> {
            (0..3).map(|index| ActiveBlock { span: 0..1, index, count: 3 }.budget(steps)).collect()
        };
        assert_eq!(shares(9), [3, 3, 3]);
        assert_eq!(shares(10), [4, 3, 3]);
        assert_eq!(shares(2), [1, 1, 1]);
    }
}
