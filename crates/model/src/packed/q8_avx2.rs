//! [`Q8Panels::product`] in AVX2: 32 products of 8 bits in three instructions.

use std::arch::x86_64::*;
use std::ops::Range;

use super::q8_panels::{BLOCK, GROUP, PANEL, Q8Panels};
use super::q8_rows::Q8Rows;

/// Columns of a vector.
const HALF: usize = PANEL / 2;

/// Whether this machine has what the kernel takes.
pub fn is_here() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// See [`Q8Panels::product`], which has checked the lengths.
#[allow(unsafe_code)]
pub fn product(matrix: &Q8Panels, x: &Q8Rows, rows: usize, panels: Range<usize>, out: &mut [f32]) {
    debug_assert!(is_here());
    let width = panels.len() * PANEL;
    for (index, panel) in panels.enumerate() {
        let column = index * PANEL;
        // SAFETY: this kernel is chosen where `is_here` says that the machine has these instructions.
        unsafe {
            let mut row = 0;
            while row + 2 <= rows {
                tile::<2>(matrix, x, row, panel, &mut out[row * width + column..], width);
                row += 2;
            }
            if row < rows {
                tile::<1>(matrix, x, row, panel, &mut out[row * width + column..], width);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
fn tile<const ROWS: usize>(
    matrix: &Q8Panels,
    x: &Q8Rows,
    row: usize,
    panel: usize,
    out: &mut [f32],
    width: usize,
) {
    let depth = matrix.depth;
    let blocks = depth / BLOCK;
    let weights = &matrix.weights[panel * PANEL * depth..][..PANEL * depth];
    let scales = &matrix.scales[panel * PANEL * blocks..][..PANEL * blocks];
    let numbers: [&[i8]; ROWS] = std::array::from_fn(|r| &x.numbers[(row + r) * depth..][..depth]);
    let (sign, ones) = (_mm256_set1_epi8(-128), _mm256_set1_epi16(1));
    let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
    for block in 0..blocks {
        let mut acc = [[_mm256_setzero_si256(); 2]; ROWS];
        for group in 0..BLOCK / GROUP {
            for half in 0..2 {
                let at = block * PANEL * BLOCK + group * PANEL * GROUP + half * HALF * GROUP;
                // SAFETY: 32 bytes, half of a group of a block; see `weights`.
                let weights = unsafe { _mm256_loadu_si256(weights.as_ptr().add(at).cast()) };
                let weights = _mm256_xor_si256(weights, sign);
                for (acc, numbers) in acc.iter_mut().zip(&numbers) {
                    // SAFETY: 4 bytes, a group of a block of the row.
                    let numbers = unsafe {
                        let at = block * BLOCK + group * GROUP;
                        numbers.as_ptr().add(at).cast::<i32>().read_unaligned()
                    };
                    let numbers = _mm256_set1_epi32(numbers);
                    // Neither is -128, so that two products always fit 16 bits.
                    let size = _mm256_abs_epi8(numbers);
                    let pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(weights, numbers));
                    acc[half] = _mm256_add_epi32(acc[half], _mm256_madd_epi16(pairs, ones));
                }
            }
        }
        for half in 0..2 {
            // SAFETY: half of the PANEL scales of a block.
            let scale =
                unsafe { _mm256_loadu_ps(scales.as_ptr().add(block * PANEL + half * HALF)) };
            for r in 0..ROWS {
                let of_row = x.scales[(row + r) * blocks + block];
                let scale = _mm256_mul_ps(scale, _mm256_set1_ps(of_row));
                let acc = _mm256_cvtepi32_ps(acc[r][half]);
                sums[r][half] = _mm256_fmadd_ps(acc, scale, sums[r][half]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let out = &mut out[r * width..][..PANEL];
        for (out, sum) in out.chunks_exact_mut(HALF).zip(sums) {
            // SAFETY: 8 numbers, as many as the vector has.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr(), *sum) };
        }
    }
}
