//! A training run on disk: a folder that `--model` opens, and the state to go on from.
//!
//! Every file is written beside its place, synced and renamed, so that a run killed in the middle of
//! a save leaves the last good one. The state is one file for the same reason.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use candle_core::safetensors::save;
use candle_core::{DType, Tensor};

use super::corpus::parent;
use crate::model::Family;
use crate::model::gguf::{self, GGUF};
use crate::model::weights::WEIGHTS;
use crate::{Error, Result, files};

/// What a file that is being written ends in.
const PART: &str = "part";
/// The state to go on from.
pub const STATE: &str = "training.safetensors";

/// Tensors by name.
pub type Tensors = HashMap<String, Tensor>;

/// Writes `tensors` to `path`, whole or not at all.
///
/// # Errors
/// When the disk refuses; the file that was there before is then still there.
pub fn write_tensors(path: &Path, tensors: &Tensors) -> Result<()> {
    replace(path, |temporary| save(tensors, temporary))
}

/// How the numbers of the saved weights are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum NumberFormat {
    /// As they were learned, in safetensors.
    #[default]
    F32,
    /// Rounded, in half the space, in safetensors.
    F16,
    /// Blocks of 8 bits with a scale, in a quarter of the space, in GGUF.
    #[value(name = "q8_0")]
    Q8_0,
}

/// Writes `weights`, by Qwen's names, into `folder` as a model of `family` has them, in `format`, and leaves none
/// there that would be opened in their place.
///
/// # Errors
/// As [`write_tensors`].
pub fn write_weights(
    folder: &Path,
    weights: &BTreeMap<String, Tensor>,
    family: Family,
    format: NumberFormat,
) -> Result<()> {
    let (safetensors, gguf) = (folder.join(WEIGHTS), folder.join(GGUF));
    let dtype = match format {
        NumberFormat::Q8_0 => {
            let bytes = gguf::encode(weights, family)?;
            replace(&gguf, |temporary| std::fs::write(temporary, &bytes))?;
            return remove(&safetensors);
        }
        NumberFormat::F16 => DType::F16,
        NumberFormat::F32 => DType::F32,
    };
    let rounded =
        weights.iter().map(|(name, t)| Ok((family.tensor_name(name), t.to_dtype(dtype)?)));
    write_tensors(&safetensors, &rounded.collect::<Result<_>>()?)?;
    remove(&gguf)
}

/// Removes `path`, where it is.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}

/// Writes `text` to `path`, whole or not at all.
///
/// # Errors
/// As [`write_tensors`].
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    replace(path, |temporary| std::fs::write(temporary, text))
}

fn replace<E: std::fmt::Display>(
    path: &Path,
    write: impl FnOnce(&Path) -> std::result::Result<(), E>,
) -> Result<()> {
    let temporary = path.with_extension(PART);
    // What a killed save left, or a stranger: a link there would lead the bytes elsewhere, a pipe wait.
    remove(&temporary)?;
    let fail = |reason: String| Error::Write { path: path.to_owned(), reason };
    // Who may read it: whoever may read other new files here. The library that writes tensors lets nobody.
    let new = File::create_new(&temporary).and_then(|file| file.metadata());
    let permissions = new.map_err(|e| fail(e.to_string()))?.permissions();
    let result = write(&temporary).map_err(|e| fail(e.to_string())).and_then(|()| {
        let sync = || -> std::io::Result<()> {
            let file = OpenOptions::new().append(true).open(&temporary)?;
            file.set_permissions(permissions)?;
            file.sync_all()?;
            std::fs::rename(&temporary, path)?;
            // The rename itself is on the disk once the folder is.
            File::open(parent(path))?.sync_all()
        };
        sync().map_err(Error::file(path))
    });
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

/// That nobody else trains in a folder. Given back when it is dropped, or its process ends, however.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// What is locked.
const LOCK: &str = "training.lock";

impl FolderLock {
    /// Takes `folder`, which must exist.
    ///
    /// # Errors
    /// When another process has it, or the disk refuses.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        files::check_regular_or_absent(&path)?;
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::invalid(format!(
                "{}: another run is training there; wait for its end, or name another --out",
                folder.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Error::file(&path)(error)),
        }
    }
}

/// What a run writes into its folder, in the order in which it does; the state comes last.
const FILES: [&str; 6] = [LOCK, "tokenizer.json", "config.json", WEIGHTS, GGUF, STATE];

/// Refuses a `folder` in which no run was begun that could be gone on with.
///
/// # Errors
/// When it is not there, or holds no state.
pub fn check_begun(folder: &Path) -> Result<()> {
    let missing = if !folder.exists() {
        "there is no such folder".to_owned()
    } else if !folder.join(STATE).exists() {
        format!("it holds no training run ({STATE} is missing)")
    } else {
        return Ok(());
    };
    Err(Error::invalid(format!(
        "{}: {missing}; name the folder of a run with --out, or leave --resume out to begin one",
        folder.display()
    )))
}

/// Refuses a `folder` that holds more than what a first save may have left when it was killed: its lock, and
/// whole files without a state. Without the lock they are a model of somebody else's.
///
/// # Errors
/// When something is there that would be written over.
pub fn refuse_foreign(folder: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    let begun = folder.join(LOCK).exists();
    let ours = |name: &std::ffi::OsStr| {
        let known = FILES.iter().any(|file| name == *file && *file != STATE);
        let part = Path::new(name).extension().is_some_and(|end| end == PART);
        part || begun && (known || is_temporary(name))
    };
    let foreign = entries.flatten().find(|entry| !ours(&entry.file_name()));
    if let Some(foreign) = foreign {
        return Err(Error::invalid(format!(
            "{} holds something already ({}); add --resume to go on with a run, or name another --out",
            folder.display(),
            foreign.file_name().display()
        )));
    }
    Ok(())
}

/// Whether `name` is that of a file which the library of tensors writes beside its place.
fn is_temporary(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(".tmp"))
}

/// Makes `folder` for a first save by `save`, and takes it; where that fails, nothing of it is left behind.
///
/// # Errors
/// What `save` says, or when the folder cannot be made or taken, or holds something else.
pub fn first_save(folder: &Path, save: impl FnOnce() -> Result<()>) -> Result<FolderLock> {
    let existed = folder.exists();
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    // Before the lock is taken, which would make files of somebody else's look like ours; and behind it, for
    // what another run saved meanwhile.
    refuse_foreign(folder)?;
    let lock = FolderLock::take(folder)?;
    refuse_foreign(folder)?;
    if let Err(error) = save() {
        for file in FILES {
            let _ = std::fs::remove_file(folder.join(file));
        }
        if !existed {
            let _ = std::fs::remove_dir(folder);
        }
        return Err(error);
    }
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::train::state_file;

    #[test]
    fn a_save_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        let one = Tensor::new(&[1f32, 2.0], &Device::Cpu).unwrap();
        write_tensors(&path, &Tensors::from([("x".to_owned(), one)])).unwrap();
        let failed = replace(&path, |temporary| {
            std::fs::write(temporary, b"half of it").unwrap();
            Err("no space left")
        });
        assert!(failed.unwrap_err().to_string().contains("no space left"));
        let read = state_file::read(&path, |_, _, _| true).unwrap();
        assert_eq!(read["x"].to_vec1::<f32>().unwrap(), [1.0, 2.0]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written");
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_the_way_of_a_save_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let diary = folder.path().join("diary");
        std::fs::write(&diary, "mine").unwrap();
        std::os::unix::fs::symlink(&diary, folder.path().join("config.part")).unwrap();
        write_text(&folder.path().join("config.json"), "{}").unwrap();
        assert_eq!(std::fs::read_to_string(&diary).unwrap(), "mine");
        assert_eq!(std::fs::read_to_string(folder.path().join("config.json")).unwrap(), "{}");
    }

    #[test]
    #[cfg(unix)]
    fn what_is_saved_may_be_read_as_other_new_files_may() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        let other = folder.path().join("other");
        std::fs::write(&other, "x").unwrap();
        let one = Tensor::new(&[1f32], &Device::Cpu).unwrap();
        let weights = folder.path().join("model.safetensors");
        write_tensors(&weights, &Tensors::from([("x".to_owned(), one)])).unwrap();
        write_text(&folder.path().join("config.json"), "{}").unwrap();
        assert_eq!(mode(&weights), mode(&other));
        assert_eq!(mode(&folder.path().join("config.json")), mode(&other));
    }

    #[test]
    fn a_first_save_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        for folder in [&new, &folder.path().to_owned()] {
            let failed = first_save(folder, || {
                write_text(&folder.join("config.json"), "{}")?;
                Err(Error::invalid("no space left"))
            });
            assert!(failed.is_err());
        }
        assert!(!new.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
