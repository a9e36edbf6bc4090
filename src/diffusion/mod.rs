//! Text diffusion: canvas, noise, and the parts of a sampler, put together by [`Session`].
//!
//! A step asks five things in turn: *draw* (what would stand here), *score* (how sure), *schedule*
//! (how many commit now), *select* (which), *correct* (what is remasked). These are the [`parts`];
//! [`samplers`] names the ways in which the field puts them together, and [`resolved`] tells from the
//! knobs which ones decide.

pub mod approximate_cache;
pub mod block;
pub mod canvas;
mod decide;
pub mod draw;
pub mod edit;
pub mod guidance;
mod next_token;
pub mod noise;
pub mod parts;
pub mod registry;
pub mod resolved;
pub mod sampler;
pub mod samplers;
pub mod session;
pub mod speculative;
pub mod step;
mod step_scope;
mod text_end;

pub use canvas::{Canvas, Segment, TokenState};
pub use edit::Edit;
pub use noise::Noise;
pub use registry::knobs;
pub use session::{Session, StepOutcome};
pub use step::{PositionUpdate, Step, TokenOutcome};
