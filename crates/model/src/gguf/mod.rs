//! Weights in a GGUF file, as llama.cpp's converter names them (<https://github.com/ggml-org/ggml>,
//! docs/gguf.md).
//!
//! Matrices are written as Q8_0 (blocks of 32 numbers in 8 bits with one f16 scale); vectors, and matrices
//! whose rows are no whole number of blocks, as f32. Qwen's rotary halves stand in GGUF as in
//! safetensors; those of LLaDA and LLaMA the converter mixes, and they are put apart again as they are read.
//!
//! A file of the converter says all of its model ([`Gguf::described`]); one of `remask train` holds weights alone, beside
//! `config.json` and `tokenizer.json`.

mod described;
mod header;
mod metadata;
mod names;
mod split;
mod vocabulary;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use candle_core::quantized::ggml_file::qtensor_from_ggml;
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{D, DType, Device, Tensor};

use super::chat_template::ChatTemplate;
use super::config::ModelConfig;
use super::family::Family;
use super::matrix::Matrix;
use super::rope_scaling::RopeScaling;
use super::tokenizer::Tokenizer;
use super::weights::{StoredWeights, TensorEntry, Weights};
use header::{Header, Stored};
use names::Place;
use remask_base::{Error, Result};
use split::{read_headers, shown};

/// The weights of a checkpoint in one GGUF file.
pub const GGUF: &str = "model.gguf";

/// A GGUF file, or the bytes of one.
pub struct Gguf {
    name: String,
    header: Header,
    data: Data,
    device: Device,
    /// What asks for shapes.
    asker: &'static str,
    /// The width of the heads whose two halves stand row by row in turns.
    alternating: Option<usize>,
}

/// What asks for shapes of a file of weights alone, and of one that says what it is.
const CONFIG: &str = "config.json asks";
const METADATA: &str = "its metadata ask";

/// Where the tensors are.
enum Data {
    /// Compiled into the binary.
    Bundled(&'static [u8]),
    /// In a file, or in those that a model was split into; a tensor is read when it is asked for.
    Files(Vec<File>),
}

impl Gguf {
    /// Reads the headers of the files at `paths`, one or those that a model was split into, which hold the weights of a model
    /// of `family`; its tensors go to `device`.
    ///
    /// # Errors
    /// When one is missing, it is not GGUF, or not of that family.
    pub fn open(paths: &[PathBuf], family: Family, device: &Device) -> Result<Self> {
        let (header, files) = read_headers(paths)?;
        Self::of_family(shown(paths), Ok(header), Data::Files(files), family, device)
    }

    /// Wraps bytes of the binary, aligned to 32, which errors call `name`.
    ///
    /// # Errors
    /// When they are not GGUF, or not of that family.
    pub fn bundled(
        name: &str,
        bytes: &'static [u8],
        family: Family,
        device: &Device,
    ) -> Result<Self> {
        let header = header::read(Cursor::new(bytes), bytes.len() as u64);
        Self::of_family(name.to_owned(), header, Data::Bundled(bytes), family, device)
    }

    fn of_family(
        name: String,
        header: std::result::Result<Header, String>,
        data: Data,
        family: Family,
        device: &Device,
    ) -> Result<Self> {
        let fail = |reason| Error::Model { name: name.clone(), reason };
        let header =
            header.map_err(|reason| fail(format!("it cannot be read as GGUF: {reason}")))?;
        let wanted = family.gguf_architecture();
        match header.metadata.text(described::ARCHITECTURE) {
            Some(architecture) if Family::of_architecture(architecture) != Some(family) => {
                Err(fail(format!(
                    "it holds a model of architecture {architecture:?}, config.json asks for {wanted}"
                )))
            }
            _ => {
                let alternating = described::alternating(&header.metadata, family).map_err(fail)?;
                Ok(Self { name, header, data, device: device.clone(), asker: CONFIG, alternating })
            }
        }
    }

    /// The files at `paths`, which say all of their model: what its network is, and its tokenizer, where the file has one
    /// that is read. Nothing where the file holds weights alone.
    ///
    /// # Errors
    /// When there is no such file, it is not GGUF, or of a model that is not known.
    pub fn described(paths: &[PathBuf], device: &Device) -> Result<Option<Described>> {
        let (header, files) = read_headers(paths)?;
        let fail = |reason| Error::Model { name: shown(paths), reason };
        let Some(config) = described::config(&header).map_err(fail)? else { return Ok(None) };
        let data = Data::Files(files);
        let gguf = Self::of_family(shown(paths), Ok(header), data, config.family, device)?;
        let config = ModelConfig { rope_scaling: gguf.rope_scaling(&config)?, ..config };
        Ok(Some(Described { config, gguf: Self { asker: METADATA, ..gguf } }))
    }

    /// The tokenizer in the file, for the model `name` with `rows` in its embedding.
    ///
    /// # Errors
    /// When there is none that is read.
    pub fn tokenizer(&self, rows: usize, name: &str) -> Result<Tokenizer> {
        vocabulary::tokenizer(&self.header.metadata, rows, name)
    }

    /// How its model wants conversations to be written down, where the file says it.
    pub fn chat_template(&self) -> Option<ChatTemplate> {
        vocabulary::chat_template(&self.header.metadata)
    }

    /// How rotary frequencies are stretched, which a tensor may say and then has the last word.
    fn rope_scaling(&self, config: &ModelConfig) -> Result<RopeScaling> {
        let pairs = config.rotary_dim / 2;
        if !self.header.tensors.contains_key(described::FREQUENCIES) {
            return Ok(config.rope_scaling.clone());
        }
        let scaling =
            RopeScaling::Divided(self.tensor(described::FREQUENCIES, &[pairs])?.to_vec1()?);
        scaling.check(config.rope_theta, config.rotary_dim).map_err(|reason| self.fail(reason))?;
        Ok(scaling)
    }

    fn fail(&self, reason: String) -> Error {
        Error::Model { name: self.name.clone(), reason }
    }

    /// The bytes of the tensor that Qwen would call `name`, its rows in the order of safetensors.
    fn ordered_bytes(&self, name: &str, stored: &Stored) -> Result<Cow<'static, [u8]>> {
        let bytes = self.stored_bytes(stored, Place::of(name).expert)?;
        let turned = name.contains("self_attn.q_proj.") || name.contains("self_attn.k_proj.");
        match self.alternating.filter(|_| turned) {
            Some(head) if stored.shape[0].is_multiple_of(head) => {
                Ok(Cow::Owned(halves_apart(&bytes, stored.shape[0], head)))
            }
            Some(head) => Err(self.fail(format!(
                "the tensor {} has {} rows, which are no heads of {head}",
                Place::of(name).tensor,
                stored.shape[0]
            ))),
            None => Ok(bytes),
        }
    }

    /// The bytes of a tensor, as they are stored; of one that has those of all experts, those of `expert`.
    fn stored_bytes(&self, stored: &Stored, expert: Option<usize>) -> Result<Cow<'static, [u8]>> {
        let (skipped, length) = match expert {
            Some(expert) => {
                let length = stored.bytes / stored.shape[0].max(1);
                (expert * length, length)
            }
            None => (0, stored.bytes),
        };
        let from = stored.offset + skipped as u64;
        match &self.data {
            Data::Bundled(all) => Ok(Cow::Borrowed(&all[from as usize..from as usize + length])),
            Data::Files(files) => {
                let file = files.get(stored.part);
                let mut file = file.ok_or_else(|| {
                    Error::Internal("a tensor of a file that is not there".into())
                })?;
                let mut bytes = vec![0; length];
                file.seek(SeekFrom::Start(from))
                    .and_then(|_| file.read_exact(&mut bytes))
                    .map_err(|e| self.fail(e.to_string()))?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// Where the tensor that Qwen would call `name` stands, and its type.
    fn find(&self, name: &str, shape: &[usize]) -> Result<(&Stored, GgmlDType)> {
        self.check(name, shape).map_err(|reason| self.fail(reason))?;
        match self.header.tensors.get(&Place::of(name).tensor) {
            Some(stored @ Stored { dtype: Ok(dtype), .. }) => Ok((stored, *dtype)),
            _ => Err(Error::Internal(format!("the tensor {name} was checked, and is not there"))),
        }
    }

    fn read(&self, name: &str, stored: &Stored, dtype: GgmlDType) -> Result<QTensor> {
        let bytes = self.ordered_bytes(name, stored)?;
        let shape = Place::of(name).shape_of_one(&stored.shape);
        Ok(qtensor_from_ggml(dtype, &bytes, shape.to_vec(), &self.device)?)
    }
}

impl Weights for Gguf {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let (stored, dtype) = self.find(name, shape)?;
        Ok(self.read(name, stored, dtype)?.dequantize(&self.device)?)
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        let (stored, kind) = self.find(name, &[rows, columns])?;
        let dtype = match kind {
            GgmlDType::F32 => DType::F32,
            GgmlDType::F16 => DType::F16,
            GgmlDType::BF16 => DType::BF16,
            kind => return Ok(Matrix::Quantised(Arc::new(self.read(name, stored, kind)?))),
        };
        let bytes = self.ordered_bytes(name, stored)?;
        Ok(Matrix::new(Tensor::from_raw_buffer(&bytes, dtype, &[rows, columns], &self.device)?))
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

impl StoredWeights for Gguf {
    fn listing(&self) -> Vec<TensorEntry> {
        let dtype = |stored: &Stored| match stored.dtype {
            Ok(dtype) => format!("{dtype:?}"),
            Err(code) => format!("GGML type {code}"),
        };
        let tensors = self.header.tensors.iter();
        tensors
            .map(|(name, stored)| TensorEntry {
                name: name.clone(),
                dtype: dtype(stored),
                shape: stored.shape.clone(),
                bytes: stored.bytes as u64,
            })
            .collect()
    }

    fn bytes(&self, name: &str) -> u64 {
        let place = Place::of(name);
        self.header.tensors.get(&place.tensor).map_or(0, |stored| match place.expert {
            Some(_) => (stored.bytes / stored.shape[0].max(1)) as u64,
            None => stored.bytes as u64,
        })
    }

    fn holds(&self, name: &str) -> bool {
        self.header.tensors.contains_key(&Place::of(name).tensor)
    }

    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String> {
        let place = Place::of(name);
        let name = &place.tensor;
        let stored = self.header.tensors.get(name);
        let stored = stored.ok_or_else(|| format!("the tensor {name} is missing"))?;
        if !place.is_of(&stored.shape, shape) {
            return Err(format!(
                "the tensor {name} has shape {:?}, {} for {shape:?}{}",
                stored.shape,
                self.asker,
                place.expert.map_or(String::new(), |expert| format!(" of expert {expert}"))
            ));
        }
        match stored.dtype {
            Ok(_) => Ok(()),
            Err(code) => {
                Err(format!("the tensor {name} is of GGML type {code}, which is not read"))
            }
        }
    }
}

/// A file that says what network it holds, and has a tokenizer.
pub struct Described {
    /// What its network is.
    pub config: ModelConfig,
    /// Its weights.
    pub gguf: Gguf,
}

/// The `rows` of `bytes` in the order of safetensors: those of each head of `head` rows stand in turns, one of its first
/// half and one of its second.
fn halves_apart(bytes: &[u8], rows: usize, head: usize) -> Vec<u8> {
    let row = bytes.len() / rows.max(1);
    let mut apart = Vec::with_capacity(bytes.len());
    for head in bytes.chunks_exact(row * head) {
        for half in 0..2 {
            head.chunks_exact(row).skip(half).step_by(2).for_each(|row| apart.extend(row));
        }
    }
    apart
}

/// The bytes of a GGUF file with `tensors` of a model of `family`, by Qwen's names.
///
/// # Errors
/// When GGUF files of that family are not written, or what the tensor library says.
pub fn encode(tensors: &BTreeMap<String, Tensor>, family: Family) -> Result<Vec<u8>> {
    if family.alternates_in_gguf() {
        return Err(Error::invalid(format!(
            "GGUF files of {} are not written; choose f32 or f16, which go to safetensors",
            family.name()
        )));
    }
    let stored: Vec<(String, QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let whole = tensor.dim(D::Minus1)?.is_multiple_of(GgmlDType::Q8_0.block_size());
            let dtype = if tensor.rank() == 2 && whole { GgmlDType::Q8_0 } else { GgmlDType::F32 };
            Ok((Place::of(name).tensor, QTensor::quantize(tensor, dtype)?))
        })
        .collect::<Result<_>>()?;
    let named: Vec<(&str, &QTensor)> = stored.iter().map(|(name, t)| (name.as_str(), t)).collect();
    let architecture = Value::String(family.gguf_architecture().to_owned());
    let mut out = Cursor::new(Vec::new());
    gguf_file::write(&mut out, &[("general.architecture", &architecture)], &named)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_up_to_rounding() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = |count: usize| (0..count).map(|i| (i as f32 * 0.37).sin()).collect();
        let tensor = |shape: &[usize]| {
            let count = shape.iter().product();
            Tensor::from_vec::<_, f32>(numbers(count), shape, &Device::Cpu).unwrap()
        };
        let tensors = BTreeMap::from([
            ("model.norm.weight".to_owned(), tensor(&[64])),
            ("lm_head.weight".to_owned(), tensor(&[8, 64])),
            ("model.layers.0.mlp.up_proj.weight".to_owned(), tensor(&[4, 48])),
        ]);
        let file = folder.path().join(GGUF);
        std::fs::write(&file, encode(&tensors, Family::Qwen3).unwrap()).unwrap();
        let open = |family| Gguf::open(std::slice::from_ref(&file), family, &Device::Cpu);
        let gguf = open(Family::Qwen3).unwrap();
        for (name, tensor) in &tensors {
            let read = gguf.tensor(name, tensor.dims()).unwrap();
            let apart = (read - tensor).unwrap().abs().unwrap().max_all().unwrap();
            let most = if name == "lm_head.weight" { 0.005 } else { 0.0 };
            assert!(apart.to_scalar::<f32>().unwrap() <= most, "{name}");
        }
        assert_eq!(gguf.listing().len(), 3);
        assert!(gguf.tensor("model.norm.weight", &[63]).is_err());
        assert!(gguf.tensor("nothing", &[1]).is_err());
        for (family, named) in
            [(Family::Qwen2, "asks for qwen2"), (Family::Llada, "asks for llada")]
        {
            let refused = open(family).err().unwrap().to_string();
            assert!(refused.contains(named), "{refused}");
        }
        std::fs::write(&file, b"GGUFnonsense").unwrap();
        assert!(open(Family::Qwen3).is_err());
    }
}
