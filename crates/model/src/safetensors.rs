//! Weights in safetensors (<https://github.com/huggingface/safetensors>), in one file or several.

use std::path::{Path, PathBuf};

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};

use super::family::Family;
use super::matrix::Matrix;
use super::weights::{StoredWeights, TensorEntry, WEIGHTS, Weights};
use remask_base::{Error, Result, files};

/// A `model.safetensors`, or the files of a sharded one.
pub struct Safetensors {
    tensors: MmapedSafetensors,
    family: Family,
    device: Device,
}

impl Safetensors {
    /// Maps `files`, whose tensors are called as `family` calls them and go to `device`.
    ///
    /// # Errors
    /// When one is missing, or is not safetensors.
    pub fn open(files: &[PathBuf], family: Family, device: &Device) -> Result<Self> {
        let folder = files.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        let fail = |reason: String| Error::Model { name: folder.display().to_string(), reason };
        for file in files {
            // The error of mapping several files does not say which.
            files::check_regular(file)?;
            std::fs::File::open(file).map_err(Error::file(file))?;
            map(std::slice::from_ref(file)).map_err(|e| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                fail(format!("{name} is not a whole safetensors file ({e})"))
            })?;
        }
        let tensors = map(files).map_err(|e| fail(format!("its weights cannot be read ({e})")))?;
        Ok(Self { tensors, family, device: device.clone() })
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
                bytes: view.data().len() as u64,
            })
            .collect()
    }

    fn holds(&self, name: &str) -> bool {
        self.tensors.get(&self.family.tensor_name(name)).is_ok()
    }

    fn bytes(&self, name: &str) -> u64 {
        let tensor = self.tensors.get(&self.family.tensor_name(name));
        tensor.map_or(0, |view| view.data().len() as u64)
    }

    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String> {
        self.check_stored(&self.family.tensor_name(name), shape)
    }
}

impl Safetensors {
    /// The tensor that Qwen would call `name`, of this shape and of the type that it is stored in.
    fn load(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = self.family.tensor_name(name);
        let fail = |reason| Error::Model { name: WEIGHTS.into(), reason };
        self.check_stored(&name, shape).map_err(fail)?;
        Ok(self.tensors.load(&name, &self.device)?)
    }

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
        Ok(self.load(name, shape)?.to_dtype(DType::F32)?)
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        let stored = self.load(name, &[rows, columns])?;
        match stored.dtype() {
            DType::F16 | DType::BF16 => Ok(Matrix::new(stored)),
            _ => Ok(Matrix::new(stored.to_dtype(DType::F32)?)),
        }
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
