//! Passes of which each layer computes some positions: see [`FeatureRefresh`].

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{PackedTransformer, SharedRows, language_head, lock};
use crate::features::{FeatureRefresh, Refreshed};
use crate::packed::layer::{PackedFeatures, PackedPartialPass};
use crate::packed::workspace::{Scratch, Workspace};
use remask_base::cancel::Cancel;
use remask_base::runtime::Threads;
use remask_base::{Error, Result};

impl PackedTransformer {
    /// Room for the features of a pass over `length` positions.
    pub fn features(&self, length: usize) -> PackedFeatures {
        PackedFeatures::new(self.cache(), self.layers.len(), length, self.final_norm.len())
    }

    /// Logits of `rows` (R, V) of `ids` (T), which all see each other.
    ///
    /// # Errors
    /// [`Error::Cancelled`], where `features` are of two passes.
    pub fn refresh(
        &self,
        (ids, rows): (&[u32], &[u32]),
        refresh: FeatureRefresh,
        features: &mut PackedFeatures,
        (workspace, threads): (&mut Workspace, &Threads),
        cancel: &Cancel,
    ) -> Result<(Vec<f32>, Refreshed)> {
        let Workspace { scratch, shared, .. } = workspace;
        let positions: Vec<u32> = (0..ids.len() as u32).collect();
        let (cos, sin) = self.rotary.angles(&positions);
        let pass = PackedPartialPass {
            length: ids.len(),
            cos: &cos,
            sin: &sin,
            refresh,
            features,
            shared,
        };
        let mut logits = vec![0.0; rows.len() * self.head.columns()];
        let out = SharedRows::new(&mut logits, self.head.columns(), threads.count().get());
        let (stop, refreshed) = (AtomicBool::new(false), Mutex::new(Refreshed::default()));
        let finished = threads.together(|member| {
            let scratch = &mut *lock(&scratch[member.index]);
            scratch.x.resize(ids.len() * self.final_norm.len(), 0.0);
            self.embed(ids, &mut scratch.x);
            for (place, layer) in self.layers.iter().enumerate() {
                if member.index == 0 && cancel.check().is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
                member.meet();
                if stop.load(Ordering::Relaxed) {
                    return false;
                }
                let rows = layer.update(member, &pass, place, scratch);
                if member.index == 0 {
                    lock(&refreshed).add(rows);
                }
            }
            let Scratch { x, rows: product_rows, .. } = &mut *scratch;
            let picked = product_rows.filled(rows.len() * self.final_norm.len());
            self.norm_picked(x, rows, picked);
            language_head(member, (&self.head, rows.len()), shared, scratch, &out);
            true
        });
        if finished.contains(&false) {
            return Err(Error::Cancelled);
        }
        let refreshed = std::mem::take(&mut *lock(&refreshed));
        Ok((logits, refreshed))
    }
}
