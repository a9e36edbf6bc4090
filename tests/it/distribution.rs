//! Samplers that leave something to chance, against the probabilities of their definition: on a model whose
//! probabilities are known, over 20,000 draws and more, each deviation within what chance allows in 999 of
//! 1,000 cases (seeds are fixed).

use std::collections::HashMap;

use crate::support::FakeModel;
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, Step, StepOutcome, TokenOutcome};
use remask::knobs::Settings;
use remask::model::Backbone;

const POSITIONS: usize = 20;
const SEEDS: u64 = 4_000;
const STEPS: usize = 8;
/// The 0.999 quantile of chi-square with one degree of freedom.
const LIMIT: f64 = 10.83;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let start = Settings::default();
    pairs.iter().fold(start, |settings, (name, text)| settings.with(name, text).unwrap())
}

fn run(settings: &Settings, noise: usize, seed: u64) -> Vec<Step> {
    let mut model = FakeModel::new();
    let settings = settings.clone().with("seed", &seed.to_string()).unwrap();
    let segments = [Segment::Prompt(vec![5]), Segment::Noise(noise)];
    let mut session =
        Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap();
    let mut steps = Vec::new();
    while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() {
        steps.push(*step);
    }
    steps
}

/// Events that should have happened with certain probabilities, and how many did.
#[derive(Default)]
struct Tally {
    happened: f64,
    expected: f64,
    variance: f64,
    trials: usize,
}

impl Tally {
    fn add(&mut self, probability: f64, happened: bool, weight: f64) {
        self.happened += if happened { weight } else { 0.0 };
        self.expected += probability * weight;
        self.variance += probability * (1.0 - probability) * weight * weight;
        self.trials += 1;
    }

    fn check(&self, what: &str) {
        if self.variance < 1e-9 {
            assert!((self.happened - self.expected).abs() < 1e-6, "{what} happened for certain");
            return;
        }
        let statistic = (self.happened - self.expected).powi(2) / self.variance;
        assert!(
            statistic < LIMIT,
            "{what}: {} of {} trials, expected {}, chi-square {statistic}",
            self.happened,
            self.trials,
            self.expected
        );
    }
}

/// What a definition says of a step: the sigma of a written position, whose probability when it was
/// written is given with those of all, and the clean shares before and after.
type Sigma = fn(alpha_t: f64, alpha_s: f64, own: f64, all: &[f64]) -> f64;

fn most(alpha_t: f64, alpha_s: f64) -> f64 {
    if alpha_t == 0.0 { 1.0 } else { ((1.0 - alpha_s) / alpha_t).min(1.0) }
}

/// Follows runs of a sampler, and compares every reveal and every fall with the formula.
fn check_process(
    sampler: &[(&str, &str)],
    levels: fn(usize) -> (f64, f64),
    sigma: Sigma,
    masks_feel_sigma: bool,
) {
    let mut knobs = vec![("steps", "8"), ("temperature", "1")];
    knobs.extend(sampler);
    let settings = settings(&knobs);
    let mut reveals: Vec<Tally> = (0..STEPS).map(|_| Tally::default()).collect();
    let mut falls: Vec<Tally> = (0..STEPS).map(|_| Tally::default()).collect();
    let mut falls_by_doubt = Tally::default();
    for seed in 0..SEEDS {
        let mut written: HashMap<usize, f64> = HashMap::new();
        let steps = run(&settings, POSITIONS, seed);
        assert!(steps.len() <= STEPS);
        for (index, step) in steps.into_iter().enumerate() {
            let (alpha_t, alpha_s) = levels(index);
            let last = index + 1 == STEPS;
            let all: Vec<f64> = written.values().copied().collect();
            for change in &step.updates {
                let was = written.get(&change.position).copied();
                match (was, change.outcome) {
                    (Some(own), outcome @ (TokenOutcome::Kept | TokenOutcome::Remasked)) => {
                        let probability =
                            if last { 0.0 } else { sigma(alpha_t, alpha_s, own, &all) };
                        falls[index].add(probability, outcome == TokenOutcome::Remasked, 1.0);
                        falls_by_doubt.add(
                            probability,
                            outcome == TokenOutcome::Remasked,
                            1.0 - own,
                        );
                    }
                    (None, outcome @ (TokenOutcome::Draft | TokenOutcome::Written)) => {
                        let s =
                            if masks_feel_sigma { sigma(alpha_t, alpha_s, 0.0, &[]) } else { 0.0 };
                        let probability = (alpha_s - (1.0 - s) * alpha_t) / (1.0 - alpha_t);
                        let probability = if last { 1.0 } else { probability.clamp(0.0, 1.0) };
                        reveals[index].add(probability, outcome == TokenOutcome::Written, 1.0);
                    }
                    (was, outcome) => panic!("{was:?} became {outcome:?}"),
                }
                match change.outcome {
                    TokenOutcome::Written => {
                        written.insert(change.position, change.confidence.into());
                    }
                    TokenOutcome::Remasked => {
                        written.remove(&change.position);
                    }
                    _ => {}
                }
            }
        }
    }
    for (index, (reveals, falls)) in reveals.iter().zip(&falls).enumerate() {
        reveals.check(&format!("{sampler:?}, reveals of step {index}"));
        falls.check(&format!("{sampler:?}, falls of step {index}"));
    }
    falls_by_doubt.check(&format!("{sampler:?}, falls weighted by doubt"));
    let trials: usize = reveals.iter().chain(&falls).map(|tally| tally.trials).sum();
    assert!(trials >= 20_000, "only {trials} trials");
}

fn linear(step: usize) -> (f64, f64) {
    (step as f64 / STEPS as f64, (step + 1) as f64 / STEPS as f64)
}

#[test]
fn ancestral_reveals_with_the_odds_of_the_reverse_process() {
    check_process(&[("sampler", "ancestral")], linear, |_, _, _, _| 0.0, true);
}

#[test]
fn origin_reveals_with_the_odds_of_dreams_noise_levels() {
    let levels = |step: usize| {
        let level = |k: usize| 1.0 - (1.0 - 1e-3) * k as f64 / STEPS as f64;
        (1.0 - level(step), 1.0 - level(step + 1))
    };
    check_process(&[("sampler", "origin")], levels, |_, _, _, _| 0.0, true);
}

#[test]
fn remdm_cap_and_rescale_take_back_and_reveal_as_defined() {
    let cap = |t, s, _, _: &[f64]| most(t, s).min(0.1);
    check_process(&[("sampler", "remdm-cap"), ("eta", "0.1")], linear, cap, true);
    let cap = |t, s, _, _: &[f64]| most(t, s).min(0.008);
    check_process(&[("sampler", "remdm-cap")], linear, cap, true);
    let rescale = |t, s, _, _: &[f64]| 0.2 * most(t, s);
    check_process(&[("sampler", "remdm-rescale"), ("eta", "0.2")], linear, rescale, true);
}

#[test]
fn remdm_conf_takes_back_what_was_written_in_doubt() {
    let conf = |t, s, own: f64, all: &[f64]| {
        let total: f64 = all.iter().map(|p| (-p).exp()).sum();
        (-own).exp() / total * most(t, s)
    };
    check_process(&[("sampler", "remdm-conf")], linear, conf, false);
}

#[test]
fn remdm_loop_holds_the_middle() {
    let levels = |step: usize| {
        let (t, s) = (1.0 - linear(step).0, 1.0 - linear(step).1);
        if t > 0.55 {
            ((1.0 - t) * 0.9 / 0.45, (1.0 - s) * 0.9 / 0.45)
        } else if t > 0.05 {
            (0.9, 0.9)
        } else {
            (1.0 - t * 0.1 / 0.05, 1.0 - s * 0.1 / 0.05)
        }
    };
    let sigma = |t: f64, s: f64, _, _: &[f64]| if t == s { 0.02 } else { 0.0 };
    check_process(&[("sampler", "remdm-loop")], levels, sigma, true);
}

#[test]
fn the_forward_backward_corrector_noises_as_much_as_a_step_would() {
    let sigma = |t: f64, s: f64, _, _: &[f64]| {
        if t == 0.0 { 1.0 } else { ((s - t) / t).clamp(0.0, 1.0) }
    };
    check_process(&[("sampler", "forward-backward")], linear, sigma, true);
}

/// Chi-square of `counts` against the shares in `expected`.
fn chi_square(counts: &[f64], expected: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    let weights: f64 = expected.iter().sum();
    let pairs = counts.iter().zip(expected);
    pairs.map(|(n, share)| (n - total * share / weights).powi(2) / (total * share / weights)).sum()
}

/// How often each of `positions` positions is the first to be written, over 20,000 runs.
fn first_written(settings: &Settings, positions: usize) -> Vec<f64> {
    let mut counts = vec![0.0; positions];
    for seed in 0..20_000 {
        let steps = run(settings, positions, seed);
        let first =
            steps[0].updates.iter().find(|change| change.outcome == TokenOutcome::Written).unwrap();
        counts[first.position - 1] += 1.0;
    }
    counts
}

#[test]
fn random_remasking_is_even_handed() {
    let counts = first_written(&settings(&[("sampler", "random"), ("steps", "6")]), 6);
    let statistic = chi_square(&counts, &[1.0; 6]);
    assert!(statistic < 20.52, "chi-square {statistic} with 5 degrees of freedom: {counts:?}");
}

#[test]
fn alg_temp_draws_positions_from_the_softmax_of_their_scores() {
    let knobs = [("sampler", "maskgit-plus"), ("schedule", "linear"), ("alg-temp", "0.2")];
    let settings = settings(&[&knobs[..], &[("steps", "5")]].concat());
    let counts = first_written(&settings, 5);
    let step = &run(&settings, 5, 0)[0];
    let expected: Vec<f64> =
        step.updates.iter().map(|change| (f64::from(change.confidence) / 0.2).exp()).collect();
    let statistic = chi_square(&counts, &expected);
    assert!(statistic < 18.47, "chi-square {statistic} with 4 degrees of freedom: {counts:?}");
}

#[test]
fn tokens_follow_the_odds_whoever_draws_them() {
    for (sampler, temperature) in
        [("ancestral", 1.0), ("remdm-conf", 0.8), ("diffusion-gemma", 0.7)]
    {
        let text = temperature.to_string();
        let knobs = [
            ("sampler", sampler),
            ("temperature", &text),
            ("t-max", &text),
            ("t-min", &text),
            ("steps", "2"),
            ("schedule", if sampler == "diffusion-gemma" { "auto" } else { "linear" }),
        ];
        let settings = settings(&knobs);
        // What the first step draws, written or not, at each of ten positions.
        let mut counts = vec![vec![0.0; 31]; 10];
        for seed in 0..2_500 {
            for change in &run(&settings, 10, seed)[0].updates {
                counts[change.position - 1][change.prediction as usize] += 1.0;
            }
        }
        for (place, counts) in counts.iter().enumerate() {
            let weight =
                |token| (f64::from(FakeModel::logit(place + 1, token)) / temperature).exp();
            // Tokens that are hardly ever drawn are counted together.
            let total: f64 = (0..31).map(weight).sum();
            let common: Vec<usize> =
                (0..31).filter(|token| weight(*token) / total * 2_500.0 >= 5.0).collect();
            let rare = |value: &dyn Fn(usize) -> f64| -> f64 {
                (0..31).filter(|token| !common.contains(token)).map(value).sum()
            };
            let mut seen: Vec<f64> = common.iter().map(|token| counts[*token]).collect();
            let mut expected: Vec<f64> = common.iter().map(|token| weight(*token)).collect();
            seen.push(rare(&|token| counts[token]));
            expected.push(rare(&weight).max(1e-9));
            let freedom = (seen.len() - 1) as f64;
            // Wilson and Hilferty's approximation of the 0.9999 quantile: ten positions, three samplers.
            let spread = 2.0 / (9.0 * freedom);
            let limit = freedom * (1.0 - spread + 3.719 * spread.sqrt()).powi(3);
            let statistic = chi_square(&seen, &expected);
            assert!(statistic < limit, "{sampler} at {place}: {statistic} of at most {limit}");
        }
    }
}
