//! Which features of a layer (keys, values, and what attention and feed-forward add) a pass computes anew, where it takes
//! the others from earlier ones: dLLM-Cache (arXiv 2506.06295, and its `cache_hook_LLaDA.py`).

use std::ops::Range;

/// What a pass with kept features computes anew. The first layer, which sees the tokens themselves, computes everything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureRefresh {
    /// How many positions the prompt has, which stands first; the answer is the rest.
    pub prompt: usize,
    /// Whether every layer computes the prompt.
    pub of_prompt: bool,
    /// Whether every layer computes all of the answer.
    pub of_answer: bool,
    /// Where it does not: the share of the answer that it computes, the positions whose values turned most. The values
    /// alone are computed of all.
    pub share: f64,
}

impl FeatureRefresh {
    /// All features of every layer.
    pub(super) fn everything(prompt: usize) -> Self {
        Self { prompt, of_prompt: true, of_answer: true, share: 0.0 }
    }

    /// The positions that the `layer`-th layer computes whatever they are, of `length`.
    pub(super) fn always(&self, layer: usize, length: usize) -> Vec<usize> {
        let first = layer == 0;
        let of_prompt = 0..if self.of_prompt || first { self.prompt } else { 0 };
        let of_answer = if self.of_answer || first { self.prompt } else { length }..length;
        of_prompt.chain(of_answer).collect()
    }

    /// The positions among which the `layer`-th layer looks for those whose values turned.
    pub(super) fn looked_through(&self, layer: usize, length: usize) -> Option<Range<usize>> {
        let looks = layer > 0 && !self.of_answer && self.share > 0.0;
        looks.then_some(self.prompt..length)
    }
}

/// The likeness of a position's values to those that are kept: sums for their cosine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Likeness {
    product: f32,
    squares: (f32, f32),
}

impl Likeness {
    /// Further numbers of both.
    pub fn add(&mut self, new: &[f32], kept: &[f32]) {
        for (new, kept) in new.iter().zip(kept) {
            self.product += new * kept;
            self.squares.0 += new * new;
            self.squares.1 += kept * kept;
        }
    }

    fn cosine(self) -> f32 {
        let (new, kept) = self.squares;
        self.product / (new.sqrt() * kept.sqrt()).max(f32::MIN_POSITIVE)
    }
}

/// Of the positions from `first` on, whose `likenesses` these are, the `share` that is least like what is kept: ascending.
pub(super) fn most_turned(first: usize, likenesses: &[Likeness], share: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..likenesses.len()).collect();
    order.sort_by(|a, b| likenesses[*a].cosine().total_cmp(&likenesses[*b].cosine()));
    order.truncate((likenesses.len() as f64 * share) as usize);
    order.sort_unstable();
    order.into_iter().map(|place| first + place).collect()
}

/// What a pass with kept features came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refreshed {
    /// The positions that the last layer computed, ascending.
    pub last: Vec<usize>,
    /// Positions that layers computed, of all of them.
    pub all: usize,
}

impl Refreshed {
    /// A layer more, which computed `rows`.
    pub fn add(&mut self, rows: Vec<usize>) {
        self.all += rows.len();
        self.last = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_computes_what_is_due_and_the_first_one_everything() {
        let partly = FeatureRefresh { prompt: 2, of_prompt: false, of_answer: false, share: 0.5 };
        assert_eq!(partly.always(0, 5), [0, 1, 2, 3, 4]);
        assert_eq!(partly.always(1, 5), [0; 0]);
        assert_eq!((partly.looked_through(0, 5), partly.looked_through(1, 5)), (None, Some(2..5)));
        let prompt = FeatureRefresh { of_prompt: true, ..partly };
        assert_eq!(prompt.always(1, 5), [0, 1]);
        let answer = FeatureRefresh { of_answer: true, ..partly };
        assert_eq!(answer.always(1, 5), [2, 3, 4]);
        assert_eq!(answer.looked_through(1, 5), None);
        assert_eq!(FeatureRefresh::everything(2).always(3, 4), [0, 1, 2, 3]);
    }

    #[test]
    fn those_that_turned_most_are_found() {
        let likeness = |new: [f32; 2]| {
            let mut likeness = Likeness::default();
            likeness.add(&new, &[1.0, 0.0]);
            likeness
        };
        // Length says nothing, direction all.
        let all = [likeness([9.0, 0.0]), likeness([0.0, 1.0]), likeness([1.0, 0.2])];
        assert_eq!(most_turned(4, &all, 0.34), [5]);
        assert_eq!(most_turned(4, &all, 0.67), [5, 6]);
        assert_eq!(most_turned(4, &all, 0.3), [0; 0]);
        assert_eq!(most_turned(4, &all, 1.0), [4, 5, 6]);
    }
}
