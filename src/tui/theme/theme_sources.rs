//! The files that a theme was read from, to be read again when they were saved.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{Result, files};

/// When a file was last written, and how long it is.
type Stamp = (SystemTime, u64);

/// The files of a theme, that of what it inherits among them, and how each stood when it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct ThemeSources(Vec<(PathBuf, Option<Stamp>)>);

impl ThemeSources {
    /// Reads `path`, and remembers it.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn read(&mut self, path: &Path) -> Result<String> {
        // Before it is read: what is saved in between is seen the next time.
        self.0.push((path.to_owned(), stamp(path)));
        files::read_text(path, files::SETTINGS)
    }

    /// Whether there are none: a theme of the binary.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any was saved since it was read. One that is gone may come back: some editors save so.
    pub fn have_changed(&self) -> bool {
        self.0.iter().any(|(path, then)| {
            let now = stamp(path);
            now.is_some() && now != *then
        })
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
