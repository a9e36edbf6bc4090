//! Weights as the forward pass asks for them, whatever their file has in one or in another order.
//!
//! - Queries, keys and values stand in one matrix (`qkv_proj`: LLaDA2, Phi-3), or gate and up do (`gate_up_proj`: Phi-3):
//!   each is some of its rows.
//! - Of a head only the first numbers turn (`partial_rotary_factor`). The forward pass turns the first half of a head with
//!   the second, so the rows of queries and keys are ordered anew: halves of what turns first, in each half what stands
//!   still behind it. Products of queries and keys do not change.

use std::ops::Range;

use candle_core::{Device, Tensor};

use super::config::ModelConfig;
use super::matrix::Matrix;
use super::weights::{StoredWeights, TensorEntry, Weights};
use remask_base::Result;

/// What all queries, keys and values together are called here; what a family calls it, it says itself.
const QKV: &str = "self_attn.qkv_proj";
/// What gate and up together are called here.
const GATE_UP: &str = "mlp.gate_up_proj";

/// Weights whose file has some of them otherwise.
struct Arranged {
    stored: Box<dyn StoredWeights>,
    /// Rows of queries, and of keys as of values.
    queries: usize,
    keys: usize,
    /// Width of a head, and how much of it turns.
    head: (usize, usize),
    inner: usize,
    joined_qkv: bool,
    joined_gate_up: bool,
}

/// The tensor of the file that another is part of.
struct Part {
    stored: String,
    /// Its rows, all of them.
    all: usize,
    /// Those that are meant.
    rows: Range<usize>,
    /// Whether they are those of heads, of which a part turns.
    turns: bool,
}

/// `stored`, the weights of a network of `config`, each under its own name and in the order of the forward pass.
pub(super) fn arranged(
    config: &ModelConfig,
    stored: Box<dyn StoredWeights>,
) -> Box<dyn StoredWeights> {
    let joined = |name: &str| stored.holds(&format!("model.layers.0.{name}.weight"));
    let (joined_qkv, joined_gate_up) = (joined(QKV), joined(GATE_UP));
    if !joined_qkv && !joined_gate_up && config.rotary_dim == config.head_dim {
        return stored;
    }
    Box::new(Arranged {
        queries: config.heads * config.head_dim,
        keys: config.kv_heads * config.head_dim,
        head: (config.head_dim, config.rotary_dim),
        inner: config.intermediate_size,
        joined_qkv,
        joined_gate_up,
        stored,
    })
}

impl Arranged {
    /// What of the file the tensor `name` is; nothing where it stands there as it is asked for.
    fn part(&self, name: &str) -> Option<Part> {
        let is = |part: &str| name.contains(&format!(".{part}."));
        let (queries, keys, inner) = (self.queries, self.keys, self.inner);
        let projections = [
            ("self_attn.q_proj", 0..queries, true),
            ("self_attn.k_proj", queries..queries + keys, true),
            ("self_attn.v_proj", queries + keys..queries + 2 * keys, false),
        ];
        if let Some((part, rows, turns)) = projections.into_iter().find(|(part, ..)| is(part)) {
            return Some(match self.joined_qkv {
                true => {
                    Part { stored: name.replace(part, QKV), all: queries + 2 * keys, rows, turns }
                }
                false => {
                    Part { stored: name.to_owned(), all: rows.len(), rows: 0..rows.len(), turns }
                }
            });
        }
        let halves = [("mlp.gate_proj", 0..inner), ("mlp.up_proj", inner..2 * inner)];
        let half = halves.into_iter().filter(|_| self.joined_gate_up).find(|(part, _)| is(part));
        if let Some((part, rows)) = half {
            let stored = name.replace(part, GATE_UP);
            return Some(Part { stored, all: 2 * inner, rows, turns: false });
        }
        let norm = is("self_attn.q_norm") || is("self_attn.k_norm");
        let width = self.head.0;
        norm.then(|| Part { stored: name.to_owned(), all: width, rows: 0..width, turns: true })
    }

    /// The rows of the file, in the order of the forward pass.
    fn order(&self, part: &Part) -> Result<Tensor> {
        let (width, turned) = if part.turns { self.head } else { (1, 1) };
        let order = part.rows.clone().map(|row| {
            let (head, place) = (row / width * width, row % width);
            (head + stored_place(place, width, turned)) as u32
        });
        Ok(Tensor::from_vec(order.collect(), part.rows.len(), self.stored.device())?)
    }
}

/// Where in the file the number `place` of a head of `width` stands, of which the first `turned` turn.
fn stored_place(place: usize, width: usize, turned: usize) -> usize {
    if turned == width {
        return place;
    }
    let (half, pairs) = (width / 2, turned / 2);
    let second = usize::from(place >= half);
    match place - second * half {
        turns if turns < pairs => second * pairs + turns,
        still => turned + second * (half - pairs) + still - pairs,
    }
}

impl Weights for Arranged {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let Some(part) = self.part(name) else { return self.stored.tensor(name, shape) };
        let whole = self.stored.tensor(&part.stored, &with_rows(shape, part.all))?;
        Ok(whole.index_select(&self.order(&part)?, 0)?)
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        let Some(part) = self.part(name) else { return self.stored.matrix(name, rows, columns) };
        let whole = self.stored.matrix(&part.stored, part.all, columns)?;
        whole.ordered(&self.order(&part)?)
    }

    fn device(&self) -> &Device {
        self.stored.device()
    }
}

impl StoredWeights for Arranged {
    fn listing(&self) -> Vec<TensorEntry> {
        self.stored.listing()
    }

    fn holds(&self, name: &str) -> bool {
        self.stored.holds(self.part(name).as_ref().map_or(name, |part| &part.stored))
    }

    fn bytes(&self, name: &str) -> u64 {
        match self.part(name) {
            Some(part) => {
                let (rows, all) = (part.rows.len() as u64, part.all.max(1) as u64);
                self.stored.bytes(&part.stored) / all * rows
            }
            None => self.stored.bytes(name),
        }
    }

    fn check(&self, name: &str, shape: &[usize]) -> std::result::Result<(), String> {
        match self.part(name) {
            Some(part) if shape.first() == Some(&part.rows.len()) => {
                self.stored.check(&part.stored, &with_rows(shape, part.all))
            }
            _ => self.stored.check(name, shape),
        }
    }
}

/// `shape` with so many rows.
fn with_rows(shape: &[usize], rows: usize) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let Some(first) = shape.first_mut() {
        *first = rows;
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_stands_in_front_of_both_halves() {
        let places = |width, turned| -> Vec<usize> {
            (0..width).map(|place| stored_place(place, width, turned)).collect()
        };
        assert_eq!(places(4, 4), [0, 1, 2, 3]);
        // 0 to 3 turn, 0 with 2 and 1 with 3; 4 to 7 stand still.
        assert_eq!(places(8, 4), [0, 1, 4, 5, 2, 3, 6, 7]);
        assert_eq!(places(8, 2), [0, 2, 3, 4, 1, 5, 6, 7]);
    }
}
