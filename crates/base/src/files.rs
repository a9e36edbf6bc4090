//! Reading files that a stranger may have made: no larger than they can honestly be, and none that has no
//! end. Writing those that are nobody else's business.

use std::fs::{DirBuilder, File, FileType, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result, memory};

/// What a person writes by hand fits in here many times over.
pub const SETTINGS: u64 = 4 << 20;
/// Vocabularies and indices of the largest checkpoints fit in here.
pub const DESCRIPTION: u64 = 512 << 20;

/// The bytes of `path`, `most` of them at most.
///
/// # Errors
/// When it is no regular file, cannot be read, or has more.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    read_open(&open(path)?, path, most)
}

/// The bytes of `path`, however many, where the machine has memory for `copies` of them.
///
/// # Errors
/// When it is no regular file, cannot be read, or does not fit.
pub fn read_whole(path: &Path, copies: u64) -> Result<Vec<u8>> {
    read_whole_open(&open(path)?, path, copies)
}

/// As [`read_whole`], of a file that is open, and that errors call `path`.
///
/// # Errors
/// When it cannot be read, or does not fit.
pub fn read_whole_open(file: &File, path: &Path, copies: u64) -> Result<Vec<u8>> {
    /// Where the system does not say what there is.
    const PLENTY: u64 = 64 << 30;
    let most = memory::available().unwrap_or(PLENTY) / copies.max(1);
    let size = file.metadata().map_err(Error::file(path))?.len();
    if size > most {
        return Err(Error::invalid(format!(
            "{}: its {} do not fit into memory, where there is room for a file of {}; give a smaller one",
            path.display(),
            memory::shown(size),
            memory::shown(most)
        )));
    }
    read_open(file, path, most)
}

fn read_open(file: &File, path: &Path, most: u64) -> Result<Vec<u8>> {
    let too_large = || {
        Error::invalid(format!(
            "{}: it has more than {}, so it is not what it is taken for; name another",
            path.display(),
            memory::shown(most)
        ))
    };
    // What the system only makes when it is read says that it is empty, and is counted below.
    let size = file.metadata().map_err(Error::file(path))?.len();
    if size > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(Error::file(path))?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], or when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| Error::invalid(format!("{}: not a text in UTF-8", path.display())))
}

/// Writes `bytes` to `path`, whole or not at all, for nobody but its owner to read. Its folder is made where there is
/// none.
///
/// # Errors
/// When that is refused.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    // A name that nobody else writes to, and beside the file, so that it can take its place.
    let count = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{count}.part", std::process::id()));
    let write = || {
        // What is left there of a program that was killed, or a link of a stranger's.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&temporary)?.write_all(bytes)?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        Error::file(path)(error)
    })
}

/// Makes the folder `path`, where there is none, and those above it, for nobody but their owner.
///
/// # Errors
/// When that is refused.
pub fn create_private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(Error::file(path))
}

/// Opens `path` to be read.
///
/// # Errors
/// When it is no regular file, or cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    check_regular(path)?;
    File::open(path).map_err(Error::file(path))
}

/// As [`check_regular`], where there is something at `path`.
///
/// # Errors
/// As [`check_regular`].
pub fn check_regular_or_absent(path: &Path) -> Result<()> {
    if path.exists() { check_regular(path) } else { Ok(()) }
}

/// Refuses what is no regular file: a pipe would wait for whoever writes into it, a device may have no end.
/// The empty device is the usual way of saying that there is nothing to be read.
///
/// # Errors
/// When it is something else, or cannot be looked at.
pub fn check_regular(path: &Path) -> Result<()> {
    let kind = std::fs::metadata(path).map_err(Error::file(path))?.file_type();
    if kind.is_file() || path == Path::new("/dev/null") {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{}: it is {}, no regular file; put a file there, or name another",
        path.display(),
        kind_in_words(kind)
    )))
}

fn kind_in_words(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
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
        assert!(read(folder.path(), 4).unwrap_err().to_string().contains("a folder"));
    }

    #[test]
    #[cfg(unix)]
    fn what_waits_or_never_ends_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, what) in [
            (pipe.as_path(), "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            for result in [read(path, 1 << 20), read_whole(path, 3)] {
                let message = result.unwrap_err().to_string();
                let expected = format!("{}: it is {what}, no regular file", path.display());
                assert!(message.starts_with(&expected), "{message}");
            }
        }
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        // It says of itself that it is empty.
        assert!(read(Path::new("/proc/self/maps"), 1).is_err() || cfg!(not(target_os = "linux")));
    }

    #[test]
    fn a_file_of_holes_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let huge = folder.path().join("huge");
        File::create(&huge).unwrap().set_len(1 << 43).unwrap();
        let message = read_whole(&huge, 3).unwrap_err().to_string();
        assert!(message.contains("do not fit into memory"), "{message}");
        assert!(read(&huge, 1 << 40).unwrap_err().to_string().contains("more than"));
    }
}
