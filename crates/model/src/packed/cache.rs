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

/// Those of a group, of which the first positions hold something.
#[derive(Default)]
pub struct KeysAndValues {
    /// (E, room): the same number of neighbouring keys side by side.
    pub keys: Vec<f32>,
    /// (room, E)
    pub values: Vec<f32>,
}

impl KeysAndValues {
    /// Puts a `key` (E) at `place`, of as many as there is `room` for.
    pub fn put_key(&mut self, place: usize, room: usize, key: &[f32]) {
        let places = self.keys[place..].iter_mut().step_by(room);
        places.zip(key).for_each(|(place, number)| *place = *number);
    }
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

    /// Makes room for `positions`, where there is less.
    pub fn make_room(&mut self, positions: usize) {
        if positions <= self.room {
            return;
        }
        // Half as much again: who writes token by token moves what is kept once in a while only.
        let room = spread_out(positions.max(self.room + self.room / 2));
        for group in self.groups.iter_mut().flatten() {
            let group = group.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut keys = vec![0.0; room * self.width];
            if self.length > 0 {
                let rows = keys.chunks_exact_mut(room).zip(group.keys.chunks_exact(self.room));
                rows.for_each(|(new, old)| new[..self.length].copy_from_slice(&old[..self.length]));
            }
            group.keys = keys;
            group.values.resize(room * self.width, 0.0);
        }
        self.room = room;
    }

    pub(super) fn layer(&self, index: usize) -> &[RwLock<KeysAndValues>] {
        &self.groups[index]
    }

    pub(super) fn grow(&mut self, length: usize) {
        self.length += length;
    }
}

/// The next room whose rows of keys do not all begin in the same sets of a processor's cache: an odd number of its
/// lines, as powers of two are the worst that there is.
fn spread_out(room: usize) -> usize {
    const LINE: usize = 64 / size_of::<f32>();
    (room.div_ceil(LINE) | 1) * LINE
}
