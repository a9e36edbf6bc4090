//! Makes documents of a task, for training and held out, on all threads and on one, and says whether they are the same
//! bytes and whether anything stands in both parts.
//!
//! `cargo run --release --example documents -- python 1000000`

use std::collections::HashSet;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use rayon::prelude::*;
use remask::tasks::{self, Split, Task};

/// Of all runs.
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = tasks::by_name(&arguments.next().ok_or("name a task")?)?;
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |count| count.parse())?;
    for threads in [1, std::thread::available_parallelism()?.get()] {
        let began = Instant::now();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let [train, held_out] = [Split::Training, Split::HeldOut]
            .map(|split| pool.install(|| hashes(task, split, count)));
        let known: HashSet<u64> = train.iter().copied().collect();
        let in_both = held_out.iter().filter(|hash| known.contains(hash)).count();
        let distinct = known.len();
        let all = hash(&(train, held_out));
        println!(
            "{threads} threads: {count} documents of {} for training ({distinct} distinct) and as many held out, \
             {in_both} in both; all of them hash to {all:016x}, {:.0?}",
            task.name(),
            began.elapsed()
        );
    }
    Ok(())
}

/// Each document as a number.
fn hashes(task: &dyn Task, split: Split, count: u64) -> Vec<u64> {
    let of = |index| hash(&task.document(SEED, split, index).text);
    (0..count).into_par_iter().map(of).collect()
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
