//! A feed-forward part of many experts, of which a router chooses some for each position (mixture of experts: Shazeer et al.
//! 2017, arXiv 1701.06538; as OLMoE, arXiv 2409.02060, LLaDA-MoE, arXiv 2509.24389, and Qwen3-MoE, arXiv 2505.09388, have it).

use candle_core::{D, DType, Tensor};

use super::config::Routing;
use super::linear::Linear;
use super::mlp::{Mlp, MlpShape};
use super::products::Products;
use super::weights::Weights;
use remask_base::Result;

/// Experts, each an [`Mlp`] of the same shape, (.., K) to (.., K).
pub(super) struct Experts {
    /// (experts, K): a row's share of each expert before the softmax.
    router: Linear,
    experts: Vec<Mlp>,
    routing: Routing,
}

/// An expert's rows, and what each of them takes of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Assigned {
    rows: Vec<u32>,
    shares: Vec<f32>,
}

impl Experts {
    /// The names of the tensors begin with `prefix`, its dot included.
    pub fn load(
        weights: &dyn Weights,
        prefix: &str,
        shape: MlpShape,
        routing: Routing,
        products: Products,
    ) -> Result<Self> {
        let router =
            weights.matrix(&format!("{prefix}gate.weight"), routing.experts, shape.input)?;
        let expert =
            |index| Mlp::load(weights, &format!("{prefix}experts.{index}."), shape, products);
        Ok(Self {
            router: Linear::new(router, None, products)?,
            experts: (0..routing.experts).map(expert).collect::<Result<_>>()?,
            routing,
        })
    }

    /// The products that a position goes through: those of the router, and of as many experts as are chosen for it.
    pub fn products(&self) -> impl Iterator<Item = &Linear> {
        let chosen = self.experts.iter().take(self.routing.chosen);
        std::iter::once(&self.router).chain(chosen.flat_map(Mlp::products))
    }

    /// `x` is (.., K).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let rows = x.reshape(((), x.dim(D::Minus1)?))?;
        let logits: Vec<Vec<f32>> = self.router.forward(&rows)?.to_dtype(DType::F32)?.to_vec2()?;
        let mut mixed = rows.zeros_like()?;
        let assigned = assign(&logits, self.routing);
        for (expert, Assigned { rows: of, shares }) in self.experts.iter().zip(assigned) {
            if of.is_empty() {
                continue;
            }
            let (count, device) = (of.len(), rows.device());
            let of = Tensor::from_vec(of, count, device)?;
            let shares = Tensor::from_vec(shares, (count, 1), device)?.to_dtype(rows.dtype())?;
            let found = expert.forward(&rows.index_select(&of, 0)?)?;
            mixed = mixed.index_add(&of, &found.broadcast_mul(&shares)?, 0)?;
        }
        Ok(mixed.reshape(x.shape())?)
    }
}

/// For each expert the rows that it is chosen for. A row's experts are those of its highest logits, the first of equal
/// ones; its shares are the softmax over all experts, of the chosen ones made to sum to one where `routing` says so.
fn assign(logits: &[Vec<f32>], routing: Routing) -> Vec<Assigned> {
    let mut assigned = vec![Assigned::default(); routing.experts];
    for (row, logits) in (0..).zip(logits) {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
        order.truncate(routing.chosen);
        let of: f32 = match routing.normalised {
            true => order.iter().map(|expert| weights[*expert]).sum(),
            false => weights.iter().sum(),
        };
        for expert in order {
            assigned[expert].rows.push(row);
            assigned[expert].shares.push(weights[expert] / of);
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_to_the_experts_of_its_highest_logits() {
        let ln = f32::ln;
        let logits =
            [vec![ln(1.0), ln(5.0), ln(2.0), ln(2.0)], vec![ln(6.0), ln(1.0), ln(2.0), ln(1.0)]];
        let shares = |normalised| {
            let routing = Routing { experts: 4, chosen: 2, normalised };
            let assigned = assign(&logits, routing);
            assigned.into_iter().map(|of| of.rows.into_iter().zip(of.shares).collect()).collect()
        };
        let close = |found: Vec<Vec<(u32, f32)>>, expected: [&[(u32, f32)]; 4]| {
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found.len(), expected.len(), "{found:?}");
                for (a, b) in found.iter().zip(expected) {
                    assert!(a.0 == b.0 && (a.1 - b.1).abs() < 1e-6, "{found:?}, not {expected:?}");
                }
            }
        };
        close(shares(false), [&[(1, 0.6)], &[(0, 0.5)], &[(0, 0.2), (1, 0.2)], &[]]);
        close(shares(true), [&[(1, 0.75)], &[(0, 5.0 / 7.0)], &[(0, 2.0 / 7.0), (1, 0.25)], &[]]);
    }
}
