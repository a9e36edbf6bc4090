//! The same in words, for somebody who has never heard of a roofline.

use super::figures::{bandwidth, digits, flops, grouped, money, share, time};
use super::{Estimate, Explanation, LaneResult, PassTime};
use crate::diffusion::sampler::Drafter;

impl Explanation {
    /// Every sentence that there is something to say for: the passes, what it takes to win, the lanes and their steps
    /// as they were, the shares, the machine, what it costs, and estimates for others.
    pub fn sentences(&self) -> Vec<String> {
        let first = [Some(self.passes_sentence()), self.win_sentence()];
        let behind = [self.steps_sentence(), self.shares_sentence(), Some(self.machine_sentence())];
        let measured = first.into_iter().flatten().chain(self.lane_sentences());
        let measured = measured.chain(behind.into_iter().flatten());
        measured.chain(self.price_sentences()).chain(self.estimate_sentences()).collect()
    }

    /// What the passes take here.
    pub fn passes_sentence(&self) -> String {
        let canvas = self.costs.canvas();
        let mut said = match self.costs.whole.first() {
            Some(first) if first.positions < canvas.positions => format!(
                "a pass over {} takes {} here, over {} {}",
                positions(first.positions),
                time(first.time.as_secs_f64()),
                positions(canvas.positions),
                time(canvas.time.as_secs_f64())
            ),
            _ => format!(
                "a pass over {} takes {} here",
                positions(canvas.positions),
                time(canvas.time.as_secs_f64())
            ),
        };
        if let Some(next) = self.costs.next_token {
            let took = time(next.time.as_secs_f64());
            said.push_str(&format!("; the autoregressive pass, with its cache, {took}"));
        }
        said
    }

    /// How many tokens a pass must write to win here, and what was written. `None` where there is no
    /// autoregressive pass, and where no lane that denoises is measured against one that writes token by token.
    pub fn win_sentence(&self) -> Option<String> {
        let token_by_token = |lane: &LaneResult| lane.drafter == Some(Drafter::Nobody);
        if self.diffusion.drafter.is_some() || !self.rival.iter().all(token_by_token) {
            return None;
        }
        let needed = self.break_even_tokens_per_pass()?;
        let (ours, pass) = (&self.diffusion, self.diffusion_pass());
        let mut need = format!("diffusion must write more than {} to win here", tokens(needed));
        if pass.positions != self.costs.canvas().positions {
            let (read, took) = (positions(pass.positions), time(pass.time.as_secs_f64()));
            need = format!("a pass by {} reads {read}, which takes {took}; {need}", ours.name);
        }
        if ours.measurement.tokens == 0 {
            return Some(format!("{need}; {} wrote nothing", ours.name));
        }
        let writes = format!("{} writes {}", ours.name, digits(ours.measurement.tokens_per_pass()));
        let enough = ours.measurement.tokens_per_pass() > needed;
        let Some(won) = self.won() else {
            let enough = if enough { "enough" } else { "not enough" };
            return Some(format!("{need}; {writes}: {enough}"));
        };
        let result = if won { "wins" } else { "loses" };
        if enough == won {
            return Some(format!("{need}; {writes}: that is why it {result}"));
        }
        Some(format!("{need}; {writes}, yet it {result}: its steps are not passes alone"))
    }

    /// What steps took in the race, where there was one: the sampler works, too.
    pub fn steps_sentence(&self) -> Option<String> {
        let rival = self.rival.as_ref().filter(|rival| rival.measurement.passes > 0)?;
        let ours = &self.diffusion;
        (ours.measurement.passes > 0).then(|| {
            format!(
                "in the race a step took {} by {} and {} by {}, the sampler's work and everything else \
                 included",
                time(ours.measurement.seconds_per_pass()),
                ours.name,
                time(rival.measurement.seconds_per_pass()),
                rival.name
            )
        })
    }

    /// What of the pass over the canvas is reading, and what arithmetic.
    pub fn shares_sentence(&self) -> Option<String> {
        let canvas = self.costs.canvas();
        let shares = self.utilisation(canvas)?;
        let of_all = |part: f64| {
            if part < 0.995 {
                format!("at least {}", share(part))
            } else {
                "practically all".to_owned()
            }
        };
        Some(format!(
            "of the {} of a pass over {} reading the weights takes {}, multiplying with them {}; the rest is attention, norms, \
             handing out the work, and what could be better",
            time(canvas.time.as_secs_f64()),
            positions(canvas.positions),
            of_all(shares.memory),
            of_all(shares.arithmetic)
        ))
    }

    /// Where this machine stands.
    pub fn machine_sentence(&self) -> String {
        let machine = &self.machine;
        let arithmetic = flops(machine.flops);
        match self.ridge_point() {
            Some(balance) => format!(
                "this machine reads {} of weights this size ({} of memory that is in no cache) and calculates {}: \
                 {}",
                bandwidth(machine.weights),
                bandwidth(machine.memory),
                arithmetic,
                self.nearly_free(balance)
            ),
            None => format!(
                "this machine reads {} from memory and calculates {arithmetic}",
                bandwidth(machine.memory)
            ),
        }
    }

    /// Up to where further positions cost next to nothing: as it should be, and as it was measured.
    fn nearly_free(&self, balance: f64) -> String {
        const NEARLY: f64 = 1.5;
        let first = self.costs.whole.first().map(|at| at.time.mul_f64(NEARLY));
        let free = |at: &&PassTime| Some(at.time) <= first && at.positions as f64 <= balance;
        let measured = self.costs.whole.iter().filter(free).map(|at| at.positions).max();
        if balance < 2.0 || measured.is_none_or(|positions| positions < 2) {
            return "every further position in a pass costs its arithmetic".to_owned();
        }
        format!(
            "up to about {} positions in a pass are nearly free, since the weights are read anyway; beyond, each \
             costs its arithmetic",
            grouped(balance)
        )
    }

    /// What other machines would make of it.
    pub fn estimate_sentences(&self) -> Vec<String> {
        self.estimates().iter().map(|there| self.estimate_sentence(there)).collect()
    }

    fn estimate_sentence(&self, there: &Estimate) -> String {
        let (name, rates) = (&there.hardware.name, there.hardware.rates);
        let at = format!(
            "estimate, not measured, of reading and multiplying alone: on {name} ({}, {})",
            bandwidth(rates.bandwidth),
            flops(rates.flops)
        );
        let read = positions(self.diffusion_pass().positions);
        let needed = self.win_sentence().and(there.break_even_tokens_per_pass());
        let Some(needed) = needed else {
            let took = time(there.pass);
            return format!("{at} a pass over {read} would take at least {took}");
        };
        let compared = match digits(needed).as_str() {
            "1.0" => "both passes would take as long".to_owned(),
            times => format!("the pass over {read} would take {times} times as long"),
        };
        let ours = &self.diffusion;
        let written = ours.measurement.tokens_per_pass();
        // Of what is said, not of digits that nobody sees.
        let would_be = match digits(written) == digits(needed) {
            true => "about as fast",
            false if written > needed => "faster",
            false => "slower",
        };
        format!(
            "{at} {compared}, so diffusion would win with more than {}: {} writes {} and would be {would_be}",
            tokens(needed),
            ours.name,
            digits(written)
        )
    }

    /// What a thousand answers of each lane cost here.
    pub fn price_sentences(&self) -> Vec<String> {
        let estimate = |(lane, estimate): (&LaneResult, super::CostEstimate)| {
            let mut said = format!(
                "a thousand answers by {} here: {} passes, {}",
                lane.name,
                grouped(estimate.passes),
                time(estimate.seconds)
            );
            if let Some((amount, price)) = estimate.money.zip(self.price) {
                said.push_str(&format!(", {} at {} an hour", money(amount), money(price)));
            }
            said
        };
        self.cost_estimates().into_iter().map(estimate).collect()
    }
}

/// `1 position`, `96 positions`.
pub(super) fn positions(count: usize) -> String {
    if count == 1 {
        "1 position".to_owned()
    } else {
        format!("{} positions", grouped(count as f64))
    }
}

/// `1 token a pass`, `2.4 tokens a pass`.
pub(super) fn tokens(count: f64) -> String {
    match count {
        0.95..1.05 => "1 token a pass".to_owned(),
        more => format!("{} tokens a pass", digits(more)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::explain::{Hardware, Machine, NextToken, PassCosts, PassTime, hardware};
    use crate::measurement::Measurement;
    use crate::model::WeightStats;

    fn lane(name: &str, passes: usize, millis: u64) -> LaneResult {
        let time = Duration::from_millis(millis);
        let measurement =
            Measurement { texts: 20, tokens: 1920, passes, time, ..Measurement::default() };
        let (drafter, positions) = match name {
            "autoregressive" => (Some(Drafter::Nobody), Some(1)),
            _ => (None, Some(96)),
        };
        LaneResult { name: name.into(), drafter, positions, measurement }
    }

    /// p2 writes four tokens a pass where 5.4 are needed, as the bundled model does.
    fn why() -> Explanation {
        let weight_stats = WeightStats { weights: 3_000_000, bytes: 12_000_000 };
        let at = |positions, micros| PassTime { positions, time: Duration::from_micros(micros) };
        let time = Duration::from_micros(1500);
        Explanation {
            costs: PassCosts {
                whole: vec![at(1, 1600), at(2, 1700), at(96, 8100)],
                weight_stats,
                next_token: Some(NextToken { cached: 48, time, weight_stats }),
            },
            machine: Machine { memory: 12e9, weights: 20e9, flops: 116e9 },
            diffusion: lane("p2", 480, 6240),
            rival: Some(lane("autoregressive", 1920, 3000)),
            others: Vec::new(),
            hardware: vec![hardware::KNOWN[0].clone()],
            price: Some(2.5),
        }
    }

    #[test]
    fn a_race_that_is_lost_is_explained() {
        let expected = [
            "a pass over 1 position takes 1.6 ms here, over 96 positions 8.1 ms; the autoregressive pass, with \
             its cache, 1.5 ms",
            "diffusion must write more than 5.4 tokens a pass to win here; p2 writes 4.0: that is why it loses",
            "p2 denoises: it reads 96 positions in a pass, since each of them may change all others, \
             and writes 4.0 tokens a pass",
            "autoregressive reads 1 position in a pass, what stands before it from its cache, and writes 1 token a \
             pass",
            "in the race a step took 13 ms by p2 and 1.6 ms by autoregressive, the sampler's work and \
             everything else included",
            "of the 8.1 ms of a pass over 96 positions reading the weights takes at least 7 %, multiplying with them at least 61 %; the \
             rest is attention, norms, handing out the work, and what could be better",
            "this machine reads 20 GB/s of weights this size (12 GB/s of memory that is in no cache) and \
             calculates 116 GFLOP/s: up to about 12 positions in a pass are nearly free, since the weights are \
             read anyway; beyond, each costs its arithmetic",
            "a thousand answers by p2 here: 24,000 passes, 5 min 12 s, 0.22 at 2.50 an hour",
            "a thousand answers by autoregressive here: 96,000 passes, 2 min 30 s, 0.10 at 2.50 an hour",
            "estimate, not measured, of reading and multiplying alone: on NVIDIA H100 SXM (3,350 GB/s, 989 \
             TFLOP/s) both passes would take as long, so diffusion would win with more than 1 token a pass: p2 \
             writes 4.0 and would be faster",
        ];
        assert_eq!(why().sentences(), expected);
    }

    #[test]
    fn a_race_that_is_won_is_explained_too() {
        let mut why = why();
        why.diffusion = lane("p2", 240, 2400);
        let said = why.win_sentence().unwrap();
        assert!(said.ends_with("p2 writes 8.0: that is why it wins"), "{said}");
        why.rival = None;
        assert!(why.win_sentence().unwrap().ends_with("p2 writes 8.0: enough"));
        why.diffusion = lane("p2", 1920, 2400);
        assert!(why.win_sentence().unwrap().ends_with("p2 writes 1.0: not enough"));
        why.diffusion.measurement.tokens = 0;
        assert!(why.win_sentence().unwrap().ends_with("; p2 wrote nothing"));
    }

    #[test]
    fn passes_over_a_block_are_measured_by_what_they_read() {
        let mut why = why();
        why.costs.whole.insert(2, PassTime { positions: 4, time: Duration::from_micros(2100) });
        why.diffusion = LaneResult { positions: Some(3), ..lane("threshold", 960, 1824) };
        let said = "a pass by threshold reads 3 positions, which takes 1.9 ms; diffusion must write more than \
                    1.3 tokens a pass to win here; threshold writes 2.0: that is why it wins";
        assert_eq!(why.win_sentence().as_deref(), Some(said));
        let said = &why.estimate_sentences()[0];
        assert!(said.contains("both passes would take as long"), "{said}");
    }

    #[test]
    fn what_the_passes_do_not_explain_the_steps_do() {
        let mut why = why();
        why.diffusion = lane("p2", 240, 3600);
        let said = why.win_sentence().unwrap();
        assert!(
            said.ends_with("p2 writes 8.0, yet it loses: its steps are not passes alone"),
            "{said}"
        );
        assert!(why.steps_sentence().unwrap().contains("a step took 15 ms by p2 and 1.6 ms by"));
    }

    #[test]
    fn lanes_that_both_denoise_or_draft_are_not_measured_by_what_it_takes_to_win() {
        let mut why = why();
        why.rival = Some(lane("klass", 960, 6000));
        assert_eq!(why.win_sentence(), None);
        assert!(why.lane_sentences()[1].starts_with("klass denoises: it reads 96 positions"));
        let drafts = LaneResult {
            drafter: Some(Drafter::Masks),
            positions: Some(7),
            ..lane("drafts", 640, 2000)
        };
        let block = LaneResult { positions: Some(9), ..lane("block", 960, 2000) };
        (why.diffusion, why.others) = (drafts, vec![block]);
        assert_eq!(why.win_sentence(), None);
        let said = why.lane_sentences();
        let expected = "drafts reads 7 positions in a pass, the text from its cache: the next token and drafts, of \
                        which it keeps those that it would have written; it writes 3.0 tokens a pass";
        assert_eq!(said[0], expected);
        let expected = "block denoises: it reads 9 positions in a pass, the rest from its cache or not at all, \
                        and writes 2.0 tokens a pass";
        assert_eq!(said[2], expected);
    }

    #[test]
    fn without_an_autoregressive_pass_nothing_is_said_of_winning() {
        let mut why = why();
        why.costs.next_token = None;
        assert_eq!(why.win_sentence(), None);
        assert!(why.passes_sentence().ends_with("over 96 positions 8.1 ms"));
        let said = &why.estimate_sentences()[0];
        assert!(said.ends_with("a pass over 96 positions would take at least 0.0018 ms"), "{said}");
        why.costs.whole.drain(..2);
        assert_eq!(why.passes_sentence(), "a pass over 96 positions takes 8.1 ms here");
    }

    #[test]
    fn of_an_unknown_network_neither_shares_nor_estimates_are_given() {
        let mut why = why();
        why.costs.weight_stats = WeightStats::default();
        assert_eq!((why.shares_sentence(), why.estimates().len()), (None, 0));
        let expected = "this machine reads 12 GB/s from memory and calculates 116 GFLOP/s";
        assert_eq!(why.machine_sentence(), expected);
        assert_eq!(why.sentences().len(), 8);
    }

    #[test]
    fn slower_machines_pay_for_every_position() {
        let mut why = why();
        why.hardware = vec![Hardware::given("100,2").unwrap()];
        let said = &why.estimate_sentences()[0];
        let expected = "on the machine you name (100 GB/s, 2.0 TFLOP/s) the pass over 96 positions would take \
                        4.8 times as long, so diffusion would win with more than 4.8 tokens a pass: p2 \
                        writes 4.0 and would be slower";
        assert!(said.ends_with(expected), "{said}");
        why.diffusion = lane("p2", 400, 6240);
        let said = &why.estimate_sentences()[0];
        assert!(said.ends_with("p2 writes 4.8 and would be about as fast"), "{said}");
        why.machine.flops = 5e9;
        assert!(
            why.machine_sentence()
                .ends_with("every further position in a pass costs its arithmetic")
        );
        assert!(why.shares_sentence().unwrap().contains("multiplying with them practically all"));
    }
}
