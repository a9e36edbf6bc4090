//! Keys and values that a pass over a canvas whose positions all see each other leaves to later ones: see [`Reuse`].

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::LanguageModel;
use crate::backbone::ReusablePass;
use crate::layout::PassLayout;
use crate::logits::HostLogits;
use crate::network::NetworkCache;
use crate::packed::Asked;
use remask_base::Result;
use remask_base::cancel::Cancel;

/// The number of the next pass that leaves something, of all of the program.
pub(super) fn next_pass() -> u64 {
    static PASSES: AtomicU64 = AtomicU64::new(1);
    PASSES.fetch_add(1, Ordering::Relaxed)
}

/// What was left, and by which pass.
pub(super) struct KeptKeys {
    number: u64,
    /// Positions of the canvas.
    length: usize,
    /// Where what the cache holds stands in the canvas, in its order.
    held: Vec<usize>,
    cache: NetworkCache,
    read: Vec<usize>,
}

impl KeptKeys {
    pub fn pass(&self) -> ReusablePass<'_> {
        ReusablePass { number: self.number, read: &self.read }
    }

    /// Whether a pass over `length` positions may leave out all that is held, where it may leave out `keeps` (ascending).
    fn serves(&self, of: Option<u64>, length: usize, keeps: &[usize]) -> bool {
        let may = |position: &usize| keeps.binary_search(position).is_ok();
        of == Some(self.number) && self.length == length && self.held.iter().all(may)
    }
}

impl LanguageModel {
    /// A pass over the `canvas` that takes the keys and values of `keeps` (ascending) from the pass `of`, or leaves them to
    /// later ones. Raw logits of `rows`.
    ///
    /// The rows stand in an order of their own, what is kept first: attention asks for no other, as each is turned by
    /// its position.
    pub(super) fn predict_reusing(
        &mut self,
        (canvas, rows): (&[u32], &[u32]),
        of: Option<u64>,
        keeps: &[usize],
        cancel: &Cancel,
    ) -> Result<HostLogits> {
        let length = canvas.len();
        // Rows that logits are asked of must be read, now and whenever they are asked for again.
        let asked = |position: &usize| rows.contains(&(*position as u32));
        let keeps: Vec<usize> = keeps.iter().copied().filter(|at| !asked(at)).collect();
        let mut kept = match self.kept.take() {
            Some(kept) => kept,
            None => self.no_keys(length)?,
        };
        if !kept.serves(of, length, &keeps) {
            kept.held.clear();
        }
        kept.cache.truncate(kept.held.len());
        kept.cache.make_room(length)?;
        let order = reading_order(0..length, &kept.held, &keeps);
        let fresh = keeps.len() - kept.held.len();
        let mut layout = PassLayout::finished(kept.held.len(), 0, order.len());
        layout.positions = order.iter().map(|position| *position as u32).collect();
        let ids: Vec<u32> = order.iter().map(|position| canvas[*position]).collect();
        let mut row_of = vec![0; length];
        for (row, position) in order.iter().enumerate() {
            row_of[*position] = row as u32;
        }
        let picked: Vec<u32> = rows.iter().map(|position| row_of[*position as usize]).collect();
        let pass = Asked {
            ids: &ids,
            layout: &Arc::new(layout),
            keep: fresh,
            logits: &picked,
            hidden: &[],
            cancel,
        };
        self.positions_read = order.len();
        let passed =
            self.network.pass(&pass, Some(&mut kept.cache), &mut self.workspace(), &self.threads);
        let passed = match passed {
            Ok(passed) => passed,
            // It was called off, and is made again from where it began.
            Err(error) => {
                self.kept = Some(kept);
                return Err(error);
            }
        };
        kept.held.extend(&order[..fresh]);
        kept.length = length;
        kept.number = next_pass();
        kept.read = order;
        kept.read.sort_unstable();
        self.kept = Some(kept);
        Ok(HostLogits::new(passed.logits, rows.len(), self.vocabulary.size))
    }

    fn no_keys(&self, length: usize) -> Result<KeptKeys> {
        let cache = self.network.cache(length)?;
        Ok(KeptKeys { number: 0, length, held: Vec::new(), cache, read: Vec::new() })
    }
}

/// The positions that are not `held`: those that are to be kept (ascending) first.
fn reading_order(all: Range<usize>, held: &[usize], keeps: &[usize]) -> Vec<usize> {
    let (mut held, kept) = (held.to_vec(), |at: &usize| keeps.binary_search(at).is_ok());
    held.sort_unstable();
    let news: Vec<usize> = all.filter(|position| held.binary_search(position).is_err()).collect();
    let (mut order, rest): (Vec<usize>, Vec<usize>) = news.into_iter().partition(kept);
    order.extend(rest);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_first_and_what_is_held_not_at_all() {
        assert_eq!(reading_order(0..6, &[], &[1, 4]), [1, 4, 0, 2, 3, 5]);
        assert_eq!(reading_order(0..6, &[4, 1], &[1, 3, 4]), [3, 0, 2, 5]);
        assert_eq!(reading_order(0..3, &[0, 1, 2], &[0, 1, 2]), [0; 0]);
    }
}
