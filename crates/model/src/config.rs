//! What describes a network: the one shape that the forward pass knows, whatever file it was read from.

use super::config_file::{self, Stated};
use super::family::Family;
use super::rope_scaling::RopeScaling;
use super::routing::Routing;
use remask_base::{Error, Result};

/// What text that no pass changes sees: the prompt, and blocks that are finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Everything, as the canvas does (LLaDA, Dream).
    #[default]
    Bidirectional,
    /// What stands before it. Its keys and values never change, so that one exact cache holds for every
    /// way of writing (I-DLM, arXiv 2604.11035).
    CausalPrefix,
    /// The blocks before its own, and its own, as the canvas does: blocks of so many positions, counted from the first of
    /// the text (block diffusion: BD3-LM, arXiv 2503.09573; SDAR, arXiv 2510.06303; Fast-dLLM v2, arXiv 2509.26328).
    BlockCausal(usize),
}

/// Everything the forward pass and the sampler need to know about a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// How its tensors are called.
    pub family: Family,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width inside the SwiGLU, of each expert where there are several.
    pub intermediate_size: usize,
    /// How the experts of its layers are chosen, where those have some.
    pub routing: Option<Routing>,
    /// Transformer blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of one head; not always `hidden_size / heads`.
    pub head_dim: usize,
    /// Rows of the embedding, padding included.
    pub vocab_size: usize,
    /// Longest sequence the checkpoint admits, in tokens.
    pub max_positions: usize,
    /// Epsilon of every RMSNorm.
    pub norm_eps: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Numbers of a head that turn with the position, from its first on; at most `head_dim`.
    pub rotary_dim: usize,
    /// How the frequencies were stretched.
    pub rope_scaling: RopeScaling,
    /// Whether the head is the transposed embedding.
    pub tied_head: bool,
    /// Whether queries and keys pass through a norm of their own.
    pub qk_norm: bool,
    /// Whether the projections to queries, keys and values add a bias.
    pub qkv_bias: bool,
    /// The token that stands for "not written yet"; a model without one only writes left to right.
    pub mask_id: Option<u32>,
    /// Tokens that end a text. Instruct checkpoints pad with the first.
    pub eos_ids: Vec<u32>,
    /// Put in front of every prompt text, where the checkpoint was trained so.
    pub bos_id: Option<u32>,
    /// Row i of the logits scores token i + 1 (Dream, and remask's own models).
    pub shift_logits: bool,
    /// Whether random tokens as noise were part of the training.
    pub trained_on_uniform_noise: bool,
    /// Whether the next token, under causal attention, was part of the training.
    pub trained_on_next_token: bool,
    /// What prompt and finished text see.
    pub attention: Attention,
    /// Inner width of the draft head, where the checkpoint has one.
    pub draft_head: Option<usize>,
    /// How many tokens it was trained on, where that is known.
    pub tokens_seen: Option<u64>,
    /// The task that it was trained for (`remask::tasks`); nothing where that was text.
    pub task: Option<String>,
}

impl ModelConfig {
    /// Reads `config.json`, and takes for granted what it leaves to the family. `name` is what errors call the
    /// checkpoint.
    ///
    /// # Errors
    /// When the JSON is not a configuration, or describes something the forward pass does not do.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self> {
        Ok(Self::stated(name, json)?.0)
    }

    /// As [`ModelConfig::from_json`], and which of it was said in so many words.
    pub(super) fn stated(name: &str, json: &[u8]) -> Result<(Self, Stated)> {
        let read = config_file::read(json).and_then(|(config, stated)| {
            config.check()?;
            Ok((config, stated))
        });
        read.map_err(|reason| Error::Model { name: name.to_owned(), reason })
    }

    /// A configuration for training: this width, these layers and heads, a vocabulary whose first
    /// two ids are the end and the mask token.
    ///
    /// # Errors
    /// When heads do not divide the width evenly into even parts.
    pub fn for_training(hidden: usize, layers: usize, heads: usize, vocab: usize) -> Result<Self> {
        if heads == 0 || !hidden.is_multiple_of(2 * heads) {
            return Err(Error::invalid(format!(
                "a width of {hidden} does not make {heads} heads of even width; choose a multiple of {}",
                2 * heads.max(1)
            )));
        }
        let config = Self {
            family: Family::Qwen3,
            hidden_size: hidden,
            intermediate_size: 3 * hidden,
            routing: None,
            layers,
            heads,
            kv_heads: heads,
            head_dim: hidden / heads.max(1),
            vocab_size: vocab,
            max_positions: 1024,
            norm_eps: 1e-6,
            rope_theta: 10_000.0,
            rotary_dim: hidden / heads.max(1),
            rope_scaling: RopeScaling::None,
            tied_head: true,
            qk_norm: true,
            qkv_bias: false,
            mask_id: Some(1),
            eos_ids: vec![0],
            bos_id: Some(0),
            shift_logits: true,
            trained_on_uniform_noise: true,
            trained_on_next_token: true,
            attention: Attention::CausalPrefix,
            draft_head: Some(3 * hidden / 2),
            tokens_seen: None,
            task: None,
        };
        config.check().map_err(Error::Invalid)?;
        Ok(config)
    }

    /// `config.json` in the words of its family, as [`ModelConfig::from_json`] reads it.
    pub fn to_json(&self) -> String {
        format!("{:#}\n", config_file::write(self))
    }

    /// Inner width of the feed-forward part of `layer`, and how its experts are chosen, where it has some.
    pub fn feed_forward(&self, layer: usize) -> (usize, Option<Routing>) {
        match self.routing {
            Some(Routing { dense: (layers, inner), .. }) if layer < layers => (inner, None),
            routing => (self.intermediate_size, routing),
        }
    }

    pub(super) fn check(&self) -> std::result::Result<(), String> {
        self.check_blocks_and_experts()?;
        if self.heads == 0 || self.kv_heads == 0 || !self.heads.is_multiple_of(self.kv_heads) {
            return Err(format!(
                "{} attention heads cannot share {} key/value heads",
                self.heads, self.kv_heads
            ));
        }
        for (name, value) in [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_positions),
            ("draft_head", self.draft_head.unwrap_or(1)),
        ] {
            if value == 0 {
                return Err(format!("{name} is 0; a network needs 1 or more"));
            }
        }
        if self.layers == 0 {
            return Err(
                "a network of 0 layers can neither be trained nor run; give 1 or more".into()
            );
        }
        if self.layers > MOST_LAYERS {
            return Err(format!(
                "{} layers are none of a network; it takes up to {MOST_LAYERS}",
                self.layers
            ));
        }
        if self.head_dim == 0 || !self.head_dim.is_multiple_of(2) {
            return Err(format!(
                "head_dim is {}; rotary positions need an even width",
                self.head_dim
            ));
        }
        if self.rotary_dim == 0
            || self.rotary_dim > self.head_dim
            || !self.rotary_dim.is_multiple_of(2)
        {
            return Err(format!(
                "{} numbers of a head turn (partial_rotary_factor); rotary positions need an even number of its {}",
                self.rotary_dim, self.head_dim
            ));
        }
        for (name, value, positive) in
            [("rope_theta", self.rope_theta, true), ("rms_norm_eps", self.norm_eps, false)]
        {
            if !value.is_finite() || value < 0.0 || (positive && value == 0.0) {
                let needed = if positive { "above 0" } else { "0 or more" };
                return Err(format!("{name} is {value}; a network needs {needed}"));
            }
        }
        self.check_widths_and_ids()?;
        // Only now: it counts through the width of a head.
        self.rope_scaling.check(self.rope_theta, self.rotary_dim)
    }

    /// Refuses blocks that no text has, and experts that no network has.
    fn check_blocks_and_experts(&self) -> std::result::Result<(), String> {
        if let Attention::BlockCausal(length) = self.attention {
            if length == 0 || length > self.max_positions {
                return Err(format!(
                    "its blocks (block_size, or remask.block_length) have {length} positions; they take 1 to the {} \
                     of its context",
                    self.max_positions
                ));
            }
            if self.trained_on_next_token {
                return Err(
                    "it says that blocks see each other, and that it writes the next token: leave \
                            \"next_token\" out of remask.objectives"
                        .into(),
                );
            }
        }
        self.routing.map_or(Ok(()), |routing| routing.check(self.layers))
    }

    /// Refuses tokens that no row of the embedding stands for, and heads that no matrix could hold.
    pub(super) fn check_widths_and_ids(&self) -> std::result::Result<(), String> {
        if self.intermediate_size > WIDEST {
            return Err(format!(
                "intermediate_size {} is none of a network",
                self.intermediate_size
            ));
        }
        for heads in [self.heads, self.kv_heads] {
            if heads.checked_mul(self.head_dim).is_none_or(|width| width > WIDEST) {
                return Err(format!("{heads} heads of {} are none of a network", self.head_dim));
            }
        }
        let named = [("mask_token_id", self.mask_id), ("bos_token_id", self.bos_id)];
        let ends = self.eos_ids.iter().map(|id| ("eos_token_id", Some(*id)));
        for (name, id) in named.into_iter().chain(ends) {
            if let Some(id) = id.filter(|id| *id as usize >= self.vocab_size) {
                return Err(format!(
                    "{name} {id} is outside the vocabulary of {}",
                    self.vocab_size
                ));
            }
        }
        Ok(())
    }
}

/// Wider ones there are none.
pub(super) const WIDEST: usize = 1 << 24;
/// Deeper networks there are none; who claims it would have every tensor of each layer named.
const MOST_LAYERS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    #[test]
    fn reads_the_bundled_configuration() {
        let config = ModelConfig::from_json("stories", bundled::ALL[0].config).unwrap();
        assert_eq!((config.hidden_size, config.layers), (192, 8));
        assert_eq!((config.mask_id, config.bos_id), (Some(1), Some(0)));
        assert!(config.trained_on_next_token);
        assert_eq!((config.attention, config.draft_head), (Attention::CausalPrefix, Some(288)));
        assert!(config.shift_logits && config.tied_head && config.trained_on_uniform_noise);
    }

    #[test]
    fn what_is_written_is_read() {
        let config = ModelConfig::for_training(32, 2, 2, 300).unwrap();
        let json = config.to_json();
        assert_eq!(ModelConfig::from_json("m", json.as_bytes()).unwrap(), config);
        assert!(ModelConfig::for_training(32, 2, 0, 300).is_err());
        let error = ModelConfig::for_training(32, 0, 2, 300).unwrap_err().to_string();
        assert!(error.contains("0 layers"), "{error}");
    }

    #[test]
    fn names_what_it_cannot_run() {
        let stories = std::str::from_utf8(bundled::ALL[0].config).unwrap();
        for (from, to, expected) in [
            ("\"qwen3\"", "\"mamba\"", "\"mamba\""),
            (
                "\"rope_theta\"",
                "\"rope_scaling\": {\"type\": \"longrope\"}, \"rope_theta\"",
                "\"longrope\"",
            ),
            ("\"mask_token_id\": 1", "\"mask_token_id\": 9999", "9999"),
            ("\"head_dim\": 32", "\"head_dim\": 31", "31"),
            ("\"head_dim\": 32", "\"head_dim\": 4000000000000", "none of a network"),
            (
                "\"rope_theta\": 10000.0",
                "\"rope_theta\": 0.0",
                "rope_theta is 0; a network needs above 0",
            ),
            ("\"rms_norm_eps\": 1e-6", "\"rms_norm_eps\": -1.0", "rms_norm_eps is -1"),
            ("\"num_hidden_layers\": 8", "\"num_hidden_layers\": 1000000000000", "up to 10000"),
            ("\"num_key_value_heads\": 6", "\"num_key_value_heads\": 4", "share 4"),
        ] {
            assert!(stories.contains(from), "{from}");
            let error = ModelConfig::from_json("m", stories.replace(from, to).as_bytes());
            let message = error.unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
