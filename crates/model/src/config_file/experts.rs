//! What `config.json` says of experts.

use serde::Deserialize;
use serde_json::Value;

use super::refuse;
use crate::config::Routing;
use crate::family::Family;

/// What configs say of experts: LLaDA-MoE's words, and Qwen3-MoE's.
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
    num_shared_experts: Option<usize>,
    n_shared_experts: Option<usize>,
    moe_router_enable_expert_bias: Option<bool>,
    partial_rotary_factor: Option<f64>,
    decoder_sparse_step: Option<usize>,
    mlp_only_layers: Option<Vec<usize>>,
    moe_layer_freq: Option<Value>,
}

impl ExpertFields {
    /// How a position finds its experts, and the width inside each; nothing where there are none.
    pub fn routing(&self, family: Family) -> Result<Option<(Routing, usize)>, String> {
        let sparse = matches!(family, Family::LladaMoe | Family::Qwen3Moe);
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
            (self.partial_rotary_factor.is_some_and(|share| share != 1.0), "partial_rotary_factor"),
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
        // LLaDA-MoE's own code does not sum them to one, whatever its file says.
        let normalised = family == Family::Qwen3Moe && self.norm_topk_prob == Some(true);
        Ok(Some((Routing { experts, chosen, normalised }, inner)))
    }
}
