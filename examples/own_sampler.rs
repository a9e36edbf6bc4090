//! A sampler of one's own, in the playground and on the command line like any other:
//!
//! ```sh
//! cargo run --release --example own_sampler -- --sampler contrary
//! cargo run --release --example own_sampler -- race --sampler contrary
//! ```
//!
//! It keeps something from step to step, the positions that the step before wrote: beside them it writes
//! nothing while there is another place.

use std::process::ExitCode;

use remask::diffusion::parts::{
    Decided, PartState, Quota, Schedule, Score, Scored, StepContext, correct, select,
};
use remask::diffusion::sampler::Sampler;
use remask::diffusion::{draw, registry};

static CONTRARY: Sampler = Sampler {
    name: "contrary",
    help: "two tokens a step where the model hesitates most, away from those of the step before",
    source: "examples/own_sampler.rs",
    draw: &draw::GUMBEL,
    score: &HARDEST,
    schedule: &PAIRS,
    select: &select::BEST,
    correct: &correct::NONE,
    next_token: None,
};

static HARDEST: Score =
    Score { name: "hardest", help: "the more the model hesitates, the sooner", of: hardest };

static PAIRS: Schedule = Schedule {
    name: "pairs",
    help: "two in every step",
    knobs: &[],
    defaults: &[],
    state: Some(|| Box::<JustWritten>::default()),
    observes_all: false,
    quota: |_, _| Quota::best(2),
    levels: None,
};

/// The positions that the step before wrote.
#[derive(Clone, Debug, Default)]
struct JustWritten(Vec<usize>);

impl PartState for JustWritten {
    fn update(&mut self, decided: &Decided<'_>) {
        let written = decided.decision.write.iter();
        self.0 = written.map(|(index, _)| decided.scored[*index].position).collect();
    }

    fn boxed_clone(&self) -> Box<dyn PartState> {
        Box::new(self.clone())
    }
}

fn hardest(context: &StepContext<'_>, at: &Scored) -> f64 {
    let just_written = context.state::<JustWritten>().map_or(&[][..], |state| &state.0);
    let beside = just_written.iter().any(|other| other.abs_diff(at.position) == 1);
    at.ranked_by().entropy - if beside { 10.0 } else { 0.0 }
}

fn main() -> ExitCode {
    if let Err(error) = registry::add(&CONTRARY) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    remask::cli::main()
}
