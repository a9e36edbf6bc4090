//! The header of a GGUF file (docs/gguf.md of <https://github.com/ggml-org/ggml>).
//!
//! Files come from strangers: every count, length and size is checked against the bytes that there are
//! before anything is set aside for it, and arrays that nobody asks for are skipped, not kept.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek};

use candle_core::quantized::GgmlDType;

use super::metadata::{Metadata, MetadataValue};

/// What the header says.
pub(super) struct Header {
    /// What it says of the model.
    pub metadata: Metadata,
    /// Every tensor, by its name.
    pub tensors: BTreeMap<String, Stored>,
}

/// Where a tensor stands, and as what.
#[derive(Debug, PartialEq)]
pub(super) struct Stored {
    /// Its type; the number of one that is not known here.
    pub dtype: Result<GgmlDType, u32>,
    /// Rows first, as everywhere else; GGUF has it the other way round.
    pub shape: Vec<usize>,
    /// Which of the files it stands in that a model was split into; the first where there is one.
    pub part: usize,
    /// Where it begins in the file.
    pub offset: u64,
    /// How long it is; 0 where the type is not known.
    pub bytes: usize,
}

impl Header {
    /// What the headers of all files say that a model was split into (llama.cpp's gguf-split): the first says what it is.
    ///
    /// # Errors
    /// When two have the same tensor, or they are not as many as the first says.
    pub fn joined(parts: Vec<Self>) -> Result<Self, String> {
        let count = parts.len();
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or("there is no file")?;
        if let Some(said) = whole.metadata.count(SPLIT_COUNT).filter(|said| (*said).max(1) != count)
        {
            return Err(format!(
                "it was split into {said} files ({SPLIT_COUNT}), and there are {count}"
            ));
        }
        for (part, header) in parts.enumerate() {
            for (name, stored) in header.tensors {
                let stored = Stored { part: part + 1, ..stored };
                if whole.tensors.insert(name.clone(), stored).is_some() {
                    return Err(format!("two of its files hold the tensor {name}"));
                }
            }
        }
        Ok(whole)
    }
}

/// Into how many files a model was split.
const SPLIT_COUNT: &str = "split.count";

/// Dimensions of a tensor, at most (`GGML_MAX_DIMS`).
const MOST_DIMENSIONS: u32 = 4;
/// Bytes of a text, at most: chat templates are the longest.
const LONGEST_TEXT: u64 = 16 << 20;
/// Values of an array that is kept, at most: merges of the largest vocabularies.
const MOST_VALUES: u64 = 1 << 22;
/// Arrays in arrays, at most.
const DEEPEST: usize = 8;
/// The alignment of the data where the file does not say another.
const ALIGNMENT: u64 = 32;
/// The largest alignment that is believed.
const MOST_ALIGNMENT: u64 = 1 << 20;

/// What the keys begin with whose arrays are kept.
const TOKENIZER: &str = "tokenizer.ggml.";

/// Kinds of metadata values.
mod kind {
    pub const U8: u32 = 0;
    pub const I8: u32 = 1;
    pub const U16: u32 = 2;
    pub const I16: u32 = 3;
    pub const U32: u32 = 4;
    pub const I32: u32 = 5;
    pub const F32: u32 = 6;
    pub const BOOL: u32 = 7;
    pub const STRING: u32 = 8;
    pub const ARRAY: u32 = 9;
    pub const U64: u32 = 10;
    pub const I64: u32 = 11;
    pub const F64: u32 = 12;
    /// Bytes of the kinds of one size, by number; 0 for those without.
    pub const SIZES: [u64; 13] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
}

/// The type that GGUF gives the number `code`.
fn dtype(code: u32) -> Result<GgmlDType, u32> {
    Ok(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        code => return Err(code),
    })
}

/// Reads the header of a file of `size` bytes.
///
/// # Errors
/// What is wrong with it, for a sentence that names the file.
pub(super) fn read(file: impl Read + Seek, size: u64) -> Result<Header, String> {
    let mut source = Source { reader: BufReader::new(file), at: 0, size };
    if source.bytes::<4>()? != *b"GGUF" {
        return Err("it does not begin with GGUF".to_owned());
    }
    let version = source.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("it is GGUF of version {version}; 2 and 3 are read"));
    }
    let (tensors, entries) = (source.u64()?, source.u64()?);
    let mut metadata = Metadata::default();
    for _ in 0..entries {
        let key = source.string()?;
        let kind = source.u32()?;
        if let Some(value) = source.value(kind, key.starts_with(TOKENIZER))? {
            metadata.0.insert(key, value);
        }
    }
    let alignment = metadata.count("general.alignment").map_or(ALIGNMENT, |n| n as u64);
    if !(1..=MOST_ALIGNMENT).contains(&alignment) {
        return Err(format!("its general.alignment is {alignment}"));
    }
    let mut infos = Vec::new();
    for _ in 0..tensors {
        infos.push((source.string()?, source.tensor()?));
    }
    let data = source.at.next_multiple_of(alignment);
    let mut placed = BTreeMap::new();
    for (name, mut info) in infos {
        let start = data.checked_add(info.offset);
        let end = start.and_then(|start| start.checked_add(info.bytes as u64));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(format!("its tensor {name} begins nowhere"));
        };
        if end > size {
            return Err(format!(
                "it is cut short: its tensor {name} ends at {end} of {size} bytes"
            ));
        }
        info.offset = start;
        placed.insert(name, info);
    }
    Ok(Header { metadata, tensors: placed })
}

struct Source<R> {
    reader: BufReader<R>,
    at: u64,
    size: u64,
}

impl<R: Read + Seek> Source<R> {
    /// Steps over `count` bytes; an error where there are not so many.
    fn advance(&mut self, count: u64) -> Result<(), String> {
        if count > self.size - self.at {
            return Err(format!(
                "its header is cut short, or lies: {count} bytes more at {}",
                self.at
            ));
        }
        self.at += count;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.advance(N as u64)?;
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    /// A text, as it is stored.
    fn text(&mut self) -> Result<Vec<u8>, String> {
        let length = self.u64()?;
        self.advance(length)?;
        // A file may have holes, and so be longer than anything that was ever written.
        if length > LONGEST_TEXT {
            return Err(format!("it has a text of {length} bytes"));
        }
        let mut bytes = vec![0; length as usize];
        self.reader.read_exact(&mut bytes).map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    /// A name.
    fn string(&mut self) -> Result<String, String> {
        String::from_utf8(self.text()?).map_err(|_| "a name in its header is no text".to_owned())
    }

    /// A text that somebody may have spelled in an encoding of their own.
    fn lossy(&mut self) -> Result<String, String> {
        Ok(String::from_utf8_lossy(&self.text()?).into_owned())
    }

    /// A value of `kind`; nothing for an array, unless `arrays` are kept, and then for those of texts and of numbers of
    /// 32 bits.
    fn value(&mut self, kind: u32, arrays: bool) -> Result<Option<MetadataValue>, String> {
        use MetadataValue::{Flag, Integer, Real, Text};
        Ok(Some(match kind {
            kind::U8 => Integer(u8::from_le_bytes(self.bytes()?).into()),
            kind::I8 => Integer(i8::from_le_bytes(self.bytes()?).into()),
            kind::U16 => Integer(u16::from_le_bytes(self.bytes()?).into()),
            kind::I16 => Integer(i16::from_le_bytes(self.bytes()?).into()),
            kind::U32 => Integer(self.u32()?.into()),
            kind::I32 => Integer(i32::from_le_bytes(self.bytes()?).into()),
            kind::U64 => Integer(self.u64()?.into()),
            kind::I64 => Integer(i64::from_le_bytes(self.bytes()?).into()),
            kind::F32 => Real(f32::from_le_bytes(self.bytes()?).into()),
            kind::F64 => Real(f64::from_le_bytes(self.bytes()?)),
            kind::BOOL => Flag(self.bytes::<1>()? != [0]),
            kind::STRING => Text(self.lossy()?),
            kind::ARRAY if arrays => return self.array(),
            kind => {
                self.skip_value(kind, 0)?;
                return Ok(None);
            }
        }))
    }

    /// An array; nothing where it is neither of texts nor of numbers of 32 bits.
    fn array(&mut self) -> Result<Option<MetadataValue>, String> {
        let (kind, count) = (self.u32()?, self.u64()?);
        if count > MOST_VALUES {
            return Err(format!("its tokenizer has an array of {count} values"));
        }
        match kind {
            // Not collected by its count, which the file may lie about: each text is checked as it is read.
            kind::STRING => {
                let mut texts = Vec::new();
                for _ in 0..count {
                    texts.push(self.lossy()?);
                }
                Ok(Some(MetadataValue::Texts(texts)))
            }
            kind::U32 | kind::I32 => {
                let mut numbers = Vec::new();
                for _ in 0..count {
                    numbers.push(i32::from_le_bytes(self.bytes()?));
                }
                Ok(Some(MetadataValue::Integers(numbers)))
            }
            kind => self.skip_array(kind, count, 0).map(|()| None),
        }
    }

    fn skip(&mut self, count: u64) -> Result<(), String> {
        self.advance(count)?;
        let count = i64::try_from(count).map_err(|e| e.to_string())?;
        self.reader.seek_relative(count).map_err(|e| e.to_string())
    }

    fn skip_value(&mut self, kind: u32, depth: usize) -> Result<(), String> {
        match kind {
            kind::STRING => {
                let length = self.u64()?;
                self.skip(length)
            }
            kind::ARRAY if depth < DEEPEST => {
                let (kind, count) = (self.u32()?, self.u64()?);
                self.skip_array(kind, count, depth)
            }
            kind::ARRAY => Err("its metadata have arrays in arrays without end".to_owned()),
            kind => match kind::SIZES.get(kind as usize) {
                Some(size) => self.skip(*size),
                None => Err(format!("its metadata have a value of a kind {kind}")),
            },
        }
    }

    fn skip_array(&mut self, kind: u32, count: u64, depth: usize) -> Result<(), String> {
        match kind::SIZES.get(kind as usize) {
            Some(0) => (0..count).try_for_each(|_| self.skip_value(kind, depth + 1)),
            Some(size) => self.skip(size.saturating_mul(count)),
            None => Err(format!("its metadata have an array of a kind {kind}")),
        }
    }

    /// A tensor; its offset counts from the beginning of the data.
    fn tensor(&mut self) -> Result<Stored, String> {
        let dimensions = self.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(format!("it has a tensor of {dimensions} dimensions"));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(usize::try_from(self.u64()?).map_err(|e| e.to_string())?);
        }
        let row = shape.first().copied().unwrap_or(1);
        shape.reverse();
        let (dtype, offset) = (dtype(self.u32()?), self.u64()?);
        let numbers = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        let bytes = numbers.filter(|numbers| *numbers > 0).and_then(|numbers| match dtype {
            Ok(dtype) => bytes_of(dtype, row, numbers),
            Err(_) => Some(0),
        });
        let bytes =
            bytes.ok_or_else(|| format!("it has a tensor of {shape:?} that nothing can fill"))?;
        Ok(Stored { dtype, shape, part: 0, offset, bytes })
    }
}

/// Bytes of `numbers` numbers, whose rows of `row` are whole blocks of `dtype`.
fn bytes_of(dtype: GgmlDType, row: usize, numbers: usize) -> Option<usize> {
    let whole = row.is_multiple_of(dtype.block_size());
    whole.then(|| (numbers / dtype.block_size()).checked_mul(dtype.type_size())).flatten()
}

#[cfg(test)]
mod tests;
