//! Models from the Hugging Face hub (<https://huggingface.co/docs/hub/api>): into the standard cache folder, where every
//! other program finds them too; resumed where a transfer broke off; checked by the hashes that the hub names; and taken from
//! the cache alone where there is no network or none is wanted.

#![warn(clippy::unwrap_used, clippy::expect_used)]

mod cache;
mod checksum;
mod choice;
mod environment;
mod listing;
mod name;
mod progress;
mod pull;
mod transfer;

pub use environment::Environment;
pub use name::ModelName;
pub use progress::PullProgress;
pub use pull::Hub;
