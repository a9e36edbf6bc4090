//! What the threads of a pass hand each other: each writes its own columns, and reads those of all.

use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use remask_base::runtime::share;

/// Rows of columns, of which each thread has a slab.
pub struct Slabs {
    /// Slab by slab, rows of the columns of one thread.
    parts: Vec<RwLock<Vec<f32>>>,
}

/// How columns are shared out: in units, as many each as [`share`] says.
#[derive(Clone, Copy)]
pub struct SharedColumns {
    /// How many units there are.
    pub units: usize,
    /// Columns of a unit.
    pub width: usize,
    /// How many columns there really are; the last units may have more.
    pub used: usize,
}

impl SharedColumns {
    /// Those of slab `index` of `members`: where it begins, how wide it is, and how much of that is used.
    fn slab(self, index: usize, members: usize) -> (usize, usize, usize) {
        let units = share(self.units, index, members);
        let (start, width) = (units.start * self.width, units.len() * self.width);
        (start, width, self.used.saturating_sub(start).min(width))
    }
}

impl Slabs {
    pub fn new(members: usize) -> Self {
        Self { parts: (0..members).map(|_| RwLock::default()).collect() }
    }

    /// The slab of thread `index`, to be written.
    pub fn write(&self, index: usize) -> RwLockWriteGuard<'_, Vec<f32>> {
        self.parts[index].write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, index: usize) -> RwLockReadGuard<'_, Vec<f32>> {
        self.parts[index].read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands `take` every stretch that a slab has of some `rows`: the row, where in it the stretch stands, and its
    /// numbers.
    pub fn for_stretches(
        &self,
        columns: SharedColumns,
        rows: Range<usize>,
        mut take: impl FnMut(usize, Range<usize>, &[f32]),
    ) {
        for index in 0..self.parts.len() {
            let (start, width, used) = columns.slab(index, self.parts.len());
            if used == 0 {
                continue;
            }
            let slab = self.read(index);
            for row in rows.clone() {
                take(row, start..start + used, &slab[row * width..][..used]);
            }
        }
    }

    /// Puts all of `rows` into `out`, one row behind the other.
    pub fn gather(&self, columns: SharedColumns, rows: Range<usize>, out: &mut [f32]) {
        let first = rows.start;
        self.for_stretches(columns, rows, |row, at, numbers| {
            let out = &mut out[(row - first) * columns.used..][..columns.used];
            out[at].copy_from_slice(numbers);
        });
    }

    /// Adds all of `rows` to `out`.
    pub fn add_to(&self, columns: SharedColumns, rows: Range<usize>, out: &mut [f32]) {
        let first = rows.start;
        self.for_stretches(columns, rows, |row, at, numbers| {
            let out = &mut out[(row - first) * columns.used..][..columns.used];
            for (out, number) in out[at].iter_mut().zip(numbers) {
                *out += number;
            }
        });
    }

    /// Columns `wanted` of all `rows`, into `out`, one row behind the other.
    pub fn cut(&self, columns: SharedColumns, wanted: Range<usize>, rows: usize, out: &mut [f32]) {
        let width = wanted.len();
        self.for_stretches(columns, 0..rows, |row, at, numbers| {
            let both = at.start.max(wanted.start)..at.end.min(wanted.end);
            if both.is_empty() {
                return;
            }
            let out = &mut out[row * width..][both.start - wanted.start..both.end - wanted.start];
            out.copy_from_slice(&numbers[both.start - at.start..both.end - at.start]);
        });
    }
}
