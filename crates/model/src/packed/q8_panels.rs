//! Products of few or many rows with a matrix in Q8_0 that was packed once.
//!
//! Weights and rows are whole numbers in blocks of 32 with a scale each (ggml's Q8_0). The sum of a block is exact
//! in 32 bits, and the blocks are added up one by one: kernels, threads and numbers of rows agree to the last bit.
//! A kernel is chosen when the program runs: AVX-512 with VNNI, which multiplies 64 pairs at once, AVX2, or a
//! plain loop, which says what the others must.

use std::ops::Range;

use candle_core::quantized::{GgmlDType, QTensor};

use super::q8_rows::Q8Rows;
use remask_base::{Error, Result};

/// Numbers that share a scale.
pub const BLOCK: usize = 32;
/// Columns of a panel: what a vector of 512 bits has sums for.
pub const PANEL: usize = 16;
/// Weights of a column that stand side by side: what VNNI adds up in one place.
pub const GROUP: usize = 4;

/// A matrix (N, K) in panels.
pub struct Q8Panels {
    /// Panel by panel, block by block, (`BLOCK` / `GROUP`, `PANEL`, `GROUP`): each weight 128 too large, since VNNI
    /// takes one of its two operands without a sign.
    pub(super) weights: Vec<u8>,
    /// Panel by panel, (K / `BLOCK`, `PANEL`).
    pub(super) scales: Vec<f32>,
    columns: usize,
    pub(super) depth: usize,
    kernel: Kernel,
}

/// How products are made on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kernel {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Kernel {
    fn of_this_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if super::q8_vnni::is_here() {
                return Self::Vnni;
            }
            if super::q8_avx2::is_here() {
                return Self::Avx2;
            }
        }
        Self::Plain
    }
}

impl Q8Panels {
    /// Whether a matrix of rows of `depth` (K) can be packed so.
    pub fn takes(depth: usize) -> bool {
        depth > 0 && depth.is_multiple_of(BLOCK)
    }

    /// Whether this machine has instructions for its products.
    pub fn is_fast() -> bool {
        Kernel::of_this_machine() != Kernel::Plain
    }

    /// A matrix of `columns` (N) rows of `depth` (K), all of them zeros.
    pub fn zeros(columns: usize, depth: usize) -> Self {
        let numbers = columns.next_multiple_of(PANEL) * depth;
        let kernel = Kernel::of_this_machine();
        Self {
            weights: vec![128; numbers],
            scales: vec![0.0; numbers / BLOCK],
            columns,
            depth,
            kernel,
        }
    }

    /// Puts the rows of `matrix` in, from row `first` on, each block rounded to whole numbers.
    pub fn put_full(&mut self, first: usize, matrix: &[f32]) {
        let first = first * self.depth / BLOCK;
        for (index, block) in matrix.chunks_exact(BLOCK).enumerate() {
            let top = block.iter().fold(0.0f32, |top, weight| top.max(weight.abs()));
            let inverse = if top > 0.0 { 127.0 / top } else { 0.0 };
            let numbers = block.iter().map(|weight| (weight * inverse).round() as i8);
            self.put(first + index, top / 127.0, numbers);
        }
    }

    /// Puts the rows of `matrix` in, from row `first` on, with the numbers that its file has. Says whether it could:
    /// not where they are of another kind, or a weight is -128, which the kernels have no room for.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn put_stored(&mut self, first: usize, matrix: &QTensor) -> Result<bool> {
        /// A block as ggml has it: an f16, and the numbers.
        const STORED: usize = 2 + BLOCK;
        if matrix.dtype() != GgmlDType::Q8_0 {
            return Ok(false);
        }
        let data = matrix.data()?;
        if data.len() != matrix.shape().elem_count() / BLOCK * STORED {
            return Err(Error::Internal("a Q8_0 matrix is not of the size that it says".into()));
        }
        let first = first * self.depth / BLOCK;
        for (index, block) in data.chunks_exact(STORED).enumerate() {
            let scale = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
            let numbers = block[2..].iter().map(|byte| *byte as i8);
            if numbers.clone().any(|number| number == i8::MIN) {
                return Ok(false);
            }
            self.put(first + index, scale, numbers);
        }
        Ok(true)
    }

    /// Puts the `index`-th block of the matrix, counted row by row, where it belongs.
    fn put(&mut self, index: usize, scale: f32, numbers: impl Iterator<Item = i8>) {
        let blocks = self.depth / BLOCK;
        let (column, block) = (index / blocks, index % blocks);
        let at = self.block(column, block);
        self.scales[at / BLOCK + column % PANEL] = scale;
        for (place, number) in numbers.enumerate() {
            let to = at + place / GROUP * PANEL * GROUP + column % PANEL * GROUP + place % GROUP;
            self.weights[to] = number as u8 ^ 128;
        }
    }

    /// Where the weights of a block of the panel of `column` begin.
    fn block(&self, column: usize, block: usize) -> usize {
        (column / PANEL * (self.depth / BLOCK) + block) * BLOCK * PANEL
    }

    /// N.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// K.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Bytes that a product reads.
    pub fn bytes(&self) -> usize {
        self.weights.len() + self.scales.len() * size_of::<f32>()
    }

    /// Row `index` of the matrix.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        for (block, out) in out.chunks_exact_mut(BLOCK).enumerate() {
            let at = self.block(index, block);
            let scale = self.scales[at / BLOCK + index % PANEL];
            let groups = self.weights[at..].chunks_exact(PANEL * GROUP);
            for (out, group) in out.chunks_exact_mut(GROUP).zip(groups) {
                let weights = &group[index % PANEL * GROUP..][..GROUP];
                for (out, weight) in out.iter_mut().zip(weights) {
                    *out = f32::from((weight ^ 128) as i8) * scale;
                }
            }
        }
    }

    /// `x` is `rows` rows of K; `out` as many rows of the columns of `panels`.
    pub fn product(&self, x: &Q8Rows, rows: usize, panels: Range<usize>, out: &mut [f32]) {
        self.product_by(self.kernel, x, rows, panels, out);
    }

    fn product_by(
        &self,
        kernel: Kernel,
        x: &Q8Rows,
        rows: usize,
        panels: Range<usize>,
        out: &mut [f32],
    ) {
        let blocks = rows * self.depth / BLOCK;
        assert!(x.numbers.len() >= rows * self.depth && x.scales.len() >= blocks);
        assert!(x.offsets.len() >= blocks && out.len() >= rows * panels.len() * PANEL);
        assert!(panels.end * PANEL * self.depth <= self.weights.len());
        match kernel {
            Kernel::Plain => self.plain_product(x, rows, panels, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => super::q8_avx2::product(self, x, rows, panels, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni => super::q8_vnni::product(self, x, rows, panels, out),
        }
    }

    /// The product as it is defined.
    fn plain_product(&self, x: &Q8Rows, rows: usize, panels: Range<usize>, out: &mut [f32]) {
        let blocks = self.depth / BLOCK;
        let width = panels.len() * PANEL;
        for (row, out) in out.chunks_exact_mut(width.max(1)).take(rows).enumerate() {
            for (column, out) in (panels.start * PANEL..).zip(out) {
                *out = 0.0;
                for block in 0..blocks {
                    let at = self.block(column, block);
                    let numbers = &x.numbers[row * self.depth + block * BLOCK..][..BLOCK];
                    let groups = self.weights[at..].chunks_exact(PANEL * GROUP);
                    let mut sum = x.offsets[row * blocks + block];
                    for (numbers, group) in numbers.chunks_exact(GROUP).zip(groups) {
                        let weights = &group[column % PANEL * GROUP..][..GROUP];
                        let pairs = numbers.iter().zip(weights);
                        sum += pairs.map(|(x, w)| i32::from(*x) * i32::from(*w)).sum::<i32>();
                    }
                    let scale = self.scales[at / BLOCK + column % PANEL];
                    let scale = scale * x.scales[row * blocks + block];
                    *out = (sum as f32).mul_add(scale, *out);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + i / 7) % 101) as f32 / 50.0 - 1.0).collect()
    }

    fn packed(columns: usize, depth: usize) -> Q8Panels {
        let mut packed = Q8Panels::zeros(columns, depth);
        packed.put_full(0, &numbers(columns * depth));
        packed
    }

    fn product(packed: &Q8Panels, kernel: Kernel, rows: usize, panels: Range<usize>) -> Vec<f32> {
        let mut x = Q8Rows::default();
        x.fill(&numbers(rows * packed.depth()));
        let mut out = vec![f32::NAN; rows * panels.len() * PANEL];
        packed.product_by(kernel, &x, rows, panels, &mut out);
        out
    }

    #[test]
    fn every_kernel_says_the_same_to_the_last_bit() {
        for (columns, depth) in [(16, 32), (40, 64), (130, 192)] {
            let packed = packed(columns, depth);
            let panels = columns.div_ceil(PANEL);
            for rows in [1, 2, 3, 4, 5, 7, 8, 11, 17] {
                for panels in [0..panels, panels / 2..panels, 1.min(panels)..1.min(panels)] {
                    let plain = product(&packed, Kernel::Plain, rows, panels.clone());
                    let ours = product(&packed, packed.kernel, rows, panels.clone());
                    assert_eq!(plain, ours, "{columns} x {depth}, {rows} rows");
                    #[cfg(target_arch = "x86_64")]
                    if super::super::q8_avx2::is_here() {
                        let avx2 = product(&packed, Kernel::Avx2, rows, panels.clone());
                        assert_eq!(plain, avx2, "{columns} x {depth}, {rows} rows");
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_in_q8_0_keeps_its_numbers() {
        let full = Tensor::from_vec(numbers(48 * 64), (48, 64), &Device::Cpu).unwrap();
        let stored = QTensor::quantize(&full, GgmlDType::Q8_0).unwrap();
        let mut packed = Q8Panels::zeros(48, 64);
        assert!(packed.put_stored(0, &stored).unwrap());
        let expected = stored.dequantize(&Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
        let mut row = vec![0.0; 64];
        for (index, expected) in expected.iter().enumerate() {
            packed.row(index, &mut row);
            assert_eq!(&row, expected);
        }
        let other = QTensor::quantize(&full, GgmlDType::Q5_0).unwrap();
        assert!(!packed.put_stored(0, &other).unwrap());
    }

    #[test]
    fn what_is_rounded_is_near_the_product() {
        let (columns, depth, rows) = (33, 96, 3);
        let (matrix, x) = (numbers(columns * depth), numbers(rows * depth));
        let packed = packed(columns, depth);
        let panels = columns.div_ceil(PANEL);
        let ours = product(&packed, packed.kernel, rows, 0..panels);
        for row in 0..rows {
            for column in 0..columns {
                let pairs = x[row * depth..][..depth].iter().zip(&matrix[column * depth..]);
                let exact: f32 = pairs.map(|(x, w)| x * w).sum();
                let apart = (ours[row * panels * PANEL + column] - exact).abs();
                assert!(apart < 0.2, "{apart} of {exact}");
            }
        }
    }
}
