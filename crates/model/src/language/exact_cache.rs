//! What of a text was read already, each token seeing those before it, or the blocks up to its own: an exact cache, as
//! nothing that comes later changes it.

use std::sync::Arc;

use super::LanguageModel;
use crate::backbone::{Backbone, ForwardBatch};
use crate::layout::PassLayout;
use crate::logits::HostLogits;
use crate::network::NetworkCache;
use crate::packed::Asked;
use remask_base::Result;

/// The tokens that a cache holds.
pub(super) struct Read {
    pub ids: Vec<u32>,
    pub cache: NetworkCache,
}

/// Positions that a cache has room for at first; it grows as it must.
const FIRST_ROOM: usize = 512;

impl LanguageModel {
    /// What is left of the text that was read last when only the first `most` of `ids` may be taken from
    /// it, and of what both have in common what is `whole`, with room for `room` positions.
    pub(super) fn take_read(
        &mut self,
        ids: &[u32],
        most: usize,
        room: usize,
        whole: impl Fn(usize) -> usize,
    ) -> Result<Read> {
        let mut read = match self.read.take() {
            Some(read) => read,
            None => Read {
                ids: Vec::new(),
                cache: self.network.cache(FIRST_ROOM.min(self.config.max_positions))?,
            },
        };
        if room > read.cache.room() {
            // Shadows stand behind the last position, so that there may be more rows than positions.
            let generous = room.next_power_of_two().min(self.config.max_positions).max(room);
            read.cache.make_room(generous)?;
        }
        let same = read.ids.iter().zip(ids).take_while(|(old, new)| old == new).count();
        let kept = whole(same.min(most));
        read.cache.truncate(kept);
        read.ids.truncate(kept);
        Ok(read)
    }

    /// A pass over a single canvas whose finished text sees nothing behind itself, or behind its block: what of it was read
    /// before is not read again.
    pub(super) fn predict_behind_prefix(
        &mut self,
        pass: &ForwardBatch<'_>,
        ids: &[u32],
        rows: &[u32],
    ) -> Result<HostLogits> {
        let shift = usize::from(self.config.shift_logits);
        // With shifted logits the last finished token predicts the first open one: it belongs to the block.
        let text = pass.finished.min(ids.len()).saturating_sub(shift);
        let first_row = rows.iter().min().map_or(text, |row| *row as usize);
        let count = pass.shadow.len();
        // Of a block all or nothing is kept: its rows see each other.
        let block = self.block_length();
        let whole = |positions: usize| block.map_or(positions, |block| positions / block * block);
        let text = whole(text);
        let mut read = self.take_read(ids, whole(text.min(first_row)), ids.len() + count, whole)?;
        let kept = read.ids.len();
        let mut layout = match block {
            Some(block) => PassLayout::blocks(kept, ids.len() - kept, block),
            None => PassLayout::finished(kept, text - kept, ids.len() - kept),
        };
        let mut news = ids[kept..].to_vec();
        if count > 0 {
            let start = pass.shadow.start;
            let end = self.seen_by_shadow(pass.shadow.clone(), ids.len());
            layout = layout.with_shadow(shift, start, count).seeing_until(end);
            news.extend(std::iter::repeat_n(self.vocabulary.mask, count));
        }
        let rows: Vec<u32> = rows.iter().map(|row| row - kept as u32).collect();
        let asked = Asked {
            ids: &news,
            layout: &Arc::new(layout),
            keep: text - kept,
            logits: &rows,
            hidden: &[],
            cancel: pass.cancel,
        };
        self.positions_read = news.len();
        let cache = Some(&mut read.cache);
        let passed = self.network.pass(&asked, cache, &mut self.workspace(), &self.threads);
        if passed.is_ok() {
            read.ids.extend_from_slice(&ids[kept..text]);
        }
        self.read = Some(read);
        Ok(HostLogits::new(passed?.logits, rows.len(), self.vocabulary.size))
    }
}
