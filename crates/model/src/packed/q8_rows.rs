//! Rows in 8 bits: blocks of 32 numbers with one scale, as Q8_0 has them.

use pulp::{Arch, Simd, WithSimd};

use super::q8_panels::BLOCK;

/// Rows of K numbers, K a multiple of [`BLOCK`].
#[derive(Default)]
pub struct Q8Rows {
    /// Whole numbers from -127 to 127, row by row.
    pub numbers: Vec<i8>,
    /// What the numbers of a block are multiplied with.
    pub scales: Vec<f32>,
    /// -128 times the sum of each block: what a product with weights that are 128 too large adds too much.
    pub offsets: Vec<i32>,
    /// The numbers while they are rounded, kept from one time to the next.
    rounded: Vec<f32>,
}

impl Q8Rows {
    /// Takes in `x`, rows one behind the other.
    pub fn fill(&mut self, x: &[f32]) {
        let blocks = x.len() / BLOCK;
        self.numbers.resize(x.len(), 0);
        self.scales.resize(blocks, 0.0);
        self.offsets.resize(blocks, 0);
        self.rounded.resize(x.len(), 0.0);
        Arch::new().dispatch(Quantising { x, rows: self });
    }
}

struct Quantising<'a> {
    x: &'a [f32],
    rows: &'a mut Q8Rows,
}

impl WithSimd for Quantising<'_> {
    type Output = ();

    /// In vectors by hand: the compiler takes blocks side by side, and their bytes apart one by one.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Q8Rows { numbers, scales, offsets, rounded } = self.rows;
        let blocks = self.x.chunks_exact(BLOCK).zip(rounded.chunks_exact_mut(BLOCK));
        for ((block, scale), offset) in blocks.zip(scales).zip(offsets) {
            (*scale, *offset) = quantise(simd, block);
        }
        // The whole number stands in the low bits.
        for (number, rounded) in numbers.iter_mut().zip(&*rounded) {
            *number = rounded.to_bits() as i8;
        }
    }
}

/// Rounds a block to whole numbers, which stand in the low bits: its scale, and -128 times their sum.
#[inline(always)]
fn quantise<S: Simd>(simd: S, (x, rounded): (&[f32], &mut [f32])) -> (f32, i32) {
    /// 1.5 * 2^23: what is added rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let (x, _) = S::as_simd_f32s(x);
    let (rounded, _) = S::as_mut_simd_f32s(rounded);
    let mut top = simd.splat_f32s(0.0);
    for x in x {
        top = simd.max_f32s(top, simd.abs_f32s(*x));
    }
    let top = simd.reduce_max_f32s(top);
    let inverse = simd.splat_f32s(if top > 0.0 { 127.0 / top } else { 0.0 });
    let round = simd.splat_f32s(ROUND);
    let mut sum = simd.splat_f32s(0.0);
    for (rounded, x) in rounded.iter_mut().zip(x) {
        *rounded = simd.add_f32s(simd.mul_f32s(*x, inverse), round);
        sum = simd.add_f32s(sum, simd.sub_f32s(*rounded, round));
    }
    (top / 127.0, -128 * simd.reduce_sum_f32s(sum) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_off_by_half_a_step_at_most() {
        let x: Vec<f32> = (0..3 * BLOCK).map(|i| ((i * 37) % 101) as f32 / 9.0 - 5.0).collect();
        let mut rows = Q8Rows::default();
        rows.fill(&x);
        for (block, x) in x.chunks(BLOCK).enumerate() {
            let numbers = &rows.numbers[block * BLOCK..][..BLOCK];
            let sum: i32 = numbers.iter().map(|number| i32::from(*number)).sum();
            assert_eq!(rows.offsets[block], -128 * sum);
            for (number, x) in numbers.iter().zip(x) {
                let off = (f32::from(*number) * rows.scales[block] - x).abs();
                assert!(off <= 0.5001 * rows.scales[block], "{x}");
            }
        }
        rows.fill(&[0.0; BLOCK]);
        assert_eq!((rows.scales[0], rows.offsets[0]), (0.0, 0));
        rows.fill(&[f32::NAN; BLOCK]);
    }
}
