//! Where tensors come from: one trait, whatever the container, and the files that they stand in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::arranged::arranged;
use super::config::ModelConfig;
use super::gguf::{GGUF, Gguf};
use super::matrix::Matrix;
use super::safetensors::Safetensors;
use remask_base::split_name::split_name;
use remask_base::{Error, Result, files};

/// The weights of a checkpoint in one file.
pub const WEIGHTS: &str = "model.safetensors";
/// Which of several files holds which tensor.
pub const INDEX: &str = "model.safetensors.index.json";

/// Named tensors, checked against the shape that the configuration promises.
pub trait Weights {
    /// The tensor `name`, as Qwen would call it, in f32.
    ///
    /// # Errors
    /// When it is missing or has another shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor>;

    /// The matrix `name` of `rows` by `columns`, in the format that it is stored in.
    ///
    /// # Errors
    /// As [`Weights::tensor`].
    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        Ok(Matrix::new(self.tensor(name, &[rows, columns])?))
    }

    /// Where the tensors are, and with them the network.
    fn device(&self) -> &Device;
}

/// One tensor of a file, as its header describes it.
#[derive(Clone, Debug)]
pub struct TensorEntry {
    /// Its name in the file.
    pub name: String,
    /// The type of its numbers.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Bytes that it takes in the file.
    pub bytes: u64,
}

/// Weights in a file, whose header can be read alone.
pub trait StoredWeights: Weights {
    /// Every tensor.
    fn listing(&self) -> Vec<TensorEntry>;

    /// Whether there is a tensor `name`, as Qwen would call it, of whatever shape.
    fn holds(&self, name: &str) -> bool;

    /// Bytes that the tensor `name`, as Qwen would call it, takes in the file; none where there is no such tensor.
    fn bytes(&self, name: &str) -> u64;

    /// Whether there is a tensor `name`, as Qwen would call it, of this shape and of a type that is read.
    ///
    /// # Errors
    /// Why not, for a sentence that names the checkpoint.
    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String>;
}

/// The files that the weights of a checkpoint are spread over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightFiles {
    /// One, or those of a sharded checkpoint.
    Safetensors(Vec<PathBuf>),
    /// One, or those that a model was split into.
    Gguf(Vec<PathBuf>),
}

impl WeightFiles {
    /// Those at `path`: a folder, in which `model.gguf` goes before safetensors, or a file of its own name. A
    /// file of a sharded checkpoint stands for all of them.
    ///
    /// # Errors
    /// When there are none, or `path` is a file of another kind.
    pub fn find(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Self::in_folder(path);
        }
        match extension(path).as_deref() {
            Some("gguf") => Ok(Self::Gguf(split_files(path)?)),
            Some("safetensors") => {
                let index = path.with_file_name(INDEX);
                let shards = if index.exists() { shards(&index)? } else { Vec::new() };
                let one = shards.iter().any(|shard| shard == path);
                Ok(Self::Safetensors(if one { shards } else { vec![path.to_owned()] }))
            }
            _ => Err(Error::invalid(format!(
                "{} holds no weights that are read; name a folder, a .gguf or a .safetensors file",
                path.display()
            ))),
        }
    }

    fn in_folder(folder: &Path) -> Result<Self> {
        let (gguf, index, whole) = (folder.join(GGUF), folder.join(INDEX), folder.join(WEIGHTS));
        if gguf.is_file() {
            return Ok(Self::Gguf(vec![gguf]));
        }
        if index.exists() {
            return Ok(Self::Safetensors(shards(&index)?));
        }
        if whole.exists() {
            return Ok(Self::Safetensors(vec![whole]));
        }
        Err(Error::Model {
            name: folder.display().to_string(),
            reason: format!(
                "it has neither {WEIGHTS}, {INDEX} nor {GGUF}; put the weights there, or name their file, \
                 where it is called otherwise"
            ),
        })
    }

    /// The files themselves.
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Safetensors(files) | Self::Gguf(files) => files,
        }
    }

    /// The weights, which are those of a model of `config`, for `device`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(&self, config: &ModelConfig, device: &Device) -> Result<Box<dyn StoredWeights>> {
        let stored: Box<dyn StoredWeights> = match self {
            Self::Safetensors(files) => Box::new(Safetensors::open(files, config.family, device)?),
            Self::Gguf(files) => Box::new(Gguf::open(files, config.family, device)?),
        };
        Ok(arranged(config, stored))
    }
}

/// What the name of `path` ends in, in lower case.
pub(super) fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// All files of which `path` is one, where it is called `NAME-00001-of-00003.gguf`, as llama.cpp's gguf-split does.
fn split_files(path: &Path) -> Result<Vec<PathBuf>> {
    /// More files there are of no model.
    const MOST: usize = 1000;
    let alone = || Ok(vec![path.to_owned()]);
    let name = path.file_name().and_then(|name| name.to_str());
    let Some((name, count)) = name.and_then(split_name) else { return alone() };
    if !(1..=MOST).contains(&count) {
        return alone();
    }
    let part = |number| path.with_file_name(format!("{name}-{number:05}-of-{count:05}.gguf"));
    let parts: Vec<PathBuf> = (1..=count).map(part).collect();
    match parts.iter().find(|part| !part.is_file()) {
        Some(missing) => Err(Error::Model {
            name: path.display().to_string(),
            reason: format!(
                "it is one of {count} files, and {} is missing; put all of them into one folder",
                missing.file_name().unwrap_or_default().to_string_lossy()
            ),
        }),
        None => Ok(parts),
    }
}

/// The files that an `index` names, which stand beside it.
fn shards(index: &Path) -> Result<Vec<PathBuf>> {
    let folder = index.parent().unwrap_or(Path::new(""));
    let fail = |reason: String| Error::Model { name: folder.display().to_string(), reason };
    let bytes = files::read(index, files::DESCRIPTION)?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let names: BTreeSet<&str> = json["weight_map"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.values().filter_map(serde_json::Value::as_str))
        .collect();
    if names.is_empty() {
        return Err(fail(format!("{INDEX} has no weight_map that names files")));
    }
    // An index has no business outside its folder.
    let plain = |name: &str| Path::new(name).file_name() == Some(name.as_ref());
    match names.iter().find(|name| !plain(name)) {
        Some(name) => Err(fail(format!("{INDEX} names {name:?}, which is no file of its folder"))),
        None => Ok(names.into_iter().map(|name| folder.join(name)).collect()),
    }
}
