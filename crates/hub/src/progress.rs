//! How far a model has come.

/// Of all files of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// The file that is on its way; empty while the hub is asked what there is.
    pub file: String,
    /// Files that are whole, and all.
    pub files: (usize, usize),
    /// Bytes that are there, and all.
    pub bytes: (u64, u64),
    /// Bytes that came over the network.
    pub received: u64,
    /// Whether what came is being checked against its hash.
    pub is_checking: bool,
}
