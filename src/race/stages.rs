//! A race as it is told: first the passes are counted, then the clock of this machine is read, then that of another
//! machine is estimated. What counts in each is a cost a token, and the least wins.

use super::Entrant;
use crate::diffusion::sampler::Drafter;
use crate::explain::Hardware;
use crate::explain::figures::{bandwidth, flops};
use crate::model::WeightStats;

/// The size of a model that estimates are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelSize {
    /// That of each lane's own network.
    Own,
    /// That of LLaDA 8B, in half precision: what people run on such machines.
    EightBillion,
}

impl ModelSize {
    /// What a pass goes through, where the lane's own network is `own`.
    pub fn weights(self, own: WeightStats) -> WeightStats {
        match self {
            Self::Own => own,
            Self::EightBillion => WeightStats { weights: 8_000_000_000, bytes: 16_000_000_000 },
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Own => "this model",
            Self::EightBillion => "8 B weights",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CostUnit<'a> {
    /// Network passes (NFE), whatever each of them takes.
    Passes,
    /// Seconds of this machine, measured.
    ThisMachine,
    /// Seconds that the same passes would take elsewhere: an estimate from two numbers of that machine.
    OtherMachine(&'a Hardware, ModelSize),
}

impl CostUnit<'_> {
    /// What it is called, for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::ThisMachine => "this-machine",
            Self::OtherMachine(..) => "other-machine",
        }
    }

    /// The unit of what a token costs, for scripts.
    pub fn unit(self) -> &'static str {
        if self == Self::Passes { "passes" } else { "seconds" }
    }

    /// What is counted, in words; of an estimate, the two numbers that it rests on.
    pub fn title(self) -> String {
        match self {
            Self::Passes => "in passes".to_owned(),
            Self::ThisMachine => "on this machine".to_owned(),
            Self::OtherMachine(there, model) => format!(
                "estimate: {} ({}, {}), {}",
                there.name,
                bandwidth(there.rates.bandwidth),
                flops(there.rates.flops),
                model.in_words()
            ),
        }
    }

    /// What a token of `entrant` costs: passes, or seconds. `None` where it wrote nothing, or what its passes read is
    /// not known.
    pub fn cost(self, entrant: &Entrant) -> Option<f64> {
        let total = entrant.total();
        let all = match self {
            Self::Passes => total.passes as f64,
            Self::ThisMachine => total.time.as_secs_f64(),
            Self::OtherMachine(there, model) => {
                let weights = model.weights(entrant.weights);
                let texts =
                    entrant.trials.iter().map(|trial| there.seconds(weights, &trial.passes));
                texts.sum::<Option<f64>>()?
            }
        };
        (total.tokens > 0).then(|| all / total.tokens as f64)
    }

    /// Who won, and by what. `None` where there is nothing to compare.
    pub fn outcome(self, entrants: &[&Entrant]) -> Option<String> {
        let costs = entrants.iter().map(|entrant| Some((*entrant, self.cost(entrant)?)));
        let mut costs = costs.collect::<Option<Vec<_>>>().filter(|costs| costs.len() > 1)?;
        costs.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (winner, least) = costs[0];
        let others = costs[1..].iter().map(|(entrant, cost)| self.against(cost / least, entrant));
        let others: Vec<String> = others.collect();
        let verb = match self {
            Self::Passes => "takes",
            Self::ThisMachine => "is",
            Self::OtherMachine(..) => "would be",
        };
        Some(format!("{} {verb} {}", winner.name, others.join(", ")))
    }

    /// What costs `times` less than what `entrant` did, in words.
    fn against(self, times: f64, entrant: &Entrant) -> String {
        /// Less of a difference is none.
        const SAME: f64 = 1.05;
        let (less, same) = match self {
            Self::Passes => ("fewer passes than", "as many passes as"),
            _ => ("faster than", "as fast as"),
        };
        match times < SAME {
            true => format!("{same} {}", entrant.name),
            false => format!("{times:.1}x {less} {}", entrant.name),
        }
    }
}

/// What the texts of all lanes are worth, in a sentence: their scores where a task has some, else what the judge says.
/// `None` where nobody says anything.
pub fn worth(entrants: &[&Entrant]) -> Option<String> {
    let first = entrants.first()?;
    let of = |entrant: &Entrant| match &entrant.grade {
        Some(grade) if grade.tally.problems == 1 => grade.in_words(),
        Some(grade) => format!("{:.0} %", 100.0 * grade.tally.mean(0)),
        None => format!("{:.2}", entrant.total().nats_per_new_pair()),
    };
    // Who drafts writes what another one writes token by token.
    let writes_text_of = |entrant: &Entrant, other: &Entrant| {
        let drafts = entrant.drafter.is_some_and(|drafter| drafter != Drafter::Nobody);
        let mut texts = entrant.trials.iter().zip(&other.trials);
        drafts
            && other.drafter == Some(Drafter::Nobody)
            && texts.all(|(one, other)| one.text == other.text)
    };
    let measure = match &first.grade {
        // What is said of a single answer is a sentence.
        Some(grade) if grade.tally.problems == 1 => String::new(),
        Some(grade) => format!("{}: ", grade.measures.first().map_or("", |measure| measure.name)),
        None if first.total().quality.tokens > 0 => "nats a new pair, low is good: ".to_owned(),
        None => return None,
    };
    let lanes = entrants.iter().map(|entrant| {
        let twin = entrants.iter().find(|other| writes_text_of(entrant, other));
        let worth = twin.map_or_else(|| of(entrant), |twin| format!("the text of {}", twin.name));
        format!("{} {worth}", entrant.name)
    });
    Some(format!("{measure}{}", lanes.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::tests::entrant;

    fn lanes() -> [Entrant; 3] {
        let mut lanes = [
            entrant("autoregressive", 60, 250, 50.0),
            entrant("self-speculative", 30, 200, 50.0),
            entrant("p2", 15, 500, 70.0),
        ];
        for (lane, positions) in lanes.iter_mut().zip([1, 8, 96]) {
            lane.trials.iter_mut().for_each(|trial| trial.passes.fill(positions));
        }
        lanes[2].trials[0].text = "another".to_owned();
        lanes[0].drafter = Some(Drafter::Nobody);
        lanes[1].drafter = Some(Drafter::Masks);
        lanes
    }

    #[test]
    fn every_stage_has_a_winner_of_its_own() {
        let lanes = lanes();
        let lanes: Vec<&Entrant> = lanes.iter().collect();
        let said = |stage: CostUnit<'_>| stage.outcome(&lanes).unwrap();
        let passes = "p2 takes 2.0x fewer passes than self-speculative, 4.0x fewer passes than autoregressive";
        assert_eq!(said(CostUnit::Passes), passes);
        let here = "self-speculative is 1.2x faster than autoregressive, 2.5x faster than p2";
        assert_eq!(said(CostUnit::ThisMachine), here);
        // Reading 16 GB takes as long however few positions there are.
        let there = Hardware::given("1000,1000").unwrap();
        let stage = CostUnit::OtherMachine(&there, ModelSize::EightBillion);
        let title = "estimate: the machine you name (1,000 GB/s, 1,000 TFLOP/s), 8 B weights";
        assert_eq!(stage.title(), title);
        assert_eq!(
            said(stage),
            "p2 would be 2.0x faster than self-speculative, 4.0x faster than autoregressive"
        );
        // Where arithmetic is scarce every position is paid for.
        let slow = Hardware::given("1000,0.1").unwrap();
        let said = CostUnit::OtherMachine(&slow, ModelSize::EightBillion).outcome(&lanes).unwrap();
        assert!(
            said.starts_with("autoregressive would be 4.0x faster than self-speculative"),
            "{said}"
        );
        assert_eq!(CostUnit::OtherMachine(&there, ModelSize::Own).outcome(&lanes), None);
    }

    #[test]
    fn what_the_texts_are_worth_is_said_beside() {
        let lanes = lanes();
        let lanes: Vec<&Entrant> = lanes.iter().collect();
        let expected = "nats a new pair, low is good: autoregressive 1.00, self-speculative the text of \
                        autoregressive, p2 1.40";
        assert_eq!(worth(&lanes).as_deref(), Some(expected));
        assert_eq!(worth(&[]), None);
        assert_eq!(CostUnit::Passes.outcome(&lanes[..1]), None);
    }
}
