//! What GGUF calls the tensors that Qwen has names for.

/// Where a tensor stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The tensor of the file.
    pub tensor: String,
    /// Which of the experts in it is meant: those of a layer stand in one tensor of three dimensions.
    pub expert: Option<usize>,
}

impl Place {
    /// Of the tensor that Qwen calls `name`; others keep their name.
    pub fn of(name: &str) -> Self {
        let whole = |tensor: String| Self { tensor, expert: None };
        match name {
            "model.embed_tokens.weight" => return whole("token_embd.weight".to_owned()),
            "model.norm.weight" => return whole("output_norm.weight".to_owned()),
            "lm_head.weight" => return whole("output.weight".to_owned()),
            _ => {}
        }
        let Some(inside) = name.strip_prefix("model.layers.") else {
            return whole(name.to_owned());
        };
        if let Some((layer, expert, part)) = expert(inside) {
            let tensor =
                format!("blk.{layer}.ffn_{}_exps.weight", part.replace("_proj.weight", ""));
            return Self { tensor, expert: Some(expert) };
        }
        const INSIDE: [(&str, &str); 12] = [
            ("input_layernorm", "attn_norm"),
            ("self_attn.q_proj", "attn_q"),
            ("self_attn.k_proj", "attn_k"),
            ("self_attn.v_proj", "attn_v"),
            ("self_attn.q_norm", "attn_q_norm"),
            ("self_attn.k_norm", "attn_k_norm"),
            ("self_attn.o_proj", "attn_output"),
            ("post_attention_layernorm", "ffn_norm"),
            ("mlp.gate_proj", "ffn_gate"),
            ("mlp.gate.", "ffn_gate_inp."),
            ("mlp.up_proj", "ffn_up"),
            ("mlp.down_proj", "ffn_down"),
        ];
        let pair = INSIDE.iter().find(|(ours, _)| inside.contains(ours));
        let renamed =
            pair.map_or_else(|| inside.to_owned(), |(ours, gguf)| inside.replace(ours, gguf));
        whole(format!("blk.{renamed}"))
    }

    /// Of the shape of a tensor, that of what is meant.
    pub fn shape_of_one<'a>(&self, stored: &'a [usize]) -> &'a [usize] {
        match self.expert {
            Some(_) => stored.get(1..).unwrap_or_default(),
            None => stored,
        }
    }

    /// Whether a tensor of the shape `stored` has what is meant, in this `shape`.
    pub fn is_of(&self, stored: &[usize], shape: &[usize]) -> bool {
        let is_there =
            self.expert.is_none_or(|expert| stored.first().is_some_and(|all| expert < *all));
        is_there && self.shape_of_one(stored) == shape
    }
}

/// Layer, expert and the rest of the name of a tensor of an expert.
fn expert(inside: &str) -> Option<(&str, usize, &str)> {
    let (layer, rest) = inside.split_once(".mlp.experts.")?;
    let (expert, part) = rest.split_once('.')?;
    Some((layer, expert.parse().ok()?, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_converter() {
        for (ours, gguf) in [
            ("model.embed_tokens.weight", "token_embd.weight"),
            ("model.layers.3.self_attn.q_proj.weight", "blk.3.attn_q.weight"),
            ("model.layers.12.self_attn.q_norm.weight", "blk.12.attn_q_norm.weight"),
            ("model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight"),
            ("model.layers.0.mlp.gate_proj.weight", "blk.0.ffn_gate.weight"),
            ("model.layers.0.mlp.gate.weight", "blk.0.ffn_gate_inp.weight"),
            ("draft_head.down_proj.weight", "draft_head.down_proj.weight"),
        ] {
            assert_eq!(Place::of(ours), Place { tensor: gguf.to_owned(), expert: None });
        }
        let tensor = "blk.7.ffn_down_exps.weight".to_owned();
        let place = Place::of("model.layers.7.mlp.experts.41.down_proj.weight");
        assert_eq!(place, Place { tensor, expert: Some(41) });
        assert!(place.is_of(&[64, 8, 16], &[8, 16]) && !place.is_of(&[41, 8, 16], &[8, 16]));
    }
}
