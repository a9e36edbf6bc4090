//! The network that a GGUF file describes in its metadata, under the names of its architecture (docs/gguf.md of
//! <https://github.com/ggml-org/ggml>).

use super::header::Header;
use super::metadata::Metadata;
use super::names::Place;
use super::vocabulary::starts_with_bos;
use crate::config::{Attention, ModelConfig};
use crate::family::{Family, RND1};
use crate::rope_scaling::{RopeScaling, YarnScaling};
use crate::routing::Routing;

/// Where the architecture stands.
pub(super) const ARCHITECTURE: &str = "general.architecture";

/// By what each rotary frequency is divided, where that is said (LLaMA 3's scaling).
pub(super) const FREQUENCIES: &str = "rope_freqs.weight";

/// What the network is; nothing where the file does not say it.
///
/// # Errors
/// When it is of a kind that is not known, or asks for what the forward pass does not do.
pub(super) fn config(header: &Header) -> Result<Option<ModelConfig>, String> {
    let metadata = &header.metadata;
    let Some(architecture) = metadata.text(ARCHITECTURE) else { return Ok(None) };
    let of = |name: &str| format!("{architecture}.{name}");
    let Some(layers) = metadata.count(&of("block_count")) else { return Ok(None) };
    let family = Family::of_architecture(architecture).ok_or_else(|| {
        format!(
            "it holds a model of architecture {architecture:?}, which is not supported yet; supported: \
             llada, llada-moe, dream, qwen2, qwen3, qwen3moe, rnd1, llama"
        )
    })?;
    let routed = routing(metadata, architecture, family)?;
    let needed = |name: &str| {
        let key = of(name);
        metadata.count(&key).ok_or_else(|| format!("it does not say its {key}"))
    };
    let (hidden_size, heads) = (needed("embedding_length")?, needed("attention.head_count")?);
    let head_dim = head_dim(metadata, architecture).unwrap_or(hidden_size / heads.max(1));
    let turned = metadata.count(&of("rope.dimension_count")).unwrap_or(head_dim);
    if family.alternates_in_gguf() && turned != head_dim {
        let key = of("rope.dimension_count");
        return Err(format!(
            "it sets {key} to {turned} of heads of {head_dim}, which the forward pass does not do for it"
        ));
    }
    let embedding = header.tensors.get("token_embd.weight");
    let vocab_size = embedding.and_then(|stored| stored.shape.first().copied()).unwrap_or(0);
    let holds = |name: &str| header.tensors.contains_key(&Place::of(name).tensor);
    let mask_id = metadata.id("tokenizer.ggml.mask_token_id");
    let eos = ["eos_token_id", "eot_token_id"];
    let mut eos_ids: Vec<u32> =
        eos.into_iter().filter_map(|name| metadata.id(&format!("tokenizer.ggml.{name}"))).collect();
    eos_ids.dedup();
    let window = metadata.count(&of("attention.sliding_window")).filter(|window| *window > 0);
    let shift_logits = metadata.flag("diffusion.shift_logits");
    let config = ModelConfig {
        family,
        hidden_size,
        intermediate_size: match routed {
            Some((_, inner)) => inner,
            None => needed("feed_forward_length")?,
        },
        routing: routed.map(|(routing, _)| routing),
        layers,
        heads,
        kv_heads: metadata.count(&of("attention.head_count_kv")).unwrap_or(heads),
        head_dim,
        vocab_size,
        // What a window would leave out begins behind it: up to there nothing changes.
        max_positions: needed("context_length")?.min(window.unwrap_or(usize::MAX)),
        norm_eps: metadata
            .real(&of("attention.layer_norm_rms_epsilon"))
            .map(as_f32)
            .ok_or("it does not say the epsilon of its norms")?,
        rope_theta: metadata.real(&of("rope.freq_base")).map_or(10_000.0, as_f32),
        rotary_dim: turned,
        rope_scaling: rope_scaling(metadata, architecture)?,
        tied_head: !holds("lm_head.weight"),
        qk_norm: holds("model.layers.0.self_attn.q_norm.weight"),
        qkv_bias: holds("model.layers.0.self_attn.q_proj.bias"),
        mask_id,
        eos_ids,
        bos_id: metadata.id("tokenizer.ggml.bos_token_id").filter(|_| starts_with_bos(metadata)),
        // What llama.cpp takes for granted where nothing is said.
        shift_logits: shift_logits.unwrap_or(family == Family::Dream || architecture == RND1),
        trained_on_uniform_noise: false,
        trained_on_next_token: mask_id.is_none(),
        attention: Attention::Bidirectional,
        draft_head: None,
        tokens_seen: None,
        task: None,
    };
    config.check()?;
    Ok(Some(config))
}

/// The width of a head.
fn head_dim(metadata: &Metadata, architecture: &str) -> Option<usize> {
    let of = |name: &str| metadata.count(&format!("{architecture}.{name}"));
    of("attention.key_length").or_else(|| of("rope.dimension_count"))
}

/// The width of the heads of `family` whose halves stand in turns; nothing where they stand apart.
///
/// # Errors
/// When the file does not say it.
pub(super) fn alternating(metadata: &Metadata, family: Family) -> Result<Option<usize>, String> {
    if !family.alternates_in_gguf() {
        return Ok(None);
    }
    let architecture = family.gguf_architecture();
    let of = |name: &str| metadata.count(&format!("{architecture}.{name}"));
    let told = head_dim(metadata, architecture)
        .or_else(|| Some(of("embedding_length")? / of("attention.head_count")?.max(1)));
    match told {
        Some(width) if width > 0 && width.is_multiple_of(2) => Ok(Some(width)),
        Some(width) => {
            Err(format!("its heads are {width} wide; rotary positions need an even width"))
        }
        None => Err(format!(
            "it does not say how wide its heads are ({architecture}.rope.dimension_count)"
        )),
    }
}

/// How rotary frequencies are stretched; those of [`FREQUENCIES`] are read where tensors are.
fn rope_scaling(metadata: &Metadata, architecture: &str) -> Result<RopeScaling, String> {
    let real = |name: &str| metadata.real(&format!("{architecture}.rope.scaling.{name}"));
    let count = |name: &str| metadata.count(&format!("{architecture}.{name}"));
    let key = format!("{architecture}.rope.scaling.type");
    let factor = || real("factor").ok_or_else(|| format!("it sets {key}, and no factor"));
    let original =
        count("rope.scaling.original_context_length").or_else(|| count("context_length"));
    // Files of old say by how much alone.
    let bare =
        real("factor").or_else(|| metadata.real(&format!("{architecture}.rope.scale_linear")));
    let sharper = |factor: f64| real("attn_factor").map(|by| by * (0.1 * factor.ln() + 1.0));
    match metadata.text(&key) {
        None => Ok(bare.map_or(RopeScaling::None, RopeScaling::Linear)),
        Some("none") => Ok(RopeScaling::None),
        Some("linear") => Ok(RopeScaling::Linear(factor()?)),
        // What llama.cpp takes for granted, the betas and the sharpening, is what the paper says.
        Some("yarn") => Ok(RopeScaling::Yarn(YarnScaling {
            factor: factor()?,
            original_positions: original.unwrap_or_default(),
            beta_fast: real("yarn_beta_fast").unwrap_or(32.0),
            beta_slow: real("yarn_beta_slow").unwrap_or(1.0),
            attention_factor: sharper(factor()?),
        })),
        Some(other) => Err(format!("it sets {key} to {other:?}; it takes none, linear or yarn")),
    }
}

/// How the experts of `family` are chosen, and the width inside each; nothing where there are none.
fn routing(
    metadata: &Metadata,
    architecture: &str,
    family: Family,
) -> Result<Option<(Routing, usize)>, String> {
    let of = |name: &str| format!("{architecture}.{name}");
    let count = |name: &str| metadata.count(&of(name));
    let experts = count("expert_count").filter(|experts| *experts > 0);
    let Some(experts) = experts else { return Ok(None) };
    let normalised = match family {
        Family::Qwen3Moe => true,
        Family::LladaMoe => false,
        _ => {
            return Err(format!(
                "it sets {}, which its architecture does not have",
                of("expert_count")
            ));
        }
    };
    if count("expert_shared_count").is_some_and(|shared| shared > 0) {
        let key = of("expert_shared_count");
        return Err(format!("it sets {key}, which the forward pass does not do for it"));
    }
    let chosen = count("expert_used_count")
        .ok_or_else(|| format!("it does not say its {}", of("expert_used_count")))?;
    let inner = count("expert_feed_forward_length")
        .or_else(|| Some(count("feed_forward_length")? / chosen.max(1)))
        .ok_or_else(|| format!("it does not say its {}", of("expert_feed_forward_length")))?;
    Ok(Some((Routing::softmax(experts, chosen, normalised), inner)))
}

/// A number of 32 bits as it was meant: 1e-5, not 9.999999747378752e-6.
fn as_f32(number: f64) -> f64 {
    (number as f32).to_string().parse().unwrap_or(number)
}
