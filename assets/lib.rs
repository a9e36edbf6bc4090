//! The checkpoints inside the binary, so that the first run needs neither a file nor a network.

#![warn(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

/// A checkpoint inside the binary.
pub struct BundledCheckpoint {
    /// What it is opened by, in the place of a path.
    pub name: &'static str,
    /// What it is called where its size matters.
    pub title: &'static str,
    /// Its `config.json`.
    pub config: &'static [u8],
    /// Its `tokenizer.json`.
    pub tokenizer: &'static [u8],
    weights: &'static Aligned<[u8]>,
}

impl BundledCheckpoint {
    /// Its weights, in GGUF.
    pub fn weights(&self) -> &'static [u8] {
        &self.weights.0
    }
}

/// As GGUF aligns its tensors, whose numbers are read in place.
#[repr(C, align(32))]
struct Aligned<Bytes: ?Sized>(Bytes);

macro_rules! bundled {
    ($name:literal, $title:literal) => {{
        static WEIGHTS: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!($name, "/model.gguf")));
        BundledCheckpoint {
            name: $name,
            title: $title,
            config: include_bytes!(concat!($name, "/config.json")),
            tokenizer: include_bytes!(concat!($name, "/tokenizer.json")),
            weights: WEIGHTS,
        }
    }};
}

/// All of them; the first is opened where no model is named. Python's is left out where the source is (`build.rs`).
pub static ALL: &[BundledCheckpoint] = &[
    bundled!("stories", "stories-4.6M"),
    #[cfg(bundled_python)]
    bundled!("python", "python-3.5M"),
    bundled!("sudoku", "sudoku-1.5M"),
];

/// The one that `path` names: a name alone, without a folder before it.
pub fn named(path: &Path) -> Option<&'static BundledCheckpoint> {
    ALL.iter().find(|bundled| path.as_os_str() == bundled.name)
}

/// Which of them is called `title`, in the order of [`names`].
pub fn position(title: &str) -> Option<usize> {
    ALL.iter().position(|bundled| bundled.title == title)
}

/// What each of them is opened by, the one first that is opened where no model is named.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|bundled| bundled.name)
}
