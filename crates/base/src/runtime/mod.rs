//! What the whole process shares: pools of threads, and the switches of libraries.
//!
//! A program of one's own does at the start of its `main` what `remask` does:
//!
//! ```
//! // SAFETY: no other thread runs yet.
//! unsafe { remask_base::runtime::prepare_process() };
//! let threads = remask_base::runtime::Threads::new(None)?;
//! assert!(threads.count().get() >= 1);
//! # Ok::<(), remask_base::Error>(())
//! ```

mod process;
mod team;
mod threads;
mod workers;

pub use process::prepare_process;
pub use team::{Member, share};
pub use threads::{PASS_THREAD, Threads};
pub use workers::Workers;
