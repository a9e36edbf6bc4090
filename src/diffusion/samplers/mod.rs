//! The samplers, a file each: what it does, where it is from, when to use it, what it looks like.
//!
//! A sampler is a [`Sampler`]: a name for five parts. To add one, write a file that declares it, with
//! whatever part is new about it, and add its line to [`ALL`]. The flags, the panel, the help and the
//! checks know it from there. One of your own joins them from outside of this crate
//! ([`registry::add`](super::registry::add)), or runs by itself: this one writes two tokens a step, wherever
//! the model hesitates *most*.
//!
//! ```
//! use remask::cancel::Cancel;
//! use remask::diffusion::parts::{Quota, Schedule, Score, correct, select};
//! use remask::diffusion::sampler::Sampler;
//! use remask::diffusion::{TokenOutcome, Segment, Session, StepOutcome, draw};
//! use remask::knobs::Settings;
//! use remask::model::{Backbone, LanguageModel, Threads};
//!
//! static HARDEST: Score = Score {
//!     name: "hardest",
//!     help: "the more the model hesitates, the sooner",
//!     of: |_, at| at.ranked_by().entropy,
//! };
//!
//! static PAIRS: Schedule = Schedule {
//!     name: "pairs",
//!     help: "two in every step",
//!     knobs: &[],
//!     defaults: &[],
//!     state: None,
//!     observes_all: false,
//!     quota: |_, _| Quota::best(2),
//!     levels: None,
//! };
//!
//! static CONTRARY: Sampler = Sampler {
//!     name: "contrary",
//!     help: "write two tokens where the model hesitates most",
//!     source: "this page",
//!     draw: &draw::GUMBEL,
//!     score: &HARDEST,
//!     schedule: &PAIRS,
//!     select: &select::BEST,
//!     correct: &correct::NONE,
//!     next_token: None,
//! };
//!
//! let mut model = LanguageModel::bundled(Threads::new(None)?)?;
//! let segments = [Segment::Prompt(vec![0]), Segment::Noise(8)];
//! let (vocabulary, context) = (model.vocabulary(), model.context());
//! let settings = Settings::default();
//! let mut session = Session::with_sampler(&CONTRARY, &segments, settings, vocabulary, context)?;
//! let mut steps = 0;
//! while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never())? {
//!     let entropy = |outcome| step.updates.iter().filter(move |c| c.outcome == outcome).map(|c| c.entropy);
//!     let least = entropy(TokenOutcome::Written).fold(f32::INFINITY, f32::min);
//!     assert!(entropy(TokenOutcome::Draft).all(|waits| waits <= least));
//!     assert_eq!(step.count(TokenOutcome::Written), 2);
//!     steps += 1;
//! }
//! assert_eq!(steps, 4);
//! # Ok::<(), remask::Error>(())
//! ```

pub mod ancestral;
pub mod autoregressive;
pub mod credit;
pub mod diffusion_gemma;
pub mod dilated;
pub mod entropy;
pub mod entropy_bound;
pub mod entropy_exit;
pub mod factor;
pub mod forward_backward;
pub mod klass;
pub mod left_to_right;
pub mod linear_speculative;
pub mod local_leap;
pub mod low_confidence;
pub mod maskgit;
pub mod maskgit_plus;
pub mod origin;
pub mod p2;
pub mod prompt_lookup;
pub mod random;
pub mod remdm;
pub mod remdm_cap;
pub mod remdm_conf;
pub mod remdm_loop;
pub mod remdm_rescale;
pub mod self_speculative;
pub mod threshold;
pub mod tidar;
pub mod token_editing;
pub mod topk_margin;
pub mod wino;

use super::sampler::Sampler;

/// Every sampler, in the order in which they are shown.
pub static ALL: [&Sampler; 31] = [
    &low_confidence::SAMPLER,
    &maskgit_plus::SAMPLER,
    &topk_margin::SAMPLER,
    &entropy::SAMPLER,
    &maskgit::SAMPLER,
    &random::SAMPLER,
    &origin::SAMPLER,
    &ancestral::SAMPLER,
    &threshold::SAMPLER,
    &factor::SAMPLER,
    &entropy_bound::SAMPLER,
    &entropy_exit::SAMPLER,
    &klass::SAMPLER,
    &local_leap::SAMPLER,
    &credit::SAMPLER,
    &dilated::SAMPLER,
    &p2::SAMPLER,
    &wino::SAMPLER,
    &token_editing::SAMPLER,
    &remdm_cap::SAMPLER,
    &remdm_rescale::SAMPLER,
    &remdm_conf::SAMPLER,
    &remdm_loop::SAMPLER,
    &forward_backward::SAMPLER,
    &diffusion_gemma::SAMPLER,
    &left_to_right::SAMPLER,
    &autoregressive::SAMPLER,
    &self_speculative::SAMPLER,
    &tidar::SAMPLER,
    &linear_speculative::SAMPLER,
    &prompt_lookup::SAMPLER,
];
