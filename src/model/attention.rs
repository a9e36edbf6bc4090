//! Who may look at whom.

use std::ops::Range;

/// The attention mask of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Every position sees every other: denoising.
    #[default]
    Bidirectional,
    /// A position sees itself and what stands before it: next-token prediction.
    Causal,
    /// WINO's (arXiv 2507.18578): behind the canvas stand `count` masks, the shadow of the positions
    /// from `start` on. The canvas does not see the shadow; a shadow sees the others and the canvas,
    /// but for the token that it is to judge.
    Shadow {
        /// First position that is judged.
        start: usize,
        /// How many are.
        count: usize,
    },
}

impl Attention {
    /// The keys, of `length`, that the row at `position` sees: up to three stretches, ascending.
    #[inline(always)]
    pub(super) fn visible(self, position: usize, length: usize) -> [Range<usize>; 3] {
        match self {
            Self::Bidirectional => [0..length, 0..0, 0..0],
            Self::Causal => [0..position + 1, 0..0, 0..0],
            Self::Shadow { start, count } => {
                let canvas = length - count;
                match position.checked_sub(canvas) {
                    None => [0..canvas, 0..0, 0..0],
                    Some(shadow) => {
                        let own = start + shadow;
                        [0..own, own + 1..canvas, canvas..length]
                    }
                }
            }
        }
    }
}
