//! What a model computes in.

use remask_base::{Error, Result};

/// The format of the products of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compute {
    /// Weights and activations in f32: as exact as checkpoints are compared.
    #[default]
    F32,
    /// Both in whole numbers of 8 bits, blocks of 32 with a scale each: several times as fast where the machine
    /// has instructions for it, and a little off.
    Q8_0,
}

impl Compute {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::F32, Self::Q8_0];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Q8_0 => "q8_0",
        }
    }
}

impl std::str::FromStr for Compute {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|compute| compute.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!("compute cannot be {name:?}; it takes {names}"))
        })
    }
}
