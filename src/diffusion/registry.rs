//! Which samplers there are, and with them which parts and knobs.
//!
//! The registry is open until it is first used: a program of one's own adds its samplers at its start, and
//! flags, panel, presets, sweeps and help know them like any other.

use std::sync::{Mutex, OnceLock};

use super::approximate_cache::{CACHE, CACHE_CHECK, CACHE_REFRESH, CACHE_SHARE};
use super::draw::{self, Draw};
use super::parts::{Correct, Schedule, Score, Select, schedule, score};
use super::sampler::{AUTO, PART_KNOBS, Part, SAMPLER, Sampler};
use super::speculative::DRAFT_LENGTH;
use super::{block, canvas, guidance, noise, samplers};
use crate::knobs::{self, Choice, Knob, Settings};
use crate::{Error, Result};

/// Samplers, parts and knobs.
#[derive(Debug)]
pub struct Registry {
    samplers: Vec<&'static Sampler>,
    knobs: knobs::KnobSet,
    /// Those of `knobs` that belong to parts.
    part_knobs: knobs::KnobSet,
    pub(super) sampler_words: Vec<Choice>,
    pub(super) draws: Parts<Draw>,
    pub(super) scores: Parts<Score>,
    pub(super) schedules: Parts<Schedule>,
    pub(super) selects: Parts<Select>,
    pub(super) corrects: Parts<Correct>,
}

/// The parts of one kind that the samplers are made of, each once, in the samplers' order.
pub(super) struct Parts<P: 'static> {
    parts: Vec<&'static P>,
    /// The words of its knob.
    pub words: Vec<Choice>,
}

impl<P: Part> std::fmt::Debug for Parts<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.parts.iter().map(|part| part.name())).finish()
    }
}

impl<P: Part> Parts<P> {
    fn of(samplers: &[&'static Sampler], of: fn(&'static Sampler) -> &'static P) -> Self {
        let mut parts: Vec<&'static P> = Vec::new();
        for part in samplers.iter().filter(|sampler| sampler.next_token.is_none()).map(|s| of(s)) {
            if parts.iter().all(|known| known.name() != part.name()) {
                parts.push(part);
            }
        }
        let own = Choice { name: AUTO, help: "as the sampler has it" };
        let others = parts.iter().map(|part| Choice { name: part.name(), help: part.help() });
        Self { words: std::iter::once(own).chain(others).collect(), parts }
    }

    /// The part called `name`; nothing for `auto`.
    pub fn find(&self, name: &str) -> Option<&'static P> {
        self.parts.iter().copied().find(|part| part.name() == name)
    }
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();
/// Samplers that were added; nothing once the registry took them, and it is too late.
static ADDED: Mutex<Option<Vec<&'static Sampler>>> = Mutex::new(Some(Vec::new()));

/// Adds a sampler of one's own. It has to be done before anything asks what samplers there are: at the
/// start of `main`, as `examples/own_sampler.rs` does.
///
/// ```
/// use remask::diffusion::sampler::Sampler;
/// use remask::diffusion::{registry, samplers};
/// use remask::knobs::Settings;
///
/// static CALM: Sampler = Sampler { name: "calm", ..samplers::entropy::SAMPLER };
///
/// registry::add(&CALM)?;
/// let settings = Settings::default().with("sampler", "calm")?;
/// assert!(registry::add(&CALM).is_err(), "it is in use now");
/// # Ok::<(), remask::Error>(())
/// ```
///
/// # Errors
/// When it comes too late, or there is a sampler of that name.
pub fn add(sampler: &'static Sampler) -> Result<()> {
    let mut added = ADDED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some(added) = added.as_mut() else {
        return Err(Error::invalid(format!(
            "sampler {} comes too late: samplers are in use already; add it at the start of the program",
            sampler.name
        )));
    };
    if samplers::ALL.iter().chain(added.iter()).any(|known| known.name == sampler.name) {
        return Err(Error::invalid(format!(
            "there is a sampler {} already; call yours something else",
            sampler.name
        )));
    }
    added.push(sampler);
    Ok(())
}

/// What there is; from the first call on nothing can be added.
pub fn registry() -> &'static Registry {
    REGISTRY.get_or_init(|| {
        let mut added = ADDED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Registry::new(samplers::ALL.into_iter().chain(added.take().into_iter().flatten()).collect())
    })
}

/// The knobs of all samplers, in the order in which they are shown.
pub fn knobs() -> &'static knobs::KnobSet {
    &registry().knobs
}

impl Registry {
    fn new(samplers: Vec<&'static Sampler>) -> Self {
        let everyones: [&'static Knob; 20] = [
            &SAMPLER,
            &schedule::STEPS,
            &canvas::CANVAS,
            &block::BLOCK_LENGTH,
            &block::BLOCKS_IN_FLIGHT,
            &block::BLOCK_OPENS,
            &draw::TEMPERATURE,
            &draw::TOP_P,
            &draw::TOP_K,
            &schedule::TAU,
            &noise::NOISE,
            &noise::STRENGTH,
            &guidance::CFG_SCALE,
            &draw::EOS,
            &score::ALG_TEMP,
            &DRAFT_LENGTH,
            &CACHE,
            &CACHE_REFRESH,
            &CACHE_SHARE,
            &CACHE_CHECK,
        ];
        let of_parts = samplers.iter().flat_map(|sampler| {
            [sampler.draw.knobs, sampler.schedule.knobs, sampler.correct.knobs]
        });
        let of_parts: Vec<&'static Knob> = of_parts.flatten().copied().collect();
        let exchanges = PART_KNOBS.iter().map(|knob| &knob.knob);
        let seed: [&'static Knob; 1] = [&noise::SEED];
        let all = everyones.into_iter().chain(of_parts.clone()).chain(exchanges).chain(seed);
        let words = |sampler: &&'static Sampler| Choice { name: sampler.name, help: sampler.help };
        Self {
            knobs: knobs::KnobSet::new(all),
            part_knobs: knobs::KnobSet::new(of_parts),
            sampler_words: samplers.iter().map(words).collect(),
            draws: Parts::of(&samplers, |sampler| sampler.draw),
            scores: Parts::of(&samplers, |sampler| sampler.score),
            schedules: Parts::of(&samplers, |sampler| sampler.schedule),
            selects: Parts::of(&samplers, |sampler| sampler.select),
            corrects: Parts::of(&samplers, |sampler| sampler.correct),
            samplers,
        }
    }

    /// Every sampler, in the order in which they are shown.
    pub fn samplers(&self) -> &[&'static Sampler] {
        &self.samplers
    }

    /// The sampler called `name`; the first of all where there is none.
    pub fn sampler(&self, name: &str) -> &'static Sampler {
        let found = self.samplers.iter().find(|sampler| sampler.name == name);
        found.copied().unwrap_or(samplers::ALL[0])
    }

    /// Whether some part uses `knob`.
    pub(super) fn is_of_a_part(&self, knob: &Knob) -> bool {
        self.part_knobs.holds(knob)
    }

    /// Whether `knob` belongs to some parts and means nothing to the others.
    pub fn belongs_to_parts(&self, knob: &Knob) -> bool {
        self.is_of_a_part(knob) && !schedule::STEPS.is(knob) && !schedule::TAU.is(knob)
    }

    /// Every part and sampler by its kind, name and line of help, for reference pages.
    pub fn catalogue(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let mut all = Vec::new();
        for (kind, words) in [
            ("sampler", &self.sampler_words),
            ("draw", &self.draws.words),
            ("score", &self.scores.words),
            ("schedule", &self.schedules.words),
            ("select", &self.selects.words),
            ("correct", &self.corrects.words),
        ] {
            let own = words.iter().filter(|word| word.name != AUTO);
            all.extend(own.map(|word| (kind, word.name, word.help)));
        }
        all
    }
}

impl Settings {
    /// The same settings with the knob called `name` holding `text`.
    ///
    /// # Errors
    /// Names an unknown knob and the nearest known one, or the value and the range.
    pub fn with(self, name: &str, text: &str) -> Result<Self> {
        knobs().set(self, name, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::Value;

    #[test]
    fn names_are_unique_and_helped() {
        let all = registry().catalogue();
        for (index, (kind, name, help)) in all.iter().enumerate() {
            assert!(!help.is_empty() && !help.ends_with('.'), "{kind} {name}");
            let again = all[..index].iter().any(|(k, n, _)| k == kind && n == name);
            assert!(!again, "{kind} {name} stands twice");
        }
        assert!(registry().samplers().iter().all(|sampler| !sampler.source.is_empty()));
    }

    #[test]
    fn declarations_are_sound() {
        for knob in knobs().iter() {
            assert!(!knob.help.is_empty() && !knob.help.ends_with('.'), "{}", knob.name);
            for name in std::iter::once(&knob.name).chain(knob.aliases) {
                assert!(knobs().get(name).unwrap().is(knob), "{name} is another's name");
            }
            let default = knob.default();
            let parsed = knob.parse(&knob.show(default)).unwrap();
            assert_eq!(parsed, default, "the default of {} is a value of it", knob.name);
            assert_eq!(knob.nearest(default), default);
        }
        assert_eq!(knobs().find("noise_share").unwrap().name, "strength");
        assert_eq!(knobs().find("gen-length").unwrap().name, "canvas");
    }

    #[test]
    fn no_limit_lies_above_the_largest() {
        for name in ["block-length", "top-k"] {
            let knob = knobs().get(name).unwrap();
            let below = knob.nudge(Value::Off, -1, false);
            assert!(matches!(below, Value::Count(n) if n >= 500), "{name} goes down to {below}");
            assert_eq!(knob.nudge(below, 1, false), Value::Off);
            assert_eq!(knob.nudge(Value::Off, 1, false), Value::Off);
        }
    }

    #[test]
    fn every_notch_stays_in_range_and_comes_to_an_end() {
        for knob in knobs().iter() {
            for (direction, fine) in [(1, false), (-1, false), (1, true), (-1, true)] {
                let mut value = knob.default();
                for _ in 0..200 {
                    value = knob.nudge(value, direction, fine);
                    assert_eq!(knob.parse(&knob.show(value)).unwrap(), value, "{}", knob.name);
                }
            }
        }
    }

    #[test]
    fn a_sampler_that_comes_too_late_or_twice_is_refused() {
        let first = registry().samplers()[0];
        let error = add(first).unwrap_err().to_string();
        assert!(error.contains("comes too late"), "{error}");
    }
}
