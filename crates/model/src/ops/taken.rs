//! The numbers of a tensor that nobody else needs.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor};

/// The numbers of `tensor`, f32, which must be nobody else's: its memory itself where it is contiguous and on
/// the CPU, and a copy elsewhere. Logits are the largest thing that a pass leaves behind.
///
/// # Errors
/// When it is not of f32.
pub fn into_vec(tensor: Tensor) -> Result<Vec<f32>> {
    if tensor.device().is_cpu() {
        let take = Take(RefCell::new(None));
        tensor.inplace_op1(&take)?;
        if let Some(numbers) = take.0.into_inner() {
            return Ok(numbers);
        }
    }
    tensor.flatten_all()?.to_vec1()
}

struct Take(RefCell<Option<Vec<f32>>>);

impl InplaceOp1 for Take {
    fn name(&self) -> &'static str {
        "into-vec"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        if let CpuStorage::F32(numbers) = storage
            && layout.contiguous_offsets() == Some((0, numbers.len()))
        {
            *self.0.borrow_mut() = Some(std::mem::take(numbers));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::into_vec;

    #[test]
    fn numbers_come_in_the_order_of_the_shape() {
        let whole = Tensor::arange(0f32, 6.0, &Device::Cpu).unwrap().reshape((2, 3)).unwrap();
        assert_eq!(into_vec(whole.t().unwrap()).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(into_vec(whole.narrow(0, 1, 1).unwrap()).unwrap(), [3.0, 4.0, 5.0]);
        assert_eq!(into_vec(whole).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let others = Tensor::zeros(3, DType::U32, &Device::Cpu).unwrap();
        assert!(into_vec(others).is_err());
    }
}
