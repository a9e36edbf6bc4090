//! Where tensors come from: one trait, whatever the container.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};

use super::family::Family;
use super::gguf::{GGUF, Gguf};
use crate::{Error, Result, files};

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
}

/// Weights in a file, whose header can be read alone.
pub trait StoredWeights: Weights {
    /// Every tensor.
    fn listing(&self) -> Vec<TensorEntry>;

    /// Whether there is a tensor `name`, as Qwen would call it, of this shape and of a type that is read.
    ///
    /// # Errors
    /// Why not, for a sentence that names the checkpoint.
    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String>;
}

/// The weights in `folder` of a model of `family`: GGUF where there is `model.gguf`, else safetensors.
///
/// # Errors
/// When there are none, or they cannot be read.
pub fn open(folder: &Path, family: Family) -> Result<Box<dyn StoredWeights>> {
    if folder.join(GGUF).is_file() {
        return Ok(Box::new(Gguf::open(folder, family)?));
    }
    Ok(Box::new(Safetensors::open(folder, family)?))
}

/// A `model.safetensors`, or the files of a sharded one.
pub struct Safetensors {
    tensors: MmapedSafetensors,
    family: Family,
}

impl Safetensors {
    /// Maps the weights in `folder`, whose tensors are called as `family` calls them.
    ///
    /// # Errors
    /// When there are none, a file of a sharded checkpoint is missing, or one is not safetensors.
    pub fn open(folder: &Path, family: Family) -> Result<Self> {
        let files = files(folder)?;
        let fail = |reason: String| Error::Model { name: folder.display().to_string(), reason };
        for file in &files {
            // The error of mapping several files does not say which.
            files::check_regular(file)?;
            std::fs::File::open(file).map_err(Error::file(file))?;
            map(std::slice::from_ref(file)).map_err(|e| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                fail(format!("{name} is not a whole safetensors file ({e})"))
            })?;
        }
        let tensors = map(&files).map_err(|e| fail(format!("its weights cannot be read ({e})")))?;
        Ok(Self { tensors, family })
    }
}

impl StoredWeights for Safetensors {
    fn listing(&self) -> Vec<TensorEntry> {
        let tensors = self.tensors.tensors().into_iter();
        tensors
            .map(|(name, view)| TensorEntry {
                name,
                dtype: format!("{:?}", view.dtype()),
                shape: view.shape().to_vec(),
            })
            .collect()
    }

    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String> {
        self.check_stored(&self.family.tensor_name(name), shape)
    }
}

impl Safetensors {
    /// As [`StoredWeights::check`], by the name in the file.
    fn check_stored(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String> {
        let view = self.tensors.get(name).map_err(|_| format!("the tensor {name} is missing"))?;
        if view.shape() != shape {
            return Err(format!(
                "the tensor {name} has shape {:?}, config.json asks for {shape:?}",
                view.shape()
            ));
        }
        let dtype = format!("{:?}", view.dtype());
        if READ.contains(&dtype.as_str()) {
            return Ok(());
        }
        Err(format!(
            "the tensor {name} holds numbers of type {dtype}, which is not read; it takes {}",
            READ.join(", ")
        ))
    }
}

/// Types of numbers that are read.
const READ: [&str; 10] = ["F32", "F16", "BF16", "F64", "F8_E4M3", "I64", "I32", "I16", "U32", "U8"];

/// The files that the weights in `folder` are spread over.
///
/// # Errors
/// When there are no weights.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (index, gguf) = (folder.join(INDEX), folder.join(GGUF));
    if gguf.is_file() {
        return Ok(vec![gguf]);
    }
    if !index.exists() {
        let whole = folder.join(WEIGHTS);
        std::fs::metadata(&whole).map_err(Error::file(&whole))?;
        return Ok(vec![whole]);
    }
    files::check_regular(&index)?;
    let bytes = files::read(&index, files::DESCRIPTION)?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let names: BTreeSet<&str> = json["weight_map"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.values().filter_map(serde_json::Value::as_str))
        .collect();
    if names.is_empty() {
        return Err(Error::Model {
            name: folder.display().to_string(),
            reason: format!("{INDEX} has no weight_map that names files"),
        });
    }
    // An index has no business outside its folder.
    let plain = |name: &str| Path::new(name).file_name() == Some(name.as_ref());
    match names.iter().find(|name| !plain(name)) {
        Some(name) => Err(Error::Model {
            name: folder.display().to_string(),
            reason: format!("{INDEX} names {name:?}, which is no file of its folder"),
        }),
        None => Ok(names.into_iter().map(|name| folder.join(name)).collect()),
    }
}

fn map(files: &[PathBuf]) -> candle_core::Result<MmapedSafetensors> {
    // SAFETY: the files must not be cut short while they are mapped. That is the person's own doing, and
    // reading them instead would hold every checkpoint in memory twice.
    #[allow(unsafe_code)]
    unsafe {
        MmapedSafetensors::multi(files)
    }
}

impl Weights for Safetensors {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = self.family.tensor_name(name);
        let fail = |reason| Error::Model { name: WEIGHTS.into(), reason };
        self.check_stored(&name, shape).map_err(fail)?;
        Ok(self.tensors.load(&name, &Device::Cpu)?.to_dtype(DType::F32)?)
    }
}
