//! Checkpoints: configuration, weights, tokenizer and the forward pass, behind the one trait
//! [`Backbone`] that the samplers know.

#![warn(clippy::unwrap_used, clippy::expect_used)]

mod arranged;
pub mod backbone;
mod byte_level_bpe;
pub mod cache;
pub mod chat_template;
pub mod checkpoint;
pub mod compute;
pub mod config;
mod config_file;
mod device;
pub mod draft_head;
mod experts;
pub mod family;
pub mod features;
pub mod gguf;
pub mod language;
mod layer;
pub mod layout;
mod linear;
mod load_watch;
pub mod logits;
pub mod matrix;
pub mod memory_needs;
mod mlp;
mod network;
pub mod ops;
mod packed;
mod products;
pub mod rope_scaling;
mod rotary;
pub mod routing;
pub mod safetensors;
pub mod tensors;
pub mod tokenizer;
pub mod transformer;
mod vocabulary_files;
pub mod weights;

pub use backbone::{
    Backbone, DraftMasks, ForwardBatch, NO_NEXT_TOKEN, Retained, ReusablePass, Reuse, Vocabulary,
    WeightStats,
};
pub use cache::KvCache;
pub use chat_template::{ChatTemplate, ChatTurn};
pub use checkpoint::{Checkpoint, CheckpointSummary};
pub use compute::Compute;
pub use config::{Attention, ModelConfig};
pub use family::Family;
pub use features::FeatureRefresh;
pub use language::LanguageModel;
pub use layout::PassLayout;
pub use load_watch::{LoadProgress, LoadWatch};
pub use logits::{
    Candidate, Convention, HostLogits, Logits, Prediction, SamplingParams, Statistics,
};
pub use matrix::Matrix;
pub use remask_base::runtime::{PASS_THREAD, Threads};
pub use remask_bundled as bundled;
pub use rope_scaling::RopeScaling;
pub use routing::{Routing, Scoring};
pub use tokenizer::Tokenizer;
