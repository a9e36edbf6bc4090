//! Dropout (Srivastava et al. 2014): a share of the numbers is left out, the others are scaled up.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType};

use super::real::{Real, for_rows};
use super::{for_dtype, slice, with};

/// `x` with about `share` of its numbers at 0 and the others divided by `1 - share`. Which ones hangs on
/// `seed` and on their place alone.
///
/// # Errors
/// When the type of `x` is unknown.
pub fn dropout(x: &Tensor, share: f64, seed: u64) -> Result<Tensor> {
    x.contiguous()?.apply_op1(LeaveOut { share, seed })
}

struct LeaveOut {
    share: f64,
    seed: u64,
}

/// What numbers are walked over at a time.
const STRETCH: usize = 64;

impl LeaveOut {
    fn apply<T: Real>(&self, x: &[T]) -> Vec<T> {
        let mut out = x.to_vec();
        let limit = (self.share * f64::from(u32::MAX)) as u32;
        let scale = T::from_f64(1.0 / (1.0 - self.share));
        let salt = (self.seed ^ (self.seed >> 32)) as u32;
        for_rows(
            &mut out,
            STRETCH,
            #[inline(always)]
            |first, numbers| {
                let first = (first * STRETCH) as u32;
                for (index, x) in numbers.iter_mut().enumerate() {
                    let kept = mixed(first.wrapping_add(index as u32) ^ salt) >= limit;
                    *x *= if kept { scale } else { T::zero() };
                }
            },
        );
        out
    }
}

/// The finaliser of MurmurHash3 (Appleby), after one multiplication.
#[inline(always)]
fn mixed(x: u32) -> u32 {
    let x = x.wrapping_mul(0x9e37_79b9);
    let x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    let x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

impl CustomOp1 for LeaveOut {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let storage = for_dtype!(x.dtype(), T => {
            Ok(T::to_cpu_storage_owned(self.apply(slice::<T>(x, layout)?)))
        })?;
        Ok((storage, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(x.dtype(), T => {
            let out = with::<T, _>(grad, |grad| Ok(self.apply(grad)))?;
            Ok(Some(Tensor::from_vec(out, x.shape(), x.device())?))
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::dropout;

    #[test]
    fn it_leaves_out_its_share_and_keeps_the_mean() {
        let x = Tensor::ones((100, 100), DType::F32, &Device::Cpu).unwrap();
        let out = dropout(&x, 0.2, 7).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let dropped = out.iter().filter(|x| **x == 0.0).count() as f64 / 1e4;
        assert!((dropped - 0.2).abs() < 0.02, "{dropped}");
        let mean = out.iter().sum::<f32>() / 1e4;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        let again = dropout(&x, 0.2, 7).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(out, again);
        let other = dropout(&x, 0.2, 8).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_ne!(out, other);
    }
}
