//! The one error type of the library. Every message names the thing, the value and the remedy; the variant says
//! whose matter it is, and with which code the program ends.

use std::io::ErrorKind;
use std::path::PathBuf;

/// What can go wrong between a command line and a finished canvas.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A knob, flag, key or file entry holds something it cannot hold.
    #[error("{0}")]
    Invalid(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written, for a reason that is the machine's.
    #[error("{}: cannot be written: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A checkpoint that cannot be used, and why.
    #[error("model {name}: {reason}")]
    Model {
        /// The folder or bundled name.
        name: String,
        /// What is missing or not understood.
        reason: String,
    },
    /// A loss or a gradient is not a number any more.
    #[error("{0}")]
    NotFinite(String),
    /// The system gives no threads.
    #[error("cannot start the worker threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// What we say of ourselves cannot be written as JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Two parts of the program do not fit each other: a mistake of ours.
    #[error("{0}; this is a mistake of remask's, please report it")]
    Internal(String),
    /// The tensor library failed.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The pass was called off: a newer run began, or the run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The person called it off; what was done is kept.
    #[error("{0}")]
    Interrupted(String),
    /// The engine thread is gone.
    #[error("{0}")]
    EngineStopped(String),
    /// The terminal failed.
    #[error("terminal: {0}")]
    Terminal(std::io::Error),
}

impl Error {
    /// An [`Error::Invalid`] from anything that prints.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// An [`Error::File`] for `path`, to be used with `map_err`.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// Whether what was given cannot be, a file that was named among it, rather than the program or the
    /// system failing.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Model { .. } => true,
            Self::File { source, .. } => matches!(
                source.kind(),
                ErrorKind::NotFound
                    | ErrorKind::PermissionDenied
                    | ErrorKind::IsADirectory
                    | ErrorKind::NotADirectory
                    | ErrorKind::AlreadyExists
                    | ErrorKind::InvalidInput
                    | ErrorKind::InvalidFilename
            ),
            _ => false,
        }
    }
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;
