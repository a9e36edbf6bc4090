//! Text diffusion: canvas, noise, and the parts of a sampler, put together by [`Session`].
//!
//! A step asks five things in turn: *draw* (what would stand here), *score* (how sure), *schedule*
//! (how many commit now), *select* (which), *correct* (what is taken back).

pub mod block;
pub mod canvas;
pub mod draw;
pub mod guidance;
pub mod noise;
pub mod rng;
pub mod sampler;
pub mod schedule;
pub mod score;
pub mod session;
pub mod step;

pub use canvas::{Canvas, Segment, TokenState};
pub use draw::{Candidate, Guess};
pub use noise::Noise;
pub use session::{Session, StepOutcome};
pub use step::{Change, Fate, Step};
