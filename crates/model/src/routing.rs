//! How positions find the experts of a feed-forward part.

use super::config::WIDEST;

/// How positions find the experts of a feed-forward part, and what stands beside them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Routing {
    /// How many there are.
    pub experts: usize,
    /// How many of them each position goes through.
    pub chosen: usize,
    /// What a logit says of an expert.
    pub scoring: Scoring,
    /// Whether the shares of those that are chosen sum to one; else they are their scores.
    pub normalised: bool,
    /// By what the shares are multiplied then.
    pub scale: f64,
    /// Groups that the experts fall into, and of how many of them some are chosen (DeepSeek-V3, arXiv 2412.19437).
    pub groups: (usize, usize),
    /// Whether the choice looks at the scores and a bias, which the shares do not have.
    pub biased: bool,
    /// Inner width of what every position goes through beside its experts; 0 where there is nothing.
    pub shared: usize,
    /// How many layers, from the first on, have no experts, and their inner width.
    pub dense: (usize, usize),
}

/// What the logit of an expert says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// The softmax over all experts is its score.
    Softmax,
    /// Its own sigmoid is (LLaDA2).
    Sigmoid,
}

impl Routing {
    /// The softmax over so many `experts`, of which the highest `chosen` are taken; nothing else.
    pub fn softmax(experts: usize, chosen: usize, normalised: bool) -> Self {
        Self {
            experts,
            chosen,
            scoring: Scoring::Softmax,
            normalised,
            scale: 1.0,
            groups: (1, 1),
            biased: false,
            shared: 0,
            dense: (0, 0),
        }
    }

    /// Refuses what no network of so many `layers` has; says why.
    pub(super) fn check(&self, layers: usize) -> Result<(), String> {
        let Self { experts, chosen, groups, dense, shared, scale, .. } = *self;
        if chosen == 0 || chosen > experts {
            return Err(format!(
                "num_experts_per_tok is {chosen} of {experts} experts (num_experts); it takes 1 to all of them"
            ));
        }
        let (groups, kept) = groups;
        if groups == 0 || kept == 0 || kept > groups || !experts.is_multiple_of(groups) {
            return Err(format!(
                "{kept} of {groups} groups (topk_group, n_group) of {experts} experts (num_experts) cannot be chosen; \
                 it takes groups of as many experts each, and 1 to all of them"
            ));
        }
        if chosen > experts / groups * kept {
            return Err(format!(
                "num_experts_per_tok is {chosen}, and {kept} of {groups} groups (topk_group, n_group) have {}; it takes \
                 as many or fewer",
                experts / groups * kept
            ));
        }
        if !(scale as f32).is_finite() || scale <= 0.0 {
            return Err(format!("routed_scaling_factor is {scale}; it takes a number above 0"));
        }
        if dense.0 > layers || (dense.0 > 0 && dense.1 == 0) || dense.1.max(shared) > WIDEST {
            return Err(format!(
                "{} of {} layers without experts (first_k_dense_replace), {} wide inside (intermediate_size), and {shared} \
                 beside experts are none of a network",
                dense.0, layers, dense.1
            ));
        }
        match experts.saturating_mul(layers) {
            all if all > MOST_EXPERTS => Err(format!(
                "{experts} experts (num_experts) in each of {} layers are none of a network; it takes up to \
                 {MOST_EXPERTS} in all",
                layers
            )),
            _ => Ok(()),
        }
    }
}

/// Experts of all layers: more than anybody has trained.
const MOST_EXPERTS: usize = 1 << 16;
