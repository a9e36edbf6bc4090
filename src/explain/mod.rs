//! Why one way of writing is faster than the other, with the figures of this machine.
//!
//! [`PassCosts`] and [`Machine`] are measured, while nothing else runs; [`Outcome`] is what the lanes of
//! a race did. [`Why`] holds them together, derives the rest, and says it in sentences.

pub mod figures;
pub mod hardware;
pub mod machine;
pub mod measure;
pub mod outcome;
pub mod roofline;
mod sentences;

pub use hardware::{Estimate, Hardware};
pub use machine::Machine;
pub use measure::{NextToken, PassCosts, PassTime};
pub use outcome::{Bill, Outcome};
pub use roofline::{Floors, Rates, Shares};

/// Answers that a bill is made out for.
const ANSWERS: usize = 1000;

/// Everything that explains a result.
#[derive(Clone, Debug)]
pub struct Why {
    /// What passes cost here.
    pub costs: PassCosts,
    /// What this machine is capable of.
    pub machine: Machine,
    /// What the lane that denoises did.
    pub diffusion: Outcome,
    /// What the other lane did, where there is one.
    pub rival: Option<Outcome>,
    /// Machines to estimate for.
    pub hardware: Vec<Hardware>,
    /// Money for an hour of this machine, in any currency, where the person says so.
    pub price: Option<f64>,
}

impl Why {
    /// The shares of reading the weights and of multiplying with them in the bidirectional pass `at`.
    /// `None` where the network is not known.
    pub fn shares(&self, at: PassTime) -> Option<Shares> {
        let floors = Floors::of(self.costs.footprint, at.positions, self.machine.rates())?;
        Some(floors.shares(at.time))
    }

    /// The same of the autoregressive pass. `None` where there is none, too.
    pub fn next_token_shares(&self) -> Option<Shares> {
        let next = self.costs.next_token?;
        Some(Floors::of(next.footprint, 1, self.machine.rates())?.shares(next.time))
    }

    /// Up to how many positions reading the weights takes longer here than multiplying with them.
    pub fn balance(&self) -> Option<f64> {
        roofline::balance(self.costs.footprint, self.machine.rates())
    }

    /// More tokens than this a pass of diffusion must write to be the faster one here. `None` where there
    /// is no autoregressive pass.
    pub fn tokens_to_win(&self) -> Option<f64> {
        self.costs.tokens_to_win()
    }

    /// Whether diffusion was faster than the other lane; `None` without one, and where a lane wrote
    /// nothing.
    pub fn won(&self) -> Option<bool> {
        let rival = self.rival.as_ref().filter(|rival| rival.tokens > 0)?;
        let ours = &self.diffusion;
        (ours.tokens > 0).then(|| ours.tokens_per_second() > rival.tokens_per_second())
    }

    /// What passes would take on every one of `hardware`; nothing where the network is not known.
    pub fn estimates(&self) -> Vec<Estimate> {
        self.hardware.iter().filter_map(|there| there.estimate(&self.costs)).collect()
    }

    /// What a thousand answers of each lane cost here.
    pub fn bills(&self) -> Vec<(&Outcome, Bill)> {
        let lanes = std::iter::once(&self.diffusion).chain(&self.rival);
        lanes.filter_map(|lane| Some((lane, lane.bill(ANSWERS, self.price)?))).collect()
    }
}
