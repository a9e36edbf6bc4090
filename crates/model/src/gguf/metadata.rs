//! What a GGUF file says of its model beside the tensors: values by name.

use std::collections::BTreeMap;

/// A value, in the widest of its kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MetadataValue {
    Integer(i128),
    Real(f64),
    Flag(bool),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<i32>),
}

/// All values that are kept.
#[derive(Debug, Default)]
pub(super) struct Metadata(pub BTreeMap<String, MetadataValue>);

impl Metadata {
    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key) {
            Some(MetadataValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn count(&self, key: &str) -> Option<usize> {
        match self.0.get(key) {
            Some(MetadataValue::Integer(number)) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    /// A token id.
    pub fn id(&self, key: &str) -> Option<u32> {
        self.count(key).and_then(|id| u32::try_from(id).ok())
    }

    /// A number.
    pub fn real(&self, key: &str) -> Option<f64> {
        match self.0.get(key) {
            Some(MetadataValue::Real(number)) => Some(*number),
            Some(MetadataValue::Integer(number)) => Some(*number as f64),
            _ => None,
        }
    }

    /// Yes or no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.0.get(key) {
            Some(MetadataValue::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// Texts.
    pub fn texts(&self, key: &str) -> Option<&[String]> {
        match self.0.get(key) {
            Some(MetadataValue::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    /// Whole numbers.
    pub fn integers(&self, key: &str) -> Option<&[i32]> {
        match self.0.get(key) {
            Some(MetadataValue::Integers(numbers)) => Some(numbers),
            _ => None,
        }
    }
}
