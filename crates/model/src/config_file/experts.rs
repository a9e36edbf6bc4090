//! What `config.json` says of experts.

use serde::Deserialize;
use serde_json::Value;

use super::refuse;
use crate::family::Family;
use crate::routing::{Routing, Scoring};

/// What configs say of experts: the words of LLaDA-MoE, Qwen3-MoE and LLaDA2.
#[derive(Deserialize)]
pub(super) struct ExpertFields {
    num_experts: Option<usize>,
    num_experts_per_tok: Option<usize>,
    norm_topk_prob: Option<bool>,
    expert_intermediate_size: Option<usize>,
    moe_intermediate_size: Option<usize>,
    shared_expert_intermediate_size: Option<i64>,
    routed_scaling_factor: Option<f64>,
    score_function: Option<String>,
    scoring_func: Option<String>,
    router_num_group: Option<usize>,
    n_group: Option<usize>,
    topk_group: Option<usize>,
    first_k_dense_replace: Option<usize>,
    intermediate_size: Option<usize>,
    num_shared_experts: Option<usize>,
    n_shared_experts: Option<usize>,
    moe_router_enable_expert_bias: Option<bool>,
    decoder_sparse_step: Option<usize>,
    mlp_only_layers: Option<Vec<usize>>,
    moe_layer_freq: Option<Value>,
}

impl ExpertFields {
    /// Inner width of a feed-forward part that is no expert's.
    pub fn dense_width(&self) -> Option<usize> {
        self.intermediate_size
    }

    /// How a position finds its experts, and the width inside each; nothing where there are none.
    pub fn routing(&self, family: Family) -> Result<Option<(Routing, usize)>, String> {
        let sparse = matches!(family, Family::LladaMoe | Family::Qwen3Moe | Family::Llada2);
        let Some(experts) = self.num_experts.filter(|_| sparse) else {
            return match sparse {
                true => Err("config.json has no num_experts".into()),
                false => Ok(None),
            };
        };
        let every_layer = match &self.moe_layer_freq {
            Some(Value::Array(all)) => all.iter().all(|one| one.as_u64() == Some(1)),
            Some(Value::Number(one)) => one.as_u64() == Some(1),
            _ => true,
        };
        refuse(&[
            (self.decoder_sparse_step.is_some_and(|step| step != 1), "decoder_sparse_step"),
            (self.mlp_only_layers.as_ref().is_some_and(|all| !all.is_empty()), "mlp_only_layers"),
            (!every_layer, "moe_layer_freq"),
        ])?;
        let chosen = self.num_experts_per_tok.ok_or("config.json has no num_experts_per_tok")?;
        let inner = self.expert_intermediate_size.or(self.moe_intermediate_size);
        let inner = inner.ok_or(
            "config.json does not say how wide an expert is: it has neither expert_intermediate_size nor \
             moe_intermediate_size",
        )?;
        let routing = match family {
            Family::Llada2 => self.of_llada2(experts, chosen, inner)?,
            _ => {
                self.refuse_what_only_llada2_has()?;
                // LLaDA-MoE's own code does not sum them to one, whatever its file says.
                let normalised = family == Family::Qwen3Moe && self.norm_topk_prob == Some(true);
                Routing::softmax(experts, chosen, normalised)
            }
        };
        Ok(Some((routing, inner)))
    }

    /// LLaDA2's routing: sigmoids, groups of which some are chosen by the sum of their two highest scores, a bias that only
    /// the choice looks at, experts that all positions share, and first layers without any.
    fn of_llada2(&self, experts: usize, chosen: usize, inner: usize) -> Result<Routing, String> {
        let scored = self.score_function.as_deref().or(self.scoring_func.as_deref());
        refuse(&[(scored.is_some_and(|by| by != "sigmoid"), "score_function other than sigmoid")])?;
        let (dense, shared) = (self.first_k_dense_replace.unwrap_or(0), self.num_shared_experts);
        Ok(Routing {
            scoring: Scoring::Sigmoid,
            // Its own code does not sum a single one to one.
            normalised: chosen > 1,
            scale: self.routed_scaling_factor.unwrap_or(1.0),
            groups: (self.n_group.unwrap_or(1), self.topk_group.unwrap_or(1)),
            biased: true,
            shared: shared.unwrap_or(0).saturating_mul(inner),
            dense: (dense, self.intermediate_size.unwrap_or(0)),
            ..Routing::softmax(experts, chosen, true)
        })
    }

    fn refuse_what_only_llada2_has(&self) -> Result<(), String> {
        let shared = self.shared_expert_intermediate_size.is_some_and(|width| width > 0)
            || self.num_shared_experts.or(self.n_shared_experts).is_some_and(|count| count > 0);
        let scored = self.score_function.as_deref().or(self.scoring_func.as_deref());
        let groups = self.router_num_group.or(self.n_group);
        refuse(&[
            (self.moe_router_enable_expert_bias == Some(true), "moe_router_enable_expert_bias"),
            (shared, "a shared expert"),
            (self.routed_scaling_factor.is_some_and(|by| by != 1.0), "routed_scaling_factor"),
            (scored.is_some_and(|by| by != "softmax"), "score_function other than softmax"),
            (groups.is_some_and(|groups| groups > 1), "router_num_group"),
            (self.first_k_dense_replace.is_some_and(|count| count > 0), "first_k_dense_replace"),
        ])
    }
}
