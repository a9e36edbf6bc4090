//! The models that were opened before, newest first: a short list of paths in the state folder, which is
//! nobody else's matter, and without which everything works.

use std::path::{Path, PathBuf};

use crate::config;
use crate::hub_models;
use crate::model::{Checkpoint, CheckpointSummary, bundled};
use crate::{Error, Result, files};

/// As many are remembered.
const MOST: usize = 20;
/// The list has no more bytes than this, unless it is something else.
const LONGEST: u64 = 256 << 10;

/// Where the list is kept.
#[derive(Clone, Debug, Default)]
pub struct RecentModels {
    file: Option<PathBuf>,
    /// Whether those of the hub's cache are known, too.
    with_cached: bool,
}

impl RecentModels {
    /// In the state folder of this person, and what the hub's cache has.
    pub fn usual() -> Self {
        let file = config::state_folder().map(|folder| folder.join("recent-models.json"));
        Self { file, with_cached: true }
    }

    /// In this file.
    pub fn at(file: PathBuf) -> Self {
        Self { file: Some(file), with_cached: false }
    }

    /// The paths, newest first; none where there is no list, or what is there is none.
    pub fn list(&self) -> Vec<PathBuf> {
        let read = |file: &PathBuf| -> Option<Vec<PathBuf>> {
            let bytes = files::read(file, LONGEST).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        let mut all = self.file.as_ref().and_then(read).unwrap_or_default();
        all.truncate(MOST);
        all
    }

    /// Puts `path` in front. What cannot be written down is forgotten: it is only a convenience.
    pub fn remember(&self, path: &Path) {
        let Ok(whole) = path.canonicalize() else { return };
        // A file of the hub's cache is a link, whose name alone says what it is.
        let path = match whole.extension() == path.extension() {
            true => whole,
            false => std::path::absolute(path).unwrap_or(whole),
        };
        let others = self.list().into_iter().filter(|other| *other != path);
        self.write(std::iter::once(path.clone()).chain(others).take(MOST).collect());
    }

    /// Takes `path` out.
    pub fn forget(&self, path: &Path) {
        self.write(self.list().into_iter().filter(|other| other != path).collect());
    }

    fn write(&self, all: Vec<PathBuf>) {
        // A path that is no text cannot be kept as one.
        let all: Vec<&str> = all.iter().filter_map(|path| path.to_str()).collect();
        if let (Some(file), Ok(bytes)) = (&self.file, serde_json::to_vec_pretty(&all)) {
            let _ = files::write_private(file, &bytes);
        }
    }

    /// The bundled models, behind them those of the list, as they are now, and those of the hub's cache.
    pub fn known(&self) -> Vec<KnownModel> {
        let first = KnownModel { path: None, found: Checkpoint::bundled_summary() };
        let others = bundled::names().skip(1).map(PathBuf::from);
        let listed = self.list();
        let mut cached = if self.with_cached { hub_models::all_cached() } else { Vec::new() };
        cached.retain(|path| !listed.contains(path));
        let opened = others
            .chain(listed)
            .chain(cached)
            .map(|path| KnownModel { found: Checkpoint::summary(&path), path: Some(path) });
        std::iter::once(first).chain(opened).collect()
    }
}

/// A model that can be opened, or could once.
pub struct KnownModel {
    /// Where it is; nowhere for the bundled one.
    pub path: Option<PathBuf>,
    /// What its headers say, or why it can be opened no more.
    pub found: Result<CheckpointSummary>,
}

impl KnownModel {
    /// Whether there is nothing left where it was.
    pub fn is_gone(&self) -> bool {
        self.path.as_ref().is_some_and(|path| !path.exists())
    }

    /// Why it cannot be opened, in a few words; nothing where it can.
    pub fn trouble(&self) -> Option<String> {
        match &self.found {
            Ok(_) => None,
            Err(_) if self.is_gone() => Some("gone".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// The place that a person typed, with `~` for the home folder.
///
/// # Errors
/// When there is nothing there.
pub fn typed_path(text: &str) -> Result<PathBuf> {
    let home = || etcetera::home_dir().ok();
    let path = match text.strip_prefix('~') {
        Some(rest) => home().map(|home| home.join(rest.trim_start_matches('/'))),
        None => None,
    };
    let path = hub_models::located(path.unwrap_or_else(|| PathBuf::from(text)));
    match path.exists() {
        true => Ok(path),
        false => Err(Error::invalid(format!(
            "there is nothing at {text}; type the path of a model's folder, of its .gguf file, or the OWNER/NAME of one \
             that was pulled"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_and_the_list_stays_short() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/recent.json");
        let recent = RecentModels::at(file.clone());
        assert!(recent.list().is_empty());
        let place = |n: usize| folder.path().canonicalize().unwrap().join(format!("m{n}"));
        for n in 0..MOST + 5 {
            std::fs::create_dir(place(n)).unwrap();
            recent.remember(&place(n));
        }
        recent.remember(&place(10));
        let list = recent.list();
        assert_eq!((list.len(), &list[0], &list[1]), (MOST, &place(10), &place(MOST + 4)));
        recent.forget(&place(10));
        assert_eq!(recent.list()[0], place(MOST + 4));
        recent.remember(&folder.path().join("never"));
        assert_eq!(recent.list().len(), MOST - 1, "what is not there is not remembered");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(
            std::fs::read_dir(file.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left"
        );
    }

    #[test]
    fn what_is_no_list_is_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recent.json");
        let recent = RecentModels::at(file.clone());
        for text in ["", "{}", "[1, 2]", "\u{0}\u{0}", "[\"/a"] {
            std::fs::write(&file, text).unwrap();
            assert!(recent.list().is_empty(), "{text:?}");
        }
        recent.remember(folder.path());
        assert_eq!(recent.list().len(), 1, "and is written anew");
        assert!(RecentModels::default().list().is_empty());
        RecentModels::default().remember(folder.path());
    }

    #[test]
    fn those_that_vanished_are_known_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentModels::at(folder.path().join("recent.json"));
        let (gone, broken) = (folder.path().join("gone"), folder.path().join("broken"));
        for path in [&gone, &broken] {
            std::fs::create_dir(path).unwrap();
            recent.remember(path);
        }
        std::fs::remove_dir(&gone).unwrap();
        let known = recent.known();
        assert!(known[0].path.is_none() && known[0].found.is_ok());
        let opened = &known[bundled::names().count()..];
        assert!(opened[0].trouble().unwrap().contains("config.json"));
        assert_eq!(opened[1].trouble().unwrap(), "gone");
        assert!(typed_path("/nonexistent/x").unwrap_err().to_string().contains("type the path"));
    }
}
