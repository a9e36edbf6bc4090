//! What a pass needs beside the weights, kept from one pass to the next.

use std::sync::Mutex;

use super::cache::PackedCache;
use super::matrix::ProductRows;
use super::slabs::Slabs;

/// What the threads of a pass write in.
pub struct Workspace {
    /// One for each thread.
    pub(super) scratch: Vec<Mutex<Scratch>>,
    pub(super) shared: Shared,
    /// Keys and values of a pass that keeps none.
    pub(super) passing: PackedCache,
    /// For what one thread does alone.
    pub(super) alone: (Mutex<Scratch>, Shared),
}

/// What the threads hand each other, by what it is.
pub(super) struct Shared {
    /// Queries, keys and values side by side.
    pub qkv: Slabs,
    /// What the heads found.
    pub found: Slabs,
    /// What attention adds to the residual stream.
    pub attended: Slabs,
    /// The gated unit.
    pub gated: Slabs,
    /// What the feed-forward part adds to the residual stream, or gives to the draft head.
    pub mixed: Slabs,
    pub logits: Slabs,
}

/// What one thread has for itself.
#[derive(Default)]
pub(super) struct Scratch {
    /// The residual stream (T, D): every thread has all of it.
    pub x: Vec<f32>,
    /// What the next product is made of.
    pub rows: ProductRows,
    /// Gate and up, of its own columns.
    pub gate: Vec<f32>,
    pub up: Vec<f32>,
    /// One head before and after its turn, and what it finds (T, E).
    pub head: [Vec<f32>; 3],
    /// Of the keys that a row sees.
    pub weights: Vec<f32>,
}

impl Workspace {
    pub(super) fn new(threads: usize, passing: PackedCache) -> Self {
        Self {
            scratch: (0..threads).map(|_| Mutex::default()).collect(),
            shared: Shared::new(threads),
            passing,
            alone: (Mutex::default(), Shared::new(1)),
        }
    }
}

impl Shared {
    fn new(threads: usize) -> Self {
        let slabs = || Slabs::new(threads);
        Self {
            qkv: slabs(),
            found: slabs(),
            attended: slabs(),
            gated: slabs(),
            mixed: slabs(),
            logits: slabs(),
        }
    }
}
