//! Why one way of writing is faster than the other, with the figures of this machine.
//!
//! [`PassCosts`] and [`Machine`] are measured, while nothing else runs; [`LaneResult`] is what the lanes of
//! a race did. [`Explanation`] holds them together, derives the rest, and says it in sentences.

pub mod figures;
pub mod hardware;
pub mod lane_result;
mod lane_sentences;
pub mod machine;
pub mod measure;
pub mod roofline;
mod sentences;

pub use hardware::{Estimate, Hardware};
pub use lane_result::{CostEstimate, LaneResult};
pub use machine::Machine;
pub use measure::{NextToken, PassCosts, PassTime};
pub use roofline::{LowerBounds, Rates, Utilisation};

/// Answers that costs are estimated for.
const ANSWERS: usize = 1000;

/// Everything that explains a result.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What passes cost here.
    pub costs: PassCosts,
    /// What this machine is capable of.
    pub machine: Machine,
    /// What the lane that denoises did.
    pub diffusion: LaneResult,
    /// What the other lane did, where there is one.
    pub rival: Option<LaneResult>,
    /// What the lanes beside these two did.
    pub others: Vec<LaneResult>,
    /// Machines to estimate for.
    pub hardware: Vec<Hardware>,
    /// Money for an hour of this machine, in any currency, where the person says so.
    pub price: Option<f64>,
}

impl Explanation {
    /// The shares of reading the weights and of multiplying with them in the bidirectional pass `at`.
    /// `None` where the network is not known.
    pub fn utilisation(&self, at: PassTime) -> Option<Utilisation> {
        let floors = LowerBounds::of(self.costs.weight_stats, at.positions, self.machine.rates())?;
        Some(floors.utilisation(at.time))
    }

    /// The same of the autoregressive pass. `None` where there is none, too.
    pub fn next_token_utilisation(&self) -> Option<Utilisation> {
        let next = self.costs.next_token?;
        Some(LowerBounds::of(next.weight_stats, 1, self.machine.rates())?.utilisation(next.time))
    }

    /// Up to how many positions reading the weights takes longer here than multiplying with them.
    pub fn ridge_point(&self) -> Option<f64> {
        roofline::ridge_point(self.costs.weight_stats, self.machine.rates())
    }

    /// The pass that diffusion makes: over as many positions as its passes read, or over the whole canvas where it made
    /// none.
    pub fn diffusion_pass(&self) -> PassTime {
        self.diffusion.positions.map_or_else(|| self.costs.canvas(), |read| self.costs.over(read))
    }

    /// More tokens than this a pass of diffusion must write to be the faster one here. `None` where there
    /// is no autoregressive pass.
    pub fn break_even_tokens_per_pass(&self) -> Option<f64> {
        self.costs.break_even_tokens_per_pass(self.diffusion_pass())
    }

    /// Whether diffusion was faster than the other lane; `None` without one, and where a lane wrote
    /// nothing.
    pub fn won(&self) -> Option<bool> {
        let rival = self.rival.as_ref().filter(|rival| rival.measurement.tokens > 0)?;
        let (ours, rival) = (&self.diffusion.measurement, &rival.measurement);
        (ours.tokens > 0).then(|| ours.tokens_per_second() > rival.tokens_per_second())
    }

    /// What passes would take on every one of `hardware`; nothing where the network is not known.
    pub fn estimates(&self) -> Vec<Estimate> {
        let positions = self.diffusion_pass().positions;
        self.hardware.iter().filter_map(|there| there.estimate(&self.costs, positions)).collect()
    }

    /// What a thousand answers of each lane cost here.
    pub fn cost_estimates(&self) -> Vec<(&LaneResult, CostEstimate)> {
        let lanes = std::iter::once(&self.diffusion).chain(&self.rival);
        lanes.filter_map(|lane| Some((lane, lane.cost_estimate(ANSWERS, self.price)?))).collect()
    }
}
