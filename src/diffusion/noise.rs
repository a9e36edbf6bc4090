//! What stands where nothing has been written yet.

use crate::knobs::{Reals, Typed, words};
use crate::model::Vocabulary;
use crate::rng::{Purpose, Stream};

words! {
    /// The kinds of noise (masks: D3PM and MDLM, arXiv 2406.07524; random tokens: D3PM's uniform kernel).
    pub enum Noise {
        /// The mask token.
        Mask = "mask": "start from blanks: every position holds the mask token until it is written",
        /// A token drawn uniformly from the vocabulary, control tokens excluded.
        Uniform = "uniform":
            "start from random words: the model must also find out which ones are wrong",
    }
}

/// Which noise a run starts from.
pub static NOISE: Typed<Noise> =
    Noise::knob("noise", "what the canvas is made of before anything is written").next_run();

/// How much of a draft becomes noise (SDEdit's strength, arXiv 2108.01073).
pub static STRENGTH: Typed<f64> = Typed::real(
    "strength",
    Reals { min: 0.0, max: 1.0, step: 0.1 },
    0.3,
    "how much of a given text becomes noise when it is to be repaired",
)
.next_run()
.aliases(&["noise-share"]);

/// Where all randomness comes from.
pub static SEED: Typed<u64> =
    Typed::number("seed", "where all chance comes from: same seed and knobs, same text").next_run();

impl Noise {
    /// One token of noise.
    pub fn token(
        self,
        vocabulary: &Vocabulary,
        seed: u64,
        step: usize,
        purpose: Purpose,
        position: usize,
    ) -> u32 {
        match self {
            Self::Mask => vocabulary.mask,
            Self::Uniform => {
                let mut stream = Stream::new(seed, step, purpose, position);
                let plain = vocabulary.drawable - vocabulary.special.len();
                let mut id = stream.below(plain) as u32;
                // The specials are ascending, so stepping over each one that is reached lands on
                // the id-th plain token.
                for special in &vocabulary.special {
                    if *special <= id {
                        id += 1;
                    }
                }
                id
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_uniform_over_plain_tokens() {
        let vocabulary = Vocabulary {
            size: 16,
            drawable: 12,
            mask: 5,
            eos: vec![0],
            turn_ends: Vec::new(),
            stops: Vec::new(),
            special: vec![0, 5, 6, 11],
        };
        let mut counts = [0u32; 16];
        for position in 0..8_000 {
            let id = Noise::Uniform.token(&vocabulary, 7, 0, Purpose::InitialNoise, position);
            counts[id as usize] += 1;
        }
        let plain = [1, 2, 3, 4, 7, 8, 9, 10];
        for (id, count) in counts.into_iter().enumerate() {
            if plain.contains(&id) {
                assert!((850..1150).contains(&count), "{id}: {count}");
            } else {
                assert_eq!(count, 0, "{id}");
            }
        }
    }
}
