//! What this machine is capable of, measured: bytes from memory, and floating-point operations.

use std::hint::black_box;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use super::roofline::Rates;
use crate::Result;
use crate::cancel::Cancel;
use crate::model::Threads;

/// The least that is read to tell memory from caches, in bytes.
const LEAST: u64 = 64 << 20;
/// Nothing is gained by reading more, in bytes.
const MOST: u64 = 256 << 20;
/// Reads and products are repeated for this long, and the best one counts.
const BUDGET: Duration = Duration::from_millis(150);
/// The best is one of at least so many.
const REPEATS: usize = 3;
/// The sides of the square matrices that are multiplied.
const SIDES: [usize; 2] = [512, 1024];
/// Words of a cache line. Where a line is longer, its second half comes without being asked for.
const LINE: usize = 64 / size_of::<u64>();

/// The rates of this machine, on the threads of a pass.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Machine {
    /// Bytes a second of a stretch that no cache holds.
    pub memory: f64,
    /// Bytes a second of a stretch as large as the weights, read again and again as they are: where they
    /// are small they stay in the caches.
    pub weights: f64,
    /// Floating-point operations a second in the product of two large `f32` matrices.
    pub flops: f64,
}

impl Machine {
    /// Measures for about a second, on `threads`, while nothing else should run. `weights` is how many
    /// bytes a pass reads; 0 where that is not known.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or what the tensor library says.
    pub fn measure(threads: &Threads, weights: u64, cancel: &Cancel) -> Result<Self> {
        let large = weights.saturating_mul(4).clamp(LEAST, MOST);
        let flops = threads.run(|| flops(cancel))?;
        // Filled with what is not zero: empty pages would all be the same piece of memory.
        let buffer = vec![1u64; large as usize / size_of::<u64>()];
        let memory = threads.run(|| bandwidth(&buffer, cancel))?;
        let weights = match weights {
            0 => memory,
            _ => {
                let words = (weights.min(large) as usize / size_of::<u64>()).max(LINE);
                threads.run(|| bandwidth(&buffer[..words], cancel))?
            }
        };
        Ok(Self { memory, weights, flops })
    }

    /// What a pass meets here: the weights from where they lie.
    pub fn rates(&self) -> Rates {
        Rates { bandwidth: self.weights, flops: self.flops }
    }
}

/// Bytes a second of reading `buffer` with every thread.
fn bandwidth(buffer: &[u64], cancel: &Cancel) -> Result<f64> {
    let share = buffer.len().div_ceil(rayon::current_num_threads()).max(1);
    let best = best(cancel, || {
        buffer.par_chunks(share).for_each(|part| {
            black_box(read(black_box(part)));
        });
        Ok(())
    })?;
    Ok(size_of_val(buffer) as f64 / best)
}

/// Takes one word of every cache line: the whole line comes with it, and adding up does not hold it up.
fn read(part: &[u64]) -> u64 {
    part.chunks(LINE).fold(0, |sum, line| sum.wrapping_add(line[0]))
}

/// Floating-point operations a second, by the same products as those of a pass.
fn flops(cancel: &Cancel) -> Result<f64> {
    let mut most: f64 = 0.0;
    for side in SIDES {
        let matrix = Tensor::ones((side, side), DType::F32, &Device::Cpu)?;
        let best = best(cancel, || {
            black_box(matrix.matmul(&matrix)?);
            Ok(())
        })?;
        most = most.max(2.0 * (side as f64).powi(3) / best);
    }
    Ok(most)
}

/// Seconds that the fastest of several goes of `work` took.
fn best(cancel: &Cancel, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    let mut best = f64::INFINITY;
    let mut goes = 0;
    while goes < REPEATS || began.elapsed() < BUDGET {
        cancel.check()?;
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64());
        goes += 1;
    }
    // A clock that did not move says nothing about the rate; nothing here is done within a nanosecond.
    Ok(best.max(1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::cancel::Generations;

    #[test]
    fn rates_are_those_of_a_computer() {
        let threads = Threads::new(None).unwrap();
        let machine = Machine::measure(&threads, 4 << 20, &Cancel::never()).unwrap();
        // From the slowest of boards to the largest of servers.
        for bytes in [machine.memory, machine.weights] {
            assert!((1e8..1e14).contains(&bytes), "{machine:?}");
        }
        assert!((1e8..1e15).contains(&machine.flops), "{machine:?}");
        assert_eq!(machine.rates().bandwidth, machine.weights);
    }

    #[test]
    fn a_read_touches_every_line() {
        let buffer: Vec<u64> = (0..100).collect();
        assert_eq!(read(&buffer), (0..100).step_by(LINE).sum::<u64>());
    }

    #[test]
    fn measuring_can_be_called_off() {
        let generations = Generations::default();
        let cancel = generations.watch(generations.advance());
        generations.advance();
        let threads = Threads::new(None).unwrap();
        assert!(matches!(Machine::measure(&threads, 0, &cancel), Err(Error::Cancelled)));
    }
}
