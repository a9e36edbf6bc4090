//! Fixtures, and fake models whose probabilities are known.
#![allow(dead_code)] // `timing.rs` takes only its part

use std::path::{Path, PathBuf};

use remask::Result;
use remask::model::{
    Backbone, ForwardBatch, HostLogits, LanguageModel, Logits, Threads, Vocabulary,
};

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn threads(count: usize) -> Threads {
    Threads::new(std::num::NonZeroUsize::new(count)).unwrap()
}

pub fn stories() -> LanguageModel {
    stories_on(2)
}

pub fn stories_on(count: usize) -> LanguageModel {
    LanguageModel::bundled(threads(count)).unwrap()
}

pub fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

pub fn ids(value: &serde_json::Value) -> Vec<u32> {
    let ids = value.as_array().unwrap().iter();
    ids.map(|id| id.as_u64().unwrap() as u32).collect()
}

/// The values of a little-endian f32 `.npy` file, and its shape.
pub fn npy(name: &str) -> (Vec<usize>, Vec<f32>) {
    let bytes = std::fs::read(fixture(name)).unwrap();
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let header = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let text = std::str::from_utf8(&bytes[10..10 + header]).unwrap();
    assert!(text.contains("'<f4'") && text.contains("'fortran_order': False"), "{text}");
    let shape = text.split('(').nth(1).unwrap().split(')').next().unwrap();
    let shape = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let values = bytes[10 + header..].chunks_exact(4);
    (shape, values.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect())
}

/// The largest distance between two rows of numbers.
pub fn max_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A model of 32 tokens that takes no time: its logits are a hash of position and token, so that
/// every position has a favourite. Token 31 is the mask, 30 a control token, 0 the end, 29 padding.
#[derive(Clone)]
pub struct FakeModel {
    pub vocabulary: Vocabulary,
    pub context: usize,
    /// What a pass takes, spent in slices so that it can be called off.
    pub pass: std::time::Duration,
    /// Panics in this pass.
    pub panic_at: Option<usize>,
    pub passes: usize,
}

impl FakeModel {
    pub fn new() -> Self {
        Self {
            vocabulary: Vocabulary {
                size: 33,
                drawable: 32,
                mask: 31,
                eos: vec![0],
                turn_ends: Vec::new(),
                stops: Vec::new(),
                special: vec![0, 30, 31],
            },
            context: 4096,
            pass: std::time::Duration::ZERO,
            panic_at: None,
            passes: 0,
        }
    }

    pub fn logit(position: usize, token: usize) -> f32 {
        let mut x = (position * 131 + token + 1) as u64;
        for _ in 0..3 {
            x = x.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            x ^= x >> 29;
        }
        (x % 1000) as f32 / 200.0
    }
}

impl Backbone for FakeModel {
    fn clone_shared(&self) -> Box<dyn Backbone> {
        Box::new(self.clone())
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        self.context
    }

    fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>> {
        if self.panic_at == Some(self.passes) {
            panic!("the fake model was told to panic");
        }
        self.passes += 1;
        let until = std::time::Instant::now() + self.pass;
        while std::time::Instant::now() < until {
            pass.cancel.check()?;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let size = self.vocabulary.size;
        let mut data = Vec::new();
        for _ in pass.canvases {
            for position in pass.positions.iter().copied().chain(pass.shadow.clone()) {
                data.extend((0..size).map(|token| Self::logit(position, token)));
            }
        }
        Ok(HostLogits::boxed(data, pass.positions.len() + pass.shadow.len(), size))
    }

    fn next_token_logits(
        &mut self,
        ids: &[u32],
        _: &remask::cancel::Cancel,
    ) -> Result<Box<dyn Logits>> {
        self.passes += 1;
        let size = self.vocabulary.size;
        let row = (0..size).map(|token| Self::logit(ids.len(), token)).collect();
        Ok(HostLogits::boxed(row, 1, size))
    }
}

/// A model that has one text in mind, surer of some of its tokens than of others. Its probabilities are the
/// same to the last bit on every machine, as those of matrix products are not.
#[derive(Clone)]
pub struct ScriptedModel {
    text: Vec<u32>,
    vocabulary: Vocabulary,
    positions_read: usize,
}

impl ScriptedModel {
    pub fn new() -> Self {
        Self::of(
            "Once upon a time, there was a red ball. It lived in a tree, and it could see the whole \
             town.\nOne day the ball said, \"I want to play!\" So it jumped, and a little girl caught it.",
        )
    }

    /// One that has this text in mind.
    pub fn of(text: &str) -> Self {
        let bundled = stories();
        let mut ids = vec![0];
        ids.extend(bundled.tokenizer().encode(text).unwrap());
        Self { text: ids, vocabulary: bundled.vocabulary().clone(), positions_read: 0 }
    }

    fn row(&self, position: usize) -> Vec<f32> {
        let mut row = vec![0.0; self.vocabulary.size];
        let sureness = FakeModel::logit(position, 7);
        row[self.text[position % self.text.len()] as usize] = 6.0 + sureness;
        // What stands beside it comes next to mind.
        row[self.text[(position + 1) % self.text.len()] as usize] += 5.0;
        row
    }
}

impl Backbone for ScriptedModel {
    fn clone_shared(&self) -> Box<dyn Backbone> {
        Box::new(self.clone())
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        1024
    }

    fn positions_read(&self) -> usize {
        self.positions_read
    }

    fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>> {
        self.positions_read = pass.canvases.iter().map(|canvas| canvas.len()).sum();
        let positions = pass.positions.iter().copied().chain(pass.shadow.clone());
        let data = positions.flat_map(|position| self.row(position)).collect();
        let rows = pass.positions.len() + pass.shadow.len();
        Ok(HostLogits::boxed(data, rows, self.vocabulary.size))
    }

    fn next_token_logits(
        &mut self,
        ids: &[u32],
        _: &remask::cancel::Cancel,
    ) -> Result<Box<dyn Logits>> {
        self.positions_read = 1;
        Ok(HostLogits::boxed(self.row(ids.len()), 1, self.vocabulary.size))
    }
}
