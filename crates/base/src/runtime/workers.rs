//! Threads that each work on a shard of their own.
//!
//! Sharing every matrix product among the threads leaves them waiting for each other: the products
//! of a tiny model are small. Here a thread runs whole shards, and what is inside one stays on it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

/// Single-threaded pools, one for each thread.
pub struct Workers(Vec<rayon::ThreadPool>);

impl Workers {
    /// `count` threads. From here on every matrix product of the process stays on the thread that
    /// asks for it.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(count: NonZeroUsize) -> Result<Self> {
        super::process::keep_products_on_their_thread();
        let pool = |index: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(move |_| format!("remask-train-{index}"))
                .build()
                .map_err(Error::Threads)
        };
        (0..count.get()).map(pool).collect::<Result<_>>().map(Self)
    }

    /// `work` of every item, in the order of the items: the same at any number of threads.
    ///
    /// # Errors
    /// The first item's that failed.
    pub fn map<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(items.len()));
        let take = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { return };
                let result = work(item);
                results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
            }
        };
        std::thread::scope(|scope| {
            for pool in &self.0 {
                scope.spawn(|| pool.install(take));
            }
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_their_items() {
        let workers = Workers::new(NonZeroUsize::new(3).unwrap()).unwrap();
        let items: Vec<usize> = (0..50).collect();
        let squares = workers.map(&items, |n| Ok(n * n)).unwrap();
        assert_eq!(squares, items.iter().map(|n| n * n).collect::<Vec<_>>());
        let odd = workers.map(&items, |n| match n % 7 {
            3 => Err(Error::invalid(format!("{n}"))),
            _ => Ok(()),
        });
        assert_eq!(odd.unwrap_err().to_string(), "3");
    }
}
