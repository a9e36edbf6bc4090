//! The threads that a network and its sampler run on.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::{Error, Result};

/// What the names of the threads of a pass begin with.
pub const PASS_THREAD: &str = "remask-pass";

/// The threads that a forward pass runs on, a pool of its own.
#[derive(Clone)]
pub struct Threads(Arc<rayon::ThreadPool>);

impl Threads {
    /// As many as there can be.
    pub const MOST: usize = 256;

    /// `count` threads; the number of cores where it is `None`.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(count: Option<NonZeroUsize>) -> Result<Self> {
        if let Some(count) = count.filter(|count| count.get() > Self::MOST) {
            let most = Self::MOST;
            return Err(Error::invalid(format!("threads cannot be {count}; it takes 1 to {most}")));
        }
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        rayon::ThreadPoolBuilder::new()
            .num_threads(count.map_or_else(cores, NonZeroUsize::get))
            .thread_name(|index| format!("{PASS_THREAD}-{index}"))
            .build()
            .map(|pool| Self(Arc::new(pool)))
            .map_err(Error::Threads)
    }

    /// How many there are.
    pub fn count(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.0.current_num_threads()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Runs `work` on the pool and waits for it.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }

    /// Runs `work` on each of them, which is told which it is, and waits for all.
    pub(super) fn broadcast<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        self.0.broadcast(|context| work(context.index()))
    }
}
