//! What a repository holds, as the hub tells it (`/api/models/NAME/revision/REVISION?blobs=true`).

use serde::Deserialize;

use crate::checksum::Checksum;
use crate::name::is_inside;

/// The files of one commit.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    pub files: Vec<RemoteFile>,
}

/// A file of a commit.
#[derive(Clone, Debug)]
pub(crate) struct RemoteFile {
    /// Its path in the repository.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What it is checked by, and called in the cache.
    pub checksum: Checksum,
}

#[derive(Deserialize)]
struct Answer {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
    size: u64,
}

impl Listing {
    /// Reads the answer. Files whose names lead elsewhere, and those without a size or a hash, are left out.
    ///
    /// # Errors
    /// When it is none, or its commit is no hash.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(json)
            .map_err(|error| format!("what the hub says of it cannot be read: {error}"))?;
        if !is_hash(&answer.sha, 40) {
            return Err(format!("the hub names a commit {:?}, which is no hash", answer.sha));
        }
        let files = answer.siblings.into_iter().filter_map(|sibling| {
            let (checksum, size) = match (sibling.lfs, sibling.blob_id) {
                (Some(lfs), _) => (Checksum::Sha256(lfs.sha256), lfs.size),
                (None, Some(blob)) => (Checksum::GitBlob(blob), sibling.size?),
                (None, None) => return None,
            };
            let is_taken = checksum.has_all_digits() && is_inside(&sibling.rfilename);
            is_taken.then_some(RemoteFile { path: sibling.rfilename, size, checksum })
        });
        Ok(Self { commit: answer.sha, files: files.collect() })
    }
}

/// Whether `text` is so many hexadecimal digits.
pub(crate) fn is_hash(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_elsewhere_is_left_out() {
        let (commit, sha256) = ("a".repeat(40), "b".repeat(64));
        let json = serde_json::json!({ "sha": commit, "siblings": [
            { "rfilename": "config.json", "size": 7, "blobId": "c".repeat(40) },
            { "rfilename": "model.gguf", "size": 9, "blobId": "c".repeat(40), "lfs": { "sha256": sha256, "size": 9 } },
            { "rfilename": "../../x", "size": 7, "blobId": "c".repeat(40) },
            { "rfilename": "/etc/x", "size": 7, "blobId": "c".repeat(40) },
            { "rfilename": "y", "size": 7, "blobId": "../c" },
            { "rfilename": "z" },
        ]});
        let listing = Listing::parse(json.to_string().as_bytes()).unwrap();
        let paths: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["config.json", "model.gguf"]);
        assert!(matches!(&listing.files[1].checksum, Checksum::Sha256(sha) if *sha == sha256));
        assert!(
            Listing::parse(br#"{"sha": "../x", "siblings": []}"#).unwrap_err().contains("../x")
        );
        assert!(Listing::parse(b"<html>").unwrap_err().contains("cannot be read"));
    }
}
