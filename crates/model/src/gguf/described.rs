//! The network that a GGUF file describes in its metadata, under the names of its architecture (docs/gguf.md of
//! <https://github.com/ggml-org/ggml>).

use super::header::Header;
use super::metadata::Metadata;
use super::tensor_name;
use super::vocabulary::starts_with_bos;
use crate::config::{Attention, ModelConfig};
use crate::family::Family;

/// Where the architecture stands.
pub(super) const ARCHITECTURE: &str = "general.architecture";

/// Rotary frequencies of their own, which the forward pass does not know (LLaMA 3's scaling).
const FREQUENCIES: &str = "rope_freqs.weight";

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
             llada, dream, qwen2, qwen3, llama"
        )
    })?;
    refuse(header, architecture)?;
    let needed = |name: &str| {
        let key = of(name);
        metadata.count(&key).ok_or_else(|| format!("it does not say its {key}"))
    };
    let (hidden_size, heads) = (needed("embedding_length")?, needed("attention.head_count")?);
    let embedding = header.tensors.get("token_embd.weight");
    let vocab_size = embedding.and_then(|stored| stored.shape.first().copied()).unwrap_or(0);
    let holds = |name: &str| header.tensors.contains_key(&tensor_name(name));
    let mask_id = metadata.id("tokenizer.ggml.mask_token_id");
    let eos = ["eos_token_id", "eot_token_id"];
    let mut eos_ids: Vec<u32> =
        eos.into_iter().filter_map(|name| metadata.id(&format!("tokenizer.ggml.{name}"))).collect();
    eos_ids.dedup();
    let shift_logits = metadata.flag("diffusion.shift_logits");
    let config = ModelConfig {
        family,
        hidden_size,
        intermediate_size: needed("feed_forward_length")?,
        routing: None,
        layers,
        heads,
        kv_heads: metadata.count(&of("attention.head_count_kv")).unwrap_or(heads),
        head_dim: head_dim(metadata, architecture).unwrap_or(hidden_size / heads.max(1)),
        vocab_size,
        max_positions: needed("context_length")?,
        norm_eps: metadata
            .real(&of("attention.layer_norm_rms_epsilon"))
            .map(as_f32)
            .ok_or("it does not say the epsilon of its norms")?,
        rope_theta: metadata.real(&of("rope.freq_base")).map_or(10_000.0, as_f32),
        tied_head: !holds("lm_head.weight"),
        qk_norm: holds("model.layers.0.self_attn.q_norm.weight"),
        qkv_bias: holds("model.layers.0.self_attn.q_proj.bias"),
        mask_id,
        eos_ids,
        bos_id: metadata.id("tokenizer.ggml.bos_token_id").filter(|_| starts_with_bos(metadata)),
        // What llama.cpp takes for granted where nothing is said.
        shift_logits: shift_logits.unwrap_or(family == Family::Dream),
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

/// Refuses the first thing that the forward pass does not do.
fn refuse(header: &Header, architecture: &str) -> Result<(), String> {
    let metadata = &header.metadata;
    let of = |name: &str| format!("{architecture}.{name}");
    let scaling = metadata.text(&of("rope.scaling.type")).filter(|kind| *kind != "none");
    let turned = metadata.count(&of("rope.dimension_count"));
    let width = head_dim(metadata, architecture);
    for (set, what) in [
        (scaling.is_some(), of("rope.scaling.type")),
        (header.tensors.contains_key(FREQUENCIES), FREQUENCIES.to_owned()),
        (metadata.count(&of("expert_count")).is_some_and(|n| n > 0), of("expert_count")),
        (
            metadata.count(&of("attention.sliding_window")).is_some_and(|n| n > 0),
            of("attention.sliding_window"),
        ),
        (turned.is_some() && turned != width, of("rope.dimension_count")),
    ] {
        if set {
            return Err(format!("it sets {what}, which the forward pass does not do"));
        }
    }
    Ok(())
}

/// A number of 32 bits as it was meant: 1e-5, not 9.999999747378752e-6.
fn as_f32(number: f64) -> f64 {
    (number as f32).to_string().parse().unwrap_or(number)
}
