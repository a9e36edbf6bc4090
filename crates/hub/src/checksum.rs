//! What a file is checked by: the hub names SHA-256 of large ones, and of small ones what git calls them.

use std::fs::File;
use std::io::{self, Read};

use remask_base::Result;
use remask_base::cancel::Cancel;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::listing::is_hash;

/// A hash in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// Of the content.
    Sha256(String),
    /// SHA-1 of the content behind `blob LENGTH` and a zero, as git has it.
    GitBlob(String),
}

impl Checksum {
    /// The digits.
    pub fn digits(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::GitBlob(digits) => digits,
        }
    }

    /// Whether it has as many digits as it must.
    pub fn has_all_digits(&self) -> bool {
        match self {
            Self::Sha256(digits) => is_hash(digits, 64),
            Self::GitBlob(digits) => is_hash(digits, 40),
        }
    }

    /// Whether the `size` bytes of `content` are what it was made of.
    ///
    /// # Errors
    /// [`remask_base::Error::Cancelled`], or what reading says.
    pub fn matches(
        &self,
        content: &mut File,
        size: u64,
        cancel: &Cancel,
    ) -> Result<io::Result<bool>> {
        Ok(match self {
            Self::Sha256(digits) => {
                Self::hashed(Sha256::new(), content, cancel)?.map(|hash| same(&hash, digits))
            }
            Self::GitBlob(digits) => {
                let mut hash = Sha1::new();
                hash.update(format!("blob {size}\0"));
                Self::hashed(hash, content, cancel)?.map(|hash| same(&hash, digits))
            }
        })
    }

    fn hashed<D: Digest>(
        mut hash: D,
        content: &mut File,
        cancel: &Cancel,
    ) -> Result<io::Result<Vec<u8>>> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            cancel.check()?;
            match content.read(&mut buffer) {
                Ok(0) => return Ok(Ok(hash.finalize().to_vec())),
                Ok(count) => hash.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

/// Whether `hash` in hexadecimal digits is `digits`.
fn same(hash: &[u8], digits: &str) -> bool {
    let mut pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hash.len() * 2 == digits.len()
        && hash.iter().all(|own| pairs.next().and_then(byte) == Some(*own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_sha256sum_and_git() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "hello\n").unwrap();
        let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        // git hash-object
        let blob = "ce013625030ba8dba906f756967f9e9ca394464a";
        for checksum in [Checksum::Sha256(sha256.to_owned()), Checksum::GitBlob(blob.to_owned())] {
            let matches = |size| {
                let mut file = File::open(&path).unwrap();
                checksum.matches(&mut file, size, &Cancel::never()).unwrap().unwrap()
            };
            assert!(checksum.has_all_digits() && matches(6), "{checksum:?}");
            std::fs::write(&path, "hellO\n").unwrap();
            assert!(!matches(6), "{checksum:?}");
            std::fs::write(&path, "hello\n").unwrap();
        }
        assert!(!Checksum::GitBlob(sha256.to_owned()).has_all_digits());
    }
}
