//! Where tensors come from: one trait, whatever the container.

use std::path::Path;

use candle_core::safetensors::{BufferedSafetensors, SliceSafetensors};
use candle_core::{DType, Device, Tensor};

use crate::{Error, Result};

/// Named tensors, checked against the shape that the configuration promises.
pub trait Weights {
    /// The tensor `name` in f32.
    ///
    /// # Errors
    /// When it is missing or has another shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor>;
}

/// A `model.safetensors`, in memory.
pub enum Safetensors {
    /// Compiled into the binary.
    Bundled(SliceSafetensors<'static>),
    /// Read from a file.
    File(BufferedSafetensors),
}

impl Safetensors {
    /// Reads a file whole.
    ///
    /// # Errors
    /// When it cannot be read or is not safetensors.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::file(path))?;
        let tensors = BufferedSafetensors::new(bytes).map_err(|e| Error::Model {
            name: path.display().to_string(),
            reason: format!("not a safetensors file ({e})"),
        })?;
        Ok(Self::File(tensors))
    }

    /// Wraps bytes of the binary.
    ///
    /// # Errors
    /// When they are not safetensors.
    pub fn bundled(bytes: &'static [u8]) -> Result<Self> {
        Ok(Self::Bundled(SliceSafetensors::new(bytes)?))
    }
}

impl Weights for Safetensors {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let loaded = match self {
            Self::Bundled(tensors) => tensors.load(name, &Device::Cpu),
            Self::File(tensors) => tensors.load(name, &Device::Cpu),
        };
        let tensor = loaded.map_err(|_| Error::Model {
            name: "model.safetensors".into(),
            reason: format!("the tensor {name} is missing"),
        })?;
        if tensor.dims() != shape {
            return Err(Error::Model {
                name: "model.safetensors".into(),
                reason: format!(
                    "the tensor {name} has shape {:?}, config.json asks for {shape:?}",
                    tensor.dims()
                ),
            });
        }
        Ok(tensor.to_dtype(DType::F32)?)
    }
}
