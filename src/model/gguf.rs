//! Weights in a GGUF file, as llama.cpp's converter names them (<https://github.com/ggml-org/ggml>,
//! docs/gguf.md). Read back to f32.
//!
//! Matrices are stored as Q8_0 (blocks of 32 numbers in 8 bits with one f16 scale); vectors, and matrices
//! whose rows are no whole number of blocks, as f32. Qwen's rotary halves stand in GGUF as in
//! safetensors, so nothing is permuted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Content, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{D, Device, Tensor};

use super::weights::{Entry, StoredWeights, Weights};
use crate::{Error, Result};

/// The weights of a checkpoint in one GGUF file.
pub const GGUF: &str = "model.gguf";

/// What GGUF calls the tensor that Qwen calls `name`; other tensors keep their name.
fn tensor_name(name: &str) -> String {
    match name {
        "model.embed_tokens.weight" => return "token_embd.weight".to_owned(),
        "model.norm.weight" => return "output_norm.weight".to_owned(),
        "lm_head.weight" => return "output.weight".to_owned(),
        _ => {}
    }
    const INSIDE: [(&str, &str); 11] = [
        ("input_layernorm", "attn_norm"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.q_norm", "attn_q_norm"),
        ("self_attn.k_norm", "attn_k_norm"),
        ("self_attn.o_proj", "attn_output"),
        ("post_attention_layernorm", "ffn_norm"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ];
    let Some(inside) = name.strip_prefix("model.layers.") else { return name.to_owned() };
    let pair = INSIDE.iter().find(|(ours, _)| inside.contains(ours));
    let renamed = pair.map_or_else(|| inside.to_owned(), |(ours, gguf)| inside.replace(ours, gguf));
    format!("blk.{renamed}")
}

/// A GGUF file.
pub struct Gguf {
    name: String,
    content: Content,
    file: File,
}

impl Gguf {
    /// Reads the header of the weights in `folder`.
    ///
    /// # Errors
    /// When there is no such file, or it is not GGUF.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(GGUF);
        let mut file = File::open(&path).map_err(Error::file(&path))?;
        let name = path.display().to_string();
        let content = read_header(&name, &mut file)?;
        Ok(Self { name, content, file })
    }

    fn fail(&self, reason: String) -> Error {
        Error::Model { name: self.name.clone(), reason }
    }
}

fn read_header(name: &str, reader: &mut (impl Read + Seek)) -> Result<Content> {
    Content::read(reader).map_err(|e| Error::Model {
        name: name.to_owned(),
        reason: format!("it is not a whole GGUF file ({e})"),
    })
}

impl Weights for Gguf {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let stored = tensor_name(name);
        let Some(info) = self.content.tensor_infos.get(&stored) else {
            return Err(self.fail(format!("the tensor {stored} is missing")));
        };
        if info.shape.dims() != shape {
            return Err(self.fail(format!(
                "the tensor {stored} has shape {:?}, config.json asks for {shape:?}",
                info.shape.dims()
            )));
        }
        let read = self.content.tensor(&mut &self.file, &stored, &Device::Cpu);
        let read = read.and_then(|tensor| tensor.dequantize(&Device::Cpu));
        read.map_err(|e| self.fail(format!("the tensor {stored} cannot be read ({e})")))
    }
}

impl StoredWeights for Gguf {
    fn listing(&self) -> Vec<Entry> {
        let infos = self.content.tensor_infos.iter();
        infos
            .map(|(name, info)| Entry {
                name: name.clone(),
                dtype: format!("{:?}", info.ggml_dtype),
                shape: info.shape.dims().to_vec(),
            })
            .collect()
    }
}

/// The bytes of a GGUF file with `tensors`, by Qwen's names.
///
/// # Errors
/// What the tensor library says.
pub fn encode(tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>> {
    let stored: Vec<(String, QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let whole = tensor.dim(D::Minus1)?.is_multiple_of(GgmlDType::Q8_0.block_size());
            let dtype = if tensor.rank() == 2 && whole { GgmlDType::Q8_0 } else { GgmlDType::F32 };
            Ok((tensor_name(name), QTensor::quantize(tensor, dtype)?))
        })
        .collect::<Result<_>>()?;
    let named: Vec<(&str, &QTensor)> = stored.iter().map(|(name, t)| (name.as_str(), t)).collect();
    let architecture = Value::String("qwen3".to_owned());
    let mut out = Cursor::new(Vec::new());
    gguf_file::write(&mut out, &[("general.architecture", &architecture)], &named)?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_converter() {
        for (ours, gguf) in [
            ("model.embed_tokens.weight", "token_embd.weight"),
            ("model.layers.3.self_attn.q_proj.weight", "blk.3.attn_q.weight"),
            ("model.layers.12.self_attn.q_norm.weight", "blk.12.attn_q_norm.weight"),
            ("model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight"),
            ("draft_head.down_proj.weight", "draft_head.down_proj.weight"),
        ] {
            assert_eq!(tensor_name(ours), gguf);
        }
    }

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
        std::fs::write(folder.path().join(GGUF), encode(&tensors).unwrap()).unwrap();
        let gguf = Gguf::open(folder.path()).unwrap();
        for (name, tensor) in &tensors {
            let read = gguf.tensor(name, tensor.dims()).unwrap();
            let apart = (read - tensor).unwrap().abs().unwrap().max_all().unwrap();
            let most = if name == "lm_head.weight" { 0.005 } else { 0.0 };
            assert!(apart.to_scalar::<f32>().unwrap() <= most, "{name}");
        }
        assert_eq!(gguf.listing().len(), 3);
        assert!(gguf.tensor("model.norm.weight", &[63]).is_err());
        assert!(gguf.tensor("nothing", &[1]).is_err());
        std::fs::write(folder.path().join(GGUF), b"GGUFnonsense").unwrap();
        assert!(Gguf::open(folder.path()).is_err());
    }
}
