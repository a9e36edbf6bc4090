//! The two kinds of number, and loops over them that the compiler can vectorise.

use candle_core::WithDType;
use pulp::Arch;
use rayon::prelude::*;

use super::product::{MatrixView, Panels, Product, plain_product};

/// `f32`, or `f64` for checking gradients.
pub trait Real: WithDType + std::ops::Neg<Output = Self> {
    /// e to the power of this.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `out` += `a` (M, K) times `b` (K, N), where `out` is M rows of N, `stride` apart.
    fn add_product(
        out: &mut [Self],
        stride: usize,
        a: MatrixView<'_, Self>,
        b: MatrixView<'_, Self>,
        panels: &mut Panels<Self>,
    );
}

impl Real for f32 {
    /// Cephes' polynomial, off by at most 2 units in the last place: unlike the system's function it
    /// is vectorised. Below -87 it stays at e^-87, which no sum of ours can tell from 0.
    #[inline(always)]
    #[allow(clippy::excessive_precision)] // as published
    fn exp(self) -> Self {
        /// 1.5 * 2^23: what is added rounds to a whole number, which then stands in the low bits.
        const ROUND: f32 = 12_582_912.0;
        let x = if self < -87.0 { -87.0 } else { self };
        let x = if x > 88.0 { 88.0 } else { x };
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let power = shifted - ROUND;
        let r = x - power * 0.693_359_375 + power * 2.121_944_40e-4;
        let mut y = 1.987_569_15e-4;
        y = y * r + 1.398_199_95e-3;
        y = y * r + 8.333_451_9e-3;
        y = y * r + 4.166_579_6e-2;
        y = y * r + 1.666_666_55e-1;
        y = y * r + 5.000_000_1e-1;
        y = y * r * r + r + 1.0;
        y * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn add_product(
        out: &mut [Self],
        stride: usize,
        a: MatrixView<'_, Self>,
        b: MatrixView<'_, Self>,
        panels: &mut Panels<Self>,
    ) {
        Product { out, stride, a, b, panels }.run();
    }
}

impl Real for f64 {
    #[inline(always)]
    fn exp(self) -> Self {
        self.exp()
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn add_product(
        out: &mut [Self],
        stride: usize,
        a: MatrixView<'_, Self>,
        b: MatrixView<'_, Self>,
        _panels: &mut Panels<Self>,
    ) {
        plain_product(out, stride, a, b);
    }
}

/// Sums that the compiler may not reorder are kept in this many parts, so that they vectorise.
const LANES: usize = 16;

/// The sum of `term(i)` over `0..length`, in an order that depends on nothing but `length`.
#[inline(always)]
pub(super) fn sum<T: Real>(length: usize, term: impl Fn(usize) -> T) -> T {
    let mut lanes = [T::zero(); LANES];
    let whole = length - length % LANES;
    let mut start = 0;
    while start < whole {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
        start += LANES;
    }
    for (lane, sum) in lanes.iter_mut().enumerate().take(length - whole) {
        *sum += term(whole + lane);
    }
    let mut total = T::zero();
    for lane in lanes {
        total += lane;
    }
    total
}

/// The largest of `x`; minus infinity of nothing.
#[inline(always)]
pub(super) fn largest<T: Real>(x: &[T]) -> T {
    let mut lanes = [T::from_f64(f64::NEG_INFINITY); LANES];
    let mut chunks = x.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (top, x) in lanes.iter_mut().zip(chunk) {
            *top = if *x > *top { *x } else { *top };
        }
    }
    let rest = chunks.remainder().iter().chain(&lanes);
    rest.fold(T::from_f64(f64::NEG_INFINITY), |top, x| if *x > top { *x } else { top })
}

/// Below this many numbers a second thread costs more than it saves.
const WORTH_SHARING: usize = 1 << 14;

/// Cuts `out` into stretches of whole rows of `width`, and hands each with the number of its first
/// row to `work`, compiled for the widest vectors of this machine and shared among the threads.
pub(super) fn for_rows<T: Real>(
    out: &mut [T],
    width: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if out.is_empty() || width == 0 {
        return;
    }
    let arch = Arch::new();
    let threads = rayon::current_num_threads();
    if threads == 1 || out.len() < WORTH_SHARING {
        vectorised(
            arch,
            #[inline(always)]
            || work(0, out),
        );
        return;
    }
    let rows = (out.len() / width).div_ceil(threads);
    let stretches = out.par_chunks_mut(rows * width).enumerate();
    stretches.for_each(|(index, stretch)| {
        vectorised(
            arch,
            #[inline(always)]
            || work(index * rows, stretch),
        )
    });
}

/// Runs `work`, and what is inlined into it, with the widest vectors of this machine. Only what is
/// inlined is compiled for them, so closures on the way here must be `#[inline(always)]`.
#[inline(always)]
pub(super) fn vectorised<R>(arch: Arch, work: impl FnOnce() -> R) -> R {
    arch.dispatch(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_that_of_the_system() {
        for step in -8600..8700 {
            let x = step as f32 / 100.0;
            let (ours, exact) = (Real::exp(x), f64::from(x).exp());
            assert!((f64::from(ours) / exact - 1.0).abs() < 3e-7, "e^{x}: {ours} {exact}");
        }
        assert_eq!(Real::exp(0.0f32), 1.0);
        assert!(Real::exp(f32::NEG_INFINITY) < 1e-37 && Real::exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_and_maxima_take_every_number() {
        for length in 0..70 {
            let x: Vec<f64> = (0..length).map(|i| ((i * 37) % 71) as f64).collect();
            assert_eq!(sum(length, |i| x[i]), x.iter().sum::<f64>());
            assert_eq!(largest(&x), x.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
    }
}
