//! Checkpoints: configuration, weights, tokenizer and the forward pass, behind the one trait
//! [`Denoiser`] that the samplers know.

pub mod cache;
pub mod config;
pub mod denoiser;
pub mod draft_head;
pub mod family;
pub mod gguf;
pub mod language;
pub mod layout;
pub mod ops;
pub mod tokenizer;
pub mod transformer;
pub mod weights;

pub use cache::KvCache;
pub use config::{Attention, ModelConfig};
pub use denoiser::{Denoiser, Footprint, Logits, NO_NEXT_TOKEN, Pass, Vocabulary};
pub use family::Family;
pub use language::{LanguageModel, PASS_THREAD, Threads};
pub use layout::PassLayout;
pub use tokenizer::Tokenizer;
