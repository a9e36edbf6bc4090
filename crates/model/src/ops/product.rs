//! Products of little matrices, for attention: no copy of the operands but into panels, no threads.
//!
//! The shape of the loops is that of BLIS (van Zee and van de Geijn 2015): a tile of `MR` rows and two
//! vectors of columns stays in registers while the kernel walks along the inner dimension.

use pulp::{Arch, Simd, WithSimd};

use super::real::Real;

/// A matrix that stands in a slice: row r, column c at r * `row_stride` + c * `column_stride`.
#[derive(Clone, Copy)]
pub struct MatrixView<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> MatrixView<'a, T> {
    /// `rows` of `columns`, one behind the other, `stride` apart.
    pub fn new(data: &'a [T], rows: usize, columns: usize, stride: usize) -> Self {
        debug_assert!(rows == 0 || data.len() >= (rows - 1) * stride + columns);
        Self { data, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The same numbers, rows as columns.
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Rows of the matrix.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the matrix.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Whether the numbers of a row stand side by side; otherwise those of a column do.
    #[inline(always)]
    pub(super) fn is_row_major(&self) -> bool {
        self.column_stride == 1
    }

    /// The numbers of row `row`, of a matrix that is row-major.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &'a [T] {
        &self.data[row * self.row_stride..][..self.columns]
    }

    /// The numbers of column `column`, of a matrix that is not.
    #[inline(always)]
    pub(super) fn column(&self, column: usize) -> &'a [T] {
        &self.data[column * self.column_stride..][..self.rows]
    }
}

/// Where panels are packed; kept from one product to the next.
pub struct Panels<T> {
    a: Vec<T>,
    b: Vec<T>,
}

impl<T> Default for Panels<T> {
    fn default() -> Self {
        Self { a: Vec::new(), b: Vec::new() }
    }
}

/// Rows of a tile.
const MR: usize = 6;

/// `out` += `a` (M, K) times `b` (K, N). `out` is M rows of N, `stride` apart. Each number is added up
/// along K in the same order whatever M and N are.
pub fn add_product<T: Real>(
    out: &mut [T],
    stride: usize,
    a: MatrixView<'_, T>,
    b: MatrixView<'_, T>,
    panels: &mut Panels<T>,
) {
    debug_assert_eq!(a.columns, b.rows);
    if a.rows > 0 && a.columns > 0 && b.columns > 0 {
        T::add_product(out, stride, a, b, panels);
    }
}

/// The vectorised product of `f32`.
pub(super) struct Product<'a> {
    pub out: &'a mut [f32],
    pub stride: usize,
    pub a: MatrixView<'a, f32>,
    pub b: MatrixView<'a, f32>,
    pub panels: &'a mut Panels<f32>,
}

impl Product<'_> {
    pub(super) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { out, stride, a, b, panels } = self;
        let (rows, columns, depth) = (a.rows, b.columns, a.columns);
        let lanes = size_of::<S::f32s>() / size_of::<f32>();
        let nr = 2 * lanes;
        pack(&mut panels.b, b.t(), nr);
        pack(&mut panels.a, a, MR);
        for (tile, b) in panels.b.chunks_exact(nr * depth).enumerate() {
            let column = tile * nr;
            let wide = nr.min(columns - column);
            let (b, _) = S::as_simd_f32s(b);
            for (tile, a) in panels.a.chunks_exact(MR * depth).enumerate() {
                let row = tile * MR;
                let sums = tile_sums(simd, a, b);
                for (r, sums) in sums.iter().enumerate().take(rows - row) {
                    let out = &mut out[(row + r) * stride + column..][..wide];
                    add_row(simd, out, sums);
                }
            }
        }
    }
}

/// The tile of one panel of rows (K, MR) and one of columns (K, 2 vectors).
#[inline(always)]
fn tile_sums<S: Simd>(simd: S, a: &[f32], b: &[S::f32s]) -> [[S::f32s; 2]; MR] {
    let mut sums = [[simd.splat_f32s(0.0); 2]; MR];
    for (a, b) in a.chunks_exact(MR).zip(b.chunks_exact(2)) {
        for (sums, a) in sums.iter_mut().zip(a) {
            let a = simd.splat_f32s(*a);
            sums[0] = simd.mul_add_f32s(a, b[0], sums[0]);
            sums[1] = simd.mul_add_f32s(a, b[1], sums[1]);
        }
    }
    sums
}

/// Adds `sums` to `out`, which may be narrower.
#[inline(always)]
fn add_row<S: Simd>(simd: S, out: &mut [f32], sums: &[S::f32s; 2]) {
    let (vectors, rest) = S::as_mut_simd_f32s(out);
    let whole = vectors.len();
    for (out, sum) in vectors.iter_mut().zip(sums) {
        *out = simd.add_f32s(*out, *sum);
    }
    if let Some(sum) = sums.get(whole) {
        let sum = std::slice::from_ref(sum);
        for (out, sum) in rest.iter_mut().zip(pulp::bytemuck::cast_slice::<S::f32s, f32>(sum)) {
            *out += sum;
        }
    }
}

/// The rows of `matrix` in panels of `height`, each column by column: (K, height), zeros where there are
/// no rows left.
#[inline(always)]
fn pack(out: &mut Vec<f32>, matrix: MatrixView<'_, f32>, height: usize) {
    let (rows, depth) = (matrix.rows, matrix.columns);
    out.clear();
    out.resize(rows.div_ceil(height) * height * depth, 0.0);
    for (panel, out) in out.chunks_exact_mut(height * depth).enumerate() {
        let first = panel * height;
        let some = height.min(rows - first);
        if matrix.is_row_major() {
            for r in 0..some {
                let row = matrix.row(first + r);
                for (out, x) in out[r..].iter_mut().step_by(height).zip(row) {
                    *out = *x;
                }
            }
        } else {
            for (k, out) in out.chunks_exact_mut(height).enumerate() {
                out[..some].copy_from_slice(&matrix.column(k)[first..first + some]);
            }
        }
    }
}

/// The product as it is defined, for numbers that gradients are checked in.
pub(super) fn plain_product<T: Real>(
    out: &mut [T],
    stride: usize,
    a: MatrixView<'_, T>,
    b: MatrixView<'_, T>,
) {
    let at = |m: &MatrixView<'_, T>, r, c| m.data[r * m.row_stride + c * m.column_stride];
    for row in 0..a.rows {
        for column in 0..b.columns {
            for k in 0..a.columns {
                out[row * stride + column] += at(&a, row, k) * at(&b, k, column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_of_the_definition() {
        let numbers = |count: usize, salt: usize| -> Vec<f64> {
            (0..count).map(|i| ((i * 37 + salt) % 101) as f64 / 50.0 - 1.0).collect()
        };
        for (m, n, k) in [(1, 1, 1), (6, 32, 4), (7, 33, 5), (32, 200, 32), (5, 3, 40)] {
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let (a, b) = (numbers(m * k, 1), numbers(k * n, 5));
                let single = |x: &[f64]| -> Vec<f32> { x.iter().map(|x| *x as f32).collect() };
                let (a32, b32) = (single(&a), single(&b));
                fn view<T>(
                    x: &[T],
                    rows: usize,
                    columns: usize,
                    turned: bool,
                ) -> MatrixView<'_, T> {
                    if turned {
                        MatrixView::new(x, columns, rows, rows).t()
                    } else {
                        MatrixView::new(x, rows, columns, columns)
                    }
                }
                let mut exact = vec![1.0f64; m * n];
                let mut ours = vec![1.0f32; m * n];
                let (va, vb) = (view(&a, m, k, a_turned), view(&b, k, n, b_turned));
                add_product(&mut exact, n, va, vb, &mut Panels::default());
                let (va, vb) = (view(&a32, m, k, a_turned), view(&b32, k, n, b_turned));
                add_product(&mut ours, n, va, vb, &mut Panels::default());
                for (ours, exact) in ours.iter().zip(&exact) {
                    assert!((f64::from(*ours) - exact).abs() < 1e-4, "{m} x {n} x {k}");
                }
            }
        }
    }
}
