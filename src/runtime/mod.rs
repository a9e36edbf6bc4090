//! What the whole process shares: pools of threads, and the switches of libraries.
//!
//! A program of one's own does at the start of its `main` what `remask` does:
//!
//! ```
//! // SAFETY: no other thread runs yet.
//! unsafe { remask::runtime::prepare_process() };
//! let threads = remask::runtime::Threads::new(None)?;
//! assert!(threads.count().get() >= 1);
//! # Ok::<(), remask::Error>(())
//! ```

mod process;
mod team;
mod threads;
mod workers;

pub use process::prepare_process;
pub use team::{Member, share};
pub use threads::{PASS_THREAD, Threads};
pub use workers::Workers;
