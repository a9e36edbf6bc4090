//! Keys and values of what was read already, so that a token read later need not look at it anew.

use candle_core::{DType, Device, Tensor};

use remask_base::{Error, Result};

/// Keys and values of every layer.
pub struct KvCache {
    /// Keys and values of each layer: (G, 1, room, E), of which the first `length` positions hold
    /// something.
    layers: Vec<(Tensor, Tensor)>,
    length: usize,
    room: usize,
}

impl KvCache {
    /// Nothing yet, on `device`, with room for as many positions as the middle of `shape` (G, room, E) says.
    pub(super) fn new(
        layers: usize,
        shape: (usize, usize, usize),
        device: &Device,
    ) -> Result<Self> {
        let (groups, room, width) = shape;
        let empty = || Tensor::zeros((groups, 1, room, width), DType::F32, device);
        let layers = (0..layers).map(|_| Ok((empty()?, empty()?))).collect::<Result<_>>()?;
        Ok(Self { layers, length: 0, room })
    }

    /// A cache with room for `room` positions that holds what this one holds.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn with_room(&self, room: usize) -> Result<Self> {
        let first = &self.layers[0].0;
        let (groups, _, _, width) = first.dims4()?;
        let mut wider = Self::new(self.layers.len(), (groups, room, width), first.device())?;
        for ((keys, values), (wide_keys, wide_values)) in self.layers.iter().zip(&wider.layers) {
            for (old, new) in [(keys, wide_keys), (values, wide_values)] {
                if self.length > 0 {
                    new.slice_set(&old.narrow(2, 0, self.length)?.contiguous()?, 2, 0)?;
                }
            }
        }
        wider.length = self.length;
        Ok(wider)
    }

    /// How many positions it could hold.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// How many positions it holds.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Forgets all but the first `length` positions.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub(super) fn layer(&mut self, index: usize) -> LayerCache<'_> {
        let (keys, values) = &self.layers[index];
        LayerCache { keys, values, length: self.length, room: self.room }
    }

    pub(super) fn grow(&mut self, length: usize) {
        self.length += length;
    }
}

/// The part of one layer.
pub(super) struct LayerCache<'a> {
    keys: &'a Tensor,
    values: &'a Tensor,
    length: usize,
    room: usize,
}

impl LayerCache<'_> {
    /// Puts `keys` and `values` (G, 1, T, E) behind what is there, and returns all of both. Written in
    /// place: what a token costs does not grow with what is copied.
    pub(super) fn join(self, keys: &Tensor, values: &Tensor) -> Result<(Tensor, Tensor)> {
        let news = keys.dim(2)?;
        let all = self.length + news;
        if all > self.room {
            return Err(Error::invalid(format!(
                "{all} tokens do not fit the cache's {} positions",
                self.room
            )));
        }
        self.keys.slice_set(&keys.contiguous()?, 2, self.length)?;
        self.values.slice_set(&values.contiguous()?, 2, self.length)?;
        Ok((self.keys.narrow(2, 0, all)?, self.values.narrow(2, 0, all)?))
    }
}
