//! Bends files for as long as it is let, and has them read: no panic, no file that takes seconds, none that costs more
//! memory than its size and 64 MiB.
//!
//! `cargo bench --bench fuzz -- KIND MINUTES [FIRST]`: gguf, safetensors, config, tokenizer, template or trace.

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

#[path = "../tests/it/support/readers.rs"]
mod readers;

use readers::{READERS, bent};

/// Memory beyond its size that a file may cost.
const ROOM: usize = 64 << 20;
/// Time that one may take.
const LONGEST: Duration = Duration::from_secs(5);

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(kind) = arguments.next() else {
        println!("name a kind of file and say for how many minutes: gguf 10");
        return Ok(());
    };
    let reader = READERS.into_iter().find(|reader| reader.name == kind).ok_or("no such kind")?;
    let minutes: f64 = arguments.next().map_or(Ok(1.0), |minutes| minutes.parse())?;
    let first: u64 = arguments.next().map_or(Ok(0), |first| first.parse())?;
    let (room, seeds) = (tempfile::tempdir()?, (reader.seeds)());
    let began = Instant::now();
    let (mut index, mut read, mut slowest, mut dearest) = (first, 0, Duration::ZERO, 0);
    while began.elapsed().as_secs_f64() < 60.0 * minutes {
        let file = bent(&seeds, index);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let start = Instant::now();
        read += usize::from((reader.read)(&file, room.path()));
        let (time, cost) = (start.elapsed(), MEMORY.peak_usage().saturating_sub(before));
        assert!(time < LONGEST, "{kind} {index} took {time:?}");
        assert!(cost < file.len() + ROOM, "{kind} {index} cost {} MB", cost >> 20);
        (slowest, dearest) = (slowest.max(time), dearest.max(cost));
        index += 1;
    }
    println!(
        "{kind}: {} files, {read} of them read; slowest {slowest:.1?}, dearest {:.1} MB",
        index - first,
        dearest as f64 / 1e6
    );
    Ok(())
}
