//! Which files of a repository a model is made of.

use remask_base::memory::shown;

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

/// Weights in one file, and which of several holds what.
const SAFETENSORS: [&str; 2] = ["model.safetensors", "model.safetensors.index.json"];

/// The files of the model `name`: the one that is named, with the others that it is split into; else safetensors and what
/// describes them; else the only GGUF file.
///
/// # Errors
/// When there is no such file, there are no weights, or one of several must be named.
pub(crate) fn chosen<'a>(
    listing: &'a Listing,
    name: &ModelName,
) -> Result<Vec<&'a RemoteFile>, String> {
    let find = |path: &str| listing.files.iter().find(|file| file.path == path);
    let ggufs = || listing.files.iter().filter(|file| is_gguf(&file.path));
    let of_folder = |weights: Vec<&'a RemoteFile>| -> Vec<&'a RemoteFile> {
        DESCRIPTIONS.iter().filter_map(|path| find(path)).chain(weights).collect()
    };
    if let Some(path) = &name.file {
        let found = find(path).ok_or_else(|| no_such_file(listing, name, path))?;
        return Ok(match is_gguf(path) {
            true => listing.files.iter().filter(|file| is_split_with(&file.path, path)).collect(),
            false => of_folder(vec![found]),
        });
    }
    let shards = listing.files.iter().filter(|file| is_shard(&file.path));
    let weights: Vec<&RemoteFile> =
        SAFETENSORS.iter().filter_map(|path| find(path)).chain(shards).collect();
    if !weights.is_empty() {
        return Ok(of_folder(weights));
    }
    match ggufs()
        .filter(|file| ggufs().all(|other| is_split_with(&other.path, &file.path)))
        .collect()
    {
        only if !Vec::<&RemoteFile>::is_empty(&only) => Ok(only),
        _ if ggufs().next().is_some() => Err(format!(
            "it has several GGUF files; say which with {}:FILE{}",
            name.repository,
            list(ggufs())
        )),
        _ => Err(format!(
            "it has no weights that are read, neither safetensors nor GGUF{}",
            list(listing.files.iter().take(MOST_LISTED))
        )),
    }
}

/// As many files are listed in an error.
const MOST_LISTED: usize = 40;

fn no_such_file(listing: &Listing, name: &ModelName, path: &str) -> String {
    let weights = listing
        .files
        .iter()
        .filter(|file| is_gguf(&file.path) || file.path.ends_with(".safetensors"));
    format!("{} has no file {path:?}; it has{}", name.repository, list(weights.take(MOST_LISTED)))
}

/// A line for each of `files`.
fn list<'a>(files: impl Iterator<Item = &'a RemoteFile>) -> String {
    files.map(|file| format!("\n  {} ({})", file.path, shown(file.size))).collect()
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
    path == file || matches!((split(path), split(file)), (Some(a), Some(b)) if a == b)
}

/// Of `NAME-00001-of-00003.gguf` the name and how many there are.
fn split(path: &str) -> Option<(&str, &str)> {
    let stem = path.strip_suffix(".gguf")?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (name, number) = rest.rsplit_once('-')?;
    let is_number =
        |text: &str| text.len() == 5 && text.bytes().all(|digit| digit.is_ascii_digit());
    (is_number(count) && is_number(number)).then_some((name, count))
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
        assert!(
            several.contains("a/b:FILE") && several.contains("\n  q8.gguf (1 KB)"),
            "{several}"
        );
        assert!(
            paths(&["pytorch_model.bin"], "a/b").unwrap_err().contains("no weights that are read")
        );
        assert!(
            paths(&["q4.gguf"], "a/b:q5.gguf")
                .unwrap_err()
                .contains("no file \"q5.gguf\"; it has\n  q4.gguf")
        );
    }
}
