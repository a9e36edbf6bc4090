//! The forward pass on this machine's cores, without gradients: matrices packed once for the kernels that multiply
//! with them, and threads that go through a pass in step ([`Threads::together`](remask_base::runtime::Threads)).
//!
//! [`transformer`](super::transformer) is the same network made of tensor operations: what is trained, and what is
//! too large to be packed.

mod attention;
mod cache;
mod draft_head;
mod full_panels;
mod layer;
mod matrix;
mod mlp;
#[cfg(target_arch = "x86_64")]
mod q8_avx2;
mod q8_panels;
mod q8_rows;
#[cfg(target_arch = "x86_64")]
mod q8_vnni;
mod slabs;
#[cfg(test)]
mod tests;
mod transformer;
mod workspace;

pub use cache::PackedCache;
pub use layer::PackedFeatures;
pub use transformer::{Asked, PackedTransformer, Passed};
pub use workspace::Workspace;
