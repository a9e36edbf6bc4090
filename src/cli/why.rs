//! Behind a race: why it ended as it did, as sentences and a table, or as JSON.

use serde_json::{Value, json};

use super::rivals::{Lineup, RACE};
use crate::cancel::Cancel;
use crate::explain::figures::{share, time};
use crate::explain::{
    Estimate, Explanation, Hardware, LaneResult, Machine, PassCosts, Utilisation, hardware,
};
use crate::{Error, Result};

/// What a person can say about machines.
#[derive(Clone, clap::Args)]
pub struct WhyFlags {
    /// Money for an hour of this machine, in any currency: what a thousand answers cost is said, too
    #[arg(long, help_heading = RACE, value_name = "X", value_parser = price, allow_negative_numbers = true)]
    price: Option<f64>,
    /// Another machine to estimate for: its memory bandwidth and its arithmetic in half precision
    #[arg(long, help_heading = RACE, value_name = "GB/s,TFLOP/s", value_parser = what_if, allow_hyphen_values = true)]
    what_if: Option<Hardware>,
}

fn price(text: &str) -> Result<f64> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price > 0.0);
    price.ok_or_else(|| {
        Error::invalid(format!(
            "--price cannot be {text:?}: it takes money an hour, above 0, like 2.50"
        ))
    })
}

fn what_if(text: &str) -> Result<Hardware> {
    Hardware::given(text).ok_or_else(|| {
        Error::invalid(format!(
            "--what-if cannot be {text:?}: it takes memory bandwidth in GB/s and arithmetic in TFLOP/s, \
             like 3350,989"
        ))
    })
}

impl WhyFlags {
    /// Measures what explains the race of `lineup`, which has gone on from `prompts`.
    pub(super) fn measure(&self, lineup: &mut Lineup, prompts: &[String]) -> Result<Explanation> {
        let never = Cancel::never();
        let [first, second, others @ ..] = lineup.lanes.as_mut_slice() else {
            return Err(Error::Internal("a race has two lanes at least".into()));
        };
        let mut lengths =
            prompts.iter().map(|prompt| first.positions(prompt)).collect::<Result<Vec<_>>>()?;
        lengths.sort_unstable();
        let canvas = lengths.get(lengths.len() / 2).copied().unwrap_or(1);
        let next_token = second.writes_next_token().then(|| second.model());
        let costs = PassCosts::measure(first.model(), next_token, canvas, &never)?;
        let machine = Machine::measure(&lineup.threads, costs.weight_stats.bytes, &never)?;
        Ok(Explanation {
            costs,
            machine,
            diffusion: LaneResult::from(&first.entrant),
            rival: Some(LaneResult::from(&second.entrant)),
            others: others.iter().map(|lane| LaneResult::from(&lane.entrant)).collect(),
            hardware: self.hardware(),
            price: self.price,
        })
    }

    /// Money for an hour of this machine.
    pub(super) fn price(&self) -> Option<f64> {
        self.price
    }

    /// Machines to estimate for.
    pub(super) fn hardware(&self) -> Vec<Hardware> {
        hardware::KNOWN.into_iter().chain(self.what_if.clone()).collect()
    }
}

/// The section behind the verdict, as Markdown.
pub(super) fn section(why: &Explanation) -> String {
    let mut lines = vec![String::new(), "## Why".to_owned(), String::new()];
    lines.extend(why.sentences().iter().map(|sentence| format!("- {sentence}")));
    lines.extend([
        String::new(),
        "| positions in a pass | time | reading the weights, at least | multiplying, at least |"
            .to_owned(),
        "|---|---|---|---|".to_owned(),
    ]);
    for at in &why.costs.whole {
        lines.push(row(&at.positions.to_string(), at.time.as_secs_f64(), why.utilisation(*at)));
    }
    if let Some(next) = why.costs.next_token {
        let what = format!("1 behind {} in the cache", next.cached);
        lines.push(row(&what, next.time.as_secs_f64(), why.next_token_utilisation()));
    }
    lines.join("\n")
}

fn row(positions: &str, seconds: f64, shares: Option<Utilisation>) -> String {
    let of =
        |part: fn(&Utilisation) -> f64| shares.as_ref().map_or("-".to_owned(), |s| share(part(s)));
    let (memory, arithmetic) = (of(|shares| shares.memory), of(|shares| shares.arithmetic));
    format!("| {positions} | {} | {memory} | {arithmetic} |", time(seconds))
}

/// All figures, in bytes, seconds and operations a second.
pub(super) fn line(why: &Explanation) -> Value {
    let part =
        |shares: Option<Utilisation>, part: fn(&Utilisation) -> f64| shares.as_ref().map(part);
    let timed = |seconds: f64, shares: Option<Utilisation>| {
        json!({
            "seconds": seconds,
            "memory_share": part(shares, |shares| shares.memory),
            "arithmetic_share": part(shares, |shares| shares.arithmetic),
            "rest_share": part(shares, |shares| shares.rest),
        })
    };
    let passes = why.costs.whole.iter().map(|at| {
        let mut pass = timed(at.time.as_secs_f64(), why.utilisation(*at));
        pass["positions"] = at.positions.into();
        pass
    });
    let next_token = why.costs.next_token.map(|next| {
        let mut pass = timed(next.time.as_secs_f64(), why.next_token_utilisation());
        pass["cached"] = next.cached.into();
        pass
    });
    json!({
        "type": "why",
        "passes": passes.collect::<Vec<_>>(),
        "next_token": next_token,
        "positions_of_pass": why.diffusion_pass().positions,
        "break_even_tokens_per_pass": why.break_even_tokens_per_pass(),
        "tokens_per_pass": why.diffusion.measurement.tokens_per_pass(),
        "won": why.won(),
        "weights": why.costs.weight_stats.weights,
        "weight_bytes": why.costs.weight_stats.bytes,
        "machine": {
            "memory_bytes_per_second": why.machine.memory,
            "weight_bytes_per_second": why.machine.weights,
            "flops": why.machine.flops,
            "ridge_point": why.ridge_point(),
        },
        "estimates": why.estimates().iter().map(estimate).collect::<Vec<_>>(),
        "cost_estimates": cost_estimates(why),
        "sentences": why.sentences(),
    })
}

fn estimate(there: &Estimate) -> Value {
    json!({
        "name": there.hardware.name,
        "source": there.hardware.source,
        "memory_bytes_per_second": there.hardware.rates.bandwidth,
        "flops": there.hardware.rates.flops,
        "ridge_point": there.ridge_point,
        "pass_seconds": there.pass,
        "next_token_seconds": there.next_token,
        "break_even_tokens_per_pass": there.break_even_tokens_per_pass(),
    })
}

fn cost_estimates(why: &Explanation) -> Vec<Value> {
    let line = |(lane, estimate): (&LaneResult, crate::explain::CostEstimate)| {
        json!({
            "lane": lane.name,
            "answers": estimate.answers,
            "passes": estimate.passes,
            "seconds": estimate.seconds,
            "money": estimate.money,
        })
    };
    why.cost_estimates().into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        assert_eq!(price("2.50").unwrap(), 2.5);
        for text in ["0", "-1", "nan", "inf", "x"] {
            let message = price(text).unwrap_err().to_string();
            let expected =
                format!("--price cannot be {text:?}: it takes money an hour, above 0, like 2.50");
            assert_eq!(message, expected);
        }
        assert_eq!(what_if("1000,20.5").unwrap().rates.flops, 20.5e12);
        let message = what_if("x").unwrap_err().to_string();
        let expected = "--what-if cannot be \"x\": it takes memory bandwidth in GB/s and arithmetic in \
                        TFLOP/s, like 3350,989";
        assert_eq!(message, expected);
    }
}
