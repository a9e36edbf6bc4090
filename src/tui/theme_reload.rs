//! A theme that was read from a file: it is read again when the file is saved.

use std::time::Duration;

use super::app::{App, Notice};

/// From one look at the files to the next.
const EVERY: Duration = Duration::from_secs(1);

impl App {
    /// How long until the files of the theme are to be looked at; nothing where it has none.
    pub(super) fn until_theme_look(&self) -> Option<Duration> {
        let next = self.theme_looked + EVERY;
        self.theme.is_from_file().then(|| next.saturating_sub(self.now))
    }

    /// Reads the theme again where it was saved, once it is time to look; whether anything came of it. A file
    /// that is no theme leaves the colours as they are.
    pub fn follow_theme_files(&mut self) -> bool {
        if self.until_theme_look().is_none_or(|left| !left.is_zero()) {
            return false;
        }
        self.theme_looked = self.now;
        if !self.theme.is_outdated() {
            return false;
        }
        self.notice = Some(match self.theme.reload() {
            Ok(()) => Notice::good(format!("theme {}, as it was saved", self.theme.name)),
            Err(error) => Notice::bad(format!("{error}; the colours stay")),
        });
        true
    }
}
