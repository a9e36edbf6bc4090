//! How many positions a step writes.

use super::{NewState, StepContext};
use crate::diffusion::resolved::ResolvedSampler;
use crate::knobs::{Counts, Knob, Reals, Typed};

/// The part of a sampler that says how many.
pub struct Schedule {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The knobs that it uses, beside those that every sampler does.
    pub knobs: &'static [&'static Knob],
    /// What it takes for knobs that are off.
    pub defaults: &'static [(&'static Knob, f64)],
    /// What it keeps from one step to the next, where it keeps anything.
    pub state: Option<NewState>,
    /// What is to be written, given the open positions, best first.
    pub quota: fn(&StepContext<'_>, &[usize]) -> Quota,
    /// The noise levels before and after the step, 1 to 0; `None` for a schedule that goes by what the
    /// model says instead of by a budget of steps.
    pub levels: Option<Levels>,
    /// Whether its state observes every open position, and not only those in scope.
    pub observes_all: bool,
}

/// Noise levels (t, s) before and after a step.
pub type Levels = fn(&ResolvedSampler, Progress) -> (f64, f64);

/// How much is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// These, as indices into the scored positions ...
    pub sure: Vec<usize>,
    /// ... and as many of the others as it takes to come to this many ...
    pub least: usize,
    /// ... but no more than this.
    pub most: usize,
}

impl Quota {
    /// The best `count`.
    pub fn best(count: usize) -> Self {
        Self { sure: Vec::new(), least: count, most: usize::MAX }
    }

    /// All of `sure`; the best one where that is none.
    pub fn sure(sure: Vec<usize>) -> Self {
        Self { sure, least: 1, most: usize::MAX }
    }
}

/// The budget of passes.
pub static STEPS: Typed<usize> = Typed::count(
    "steps",
    Counts {
        min: 1,
        max: 32_768,
        ladder: &[1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024],
    },
    64,
    "network passes for an answer: fewer is faster and rougher",
)
.unit("passes");

/// The same number in every step (LLaDA, arXiv 2502.09992), or an even fall of the noise level.
pub static LINEAR: Schedule = Schedule {
    name: "linear",
    help: "the same number of tokens in every step (LLaDA)",
    knobs: &[&STEPS.knob],
    defaults: &[],
    state: None,
    // LLaDA's m div S, and one more in the first m mod S steps, told from what is left.
    quota: |context, _| {
        let Progress { done, budget, open, .. } = context.progress;
        Quota::best(open.div_ceil(budget.saturating_sub(done).max(1)))
    },
    levels: Some(|_, at| (1.0 - at.share(0), 1.0 - at.share(1))),
    observes_all: false,
};

/// Few at first, when little is known, many at the end (MaskGIT, arXiv 2202.04200).
pub static COSINE: Schedule = Schedule {
    name: "cosine",
    help: "few tokens at first, when little is known, many at the end (MaskGIT)",
    knobs: &[&STEPS.knob],
    defaults: &[],
    state: None,
    quota: |context, _| {
        let Progress { open, open_at_begin, .. } = context.progress;
        let (_, s) = cosine_levels(context.resolved, context.progress);
        let keep = (open_at_begin as f64 * s + 1e-9).floor() as usize;
        Quota::best(open.saturating_sub(keep).max(1))
    },
    levels: Some(cosine_levels),
    observes_all: false,
};

fn cosine_levels(_: &ResolvedSampler, at: Progress) -> (f64, f64) {
    let level = |share: f64| (std::f64::consts::FRAC_PI_2 * share).cos().max(0.0);
    (level(at.share(0)), level(at.share(1)))
}

/// The share `1 - s/t` of what is left, by even noise levels (Dream, arXiv 2508.15487).
pub static TIMESTEPS: Schedule = Schedule {
    name: "timesteps",
    help: "a share 1 - s/t of what is left, by even noise levels (Dream)",
    knobs: &[&STEPS.knob, &EPS.knob],
    defaults: &[],
    state: None,
    quota: |context, _| {
        let (t, s) = timesteps(context.resolved, context.progress);
        // f32 and truncation, as in the reference: with as many steps as tokens the first step writes
        // nothing and the last one two.
        Quota::best((context.progress.open as f32 * (1.0 - s / t)) as usize)
    },
    levels: Some(|resolved, at| {
        let (t, s) = timesteps(resolved, at);
        (f64::from(t), f64::from(s))
    }),
    observes_all: false,
};

fn timesteps(resolved: &ResolvedSampler, at: Progress) -> (f32, f32) {
    let eps = resolved.get(&EPS) as f32;
    let level = |done: usize| noise_level(done.min(at.budget), at.budget, eps);
    (level(at.done), level(at.done + 1))
}

/// `torch.linspace(1, eps, steps + 1)[index]` in f32, which counts from the nearer end.
fn noise_level(index: usize, steps: usize, eps: f32) -> f32 {
    let step = (eps - 1.0) / steps as f32;
    if index < steps.div_ceil(2) {
        1.0 + step * index as f32
    } else {
        eps - step * (steps - index) as f32
    }
}

/// Every token that is sure enough, and the surest in any case (Fast-dLLM, arXiv 2505.22618).
pub static THRESHOLD: Schedule = Schedule {
    name: "threshold",
    help: "every token that is sure enough, and the surest one in any case (Fast-dLLM)",
    knobs: &[&TAU.knob],
    defaults: &[(&TAU.knob, 0.9)],
    state: None,
    quota: |context, open| Quota::sure(surer_than(context, open, context.or_default(&TAU))),
    levels: None,
    observes_all: false,
};

/// Those of `open` whose confidence is `least` or more, end tokens that must wait left out.
pub fn surer_than(context: &StepContext<'_>, open: &[usize], least: f64) -> Vec<usize> {
    let sure = |index: &usize| {
        let at = &context.scored[*index];
        !at.last && at.prediction.confidence >= least
    };
    open.iter().copied().filter(sure).collect()
}

/// How sure is sure enough. Turned on, it makes a sampler that goes by a budget go by this instead.
pub static TAU: Typed<Option<f64>> = Typed::real_or(
    "threshold",
    Reals { min: 0.05, max: 1.0, step: 0.05 },
    "off",
    "write every token this sure at once, and the surest one in any case; steps then no longer count",
);

/// The last noise level of Dream's timesteps.
pub static EPS: Typed<f64> = Typed::real(
    "eps",
    Reals { min: 0.0, max: 0.5, step: 0.005 },
    1e-3,
    "the noise level at which the timesteps schedule stops short of zero",
);

/// Where a block stands in its budget.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps this block has taken.
    pub done: usize,
    /// Steps this block may take.
    pub budget: usize,
    /// Positions that are noise now.
    pub open: usize,
    /// Positions that a sampler decides, noise or not.
    pub total: usize,
    /// Positions that were noise when the block began.
    pub open_at_begin: usize,
}

impl Progress {
    /// Whether the budget is used up with the next step, or has been.
    pub fn is_last(&self) -> bool {
        self.done + 1 >= self.budget
    }

    /// The share of the budget that is used up `steps` from now, 0 to 1.
    fn share(&self, steps: usize) -> f64 {
        ((self.done + steps) as f64 / self.budget.max(1) as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::parts::PartStates;
    use crate::knobs::Settings;

    fn commits(schedule: &str, total: usize, budget: usize) -> Vec<usize> {
        commits_of(schedule, total, total, budget)
    }

    /// What each step writes where `open` of `total` positions are noise.
    fn commits_of(schedule: &str, mut open: usize, total: usize, budget: usize) -> Vec<usize> {
        let settings = Settings::default().with("schedule", schedule).unwrap();
        let resolved = ResolvedSampler::of(&settings);
        let open_at_begin = open;
        let mut commits = Vec::new();
        for done in 0..budget {
            let progress = Progress { done, budget, open, total, open_at_begin };
            let context = StepContext {
                resolved: &resolved,
                scored: &[],
                progress,
                span: 0..total,
                seed: 0,
                step: done,
                states: &PartStates::default(),
            };
            let n = if context.is_last() {
                open
            } else {
                (resolved.schedule.quota)(&context, &[]).least
            };
            let n = n.min(open);
            open -= n;
            commits.push(n);
        }
        assert_eq!(open, 0);
        commits
    }

    #[test]
    fn linear_puts_the_remainder_first() {
        assert_eq!(commits("linear", 10, 4), [3, 3, 2, 2]);
        assert_eq!(commits("linear", 2, 4), [1, 1, 0, 0]);
        assert_eq!(commits("linear", 64, 16), [4; 16]);
    }

    #[test]
    fn timesteps_match_the_reference_counts() {
        // transferred_per_step of Dream's own code, 16 masks in 16 steps and 32 in 8.
        assert_eq!(commits("timesteps", 16, 16), [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
        assert_eq!(commits("timesteps", 32, 8), [3, 4, 4, 4, 4, 4, 4, 5]);
        assert_eq!(commits("timesteps", 24, 8), [2, 3, 3, 3, 3, 3, 3, 4]);
    }

    #[test]
    fn cosine_starts_slowly() {
        let commits = commits("cosine", 100, 10);
        assert!(commits[0] <= 2 && commits[9] >= 15, "{commits:?}");
        assert!(commits.is_sorted());
        // MaskGIT's floor(unknown * cos), whatever of the text was there before.
        for total in [32, 64] {
            assert_eq!(commits_of("cosine", 32, total, 8), [1, 2, 3, 4, 5, 5, 6, 6]);
        }
    }

    #[test]
    fn without_anything_stable_klass_keeps_to_the_schedule_of_the_beginning() {
        assert_eq!(commits("stable", 10, 4), [3, 3, 2, 2]);
        let settings = Settings::default().with("sampler", "klass").unwrap();
        let resolved = ResolvedSampler::of(&settings);
        let mut context = StepContext {
            resolved: &resolved,
            scored: &[],
            progress: Progress { done: 3, budget: 24, open: 9, total: 96, open_at_begin: 96 },
            span: 0..96,
            seed: 0,
            step: 3,
            states: &PartStates::default(),
        };
        // Bursts before do not slow it down, nor speed it up.
        for open in [9, 60, 90] {
            context.progress.open = open;
            assert_eq!((resolved.schedule.quota)(&context, &[]).least, 4);
        }
    }
}
