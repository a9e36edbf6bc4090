//! A matrix product whose operands are rounded to bf16, with sums in f32, on AVX-512 BF16.
//!
//! Panels as in [`super::product`], but of pairs: an instruction multiplies two neighbours along the inner
//! dimension and adds both to a sum. Measured against the same product in f32: `benches/pass.rs`.

use super::product::MatrixView;

/// Rows of a tile.
const MR: usize = 12;
/// Columns of a tile: two vectors.
const NR: usize = 32;

/// That this machine can do it.
#[derive(Clone, Copy)]
pub(super) struct Bf16(());

impl Bf16 {
    /// Nothing where the machine can't.
    pub(super) fn new() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bf16")
        {
            return Some(Self(()));
        }
        None
    }
}

/// `a` (M, K) times `b` (K, N): M rows of N.
pub(super) fn product(bf16: Bf16, a: MatrixView<'_, f32>, b: MatrixView<'_, f32>) -> Vec<f32> {
    let mut out = vec![0.0; a.rows() * b.columns()];
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a `Bf16` is only made where the machine has the features that `x86::product` is compiled for.
    #[allow(unsafe_code)]
    unsafe {
        x86::product(&mut out, a, b)
    };
    let _ = bf16;
    out
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m512, __m512bh, __m512i, _mm512_castsi512_ps, _mm512_dpbf16_ps, _mm512_loadu_si512,
        _mm512_set1_epi32, _mm512_setzero_ps, _mm512_storeu_ps,
    };
    use std::cell::RefCell;

    use super::{MR, MatrixView, NR};

    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) fn product(out: &mut [f32], a: MatrixView<'_, f32>, b: MatrixView<'_, f32>) {
        let (rows, columns) = (a.rows(), b.columns());
        let pairs = a.columns().div_ceil(2);
        if pairs == 0 {
            return;
        }
        PANELS.with_borrow_mut(|panels| {
            pack(&mut panels.a, a, pairs);
            pack(&mut panels.b, b.t(), pairs);
            write_tiles(out, (rows, columns), pairs, panels);
        });
    }

    /// Both operands, rounded and packed.
    struct Bf16Panels {
        a: Vec<[u32; MR]>,
        b: Vec<[u32; NR]>,
    }

    thread_local! {
        /// Kept, since clearing new memory for each product takes as long as filling it.
        static PANELS: RefCell<Bf16Panels> = const { RefCell::new(Bf16Panels { a: Vec::new(), b: Vec::new() }) };
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    fn write_tiles(
        out: &mut [f32],
        (rows, columns): (usize, usize),
        pairs: usize,
        panels: &Bf16Panels,
    ) {
        for (tile, b) in panels.b.chunks_exact(pairs).enumerate() {
            let column = tile * NR;
            let wide = NR.min(columns - column);
            for (tile, a) in panels.a.chunks_exact(pairs).enumerate() {
                let row = tile * MR;
                let sums = tile_sums(a, b);
                let tile = sums.iter().take(rows - row).enumerate();
                for (r, sums) in tile {
                    let out = &mut out[(row + r) * columns + column..][..wide];
                    let mut both = [0.0f32; NR];
                    // SAFETY: `both` has room for two vectors of 16.
                    #[allow(unsafe_code)]
                    unsafe {
                        _mm512_storeu_ps(both.as_mut_ptr(), sums[0]);
                        _mm512_storeu_ps(both.as_mut_ptr().add(NR / 2), sums[1]);
                    }
                    out.copy_from_slice(&both[..wide]);
                }
            }
        }
    }

    /// The sums of one panel of rows and one of columns.
    #[target_feature(enable = "avx512f,avx512bf16")]
    #[inline]
    fn tile_sums(a: &[[u32; MR]], b: &[[u32; NR]]) -> [[__m512; 2]; MR] {
        let mut sums = [[_mm512_setzero_ps(); 2]; MR];
        for (a, b) in a.iter().zip(b) {
            let [left, right] = halves(b);
            for (sums, a) in sums.iter_mut().zip(a) {
                let a = pairs_of(_mm512_set1_epi32(*a as i32));
                sums[0] = _mm512_dpbf16_ps(sums[0], a, left);
                sums[1] = _mm512_dpbf16_ps(sums[1], a, right);
            }
        }
        sums
    }

    #[target_feature(enable = "avx512f,avx512bf16")]
    #[inline]
    fn halves(b: &[u32; NR]) -> [__m512bh; 2] {
        // SAFETY: 32 numbers are two vectors of 16, and a load needs no alignment.
        #[allow(unsafe_code)]
        unsafe {
            let first = b.as_ptr().cast::<__m512i>();
            [pairs_of(_mm512_loadu_si512(first)), pairs_of(_mm512_loadu_si512(first.add(1)))]
        }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn pairs_of(bits: __m512i) -> __m512bh {
        // SAFETY: both are 512 bits of any value.
        #[allow(unsafe_code)]
        unsafe {
            std::mem::transmute(_mm512_castsi512_ps(bits))
        }
    }

    /// The rows of `matrix`, rounded, in panels of `H`: for each pair along a row, that pair of `H` rows,
    /// zeros where there are no rows left.
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn pack<const H: usize>(out: &mut Vec<[u32; H]>, matrix: MatrixView<'_, f32>, pairs: usize) {
        let rows = matrix.rows();
        out.resize(rows.div_ceil(H) * pairs, [0u32; H]);
        let mut line = vec![0u32; pairs];
        for (panel, out) in out.chunks_exact_mut(pairs).enumerate() {
            let first = panel * H;
            let some = H.min(rows - first);
            if some < H {
                out.fill([0; H]);
            }
            if matrix.is_row_major() {
                for r in 0..some {
                    round_pairs(&mut line, matrix.row(first + r));
                    for (out, pair) in out.iter_mut().zip(&line) {
                        out[r] = *pair;
                    }
                }
            } else {
                for (pair, out) in out.iter_mut().enumerate() {
                    let even = &matrix.column(2 * pair)[first..first + some];
                    if 2 * pair + 1 < matrix.columns() {
                        let odd = &matrix.column(2 * pair + 1)[first..first + some];
                        for (out, (even, odd)) in out.iter_mut().zip(even.iter().zip(odd)) {
                            *out = rounded(*even) | (rounded(*odd) << 16);
                        }
                    } else {
                        for (out, even) in out.iter_mut().zip(even) {
                            *out = rounded(*even);
                        }
                    }
                }
            }
        }
    }

    /// Neighbours of `row`, two in one.
    #[target_feature(enable = "avx512f,avx512bf16")]
    #[inline]
    fn round_pairs(out: &mut [u32], row: &[f32]) {
        let pairs = row.chunks_exact(2);
        let last = pairs.remainder().first();
        for (out, pair) in out.iter_mut().zip(pairs) {
            *out = rounded(pair[0]) | (rounded(pair[1]) << 16);
        }
        if let (Some(last), Some(out)) = (last, out.last_mut()) {
            *out = rounded(*last);
        }
    }

    /// The nearest bf16, the even one of two that are as near, in the low half. What is no number stays none.
    #[inline(always)]
    fn rounded(x: f32) -> u32 {
        let bits = x.to_bits();
        let nearest = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
        if x.is_nan() { (bits >> 16) | 0x40 } else { nearest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_up_to_rounding() {
        let Some(bf16) = Bf16::new() else { return };
        let numbers = |count: usize, salt: usize| -> Vec<f32> {
            (0..count).map(|i| ((i * 37 + salt) % 101) as f32 / 50.0 - 1.0).collect()
        };
        for (m, n, k) in [(1, 1, 1), (12, 32, 4), (7, 33, 5), (50, 70, 65)] {
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true)] {
                let (a, b) = (numbers(m * k, 1), numbers(k * n, 5));
                let at = |x: &[f32], r: usize, c: usize, rows: usize, columns: usize, t: bool| {
                    if t { x[c * rows + r] } else { x[r * columns + c] }
                };
                let view = |x, rows, columns, turned: bool| {
                    if turned {
                        MatrixView::new(x, columns, rows, rows).t()
                    } else {
                        MatrixView::new(x, rows, columns, columns)
                    }
                };
                let ours = product(bf16, view(&a, m, k, a_turned), view(&b, k, n, b_turned));
                for row in 0..m {
                    for column in 0..n {
                        let exact: f32 = (0..k)
                            .map(|i| {
                                at(&a, row, i, m, k, a_turned) * at(&b, i, column, k, n, b_turned)
                            })
                            .sum();
                        let apart = (ours[row * n + column] - exact).abs();
                        assert!(apart < 0.005 * k as f32, "{m} x {n} x {k}: {apart}");
                    }
                }
            }
        }
    }
}
