//! Who may look at whom.

/// The attention mask of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Every position sees every other: denoising.
    #[default]
    Bidirectional,
    /// A position sees itself and what stands before it: next-token prediction.
    Causal,
}

impl Attention {
    /// How many of `length` positions, from the first, the one at `position` sees.
    pub(super) fn visible(self, position: usize, length: usize) -> usize {
        match self {
            Self::Bidirectional => length,
            Self::Causal => position + 1,
        }
    }
}
