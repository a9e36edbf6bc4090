//! Semi-autoregressive blocks (LLaDA, arXiv 2502.09992): the answer is cut from left to right, and a
//! block is finished before the next one begins; or, with several in flight, is begun soon after the one before it
//! (the pipelining of Discrete Diffusion Forcing, D2F, arXiv 2508.09192).

use std::ops::Range;

use super::canvas::Canvas;
use crate::knobs::{Counts, Reals, Settings, Typed};

/// How much of the answer is open for writing at a time.
pub static BLOCK_LENGTH: Typed<Option<usize>> = Typed::count_or(
    "block-length",
    Counts { min: 1, max: 32_768, ladder: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512] },
    "whole",
    "finish this many tokens before going on to the right; 1 is left to right",
)
.unit("tokens");

/// How many blocks are written at a time.
pub static BLOCKS_IN_FLIGHT: Typed<usize> = Typed::count(
    "in-flight",
    Counts { min: 1, max: 64, ladder: &[1, 2, 3, 4, 6, 8, 16, 32, 64] },
    1,
    "open the next block while this many are not finished (D2F); what is sure in it is written early",
)
.unit("blocks");

/// The share of a block that is written when the next one opens.
pub static BLOCK_OPENS: Typed<f64> = Typed::real(
    "block-opens",
    Reals { min: 0.0, max: 1.0, step: 0.1 },
    0.1,
    "the share of a block that is written when the next one opens, with several in flight",
);

/// The share of a block that is written when the next one is fully active (D2F's generate code, for LLaDA and Dream).
const FULLY_ACTIVE: f64 = 0.5;

/// A block of those that are written now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInFlight {
    /// Its positions.
    pub span: Range<usize>,
    /// Whether it writes what its sampler says. Semi-active, it writes only what is sure whatever the one before it
    /// becomes.
    pub fully_active: bool,
}

impl BlockInFlight {
    /// `span` as the only one.
    pub fn alone(span: Range<usize>) -> Self {
        Self { span, fully_active: true }
    }

    /// `first` and those behind it that are open: each as soon as enough of the one before is written.
    pub fn from(
        canvas: &Canvas,
        settings: &Settings,
        grid: BlockGrid,
        first: Range<usize>,
    ) -> Vec<Self> {
        let (most, opens) = (settings.get(&BLOCKS_IN_FLIGHT), settings.get(&BLOCK_OPENS));
        let mut blocks = vec![Self::alone(first)];
        while let Some(before) = blocks.last().filter(|_| blocks.len() < most) {
            let written = written_share(canvas, &before.span);
            let fully_active = before.fully_active && written >= FULLY_ACTIVE;
            let (begin, end) = (before.span.end, canvas.answer_span().end);
            let span = begin..grid.block(begin).map_or(begin, |block| block.end.min(end));
            if span.is_empty() || written < opens {
                break;
            }
            blocks.push(Self { span, fully_active });
        }
        blocks
    }
}

/// The share of what a sampler decides in `span` that it has decided; all of it where it decides nothing there.
fn written_share(canvas: &Canvas, span: &Range<usize>) -> f64 {
    let inside = |positions: &mut dyn Iterator<Item = usize>| {
        positions.filter(|position| span.contains(position)).count()
    };
    let (open, free) = (inside(&mut canvas.open()), inside(&mut canvas.free()));
    if free == 0 { 1.0 } else { 1.0 - open as f64 / free as f64 }
}

/// Where the blocks of an answer begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockGrid {
    /// Where the first of them begins, or would.
    origin: usize,
    /// Positions that are cut up alike, one such stretch behind the other.
    stretch: usize,
    /// Positions of a block: the last one of a stretch, and of the answer, takes what is left.
    length: usize,
}

impl BlockGrid {
    /// Blocks as long as `settings` say. A model whose attention is cut into blocks of `learned` positions, counted from the
    /// first of the text, has those, or shorter ones within each of them.
    pub fn new(canvas: &Canvas, settings: &Settings, learned: Option<usize>) -> Self {
        let answer = canvas.answer_span();
        let asked = settings.get(&BLOCK_LENGTH);
        match learned {
            Some(learned) => {
                let length = asked.unwrap_or(learned).min(learned).max(1);
                Self { origin: 0, stretch: learned.max(1), length }
            }
            None => {
                let length = asked.unwrap_or(answer.len()).max(1);
                Self { origin: answer.start, stretch: length, length }
            }
        }
    }

    /// The block that `position` is in; nothing in front of the first.
    fn block(self, position: usize) -> Option<Range<usize>> {
        let behind = position.checked_sub(self.origin)?;
        let stretch = position - behind % self.stretch;
        let first = position - behind % self.stretch % self.length;
        let end = first.saturating_add(self.length).min(stretch.saturating_add(self.stretch));
        Some(first..end)
    }

    /// The first positions of the blocks that hold `positions` (ascending), each once.
    fn begins(self, positions: impl Iterator<Item = usize>) -> Vec<usize> {
        let begin = |position| self.block(position).map(|block| block.start);
        let mut begins: Vec<usize> = positions.filter_map(begin).collect();
        begins.dedup();
        begins
    }
}

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
    /// answer; so is the first where it begins in front of it.
    pub fn find(canvas: &Canvas, grid: BlockGrid, position: usize) -> Option<Self> {
        let (answer, block) = (canvas.answer_span(), grid.block(position)?);
        let open = grid.begins(canvas.open());
        let others = open.iter().filter(|other| **other != block.start).count();
        let span = block.start.max(answer.start)..block.end.min(answer.end);
        Some(Self { span, left: others + 1 })
    }

    /// How many blocks hold something that a sampler decides.
    pub fn count(canvas: &Canvas, grid: BlockGrid) -> usize {
        grid.begins(canvas.free()).len()
    }

    /// How many blocks hold something that is still open.
    pub fn open(canvas: &Canvas, grid: BlockGrid) -> usize {
        grid.begins(canvas.open()).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::canvas::Segment;
    use crate::diffusion::noise::Noise;
    use crate::model::Vocabulary;

    fn canvas(segments: &[Segment]) -> Canvas {
        let vocabulary = Vocabulary {
            size: 8,
            drawable: 8,
            mask: 7,
            eos: vec![],
            turn_ends: Vec::new(),
            stops: Vec::new(),
            special: vec![7],
        };
        Canvas::new(segments, Noise::Mask, &Settings::default(), &vocabulary, 99, false).unwrap()
    }

    fn block(segments: &[Segment], length: &str) -> ActiveBlock {
        let canvas = canvas(segments);
        let settings = Settings::default().with("block-length", length).unwrap();
        let first = canvas.open().next().unwrap();
        let grid = BlockGrid::new(&canvas, &settings, None);
        ActiveBlock::find(&canvas, grid, first).unwrap()
    }

    #[test]
    fn the_last_block_takes_what_is_left() {
        let found = block(&[Segment::Prompt(vec![1, 2]), Segment::Noise(10)], "4");
        assert_eq!((found.span, found.left), (2..6, 3));
        let whole = block(&[Segment::Noise(10)], "whole");
        assert_eq!((whole.span, whole.left), (0..10, 1));
    }

    #[test]
    fn a_block_opens_when_enough_of_the_one_before_is_written() {
        let settings = [("block-length", "4"), ("in-flight", "3"), ("block-opens", "0.25")];
        let settings = settings
            .iter()
            .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap());
        let in_flight = |written: &[usize]| {
            let mut canvas = canvas(&[Segment::Prompt(vec![1, 2]), Segment::Noise(14)]);
            for at in written {
                canvas.write(*at, 3, crate::diffusion::canvas::TokenState::Written);
            }
            let grid = BlockGrid::new(&canvas, &settings, None);
            BlockInFlight::from(&canvas, &settings, grid, 2..6)
                .into_iter()
                .map(|block| (block.span, block.fully_active))
                .collect::<Vec<_>>()
        };
        assert_eq!(in_flight(&[]), [(2..6, true)]);
        assert_eq!(in_flight(&[3]), [(2..6, true), (6..10, false)]);
        assert_eq!(in_flight(&[3, 4]), [(2..6, true), (6..10, true)]);
        // Who is behind one that is semi-active is so, too.
        let third = [(2..6, true), (6..10, false), (10..14, false)];
        assert_eq!(in_flight(&[3, 6, 7]), third);
        // Three are in flight, and no more.
        assert_eq!(in_flight(&[3, 6, 7, 10, 11]), third);
        let short = canvas(&[Segment::Noise(4)]);
        let grid = BlockGrid::new(&short, &settings, None);
        assert_eq!(BlockInFlight::from(&short, &settings, grid, 0..4).len(), 1);
    }

    #[test]
    fn learned_blocks_are_counted_from_the_first_position_of_the_text() {
        let canvas = canvas(&[Segment::Prompt(vec![1; 6]), Segment::Noise(11)]);
        let spans = |settings: &Settings| {
            let grid = BlockGrid::new(&canvas, settings, Some(4));
            let found = canvas.open().filter_map(|at| ActiveBlock::find(&canvas, grid, at));
            let mut spans: Vec<Range<usize>> = found.map(|block| block.span).collect();
            spans.dedup();
            (spans, ActiveBlock::count(&canvas, grid))
        };
        let learned = vec![6..8, 8..12, 12..16, 16..17];
        assert_eq!(spans(&Settings::default()), (learned, 4));
        let of = |length: &str| spans(&Settings::default().with("block-length", length).unwrap()).0;
        assert_eq!(of("2")[..2], [6..8, 8..10]);
        assert_eq!(of("3"), [6..7, 7..8, 8..11, 11..12, 12..15, 15..16, 16..17]);
        assert_eq!(of("32"), [6..8, 8..12, 12..16, 16..17], "none is longer than the model's");
    }

    #[test]
    fn blocks_without_noise_do_not_count() {
        let segments = [Segment::Noise(2), Segment::Fixed(vec![1; 6]), Segment::Noise(2)];
        assert_eq!(block(&segments, "2").left, 2);
    }
}
