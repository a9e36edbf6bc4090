//! **remask**: a terminal playground for text-diffusion language models.
//!
//! A diffusion model does not write from left to right. It starts from noise, guesses every token
//! of the text at once, keeps the guesses it is surest of, and looks again. This crate holds the
//! model, the samplers, the engine and the screen; the binary only calls [`cli::main`].
//!
//! ```text
//!  knobs, keys ──▶ Action ──▶ App ──▶ Command ──┐            ┌─▶ view (draws the state)
//!                                               ▼            │
//!   model (weights, forward pass) ──▶ engine thread ──▶ Event ──▶ history
//!   diffusion (canvas, sampler)         │        └─▶ cli generate
//!                                       └── Session::step: one network pass, one Step
//! ```
//!
//! # Where what is
//! - [`model`]: checkpoints and the forward pass, behind the trait [`model::Backbone`].
//! - [`diffusion`]: canvas, noise, schedule, score, drawing, samplers, and [`diffusion::Session`].
//! - [`knobs`]: every parameter, declared once; flags, panel and configuration come from there.
//! - [`presets`]: named settings. [`prompt`]: text or ids, with holes, to the segments of a canvas.
//!   [`beginnings`]: texts to try.
//! - [`generation`]: a whole text in one go. [`measurement`]: what it took. [`quality`]: what it is worth.
//!   [`race`]: two ways of writing, compared. [`explain`]: why the faster one is. [`sweep`]: many settings,
//!   measured. [`train`]: making models.
//! - [`engine`]: the inference thread. [`protocol`]: what it is told and tells, as lines of JSON.
//!   [`trace`]: what a run did. [`summary`]: what it cost.
//! - [`hub_models`]: models of the Hugging Face hub, in the cache of this machine.
//! - [`runtime`]: threads, and switches of the process. [`rng`]: all chance.
//! - [`tui`]: the playground. [`cli`], [`config`]: the command line and the configuration.
//!
//! # A whole generation
//! ```
//! use remask::cancel::Cancel;
//! use remask::diffusion::{Segment, Session, StepOutcome};
//! use remask::knobs::Settings;
//! use remask::model::{Backbone, LanguageModel, Threads};
//!
//! let mut model = LanguageModel::bundled(Threads::new(None)?)?;
//! let mut prompt: Vec<u32> = model.config().bos_id.into_iter().collect();
//! prompt.extend(model.tokenizer().encode("Once upon a time")?);
//! let segments = [Segment::Prompt(prompt), Segment::Noise(32)];
//! let knobs = Settings::default().with("steps", "8")?.with("temperature", "0.5")?;
//! let mut session = Session::new(&segments, knobs, model.vocabulary(), model.context())?;
//! while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never())? {
//!     println!("step {}: {} tokens are still noise", step.index + 1, step.open);
//! }
//! let text = model.tokenizer().decode(session.canvas().ids());
//! assert!(text.starts_with("Once upon a time"));
//! # Ok::<(), remask::Error>(())
//! ```
//!
//! # A network of one's own
//! Any network that says what could stand where will do. This one knows the alphabet, and is the surer of a
//! letter the nearer it stands to one that is written:
//!
//! ```
//! use remask::cancel::Cancel;
//! use remask::diffusion::{Segment, Session, StepOutcome};
//! use remask::knobs::Settings;
//! use remask::model::{Backbone, ForwardBatch, HostLogits, Logits, Vocabulary};
//!
//! const MASK: u32 = 26;
//!
//! #[derive(Clone)]
//! struct Alphabet(Vocabulary);
//!
//! impl Backbone for Alphabet {
//!     fn vocabulary(&self) -> &Vocabulary {
//!         &self.0
//!     }
//!
//!     fn context(&self) -> usize {
//!         26
//!     }
//!
//!     fn clone_shared(&self) -> Box<dyn Backbone> {
//!         Box::new(self.clone())
//!     }
//!
//!     fn predict(&mut self, pass: &ForwardBatch<'_>) -> remask::Result<Box<dyn Logits>> {
//!         let canvas = pass.canvases[0];
//!         let mut logits = vec![0.0; pass.positions.len() * 27];
//!         for (row, position) in logits.chunks_mut(27).zip(pass.positions) {
//!             let written = (0..canvas.len()).filter(|at| canvas[*at] != MASK);
//!             let nearest = written.map(|at| at.abs_diff(*position)).min().unwrap_or(26);
//!             row[*position] = 30.0 - nearest as f32;
//!         }
//!         Ok(HostLogits::boxed(logits, pass.positions.len(), 27))
//!     }
//! }
//!
//! let special = vec![MASK];
//! let [eos, turn_ends, stops] = [const { Vec::new() }; 3];
//! let vocabulary =
//!     Vocabulary { size: 27, drawable: 27, mask: MASK, eos, turn_ends, stops, special };
//! let mut network = Alphabet(vocabulary.clone());
//! let segments = [Segment::Noise(2), Segment::Fixed(vec![2]), Segment::Noise(5)];
//! let settings = Settings::default().with("steps", "4")?;
//! let mut session = Session::new(&segments, settings, &vocabulary, 26)?;
//! while let StepOutcome::Stepped(_) = session.step(&mut network, &Cancel::never())? {}
//! let letters = session.canvas().ids().iter().map(|id| (b'a' + *id as u8) as char);
//! assert_eq!(letters.collect::<String>(), "abcdefgh");
//! # Ok::<(), remask::Error>(())
//! ```

#![warn(clippy::unwrap_used, clippy::expect_used)]

pub mod beginnings;
pub mod cli;
pub mod config;
pub mod diffusion;
pub mod engine;
pub mod explain;
pub mod export;
pub mod generation;
pub mod hub_models;
pub mod knobs;
pub mod measurement;
pub mod presets;
pub mod prompt;
pub mod protocol;
pub mod quality;
pub mod race;
pub mod recent_models;
pub mod summary;
pub mod sweep;
pub mod tasks;
pub mod trace;
pub mod train;
pub mod tui;

pub use remask_base::{Error, Result, cancel, files, memory, rng, runtime, unwind, visible};
pub(crate) use remask_base::{fnv, nearest};
pub use remask_model as model;
