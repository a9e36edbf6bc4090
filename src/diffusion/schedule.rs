//! How many positions a step commits.

use crate::knobs::{Applies, Choice, Kind, Knob, Settings, Value};

/// The budget of passes.
pub static STEPS: Knob = Knob {
    name: "steps",
    kind: Kind::Count {
        min: 1,
        max: 32_768,
        ladder: &[1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024],
        default: Value::Count(64),
        off: None,
    },
    unit: "passes",
    help: "network passes for the whole answer: fewer is faster and rougher",
    applies: Applies::NextStep,
};

/// How the budget is laid out over the run.
pub static SCHEDULE: Knob = Knob {
    name: "schedule",
    kind: Kind::Choice {
        options: &[
            Choice { name: "linear", help: "the same number of tokens in every step (LLaDA)" },
            Choice {
                name: "cosine",
                help: "few tokens at first, when little is known, many at the end (MaskGIT)",
            },
            Choice {
                name: "timesteps",
                help: "a share 1 - s/t of what is left, by even noise levels (Dream)",
            },
        ],
        default: "linear",
    },
    unit: "",
    help: "how the tokens are spread over the steps",
    applies: Applies::NextStep,
};

/// Commit by confidence instead of by plan.
pub static THRESHOLD: Knob = Knob {
    name: "threshold",
    kind: Kind::Real { min: 0.05, max: 1.0, step: 0.05, default: Value::Off, off: Some("off") },
    unit: "",
    help: "write every token this sure at once, and the surest one in any case; steps then no longer count",
    applies: Applies::NextStep,
};

/// The last noise level of Dream's timesteps.
pub static EPS: Knob = Knob {
    name: "eps",
    kind: Kind::Real { min: 0.0, max: 0.5, step: 0.005, default: Value::Real(1e-3), off: None },
    unit: "",
    help: "the noise level at which the timesteps schedule stops short of zero",
    applies: Applies::NextStep,
};

/// Where a block stands in its budget.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps this block has taken.
    pub done: usize,
    /// Steps this block may take.
    pub budget: usize,
    /// Positions that are noise now.
    pub open: usize,
    /// Positions that were noise when the block began.
    pub total: usize,
}

/// How many of the open positions the next step commits, by the schedule alone.
///
/// The last step of the budget, and every one after it, commits all that is left. May be zero
/// before that: Dream's timesteps round down.
pub fn quota(settings: &Settings, at: Progress) -> usize {
    if at.done + 1 >= at.budget {
        return at.open;
    }
    let quota = match settings.choice(&SCHEDULE) {
        "cosine" => {
            let share = std::f64::consts::FRAC_PI_2 * (at.done + 1) as f64 / at.budget as f64;
            let keep = (at.total as f64 * share.cos()).floor() as usize;
            at.open.saturating_sub(keep).max(1)
        }
        "timesteps" => {
            let eps = settings.real(&EPS).unwrap_or(1e-3) as f32;
            let t = noise_level(at.done, at.budget, eps);
            let s = noise_level(at.done + 1, at.budget, eps);
            // f32 and truncation, as in the reference: with as many steps as tokens the first step
            // commits nothing and the last one two.
            (at.open as f32 * (1.0 - s / t)) as usize
        }
        // LLaDA's m div S, and one more in the first m mod S steps, told from what is left.
        _ => at.open.div_ceil(at.budget - at.done),
    };
    quota.min(at.open)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn commits(schedule: &str, total: usize, budget: usize) -> Vec<usize> {
        let settings = Settings::default().with("schedule", schedule).unwrap();
        let mut open = total;
        let mut commits = Vec::new();
        for done in 0..budget {
            let n = quota(&settings, Progress { done, budget, open, total });
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
    }
}
