//! A few rows times a matrix: what a model that writes one token at a time does most of.
//!
//! Such a product reads every weight once and uses it once or a few times, so it is as fast as memory. A
//! matrix product for many rows first packs its operands, which here costs more than the product itself.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, WithDType, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::slice;

/// From more rows on a matrix product is the faster one.
pub const FEW_ROWS: usize = 8;

/// `x` (R, K) times the transpose of `weight` (N, K), both `f32`: (R, N). Has no gradient.
///
/// # Errors
/// When the shapes do not fit, or an operand is not contiguous.
pub fn row_product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.apply_op2_no_bwd(weight, &RowProduct)
}

struct RowProduct;

/// Rows of the matrix at a time: each has a sum of its own, and none waits for another's.
const ROWS: usize = 4;
/// From this many weights on the work is shared. Half of so little is done in less time than it takes to
/// wake a thread, but threads that are asked all the time never fall asleep: a pass of the bundled model
/// takes 0.26 ms like this, and 0.5 ms where only its larger products are shared.
const WORTH_SHARING: usize = 1 << 14;

/// `x` is rows of `width`; so is `weight`.
fn product(x: &[f32], weight: &[f32], width: usize) -> Vec<f32> {
    let (rows, columns) = (x.len() / width, weight.len() / width);
    // Column by column, so that each thread has a stretch of its own.
    let mut out = vec![0.0; rows * columns];
    let arch = Arch::new();
    let threads = rayon::current_num_threads();
    if threads == 1 || weight.len() < WORTH_SHARING {
        arch.dispatch(ColumnBlock { out: &mut out, x, weight, width });
    } else {
        let stretch = columns.div_ceil(threads).next_multiple_of(ROWS);
        let stretches = out.par_chunks_mut(stretch * rows).zip(weight.par_chunks(stretch * width));
        stretches.for_each(|(out, weight)| arch.dispatch(ColumnBlock { out, x, weight, width }));
    }
    if rows == 1 {
        return out;
    }
    (0..rows).flat_map(|row| out[row..].iter().step_by(rows).copied()).collect()
}

/// Some rows of the matrix, and where their products go: a column of the result each.
struct ColumnBlock<'a> {
    out: &'a mut [f32],
    x: &'a [f32],
    weight: &'a [f32],
    width: usize,
}

impl WithSimd for ColumnBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.width;
        let rows = self.x.len() / width;
        let columns = self.out.chunks_mut(ROWS * rows).zip(self.weight.chunks(ROWS * width));
        for (out, weight) in columns {
            for (row, x) in self.x.chunks_exact(width).enumerate() {
                if out.len() == ROWS * rows {
                    let products: [f32; ROWS] = dots(simd, x, weight);
                    for (column, product) in products.into_iter().enumerate() {
                        out[column * rows + row] = product;
                    }
                } else {
                    for (column, weight) in weight.chunks_exact(width).enumerate() {
                        out[column * rows + row] = dots::<S, 1>(simd, x, weight)[0];
                    }
                }
            }
        }
    }
}

/// The products of `x` with each of the `N` rows of `weight`, each added up in the same order whatever
/// `N` is.
#[inline(always)]
pub(super) fn dots<S: Simd, const N: usize>(simd: S, x: &[f32], weight: &[f32]) -> [f32; N] {
    let width = x.len();
    let (x, x_rest) = S::as_simd_f32s(x);
    let mut rows = [(x, x_rest); N];
    for (row, weight) in rows.iter_mut().zip(weight.chunks_exact(width)) {
        *row = S::as_simd_f32s(weight);
    }
    let mut sums = [simd.splat_f32s(0.0); N];
    for (at, x) in x.iter().enumerate() {
        for row in 0..N {
            sums[row] = simd.mul_add_e_f32s(rows[row].0[at], *x, sums[row]);
        }
    }
    let mut out = [0.0; N];
    for row in 0..N {
        let rest = rows[row].1.iter().zip(x_rest);
        out[row] = rest.fold(simd.reduce_sum_f32s(sums[row]), |sum, (weight, x)| sum + weight * x);
    }
    out
}

impl CustomOp2 for RowProduct {
    fn name(&self) -> &'static str {
        "row-product"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ([rows, width], [columns, weight_width]) = (x_layout.dims(), weight_layout.dims())
        else {
            bail!("a row product takes (R, K) and (N, K), not {x_layout:?} and {weight_layout:?}")
        };
        if width != weight_width || *width == 0 {
            bail!("rows of {width} do not fit a matrix with rows of {weight_width}")
        }
        if (x.dtype(), weight.dtype()) != (DType::F32, DType::F32) {
            bail!("a row product knows f32, not {:?} and {:?}", x.dtype(), weight.dtype())
        }
        let out = product(slice(x, x_layout)?, slice(weight, weight_layout)?, *width);
        Ok((f32::to_cpu_storage_owned(out), (*rows, *columns).into()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::row_product;

    #[test]
    fn it_is_the_matrix_product() {
        for (rows, columns, width) in
            [(1, 1, 1), (1, 3, 5), (2, 4, 16), (8, 7, 33), (1, 1030, 192), (5, 1030, 192)]
        {
            let x = Tensor::randn(0f32, 1.0, (rows, width), &Device::Cpu).unwrap();
            let weight = Tensor::randn(0f32, 1.0, (columns, width), &Device::Cpu).unwrap();
            let expected = x.matmul(&weight.t().unwrap()).unwrap();
            let apart = (row_product(&x, &weight).unwrap() - expected).unwrap().abs().unwrap();
            let apart = apart.max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(apart < 1e-4, "{rows} x {columns} x {width}: {apart}");
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let zeros = |shape: (usize, usize)| {
            Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).unwrap()
        };
        assert!(row_product(&zeros((1, 4)), &zeros((3, 5))).is_err());
    }
}
