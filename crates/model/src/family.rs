//! The families of checkpoints: what their tensors are called. Everything else speaks of Qwen's names.
//!
//! LLaDA: arXiv 2502.09992. Dream: arXiv 2508.15487, the shape of Qwen2 (arXiv 2407.10671). Qwen3: arXiv 2505.09388.
//! LLaDA-MoE: arXiv 2509.24389. LLaDA2: arXiv 2512.15745. LLaMA (arXiv 2302.13971), to race against: it writes the next token alone. A model of
//! LLaDA's shape that was not trained by its authors loads all the same.

/// A way of naming tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// LLaDA's own names.
    Llada,
    /// Qwen2's names; diffusion with shifted logits.
    Dream,
    /// Usually with QKV bias.
    Qwen2,
    /// Usually with QK-norm.
    Qwen3,
    /// Qwen3's names, and experts; without shifted logits.
    LladaMoe,
    /// Qwen3's names, and experts.
    Qwen3Moe,
    /// LLaDA2's own names, and experts.
    Llada2,
    /// Qwen2's names, without biases.
    Llama,
}

/// A Qwen3-MoE turned into a diffusion model, which has an architecture of its own in GGUF.
pub(super) const RND1: &str = "rnd1";

impl Family {
    /// What `model_type` calls it.
    pub(super) fn of(model_type: &str) -> Option<Self> {
        match model_type.to_ascii_lowercase().as_str() {
            "llada" => Some(Self::Llada),
            "dream" => Some(Self::Dream),
            "qwen2" | "a2d-qwen2" | "fast_dllm_qwen" => Some(Self::Qwen2),
            "qwen3" | "a2d-qwen3" | "sdar" => Some(Self::Qwen3),
            "lladamoe" | "llada-moe" | "llada_moe" => Some(Self::LladaMoe),
            "qwen3_moe" | "sdar_moe" | RND1 => Some(Self::Qwen3Moe),
            "llada2_moe" => Some(Self::Llada2),
            "llama" | "mistral" | "phi3" => Some(Self::Llama),
            _ => None,
        }
    }

    /// What its own `config.json` says in `model_type`, and its class in `architectures`.
    pub(super) fn model_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Llada => ("llada", "LLaDAModelLM"),
            Self::Dream => ("Dream", "DreamModel"),
            Self::Qwen2 => ("qwen2", "Qwen2ForCausalLM"),
            Self::Qwen3 => ("qwen3", "Qwen3ForCausalLM"),
            Self::LladaMoe => ("lladamoe", "LLaDAMoEModelLM"),
            Self::Qwen3Moe => ("qwen3_moe", "Qwen3MoeForCausalLM"),
            Self::Llada2 => ("llada2_moe", "LLaDA2MoeModelLM"),
            Self::Llama => ("llama", "LlamaForCausalLM"),
        }
    }

    /// What a reader calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llada => "LLaDA",
            Self::Dream => "Dream",
            Self::Qwen2 => "Qwen2",
            Self::Qwen3 => "Qwen3",
            Self::LladaMoe => "LLaDA-MoE",
            Self::Qwen3Moe => "Qwen3-MoE",
            Self::Llada2 => "LLaDA2",
            Self::Llama => "LLaMA",
        }
    }

    /// What GGUF calls it (`general.architecture`).
    pub fn gguf_architecture(self) -> &'static str {
        match self {
            Self::Llada => "llada",
            Self::Dream => "dream",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::LladaMoe => "llada-moe",
            Self::Qwen3Moe => "qwen3moe",
            Self::Llada2 => "llada2",
            Self::Llama => "llama",
        }
    }

    /// The family that GGUF calls `architecture`.
    pub(super) fn of_architecture(architecture: &str) -> Option<Self> {
        const ALL: [Family; 7] = [
            Family::Llada,
            Family::LladaMoe,
            Family::Dream,
            Family::Qwen2,
            Family::Qwen3,
            Family::Qwen3Moe,
            Family::Llama,
        ];
        if architecture == RND1 {
            return Some(Self::Qwen3Moe);
        }
        ALL.into_iter().find(|family| family.gguf_architecture() == architecture)
    }

    /// Whether the usual converter to GGUF reorders the rows of queries and keys: the two halves of a head, which turn
    /// together, stand row by row in turns (llama.cpp's `permute`).
    pub fn alternates_in_gguf(self) -> bool {
        matches!(self, Self::Llada | Self::Llama)
    }

    /// What this family calls the tensor that Qwen calls `name`.
    pub fn tensor_name(self, name: &str) -> String {
        match self {
            Self::Llada => llada_name(name),
            Self::Llada2 => llada2_name(name),
            _ => name.to_owned(),
        }
    }
}

fn llada2_name(name: &str) -> String {
    const INSIDE: [(&str, &str); 4] = [
        ("self_attn.qkv_proj", "attention.query_key_value"),
        ("self_attn.o_proj", "attention.dense"),
        ("self_attn.q_norm", "attention.query_layernorm"),
        ("self_attn.k_norm", "attention.key_layernorm"),
    ];
    if name == "model.embed_tokens.weight" {
        return "model.word_embeddings.weight".to_owned();
    }
    let pair = INSIDE.iter().find(|(theirs, _)| name.contains(theirs));
    pair.map_or_else(|| name.to_owned(), |(theirs, ours)| name.replace(theirs, ours))
}

fn llada_name(name: &str) -> String {
    let outside = match name {
        "model.embed_tokens.weight" => Some("wte"),
        "model.norm.weight" => Some("ln_f"),
        "lm_head.weight" => Some("ff_out"),
        _ => None,
    };
    if let Some(outside) = outside {
        return format!("model.transformer.{outside}.weight");
    }
    const INSIDE: [(&str, &str); 9] = [
        ("input_layernorm", "attn_norm"),
        ("self_attn.q_proj", "q_proj"),
        ("self_attn.k_proj", "k_proj"),
        ("self_attn.v_proj", "v_proj"),
        ("self_attn.o_proj", "attn_out"),
        ("post_attention_layernorm", "ff_norm"),
        ("mlp.gate_proj", "ff_proj"),
        ("mlp.up_proj", "up_proj"),
        ("mlp.down_proj", "ff_out"),
    ];
    let renamed = name.replacen("model.layers.", "model.transformer.blocks.", 1);
    let pair = INSIDE.iter().find(|(theirs, _)| name.contains(theirs));
    pair.map_or_else(|| renamed.clone(), |(theirs, ours)| renamed.replace(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llada_has_names_of_its_own() {
        for (theirs, ours) in [
            ("model.embed_tokens.weight", "model.transformer.wte.weight"),
            ("lm_head.weight", "model.transformer.ff_out.weight"),
            ("model.layers.3.mlp.down_proj.weight", "model.transformer.blocks.3.ff_out.weight"),
            (
                "model.layers.12.self_attn.o_proj.weight",
                "model.transformer.blocks.12.attn_out.weight",
            ),
            (
                "model.layers.0.input_layernorm.weight",
                "model.transformer.blocks.0.attn_norm.weight",
            ),
        ] {
            assert_eq!(Family::Llada.tensor_name(theirs), ours);
            assert_eq!(Family::Dream.tensor_name(theirs), theirs);
        }
    }
}
