//! The feed-forward part, as the threads of a pass go through it.

use super::layer::{columns, product};
use super::matrix::PackedMatrix;
use super::slabs::SharedColumns;
use super::workspace::{Scratch, Shared};
use crate::compute::Compute;
use crate::ops::gate_rows;
use crate::weights::Weights;
use remask_base::Result;
use remask_base::runtime::Member;

/// SwiGLU (arXiv 2002.05202), (.., K) to (.., N) through an inner width F.
pub(super) struct PackedMlp {
    /// (F, K)
    gate: PackedMatrix,
    /// (F, K)
    up: PackedMatrix,
    /// (N, F)
    down: PackedMatrix,
}

impl PackedMlp {
    /// The names of the tensors begin with `prefix`, its dot included.
    pub fn load(
        weights: &dyn Weights,
        prefix: &str,
        (input, inner, output): (usize, usize, usize),
        compute: Compute,
    ) -> Result<Self> {
        let get = |name: &str, rows, columns| -> Result<PackedMatrix> {
            let name = format!("{prefix}{name}.weight");
            PackedMatrix::pack(&[weights.matrix(&name, rows, columns)?], compute)
        };
        Ok(Self {
            gate: get("gate_proj", inner, input)?,
            up: get("up_proj", inner, input)?,
            down: get("down_proj", output, inner)?,
        })
    }

    pub fn products(&self) -> [&PackedMatrix; 3] {
        [&self.gate, &self.up, &self.down]
    }

    /// What it makes of `length` rows in `scratch.rows`, in the slabs `mixed` when all have met.
    pub fn run(
        &self,
        member: &Member<'_>,
        shared: &Shared,
        length: usize,
        scratch: &mut Scratch,
    ) -> SharedColumns {
        let own = member.share(self.gate.count());
        self.gate.product(&mut scratch.rows, own.clone(), &mut scratch.gate);
        self.up.product(&mut scratch.rows, own, &mut scratch.up);
        {
            let mut gated = shared.gated.write(member.index);
            gated.resize(scratch.gate.len(), 0.0);
            gate_rows(&scratch.gate, &scratch.up, &mut gated);
        }
        member.meet();
        let gated = columns(&self.gate);
        let rows = scratch.rows.filled(length * gated.used);
        shared.gated.gather(gated, 0..length, rows);
        let mixed = product(member, &self.down, scratch, &shared.mixed);
        member.meet();
        mixed
    }
}
