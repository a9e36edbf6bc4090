//! Calling off work by generation: each run carries the generation it began in, and a newer one ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result};

/// Held by whoever starts runs.
#[derive(Clone, Debug, Default)]
pub struct Generations(Arc<AtomicU64>);

impl Generations {
    /// Begins a new generation, which calls off every older one, and returns its number.
    pub fn advance(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// A watch that goes off as soon as the next generation begins.
    pub fn watch_newest(&self) -> Cancel {
        self.watch(self.0.load(Ordering::Acquire))
    }

    /// The watch that a run of generation `number` looks at.
    pub fn watch(&self, number: u64) -> Cancel {
        Cancel { newest: Arc::clone(&self.0), number }
    }
}

/// Looked at between layers of a pass, so that calling off takes less than a layer's time.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    newest: Arc<AtomicU64>,
    number: u64,
}

impl Cancel {
    /// A watch that never goes off.
    pub fn never() -> Self {
        Self::default()
    }

    /// Whether a newer generation has begun.
    pub fn is_cancelled(&self) -> bool {
        self.newest.load(Ordering::Acquire) != self.number
    }

    /// The same as an error, for `?` between layers.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once a newer generation has begun.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}
