//! Which files of a repository a model is made of.

use remask_base::memory::shown;
use remask_base::split_name::split_name;

use crate::listing::{Listing, RemoteFile};
use crate::name::ModelName;

/// What says what the weights are, where they do not say it themselves.
const DESCRIPTIONS: [&str; 8] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
];

/// Weights in one file.
pub(crate) const WHOLE: &str = "model.safetensors";
/// Which of several holds what.
pub(crate) const INDEX: &str = "model.safetensors.index.json";

/// The files of the model `name`: the GGUF file that is named, with the others that it is split into; else safetensors; else
/// the only GGUF file; and what describes them.
///
/// # Errors
/// When there is no such file, there are no weights, or one of several must be named.
pub(crate) fn chosen<'a>(
    listing: &'a Listing,
    name: &ModelName,
) -> Result<Vec<&'a RemoteFile>, String> {
    let find = |path: &str| listing.files.iter().find(|file| file.path == path);
    let descriptions = DESCRIPTIONS.iter().filter_map(|path| find(path));
    Ok(descriptions.chain(weights(listing, name)?).collect())
}

/// As [`chosen`], of what describes them nothing.
fn weights<'a>(listing: &'a Listing, name: &ModelName) -> Result<Vec<&'a RemoteFile>, String> {
    let find = |path: &str| listing.files.iter().find(|file| file.path == path);
    let ggufs = || listing.files.iter().filter(|file| is_gguf(&file.path));
    if let Some(path) = &name.file {
        return match find(path) {
            None => Err(format!("it has no file {path:?}; it has {}", list(ggufs()))),
            Some(_) if !is_gguf(path) => Err(format!(
                "{path:?} is no GGUF file; without :FILE all comes that belongs to safetensors"
            )),
            Some(_) => Ok(split_with(listing, path)),
        };
    }
    if let Some(index) = find(INDEX) {
        let shards = listing.files.iter().filter(|file| is_shard(&file.path));
        return Ok([index].into_iter().chain(shards).collect());
    }
    if let Some(whole) = find(WHOLE) {
        return Ok(vec![whole]);
    }
    let Some(first) = ggufs().next() else {
        return Err(format!(
            "it has no weights that are read, neither safetensors nor GGUF; it has {}",
            list(listing.files.iter())
        ));
    };
    match ggufs().all(|file| is_split_with(&file.path, &first.path)) {
        true => Ok(split_with(listing, &first.path)),
        false => Err(format!(
            "it has several GGUF files; say which with {}:FILE: {}",
            name.repository,
            list(ggufs())
        )),
    }
}

/// The file `path`, with those that it was split into.
fn split_with<'a>(listing: &'a Listing, path: &str) -> Vec<&'a RemoteFile> {
    listing.files.iter().filter(|file| is_split_with(&file.path, path)).collect()
}

/// Their names and sizes, as far as anybody would read on.
fn list<'a>(files: impl Iterator<Item = &'a RemoteFile>) -> String {
    const MOST: usize = 30;
    let mut named: Vec<String> =
        files.map(|file| format!("{} ({})", file.path, shown(file.size))).collect();
    if named.is_empty() {
        return "none".to_owned();
    }
    let more = named.len().saturating_sub(MOST);
    named.truncate(MOST);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    named.join(", ")
}

fn is_gguf(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".gguf")
}

/// Whether `path` is one of several files of safetensors.
fn is_shard(path: &str) -> bool {
    path.starts_with("model-") && path.ends_with(".safetensors")
}

/// Whether `path` is `file`, or both are of those that a GGUF file was split into.
fn is_split_with(path: &str, file: &str) -> bool {
    path == file || matches!((split_name(path), split_name(file)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;

    fn paths(all: &[&str], name: &str) -> Result<Vec<String>, String> {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            size: 5,
            checksum: Checksum::GitBlob("a".repeat(40)),
        };
        let listing = Listing { commit: "c".repeat(40), files: all.iter().map(file).collect() };
        let found = chosen(&listing, &name.parse().unwrap())?;
        Ok(found.into_iter().map(|file| file.path.clone()).collect())
    }

    #[test]
    fn a_model_is_its_weights_and_what_describes_them() {
        let folder = [
            "README.md",
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "tokenizer.json",
        ];
        let whole = ["config.json", "tokenizer.json", "model.safetensors"];
        assert_eq!(paths(&folder, "a/b").unwrap(), whole);
        let index = "model.safetensors.index.json";
        let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        assert_eq!(
            paths(&[shards[0], index, shards[1], "x.gguf"], "a/b").unwrap(),
            [index, shards[0], shards[1]]
        );
        assert_eq!(paths(&["x.gguf", "README.md"], "a/b").unwrap(), ["x.gguf"]);
        let trained = ["config.json", "model.gguf", "tokenizer.json"];
        assert_eq!(paths(&trained, "a/b").unwrap(), [trained[0], trained[2], trained[1]]);
        let split = ["q4-00001-of-00002.gguf", "q4-00002-of-00002.gguf"];
        assert_eq!(paths(&split, "a/b").unwrap(), split);
        assert_eq!(
            paths(&[split[0], "q8.gguf", split[1]], "a/b:q4-00002-of-00002.gguf").unwrap(),
            split
        );
    }

    #[test]
    fn what_cannot_be_chosen_is_said() {
        let several = paths(&["q4.gguf", "q8.gguf"], "a/b").unwrap_err();
        assert!(several.contains("a/b:FILE: q4.gguf (1 KB), q8.gguf (1 KB)"), "{several}");
        assert!(
            paths(&["pytorch_model.bin"], "a/b").unwrap_err().contains("no weights that are read")
        );
        let missing = paths(&["q4.gguf"], "a/b:q5.gguf").unwrap_err();
        assert!(missing.contains("no file \"q5.gguf\"; it has q4.gguf"), "{missing}");
        let other = paths(&["x.safetensors"], "a/b:x.safetensors").unwrap_err();
        assert!(other.contains("no GGUF file"), "{other}");
    }
}
