//! Reading files that a stranger may have made: no larger than they can honestly be, and none that has no
//! end.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{Error, Result, memory};

/// What a person writes by hand fits in here many times over.
pub const SETTINGS: u64 = 4 << 20;
/// Vocabularies and indices of the largest checkpoints fit in here.
pub const DESCRIPTION: u64 = 512 << 20;

/// The bytes of `path`, `most` of them at most.
///
/// # Errors
/// When it cannot be read, or there are more.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::file(path))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(Error::file(path))?;
    if bytes.len() as u64 > most {
        return Err(Error::invalid(format!(
            "{}: it has more than {}, so it is not what it is taken for",
            path.display(),
            memory::shown(most)
        )));
    }
    Ok(bytes)
}

/// The bytes of `path`, however many, where the machine has memory for `copies` of them.
///
/// # Errors
/// When it cannot be read, or does not fit.
pub fn read_whole(path: &Path, copies: u64) -> Result<Vec<u8>> {
    /// Where the system does not say what there is.
    const PLENTY: u64 = 64 << 30;
    let most = memory::available().unwrap_or(PLENTY) / copies.max(1);
    let size = std::fs::metadata(path).map_err(Error::file(path))?.len();
    if size > most {
        return Err(Error::invalid(format!(
            "{}: its {} do not fit into memory, where there is room for a file of {}; give a part of it",
            path.display(),
            memory::shown(size),
            memory::shown(most)
        )));
    }
    read(path, most)
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], or when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| Error::invalid(format!("{}: not a text in UTF-8", path.display())))
}

/// Refuses what is no file in a folder: reading a pipe would wait for whoever writes into it.
///
/// # Errors
/// When it is something else, or cannot be looked at.
pub fn check_regular(path: &Path) -> Result<()> {
    let kind = std::fs::metadata(path).map_err(Error::file(path))?.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let what = if kind.is_dir() { "a folder" } else { "no regular file" };
    Err(Error::invalid(format!("{}: it is {what}; put a file there", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        assert!(read(&path, 4).unwrap_err().to_string().contains("more than"));
        assert!(check_regular(&path).is_ok());
        assert!(check_regular(folder.path()).is_err());
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            if made.is_ok_and(|status| status.success()) {
                assert!(check_regular(&pipe).unwrap_err().to_string().contains("no regular file"));
            }
            assert!(read(Path::new("/dev/zero"), 1 << 20).is_err());
            let huge = folder.path().join("huge");
            File::create(&huge).unwrap().set_len(1 << 43).unwrap();
            let message = read_whole(&huge, 3).unwrap_err().to_string();
            assert!(message.contains("do not fit into memory"), "{message}");
        }
    }
}
