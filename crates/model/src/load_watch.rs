//! Watching a checkpoint being read, which takes minutes where it is large: how far it is, and calling it off.

use std::cell::Cell;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
use super::weights::{StoredWeights, Weights};
use remask_base::Result;
use remask_base::cancel::Cancel;

/// What is read sooner than this is not told of ...
const SOON: Duration = Duration::from_millis(200);
/// ... and what takes longer no more often than this.
const APART: Duration = Duration::from_millis(100);

/// How far a checkpoint is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadProgress {
    /// What the checkpoint is called.
    pub name: String,
    /// Bytes of its weights that were read.
    pub bytes: u64,
    /// Bytes in all.
    pub of_bytes: u64,
    /// Tensors that were read.
    pub tensors: usize,
    /// Tensors in all.
    pub of_tensors: usize,
    /// Seconds since the first.
    pub seconds: f64,
}

impl LoadProgress {
    /// The share that was read, 0 to 1.
    pub fn share(&self) -> f64 {
        (self.bytes as f64 / self.of_bytes.max(1) as f64).min(1.0)
    }

    /// Seconds until the rest is read if it goes on as it went; nothing as long as nobody can tell.
    pub fn seconds_left(&self) -> Option<f64> {
        const LEAST: (f64, f64) = (1.0, 0.02);
        let share = self.share();
        let known = self.seconds >= LEAST.0 && share >= LEAST.1;
        known.then(|| self.seconds * (1.0 - share) / share)
    }
}

/// Is told how far it is.
type Report = Box<dyn Fn(LoadProgress)>;

/// Whoever waits for a checkpoint; nobody by default.
#[derive(Default)]
pub struct LoadWatch {
    cancel: Cancel,
    report: Option<Report>,
}

impl LoadWatch {
    /// Reading ends when `cancel` goes off; `report` is told now and then how far it is.
    pub fn new(cancel: Cancel, report: impl Fn(LoadProgress) + 'static) -> Self {
        Self { cancel, report: Some(Box::new(report)) }
    }
}

/// The weights of a checkpoint, watched while they are read.
pub(super) struct WatchedWeights<'a> {
    weights: &'a dyn StoredWeights,
    watch: &'a LoadWatch,
    progress: Cell<LoadProgress>,
    began: Instant,
    told: Cell<Option<Instant>>,
}

impl<'a> WatchedWeights<'a> {
    /// Those of the checkpoint `name`.
    pub fn new(name: &str, weights: &'a dyn StoredWeights, watch: &'a LoadWatch) -> Self {
        let all = weights.listing();
        let progress = LoadProgress {
            name: name.to_owned(),
            of_bytes: all.iter().map(|tensor| tensor.bytes).sum(),
            of_tensors: all.len(),
            ..LoadProgress::default()
        };
        let (progress, told) = (Cell::new(progress), Cell::new(None));
        Self { weights, watch, progress, began: Instant::now(), told }
    }

    /// The tensor `name` is about to be read.
    fn count(&self, name: &str) -> Result<()> {
        self.watch.cancel.check()?;
        let Some(report) = &self.watch.report else { return Ok(()) };
        let mut progress = self.progress.take();
        let passed = self.began.elapsed();
        progress.seconds = passed.as_secs_f64();
        let lately = self.told.get().is_some_and(|at| at.elapsed() < APART);
        if passed >= SOON && !lately {
            report(progress.clone());
            self.told.set(Some(Instant::now()));
        }
        progress.tensors += 1;
        progress.bytes += self.weights.bytes(name);
        self.progress.set(progress);
        Ok(())
    }
}

impl Weights for WatchedWeights<'_> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.count(name)?;
        self.weights.tensor(name, shape)
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        self.count(name)?;
        self.weights.matrix(name, rows, columns)
    }

    fn device(&self) -> &Device {
        self.weights.device()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checkpoint;
    use crate::transformer::Transformer;
    use remask_base::Error;
    use remask_base::cancel::Generations;

    #[test]
    fn every_tensor_and_byte_is_counted_once() {
        let Checkpoint { config, weights, .. } = Checkpoint::bundled().unwrap();
        let watch = LoadWatch::new(Cancel::never(), |_| {});
        let watched = WatchedWeights::new("stories", &*weights, &watch);
        Transformer::load(&config, &watched).unwrap();
        let read = watched.progress.take();
        assert!(read.bytes > 1_000_000, "{read:?}");
        assert_eq!((read.bytes, read.tensors), (read.of_bytes, read.of_tensors), "{read:?}");
    }

    #[test]
    fn reading_is_called_off_between_two_tensors() {
        let Checkpoint { config, weights, .. } = Checkpoint::bundled().unwrap();
        let generations = Generations::default();
        let watch = LoadWatch::new(generations.watch_newest(), |_| {});
        let watched = WatchedWeights::new("stories", &*weights, &watch);
        generations.advance();
        assert!(matches!(Transformer::load(&config, &watched), Err(Error::Cancelled)));
        assert_eq!(watched.progress.take().tensors, 0);
    }

    #[test]
    fn what_is_left_is_told_from_what_it_took() {
        let at = |bytes, seconds| LoadProgress {
            bytes,
            of_bytes: 100,
            seconds,
            ..LoadProgress::default()
        };
        assert_eq!(at(25, 2.0).seconds_left(), Some(6.0));
        assert_eq!(at(25, 0.5).seconds_left(), None, "too soon to tell");
        assert_eq!(at(0, 5.0).seconds_left(), None);
    }
}
