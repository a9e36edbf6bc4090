//! A feed-forward part of many experts, of which a router chooses some for each position (mixture of experts: Shazeer et al.
//! 2017, arXiv 1701.06538; as OLMoE, arXiv 2409.02060, LLaDA-MoE, arXiv 2509.24389, and Qwen3-MoE, arXiv 2505.09388, have it;
//! with groups and a bias as DeepSeek-V3, arXiv 2412.19437, and LLaDA2, arXiv 2512.15745, do).

use candle_core::{D, DType, Tensor};

use super::linear::Linear;
use super::mlp::{Mlp, MlpShape};
use super::products::Products;
use super::routing::{Routing, Scoring};
use super::weights::Weights;
use remask_base::Result;

/// Experts, each an [`Mlp`] of the same shape, (.., K) to (.., K).
pub(super) struct Experts {
    /// (experts, K): a row's share of each expert before the softmax.
    router: Linear,
    experts: Vec<Mlp>,
    /// What every row goes through beside its experts.
    shared: Option<Mlp>,
    /// (experts), where the choice looks at one.
    bias: Option<Vec<f32>>,
    routing: Routing,
}

/// The bias of the choice, beside the router.
pub(super) const BIAS: &str = "gate.expert_bias";
/// What every row goes through.
pub(super) const SHARED: &str = "shared_experts.";

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
        let bias = || -> Result<Vec<f32>> {
            Ok(weights.tensor(&format!("{prefix}{BIAS}"), &[routing.experts])?.to_vec1()?)
        };
        let beside = MlpShape { inner: routing.shared, ..shape };
        let shared = || Mlp::load(weights, &format!("{prefix}{SHARED}"), beside, products);
        Ok(Self {
            router: Linear::new(router, None, products)?,
            experts: (0..routing.experts).map(expert).collect::<Result<_>>()?,
            shared: (routing.shared > 0).then(shared).transpose()?,
            bias: routing.biased.then(bias).transpose()?,
            routing,
        })
    }

    /// The products that a position goes through: those of the router, of as many experts as are chosen for it, and of what
    /// all positions share.
    pub fn products(&self) -> impl Iterator<Item = &Linear> {
        let chosen = self.experts.iter().take(self.routing.chosen).chain(&self.shared);
        std::iter::once(&self.router).chain(chosen.flat_map(Mlp::products))
    }

    /// `x` is (.., K).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let rows = x.reshape(((), x.dim(D::Minus1)?))?;
        let logits: Vec<Vec<f32>> = self.router.forward(&rows)?.to_dtype(DType::F32)?.to_vec2()?;
        let mut mixed = match &self.shared {
            Some(shared) => shared.forward(&rows)?,
            None => rows.zeros_like()?,
        };
        let assigned = assign(&logits, self.bias.as_deref(), self.routing);
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

/// For each expert the rows that it is chosen for, by their `logits` of it.
fn assign(logits: &[Vec<f32>], bias: Option<&[f32]>, routing: Routing) -> Vec<Assigned> {
    let mut assigned = vec![Assigned::default(); routing.experts];
    for (row, logits) in (0..).zip(logits) {
        let scores = scores(logits, routing.scoring);
        let chosen = chosen(&scores, bias, routing);
        let of: f32 = match routing.normalised {
            // Their own code adds as much, so that scores that are all nothing stay it.
            true => chosen.iter().map(|expert| scores[*expert]).sum::<f32>() + 1e-20,
            false => 1.0,
        };
        for expert in chosen {
            assigned[expert].rows.push(row);
            assigned[expert].shares.push(scores[expert] / of * routing.scale as f32);
        }
    }
    assigned
}

/// What the `logits` of a row say of each expert.
fn scores(logits: &[f32], scoring: Scoring) -> Vec<f32> {
    match scoring {
        Scoring::Softmax => {
            let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weights: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
            let all: f32 = weights.iter().sum();
            weights.iter().map(|weight| weight / all).collect()
        }
        Scoring::Sigmoid => logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
    }
}

/// The experts of a row: those of its highest `scores`, `bias` added to them, in the groups whose two highest sum to most; of
/// equal ones the first.
fn chosen(scores: &[f32], bias: Option<&[f32]>, routing: Routing) -> Vec<usize> {
    /// Experts of a group that speak for it.
    const SPEAKERS: usize = 2;
    let bias = |expert: usize| bias.map_or(0.0, |bias| bias[expert]);
    let biased: Vec<f32> =
        scores.iter().enumerate().map(|(expert, score)| score + bias(expert)).collect();
    let (groups, kept) = routing.groups;
    let length = biased.len() / groups.max(1);
    let worth = |group: &[f32]| -> f32 {
        let mut group = group.to_vec();
        group.sort_by(|a, b| b.total_cmp(a));
        group.iter().take(SPEAKERS).sum()
    };
    let worths: Vec<f32> = biased.chunks(length.max(1)).map(worth).collect();
    let in_groups = highest(&worths, 0..worths.len(), kept);
    let experts = in_groups.into_iter().flat_map(|group| group * length..(group + 1) * length);
    highest(&biased, experts, routing.chosen)
}

/// The `count` of `among` with the highest `numbers`, of equal ones the first.
fn highest(numbers: &[f32], among: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = among.collect();
    order.sort_by(|a, b| numbers[*b].total_cmp(&numbers[*a]).then(a.cmp(b)));
    order.truncate(count);
    order
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
            let assigned = assign(&logits, None, Routing::softmax(4, 2, normalised));
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

    #[test]
    fn a_bias_and_groups_say_who_is_chosen_and_not_by_how_much() {
        let routing = Routing {
            scoring: Scoring::Sigmoid,
            groups: (2, 1),
            biased: true,
            scale: 2.0,
            ..Routing::softmax(4, 2, true)
        };
        let sigmoid = |logit: f32| 1.0 / (1.0 + (-logit).exp());
        let logits = [vec![3.0, -3.0, 1.0, 1.0]];
        let shares = |bias: [f32; 4]| -> Vec<Option<f32>> {
            let assigned = assign(&logits, Some(&bias), routing);
            assigned.iter().map(|of| of.shares.first().copied()).collect()
        };
        // Alone the first is the highest; the two of the second group sum to more.
        let even = shares([0.0; 4]);
        assert_eq!(even, [None, None, Some(1.0), Some(1.0)]);
        let pushed = shares([0.0, 1.0, 0.0, 0.0]);
        let all = sigmoid(3.0) + sigmoid(-3.0);
        assert!((pushed[0].unwrap() - 2.0 * sigmoid(3.0) / all).abs() < 1e-6, "{pushed:?}");
        assert!((pushed[1].unwrap() - 2.0 * sigmoid(-3.0) / all).abs() < 1e-6, "{pushed:?}");
    }
}
