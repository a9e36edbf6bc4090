use std::io::Cursor;

use super::*;

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn start(tensors: u64, entries: u64) -> Vec<u8> {
    let counts = [tensors.to_le_bytes(), entries.to_le_bytes()].concat();
    [b"GGUF".as_slice(), &3u32.to_le_bytes(), &counts].concat()
}

fn tensor(name: &str, dimensions: &[u64], dtype: u32, offset: u64) -> Vec<u8> {
    let mut bytes = [string(name), (dimensions.len() as u32).to_le_bytes().to_vec()].concat();
    bytes.extend(dimensions.iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(dtype.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

fn read_bytes(bytes: &[u8]) -> Result<Header, String> {
    read(Cursor::new(bytes), bytes.len() as u64)
}

/// A file with metadata of every kind, and one tensor.
fn whole() -> Vec<u8> {
    let mut bytes = start(1, 5);
    for (key, kind) in [("general.architecture", kind::STRING), ("general.alignment", kind::U32)] {
        bytes.extend(string(key));
        bytes.extend(kind.to_le_bytes());
        match kind {
            kind::STRING => bytes.extend(string("qwen3")),
            _ => bytes.extend(64u32.to_le_bytes()),
        }
    }
    for key in ["tokenizer.ggml.tokens", "others"] {
        bytes.extend(string(key));
        bytes.extend([kind::ARRAY, kind::STRING].map(u32::to_le_bytes).concat());
        bytes.extend(2u64.to_le_bytes());
        bytes.extend([string("a"), string("bc")].concat());
    }
    bytes.extend(string("scores"));
    bytes.extend([kind::ARRAY, 6].map(u32::to_le_bytes).concat());
    bytes.extend(3u64.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(tensor("w", &[4, 2], 0, 0));
    bytes.resize(bytes.len().next_multiple_of(64) + 32, 1);
    bytes
}

#[test]
fn what_is_asked_for_is_found_and_the_rest_skipped() {
    let bytes = whole();
    let header = read_bytes(&bytes).unwrap();
    assert_eq!(header.metadata.text("general.architecture"), Some("qwen3"));
    assert_eq!(header.metadata.texts("tokenizer.ggml.tokens").unwrap(), ["a", "bc"]);
    assert!(header.metadata.texts("others").is_none(), "arrays of no use are skipped");
    let stored = &header.tensors["w"];
    assert_eq!((stored.shape.as_slice(), stored.bytes), ([2, 4].as_slice(), 32));
    assert_eq!(stored.offset + 32, bytes.len() as u64);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = whole();
    for length in 0..bytes.len() {
        assert!(read_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn lies_are_refused_before_they_cost_anything() {
    let alignment = |n: u32| {
        let entry = [string("general.alignment"), kind::U32.to_le_bytes().to_vec()].concat();
        [start(0, 1), entry, n.to_le_bytes().to_vec()].concat()
    };
    let value = |kind: u32, more: &[u8]| {
        [start(0, 1), string("x"), kind.to_le_bytes().to_vec(), more.to_vec()].concat()
    };
    let array =
        |kind: u32, count: u64| [kind.to_le_bytes().as_slice(), &count.to_le_bytes()].concat();
    let nested: Vec<u8> = (0..40).flat_map(|_| array(kind::ARRAY, 1)).collect();
    for (file, named) in [
        (alignment(0), "alignment"),
        (alignment(u32::MAX), "alignment"),
        (
            [
                start(0, 1),
                string("tokenizer.ggml.tokens"),
                kind::ARRAY.to_le_bytes().to_vec(),
                array(kind::STRING, u64::MAX),
            ]
            .concat(),
            "values",
        ),
        ([start(1, 0), tensor("w", &[0, 4], 0, 0)].concat(), "can fill"),
        (start(u64::MAX, 0), "cut short"),
        (start(0, u64::MAX), "cut short"),
        (value(kind::STRING, &u64::MAX.to_le_bytes()), "cut short"),
        (value(kind::ARRAY, &array(0, u64::MAX)), "cut short"),
        (value(kind::ARRAY, &array(10, u64::MAX / 4)), "cut short"),
        (value(kind::ARRAY, &array(99, 1)), "kind 99"),
        (value(77, &[]), "kind 77"),
        (value(kind::ARRAY, &nested), "without end"),
        ([start(1, 0), tensor("w", &[1 << 58, 64], 0, 0)].concat(), "can fill"),
        ([start(1, 0), tensor("w", &[33], 8, 0)].concat(), "can fill"),
        ([start(1, 0), tensor("w", &[8], 0, u64::MAX - 4)].concat(), "nowhere"),
        ([start(1, 0), tensor("w", &[8], 0, 1 << 40)].concat(), "cut short"),
        ([start(1, 0), tensor("w", &[1; 5], 0, 0)].concat(), "5 dimensions"),
    ] {
        let refused = read_bytes(&file).err().unwrap_or_default();
        assert!(refused.contains(named), "{refused:?} does not name {named}");
    }
}

#[test]
fn a_type_that_is_not_known_is_told_apart() {
    let bytes = [start(1, 0), tensor("w", &[256], 23, 0)].concat();
    let padded = [bytes.clone(), vec![0; bytes.len()]].concat();
    assert_eq!(read_bytes(&padded).unwrap().tensors["w"].dtype, Err(23));
}
