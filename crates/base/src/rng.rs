//! Seeded randomness that does not depend on who asks first.
//!
//! Each draw has its own stream, keyed by seed, step, purpose and position. So the same seed and
//! knobs give the same steps at any thread count, a run continued from an old step goes as it went,
//! and turning one knob leaves the draws of everything else as they were: what differs between two
//! runs of one seed is the knob's doing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The random tokens of a canvas before the first step.
    InitialNoise = 1,
    /// Which token a position draws.
    Draw = 2,
    /// The random token of a position that is not committed.
    Renoise = 3,
    /// Which positions commit, for the samplers that leave it to chance.
    Order = 4,
    /// Batches and fresh weights of a training run.
    Training = 5,
    /// Which positions are remasked, for the samplers that leave it to chance.
    Remask = 6,
    /// Which tokens of a given text become noise.
    NoiseShare = 7,
    /// In which order a training run goes through its documents.
    Epoch = 8,
    /// What a training step leaves out of its activations.
    Dropout = 9,
    /// The random token of a position that a hand made noise again.
    HandRenoise = 10,
    /// What a document of a task says.
    Task = 11,
}

/// How many numbers [`Stream::uniforms`] gives: as many as the generator makes at once.
pub const UNIFORMS: usize = 32;

/// One stream of random numbers.
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `purpose` at `position` in the `step`-th step of a run with `seed`.
    pub fn new(seed: u64, step: usize, purpose: Purpose, position: usize) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(step as u64).to_le_bytes());
        key[16] = purpose as u8;
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(position as u64);
        Self(rng)
    }

    /// Uniform in the open interval (0, 1), in steps of 2^-52.
    pub fn uniform(&mut self) -> f64 {
        uniform_of(self.0.next_u64())
    }

    /// The next [`UNIFORMS`] of [`Stream::uniform`], in less than half of the time.
    pub fn uniforms(&mut self) -> [f64; UNIFORMS] {
        let mut bytes = [[0; 8]; UNIFORMS];
        self.0.fill_bytes(bytes.as_flattened_mut());
        bytes.map(|bytes| uniform_of(u64::from_le_bytes(bytes)))
    }

    /// Standard Gumbel: `-ln(-ln u)`.
    pub fn gumbel(&mut self) -> f64 {
        gumbel_of(self.uniform())
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Uniform in `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((self.uniform() * bound as f64) as usize).min(bound.saturating_sub(1))
    }
}

fn uniform_of(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * STEP
}

/// The Gumbel variate of a uniform one.
pub fn gumbel_of(uniform: f64) -> f64 {
    -(-uniform.ln()).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_the_same_as_one_after_the_other() {
        let stream = || Stream::new(7, 3, Purpose::Draw, 5);
        let (mut many, mut single) = (stream(), stream());
        for _ in 0..5 {
            assert_eq!(many.uniforms(), std::array::from_fn(|_| single.uniform()));
        }
        assert_eq!(many.uniform(), single.uniform());
    }
}
