//! Text diffusion: canvas, noise, and the parts of a sampler, put together by [`Session`].
//!
//! A step asks five things in turn: *draw* (what would stand here), *score* (how sure), *schedule*
//! (how many commit now), *select* (which), *correct* (what is taken back). These are the [`parts`];
//! [`samplers`] names the ways in which the field puts them together, and [`recipe`] tells from the
//! knobs which ones decide.

pub mod block;
pub mod canvas;
mod categorical;
mod decide;
pub mod draw;
pub mod guidance;
mod next_token;
pub mod noise;
pub mod parts;
pub mod recipe;
pub mod rng;
pub mod samplers;
mod scene;
pub mod session;
pub mod step;
mod watch;

pub use canvas::{Canvas, Segment, TokenState};
pub use draw::{Candidate, Guess};
pub use noise::Noise;
pub use session::{Session, StepOutcome};
pub use step::{Change, Fate, Step};
