//! What `config.json` says of rotary positions: fields of their own, or all in `rope_parameters`, as newer files have them.

use serde::Deserialize;
use serde_json::Value;

use crate::rope_scaling::{Llama3Scaling, RopeScaling, YarnScaling};

/// Base of the frequencies where a file does not say it.
const USUAL_THETA: f64 = 10_000.0;
/// YaRN's own betas (arXiv 2309.00071).
const BETAS: (f64, f64) = (32.0, 1.0);

#[derive(Default, Deserialize)]
pub(super) struct RopeFields {
    rope_theta: Option<f64>,
    rope_scaling: Option<Scaling>,
    rope_parameters: Option<Scaling>,
    partial_rotary_factor: Option<f64>,
    rotary_dim: Option<usize>,
}

/// Everything that a way of stretching has, and what else stands beside it in `rope_parameters`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Scaling {
    rope_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    rope_theta: Option<f64>,
    partial_rotary_factor: Option<f64>,
    factor: Option<f64>,
    original_max_position_embeddings: Option<usize>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    beta_fast: Option<f64>,
    beta_slow: Option<f64>,
    attention_factor: Option<f64>,
    mscale: Option<f64>,
    mscale_all_dim: Option<f64>,
    truncate: Option<bool>,
    llama_4_scaling_beta: Option<Value>,
    /// Where layers of one kind turn otherwise than those of another.
    full_attention: Option<Value>,
}

/// Base, how many numbers of a head turn, and how frequencies were stretched.
pub(super) struct Rope {
    pub theta: f64,
    pub turned: usize,
    pub scaling: RopeScaling,
}

impl RopeFields {
    /// What is said for heads of `head_dim`, of a network of `positions`.
    pub fn read(self, head_dim: usize, positions: usize) -> Result<Rope, String> {
        let parameters = self.rope_parameters.unwrap_or_default();
        let share = self.partial_rotary_factor.or(parameters.partial_rotary_factor);
        let turned = match (self.rotary_dim, share) {
            (Some(turned), _) => turned,
            // Rounded down, as the official code does.
            (None, Some(share)) => (head_dim as f64 * share) as usize,
            (None, None) => head_dim,
        };
        Ok(Rope {
            theta: self.rope_theta.or(parameters.rope_theta).unwrap_or(USUAL_THETA),
            turned,
            scaling: self.rope_scaling.unwrap_or(parameters).read(positions)?,
        })
    }
}

impl Scaling {
    fn read(&self, positions: usize) -> Result<RopeScaling, String> {
        if self.full_attention.is_some() {
            return Err("config.json has rope_parameters for each kind of layer, which the forward pass does not do"
                .into());
        }
        let kind = self.rope_type.as_deref().or(self.kind.as_deref()).unwrap_or("default");
        let needed = |name: &str, number: Option<f64>| {
            number.ok_or_else(|| {
                format!("config.json has rope_scaling {kind:?}, and no {name} in it")
            })
        };
        let original_positions = self.original_max_position_embeddings.unwrap_or(positions);
        Ok(match kind {
            "default" => RopeScaling::None,
            "linear" => RopeScaling::Linear(needed("factor", self.factor)?),
            "llama3" => RopeScaling::Llama3(Llama3Scaling {
                factor: needed("factor", self.factor)?,
                low_freq_factor: needed("low_freq_factor", self.low_freq_factor)?,
                high_freq_factor: needed("high_freq_factor", self.high_freq_factor)?,
                original_positions,
            }),
            "yarn" => {
                if self.truncate == Some(false) {
                    return Err("config.json sets rope_scaling.truncate to false, which the forward pass does not \
                                do"
                        .into());
                }
                if self.llama_4_scaling_beta.is_some() {
                    return Err("config.json sets rope_scaling.llama_4_scaling_beta, which the forward pass does \
                                not do"
                        .into());
                }
                let factor = needed("factor", self.factor)?;
                RopeScaling::Yarn(YarnScaling {
                    factor,
                    original_positions,
                    beta_fast: self.beta_fast.unwrap_or(BETAS.0),
                    beta_slow: self.beta_slow.unwrap_or(BETAS.1),
                    attention_factor: self.attention_factor.or_else(|| self.sharpening(factor)),
                })
            }
            other => {
                return Err(format!(
                    "config.json sets rope_scaling to {other:?}; it takes \"default\", \"linear\", \"llama3\" or \
                     \"yarn\""
                ));
            }
        })
    }

    /// What `mscale` and `mscale_all_dim` make of cosines and sines, where both are said.
    fn sharpening(&self, factor: f64) -> Option<f64> {
        let (over, under) = (self.mscale?, self.mscale_all_dim?);
        let of = |scale: f64| if factor > 1.0 { 0.1 * scale * factor.ln() + 1.0 } else { 1.0 };
        (over != 0.0 && under != 0.0).then(|| of(over) / of(under))
    }
}
