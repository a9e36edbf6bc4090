//! What the layers of a pass leave to later ones: see [`FeatureRefresh`].

use super::LanguageModel;
use super::kept_keys::next_pass;
use crate::backbone::ReusablePass;
use crate::features::FeatureRefresh;
use crate::logits::HostLogits;
use crate::network::NetworkFeatures;
use remask_base::cancel::Cancel;
use remask_base::{Error, Result};

/// What was left, and by which pass.
pub(super) struct KeptFeatures {
    number: u64,
    /// Positions of the canvas.
    length: usize,
    features: NetworkFeatures,
    read: Vec<usize>,
}

impl KeptFeatures {
    pub fn pass(&self) -> ReusablePass<'_> {
        ReusablePass { number: self.number, read: &self.read }
    }
}

impl LanguageModel {
    /// A pass over the `canvas` whose layers compute what `refresh` says and take the rest from the pass `of`; everything
    /// where they hold none of that. Raw logits of `rows`.
    pub(super) fn predict_refreshing(
        &mut self,
        (canvas, rows): (&[u32], &[u32]),
        of: Option<u64>,
        refresh: FeatureRefresh,
        cancel: &Cancel,
    ) -> Result<HostLogits> {
        let length = canvas.len();
        if refresh.prompt > length {
            return Err(Error::Internal(format!("a prompt of {} in {length}", refresh.prompt)));
        }
        // One that is called off midway leaves nothing: it would be features of two passes.
        let held = self.features.take();
        let held = held.filter(|held| of == Some(held.number) && held.length == length);
        let refresh = match held {
            Some(_) => refresh,
            None => FeatureRefresh::everything(refresh.prompt),
        };
        let mut features = match held {
            Some(held) => held.features,
            None => self.network.features(length),
        };
        let (logits, refreshed) = self.network.refresh(
            (canvas, rows),
            refresh,
            &mut features,
            (&mut self.workspace(), &self.threads),
            cancel,
        )?;
        self.positions_read = refreshed.all.div_ceil(self.config.layers);
        let number = next_pass();
        self.features = Some(KeptFeatures { number, length, features, read: refreshed.last });
        Ok(HostLogits::new(logits, rows.len(), self.vocabulary.size))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::compute::Compute;
    use crate::features::Refreshed;
    use crate::layout::PassLayout;
    use crate::network::Network;
    use crate::ops::Precision;
    use crate::packed::{Asked, PackedTransformer};
    use crate::products::Products;
    use crate::transformer::Transformer;
    use crate::{Checkpoint, Threads};

    const PROMPT: usize = 6;

    /// The bundled network, whose positions all see each other here, packed and made of tensor operations.
    fn networks() -> [Network; 2] {
        networks_of(Checkpoint::bundled().unwrap())
    }

    fn networks_of(checkpoint: Checkpoint) -> [Network; 2] {
        let Checkpoint { config, weights, .. } = checkpoint;
        let packed = PackedTransformer::load(&config, &*weights, Compute::F32).unwrap();
        let stored =
            Transformer::load_kept(&config, &*weights, Products::full(Precision::F32)).unwrap();
        [Network::Packed(Box::new(packed)), Network::Stored(Box::new(stored))]
    }

    struct Run<'a> {
        network: &'a Network,
        features: NetworkFeatures,
        threads: Threads,
    }

    impl Run<'_> {
        fn refresh(&mut self, ids: &[u32], refresh: FeatureRefresh) -> (Vec<f32>, Refreshed) {
            let rows: Vec<u32> = (0..ids.len() as u32).collect();
            let with = (&mut self.network.workspace(&self.threads), &self.threads);
            let never = Cancel::never();
            self.network.refresh((ids, &rows), refresh, &mut self.features, with, &never).unwrap()
        }
    }

    fn canvas() -> Vec<u32> {
        (0..20).map(|place| if place < 10 { 30 + 31 * place } else { 1 }).collect()
    }

    fn assert_near(one: &[f32], other: &[f32], what: &str) {
        let apart = one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 2e-3, "{what}: {apart}");
    }

    #[test]
    fn packed_or_stored_layers_compute_the_same_positions_and_say_the_same() {
        // With biases, and with fewer heads for keys than for queries.
        let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/dream-tiny");
        for checkpoint in [Checkpoint::bundled(), Checkpoint::open(&tiny)] {
            compare(&networks_of(checkpoint.unwrap()));
        }
    }

    fn compare(networks: &[Network; 2]) {
        let threads = Threads::new(Some(2.try_into().unwrap())).unwrap();
        let mut runs = networks.each_ref().map(|network| Run {
            network,
            features: network.features(20),
            threads: threads.clone(),
        });
        let partly =
            FeatureRefresh { prompt: PROMPT, of_prompt: false, of_answer: false, share: 0.25 };
        let mut ids = canvas();
        let passes = [
            (FeatureRefresh::everything(PROMPT), 20),
            // A quarter of the fourteen of the answer.
            (partly, 3),
            (FeatureRefresh { share: 0.0, ..partly }, 0),
            (FeatureRefresh { share: 0.05, ..partly }, 0),
            (FeatureRefresh { of_prompt: true, ..partly }, 9),
            (FeatureRefresh { of_answer: true, ..partly }, 14),
            (partly, 3),
        ];
        for (pass, (refresh, computed)) in passes.into_iter().enumerate() {
            ids[10 + pass] = 400 + 7 * pass as u32;
            let [(packed, some), (stored, same)] =
                runs.each_mut().map(|run| run.refresh(&ids, refresh));
            assert_eq!(some, same, "pass {pass}");
            assert_eq!(some.last.len(), computed, "pass {pass}");
            assert_near(&packed, &stored, &format!("pass {pass}"));
        }
    }

    #[test]
    fn who_computes_everything_says_what_a_whole_pass_says() {
        let threads = Threads::new(Some(2.try_into().unwrap())).unwrap();
        for network in networks() {
            let mut run =
                Run { features: network.features(20), network: &network, threads: threads.clone() };
            let mut ids = canvas();
            run.refresh(&ids, FeatureRefresh::everything(PROMPT));
            ids[12] = 477;
            let all = FeatureRefresh {
                share: 1.0,
                of_answer: false,
                ..FeatureRefresh::everything(PROMPT)
            };
            let (refreshed, _) = run.refresh(&ids, all);
            let asked = Asked {
                ids: &ids,
                layout: &Arc::new(PassLayout::bidirectional(ids.len())),
                keep: 0,
                logits: &(0..20).collect::<Vec<_>>(),
                hidden: &[],
                cancel: &Cancel::never(),
            };
            let mut workspace = network.workspace(&threads);
            let whole = network.pass(&asked, None, &mut workspace, &threads).unwrap();
            assert_near(&refreshed, &whole.logits, "all of it");
        }
    }

    #[test]
    fn nothing_new_changes_nothing() {
        for network in networks() {
            let threads = Threads::new(Some(1.try_into().unwrap())).unwrap();
            let mut run = Run { features: network.features(20), network: &network, threads };
            let (first, _) = run.refresh(&canvas(), FeatureRefresh::everything(PROMPT));
            let partly =
                FeatureRefresh { prompt: PROMPT, of_prompt: false, of_answer: false, share: 0.5 };
            let (second, refreshed) = run.refresh(&canvas(), partly);
            // The first layer computes everything, the other seven half of the answer.
            assert_eq!(refreshed.all, 20 + 7 * 7);
            assert_near(&first, &second, "the same canvas");
        }
    }
}
