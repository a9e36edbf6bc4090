//! The files that a model was split into, or the only one.

use std::fs::File;
use std::path::PathBuf;

use super::header::{self, Header};
use remask_base::{Error, Result, files};

/// What errors call the files at `paths`.
pub(super) fn shown(paths: &[PathBuf]) -> String {
    paths.first().map_or_else(String::new, |path| path.display().to_string())
}

/// What the files at `paths` say together, and the files.
pub(super) fn read_headers(paths: &[PathBuf]) -> Result<(Header, Vec<File>)> {
    let (mut headers, mut opened) = (Vec::new(), Vec::new());
    let fail = |name: String, reason: String| Error::Model {
        name,
        reason: format!("it cannot be read as GGUF: {reason}"),
    };
    for path in paths {
        files::check_regular(path)?;
        let file = File::open(path).map_err(Error::file(path))?;
        let size = file.metadata().map_err(Error::file(path))?.len();
        let header = header::read(&file, size);
        headers.push(header.map_err(|reason| fail(path.display().to_string(), reason))?);
        opened.push(file);
    }
    let header = Header::joined(headers).map_err(|reason| fail(shown(paths), reason))?;
    Ok((header, opened))
}
