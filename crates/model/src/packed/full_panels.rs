//! Products of few or many rows with a matrix in f32 that was packed once.
//!
//! The columns of a product are cut into panels of two vectors each, whose weights stand in the order in which the
//! kernel reads them. A tile of rows and panels stays in registers while the kernel walks along K (the shape of
//! BLIS, van Zee and van de Geijn 2015). Each number is added up along K one by one, whatever the number of rows,
//! threads and lanes: one row and many rows agree to the last bit.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// A matrix (N, K) in panels.
pub struct FullPanels {
    /// Panel by panel, (K, `width`); zeros behind the last column.
    weights: Vec<f32>,
    columns: usize,
    depth: usize,
    width: usize,
}

impl FullPanels {
    /// `matrix` is `columns` (N) rows of `depth` (K).
    pub fn pack(matrix: &[f32], columns: usize, depth: usize) -> Self {
        let width = 2 * Arch::new().dispatch(VectorLanes);
        let mut weights = vec![0.0; columns.div_ceil(width) * width * depth];
        for (panel, weights) in weights.chunks_exact_mut(width * depth).enumerate() {
            let rows = matrix[panel * width * depth..].chunks_exact(depth).take(width);
            for (column, row) in rows.enumerate() {
                for (out, weight) in weights[column..].iter_mut().step_by(width).zip(row) {
                    *out = *weight;
                }
            }
        }
        Self { weights, columns, depth, width }
    }

    /// N.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// K.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Columns of a panel.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Bytes that a product reads.
    pub fn bytes(&self) -> usize {
        self.weights.len() * size_of::<f32>()
    }

    /// Row `index` of the matrix.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        let panel = index / self.width * self.width * self.depth;
        let weights = &self.weights[panel + index % self.width..];
        for (out, weight) in out.iter_mut().zip(weights.iter().step_by(self.width)) {
            *out = *weight;
        }
    }

    /// `x` is rows of K; `out` as many rows of the columns of `panels`.
    pub fn product(&self, x: &[f32], panels: Range<usize>, out: &mut [f32]) {
        let each = self.width * self.depth;
        let weights = &self.weights[panels.start * each..panels.end * each];
        if !out.is_empty() {
            Arch::new().dispatch(FullProduct { x, depth: self.depth, weights, out });
        }
    }
}

/// How many `f32` a vector of this machine has.
struct VectorLanes;

impl WithSimd for VectorLanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        lanes::<S>()
    }
}

#[inline(always)]
fn lanes<S: Simd>() -> usize {
    size_of::<S::f32s>() / size_of::<f32>()
}

struct FullProduct<'a> {
    x: &'a [f32],
    depth: usize,
    weights: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for FullProduct<'_> {
    type Output = ();

    /// As many sums at a time as there are registers for; of few rows, more panels.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.x.len() / self.depth;
        match (rows, S::REGISTER_COUNT >= 32) {
            (1, true) => self.in_tiles::<S, 1, 6>(simd),
            (1, false) => self.in_tiles::<S, 1, 4>(simd),
            (2, true) => self.in_tiles::<S, 2, 3>(simd),
            (2, false) => self.in_tiles::<S, 2, 2>(simd),
            (3, true) => self.in_tiles::<S, 3, 3>(simd),
            (3, false) => self.in_tiles::<S, 3, 2>(simd),
            (4, true) => self.in_tiles::<S, 4, 2>(simd),
            (5 | 6, true) => self.in_tiles::<S, 6, 2>(simd),
            (_, false) => self.in_tiles::<S, 6, 1>(simd),
            (_, true) => self.in_tiles::<S, 12, 1>(simd),
        }
    }
}

impl FullProduct<'_> {
    /// `PANELS` panels at a time, and then one by one.
    #[inline(always)]
    fn in_tiles<S: Simd, const ROWS: usize, const PANELS: usize>(mut self, simd: S) {
        let panel = 2 * lanes::<S>();
        let mut column = 0;
        let mut groups = self.weights.chunks_exact(PANELS * panel * self.depth);
        for weights in &mut groups {
            self.in_rows::<S, ROWS, PANELS>(simd, weights, column);
            column += PANELS * panel;
        }
        for weights in groups.remainder().chunks_exact(panel * self.depth) {
            self.in_rows::<S, ROWS, 1>(simd, weights, column);
            column += panel;
        }
    }

    /// `ROWS` rows at a time, and then all that are left.
    #[inline(always)]
    fn in_rows<S: Simd, const ROWS: usize, const PANELS: usize>(
        &mut self,
        simd: S,
        weights: &[f32],
        column: usize,
    ) {
        let rows = self.x.len() / self.depth;
        let mut row = 0;
        while row + ROWS <= rows {
            self.tile::<S, ROWS, PANELS>(simd, weights, row, column);
            row += ROWS;
        }
        macro_rules! rest {
            ($($count:literal)*) => {
                match rows - row {
                    $($count if $count < ROWS => {
                        self.tile::<S, $count, PANELS>(simd, weights, row, column);
                    })*
                    _ => {}
                }
            };
        }
        rest!(1 2 3 4 5 6 7 8 9 10 11);
    }

    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const PANELS: usize>(
        &mut self,
        simd: S,
        weights: &[f32],
        row: usize,
        column: usize,
    ) {
        let depth = self.depth;
        let width = self.out.len() / (self.x.len() / depth);
        let (weights, _) = S::as_simd_f32s(weights);
        let panels: [&[S::f32s]; PANELS] =
            std::array::from_fn(|panel| &weights[panel * 2 * depth..][..2 * depth]);
        let x: [&[f32]; ROWS] = std::array::from_fn(|r| &self.x[(row + r) * depth..][..depth]);
        let mut sums = [[[simd.splat_f32s(0.0); 2]; PANELS]; ROWS];
        for at in 0..depth {
            // The first rows that pass along a panel bring it in for all others.
            if row == 0 {
                for panel in &panels {
                    bring_in(panel.as_ptr().wrapping_add(2 * at + AHEAD));
                    bring_in(panel.as_ptr().wrapping_add(2 * at + AHEAD + 1));
                }
            }
            let weights: [[S::f32s; 2]; PANELS] =
                std::array::from_fn(|panel| [panels[panel][2 * at], panels[panel][2 * at + 1]]);
            for (sums, x) in sums.iter_mut().zip(&x) {
                let x = simd.splat_f32s(x[at]);
                for (sums, weights) in sums.iter_mut().zip(&weights) {
                    sums[0] = simd.mul_add_f32s(x, weights[0], sums[0]);
                    sums[1] = simd.mul_add_f32s(x, weights[1], sums[1]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(row + r) * width + column..][..PANELS * 2 * lanes::<S>()];
            let (out, _) = S::as_mut_simd_f32s(out);
            for (out, sum) in out.iter_mut().zip(sums.iter().flatten()) {
                *out = *sum;
            }
        }
    }
}

/// Vectors of a panel that are asked for so long before they are multiplied: by itself the processor fetches one stream
/// too late. A pass over 8 rows of weights that no cache holds took 1.5 times one over a single row in place of 2.1.
const AHEAD: usize = 96;

/// Asks for the memory at `address`, which need not be there.
#[inline(always)]
#[allow(unsafe_code)]
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
fn bring_in<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program sees, and faults at no address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
}
