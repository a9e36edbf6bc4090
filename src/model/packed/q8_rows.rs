//! Rows in 8 bits: blocks of 32 numbers with one scale, as Q8_0 has them.

use pulp::Arch;

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
}

impl Q8Rows {
    /// Takes in `x`, rows one behind the other.
    pub fn fill(&mut self, x: &[f32]) {
        let blocks = x.len() / BLOCK;
        self.numbers.resize(x.len(), 0);
        self.scales.resize(blocks, 0.0);
        self.offsets.resize(blocks, 0);
        let numbers = self.numbers.chunks_exact_mut(BLOCK);
        let blocks =
            x.chunks_exact(BLOCK).zip(numbers).zip(&mut self.scales).zip(&mut self.offsets);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (((x, numbers), scale), offset) in blocks {
                    (*scale, *offset) = quantised(x, numbers);
                }
            },
        );
    }
}

/// A block in whole numbers: its scale, and -128 times their sum.
#[inline(always)]
fn quantised(x: &[f32], numbers: &mut [i8]) -> (f32, i32) {
    /// 1.5 * 2^23: what is added rounds to a whole number, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let mut top = 0.0f32;
    for x in x {
        top = if x.abs() > top { x.abs() } else { top };
    }
    let inverse = if top > 0.0 { 127.0 / top } else { 0.0 };
    let mut sum = 0;
    for (number, x) in numbers.iter_mut().zip(x) {
        let whole = (x * inverse + ROUND).to_bits().wrapping_sub(ROUND.to_bits()) as i32;
        *number = whole as i8;
        sum += i32::from(whole as i8);
    }
    (top / 127.0, -128 * sum)
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
