//! Where networks run. A checkpoint is opened on a device; everything after asks its weights.

use candle_core::Device;

use remask_base::{Error, Result};

/// Where checkpoints are opened.
pub const DEVICE: Device = Device::Cpu;

/// Refuses a device that the [fused operations](super::ops) do not run on.
///
/// # Errors
/// On any but the CPU.
pub(super) fn check(device: &Device) -> Result<()> {
    let name = match device {
        Device::Cpu => return Ok(()),
        Device::Cuda(_) => "a CUDA device",
        Device::Metal(_) => "a Metal device",
    };
    Err(Error::invalid(format!(
        "the fused operations of the forward pass run on the CPU only, not on {name}; open the model on the CPU"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cpu_is_taken() {
        assert!(check(&DEVICE).is_ok());
        assert!(
            check(&Device::Cuda(candle_core::CudaDevice)).unwrap_err().to_string().contains("CUDA")
        );
    }
}
