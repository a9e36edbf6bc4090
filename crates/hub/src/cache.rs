//! The standard cache folder: contents under their hashes, and for each commit links to them under their own names.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hf_hub::{Cache, Repo, RepoType};
use remask_base::cancel::Cancel;
use remask_base::{Error, Result};

use crate::checksum::Checksum;
use crate::listing::is_hash;
use crate::name::ModelName;

/// One repository in the cache.
pub(crate) struct CachedRepository {
    /// Of all repositories.
    root: PathBuf,
    folder: PathBuf,
    revision: String,
}

impl CachedRepository {
    pub fn new(root: &Path, name: &ModelName) -> Self {
        let (repository, revision) = (name.repository.clone(), name.revision.clone());
        let repo = Repo::with_revision(repository, RepoType::Model, revision.clone());
        let folder = Cache::new(root.to_owned()).path().join(repo.folder_name());
        Self { root: root.to_owned(), folder, revision }
    }

    /// Where a content is, or will be.
    pub fn blob(&self, checksum: &Checksum) -> PathBuf {
        self.folder.join("blobs").join(checksum.digits())
    }

    /// The folder of a commit.
    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// The folder of the commit that the revision was when it was last asked for; nothing where there is none.
    pub fn newest_snapshot(&self) -> Option<PathBuf> {
        let kept = fs::read_to_string(self.reference()).ok();
        let commit = kept.map(|commit| commit.trim().to_owned()).unwrap_or(self.revision.clone());
        let folder = self.snapshot(&commit);
        (is_hash(&commit, 40) && folder.is_dir()).then_some(folder)
    }

    /// Remembers which commit the revision is.
    pub fn refer_to(&self, commit: &str) -> Result<()> {
        let path = self.reference();
        if fs::read_to_string(&path).is_ok_and(|kept| kept == commit) {
            return Ok(());
        }
        make_folder_of(&path)?;
        replace(&path, |new| fs::write(new, commit))
    }

    fn reference(&self) -> PathBuf {
        self.folder.join("refs").join(&self.revision)
    }

    /// Makes `path` of the commit what `blob` is, where it is not. Others that look at it see it whole all the time.
    pub fn link(&self, blob: &Path, commit: &str, path: &str) -> Result<()> {
        let link = self.snapshot(commit).join(path);
        let places = link.canonicalize().ok().zip(blob.canonicalize().ok());
        if places.is_some_and(|(linked, blob)| linked == blob) {
            return Ok(());
        }
        make_folder_of(&link)?;
        replace(&link, |new| linked(blob, new, path.split('/').count()))
    }

    /// Keeps others from writing the content meanwhile; waits for them before. Let go of when it is dropped.
    pub fn lock(&self, checksum: &Checksum, cancel: &Cancel) -> Result<File> {
        /// How often it is looked whether others are done.
        const LOOK: Duration = Duration::from_millis(100);
        let name = self.folder.file_name().unwrap_or_default();
        let path = self.root.join(".locks").join(name).join(format!("{}.lock", checksum.digits()));
        make_folder_of(&path)?;
        let file =
            File::options().create(true).append(true).open(&path).map_err(Error::file(&path))?;
        loop {
            cancel.check()?;
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
                Err(TryLockError::Error(error)) => return Err(Error::file(&path)(error)),
            }
        }
    }
}

/// Puts what `make` makes under another name in the place of `path`.
fn replace(path: &Path, make: impl Fn(&Path) -> std::io::Result<()>) -> Result<()> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.{}-{count}", std::process::id()));
    let made = make(&new).and_then(|()| fs::rename(&new, path));
    made.map_err(|error| {
        let _ = fs::remove_file(&new);
        Error::file(path)(error)
    })
}

/// Makes the folder that `path` is to stand in.
pub(crate) fn make_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(Error::file(folder))
}

/// Links from below `snapshots/COMMIT`, so many folders deep, to `blobs`: as a path that stays right when the cache is moved.
#[cfg(unix)]
fn linked(blob: &Path, link: &Path, depth: usize) -> std::io::Result<()> {
    let up = "../".repeat(depth + 1);
    let name = blob.file_name().unwrap_or_default();
    std::os::unix::fs::symlink(Path::new(&up).join("blobs").join(name), link)
}

/// Where links take rights that few have: another name for the same content.
#[cfg(not(unix))]
fn linked(blob: &Path, link: &Path, _depth: usize) -> std::io::Result<()> {
    fs::hard_link(blob, link).or_else(|_| fs::copy(blob, link).map(|_| ()))
}
