//! Keys and values of what was read already, as plain numbers.

use std::sync::RwLock;

/// Keys and values of every layer.
pub struct PackedCache {
    /// Layer by layer, one for each group of heads.
    groups: Vec<Vec<RwLock<KeysAndValues>>>,
    width: usize,
    length: usize,
    room: usize,
}

/// Those of a group: rows of its width, of which the first hold something.
#[derive(Default)]
pub struct KeysAndValues {
    pub keys: Vec<f32>,
    pub values: Vec<f32>,
}

impl PackedCache {
    /// Nothing yet, and no room; `width` is that of a head.
    pub(super) fn new(layers: usize, groups: usize, width: usize) -> Self {
        let layer = || (0..groups).map(|_| RwLock::default()).collect();
        Self { groups: (0..layers).map(|_| layer()).collect(), width, length: 0, room: 0 }
    }

    /// How many positions it holds.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many positions it could hold.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Forgets all but the first `length` positions.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Makes room for `room` positions, where there is less.
    pub fn make_room(&mut self, room: usize) {
        if room <= self.room {
            return;
        }
        self.room = room;
        for group in self.groups.iter_mut().flatten() {
            let group = group.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            group.keys.resize(room * self.width, 0.0);
            group.values.resize(room * self.width, 0.0);
        }
    }

    pub(super) fn layer(&self, index: usize) -> &[RwLock<KeysAndValues>] {
        &self.groups[index]
    }

    pub(super) fn grow(&mut self, length: usize) {
        self.length += length;
    }
}
