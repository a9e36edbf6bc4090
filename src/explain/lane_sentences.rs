//! What each lane did, in words.

use super::sentences::{positions, tokens};
use super::{Explanation, LaneResult};
use crate::diffusion::sampler::Drafter;

impl Explanation {
    /// What a pass of each lane reads, drafts and writes, where there are several.
    pub fn lane_sentences(&self) -> Vec<String> {
        let lanes = std::iter::once(&self.diffusion).chain(&self.rival).chain(&self.others);
        let wrote = lanes.filter(|lane| lane.measurement.passes > 0 && self.rival.is_some());
        wrote.map(|lane| self.lane_sentence(lane)).collect()
    }

    fn lane_sentence(&self, lane: &LaneResult) -> String {
        let name = &lane.name;
        let canvas = self.costs.canvas().positions;
        let read = lane.positions.unwrap_or(canvas);
        let writes = tokens(lane.measurement.tokens_per_pass());
        match lane.drafter {
            // More than the prompt is left out.
            None if 2 * read < canvas => format!(
                "{name} denoises: it reads {} in a pass, the rest from its cache or not at all, \
                 and writes {writes}",
                positions(read)
            ),
            None => format!(
                "{name} denoises: it reads {} in a pass, since each of them may change all others, \
                 and writes {writes}",
                positions(read)
            ),
            Some(Drafter::Nobody) => format!(
                "{name} reads {} in a pass, what stands before it from its cache, and writes {writes}",
                positions(read)
            ),
            Some(_) => format!(
                "{name} reads {} in a pass, the text from its cache: the next token and drafts, of which it keeps those \
                 that it would have written; it writes {writes}",
                positions(read)
            ),
        }
    }
}
