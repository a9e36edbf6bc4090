//! Reading a training state, which may come from anywhere: its header first, and nothing more of a file
//! whose header does not fit what the state must hold.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use candle_core::{Device, Tensor};
use serde::Deserialize;

use super::checkpoint::Tensors;
use crate::{Error, Result, files};

/// Bytes of a header, at most: twice that of the deepest model that is trained.
const HEADER: u64 = 2 << 20;
/// Where the header says something about the whole file.
const METADATA: &str = "__metadata__";

/// What the header says of a tensor; all of it, unless it is [`METADATA`].
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    dtype: String,
    #[serde(default)]
    shape: Vec<usize>,
    #[serde(default)]
    data_offsets: (u64, u64),
}

impl Entry {
    /// Bytes that the shape asks for; nothing where there are no such numbers in a state.
    fn bytes(&self) -> Option<u64> {
        let size = match self.dtype.as_str() {
            "F32" => size_of::<f32>(),
            "U8" => size_of::<u8>(),
            _ => return None,
        };
        let count = self.shape.iter().try_fold(1usize, |count, n| count.checked_mul(*n))?;
        u64::try_from(count.checked_mul(size)?).ok()
    }
}

/// The tensors of the state in `path`, which must all be such as `belongs` knows by name, type of
/// numbers and shape.
///
/// # Errors
/// When the file cannot be read, is none of a state, or holds something else.
pub fn read(path: &Path, belongs: impl Fn(&str, &str, &[usize]) -> bool) -> Result<Tensors> {
    let mut file = files::open(path)?;
    let size = file.metadata().map_err(Error::file(path))?.len();
    let refuse = |reason: String| {
        Error::invalid(format!(
            "{}: not a training state ({reason}); begin anew with --from its folder and another --out",
            path.display()
        ))
    };
    let entries = header(&mut file, size).map_err(refuse)?;
    let foreign = |(name, entry): &&(String, Entry)| !belongs(name, &entry.dtype, &entry.shape);
    if let Some((name, Entry { dtype, shape, .. })) = entries.iter().find(foreign) {
        return Err(refuse(format!(
            "its {name}, {dtype} of shape {shape:?}, is no part of the model that config.json describes"
        )));
    }
    let mut tensors = Tensors::new();
    for (name, entry) in entries {
        let tensor = tensor(&mut file, &entry).map_err(Error::file(path))??;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// Names and entries in the order of their bytes, which fill the rest of the file; or why that is not so.
fn header(file: &mut File, size: u64) -> std::result::Result<Vec<(String, Entry)>, String> {
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| "it is empty".to_owned())?;
    let length = u64::from_le_bytes(length);
    let begin = length.saturating_add(8);
    if length > HEADER || begin > size {
        return Err(format!("its header would have {length} bytes"));
    }
    let mut json = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut json).map_err(|e| e.to_string())?;
    let mut entries: BTreeMap<String, Entry> =
        serde_json::from_slice(&json).map_err(|e| format!("its header: {e}"))?;
    entries.remove(METADATA);
    let mut entries: Vec<(String, Entry)> = entries.into_iter().collect();
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut end = 0;
    for (name, entry) in &entries {
        let (from, to) = entry.data_offsets;
        let bytes = entry.bytes().ok_or_else(|| format!("its {name} holds no such numbers"))?;
        if from != end || to.checked_sub(from) != Some(bytes) {
            return Err(format!("the bytes of its {name} are not where they should be"));
        }
        end = to;
    }
    if begin.checked_add(end) != Some(size) {
        return Err(format!(
            "it has {size} bytes, its header tells of {}",
            begin.saturating_add(end)
        ));
    }
    Ok(entries)
}

/// The tensor that comes next in `file`.
fn tensor(file: &mut File, entry: &Entry) -> io::Result<Result<Tensor>> {
    let count = entry.shape.iter().product();
    let shape = entry.shape.as_slice();
    let tensor = if entry.dtype == "U8" {
        let mut bytes = vec![0u8; count];
        file.read_exact(&mut bytes)?;
        Tensor::from_vec(bytes, shape, &Device::Cpu)
    } else {
        Tensor::from_vec(numbers(file, count)?, shape, &Device::Cpu)
    };
    Ok(tensor.map_err(Error::from))
}

/// `count` numbers, read in pieces: the file would not fit into memory twice.
fn numbers(file: &mut File, count: usize) -> io::Result<Vec<f32>> {
    const PIECE: usize = 1 << 16;
    let mut numbers = Vec::with_capacity(count);
    let mut piece = vec![0; PIECE.min(count) * size_of::<f32>()];
    while numbers.len() < count {
        let bytes = PIECE.min(count - numbers.len()) * size_of::<f32>();
        file.read_exact(&mut piece[..bytes])?;
        let (words, _) = piece[..bytes].as_chunks();
        numbers.extend(words.iter().map(|word| f32::from_le_bytes(*word)));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::checkpoint::write_tensors;

    /// A file of `size` bytes that begins with `header`, as far as its length is `claimed`.
    fn file(folder: &Path, header: &str, claimed: u64, size: u64) -> std::path::PathBuf {
        let path = folder.join("training.safetensors");
        let bytes = [&claimed.to_le_bytes()[..], header.as_bytes()].concat();
        std::fs::write(&path, bytes).unwrap();
        File::options().append(true).open(&path).unwrap().set_len(size).unwrap();
        path
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let values: Vec<f32> = (0..200_000).map(|n| n as f32 / 7.0).collect();
        let many = Tensor::from_vec(values.clone(), (2, 100_000), &Device::Cpu).unwrap();
        let record = Tensor::new(&[7u8, 8, 9], &Device::Cpu).unwrap();
        let all = Tensors::from([("many".to_owned(), many), ("record".to_owned(), record)]);
        write_tensors(&path, &all).unwrap();
        let read = read(&path, |_, _, _| true).unwrap();
        assert_eq!(read["many"].dims(), [2, 100_000]);
        assert_eq!(read["many"].flatten_all().unwrap().to_vec1::<f32>().unwrap(), values);
        assert_eq!(read["record"].to_vec1::<u8>().unwrap(), [7, 8, 9]);
    }

    #[test]
    fn headers_that_lie_are_refused_before_anything_is_read() {
        let folder = tempfile::tempdir().unwrap();
        const HUGE: u64 = 1 << 42;
        let entry = |shape: &str, from: u64, to: u64| {
            format!(r#"{{"x":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}}}"#)
        };
        let (one, off) = (entry("[1]", 0, 4), entry("[1]", 4, 8));
        let (short, uncountable) = (entry("[4]", 0, 4), entry("[9223372036854775807,9]", 0, 4));
        let all = entry(&format!("[{}]", HUGE / 4), 0, HUGE);
        let length = |header: &str| header.len() as u64;
        let with = |header: &str, data: u64| 8 + length(header) + data;
        for (header, claimed, size, expected) in [
            ("", 0, 3, "it is empty"),
            ("", 0, HUGE, "EOF while parsing"),
            ("{}", u64::MAX, HUGE, "would have 18446744073709551615 bytes"),
            ("{}", 1 << 30, HUGE, "would have 1073741824 bytes"),
            ("{}", 3, 10, "would have 3 bytes"),
            (&one, length(&one), HUGE, "its header tells of"),
            (&one, length(&one), with(&one, 3), "its header tells of"),
            (&off, length(&off), with(&off, 8), "not where they should be"),
            (&short, length(&short), with(&short, 4), "not where they should be"),
            (&uncountable, length(&uncountable), with(&uncountable, 4), "no such numbers"),
            (
                &all,
                length(&all),
                with(&all, HUGE),
                "its x, F32 of shape [1099511627776], is no part",
            ),
        ] {
            let path = file(folder.path(), header, claimed, size);
            let message = read(&path, |_, _, shape| shape == [1]).unwrap_err().to_string();
            assert!(message.contains(expected), "{header} of {size}: {message}");
        }
    }
}
